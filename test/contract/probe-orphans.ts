/**
 * Run as the first process of a namespace of process ids: ends a program by its deadline and lets another end by itself,
 * both with offspring, and prints what became of them once no process but this one is in the table, zombies included.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createClock } from '../../src/edge/clock.ts'
import { createExecProber } from '../../src/edge/probe/exec/prober.ts'
import { execCheck } from './probe-specs.ts'
import { verdictOf } from './probe-targets.ts'

const probes = createExecProber({ clock: createClock(), inFlightMax: 2 })
const endpoint = { address: '127.0.0.1', port: null }
const processes = (): readonly string[] => readdirSync('/proc').filter(name => /^[0-9]+$/.test(name) && name !== '1')
const isReady = (pid: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sleep'
  } catch {
    // Gone between the listing and the look.
    return false
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5))
}

const deadline = new AbortController()
const script = '(sleep 600 & sleep 600 & wait) & sleep 600 & wait'
const hanging = probes.probe(endpoint, execCheck({ command: ['/bin/sh', '-c', script] }), deadline.signal)
await until(() => processes().filter(isReady).length === 3)
const begun = processes().filter(isReady).length
deadline.abort('timeout')
const leaving = execCheck({ command: ['/bin/sh', '-c', 'sleep 600 & sleep 600 & exit 0'] })
const outcomes = [await hanging, await probes.probe(endpoint, leaving, new AbortController().signal)]
await until(() => processes().length === 0)
probes.close()
process.stdout.write(
  JSON.stringify({ pid: process.pid, outcomes: outcomes.map(verdictOf), begun, left: processes().length }),
)
