/**
 * Run under a low `ulimit -n`: takes every descriptor, then probes, and prints what the probes say; then lets go of them
 * and pings by a program once more.
 */
import { closeSync, openSync } from 'node:fs'
import { createClock } from '../../src/edge/clock.ts'
import { pingProgramOpener } from '../../src/edge/probe/icmp/ping-program.ts'
import { createProbes } from '../../src/edge/probe/table.ts'
import { dnsCheck, execCheck, grpcCheck, httpCheck, httpsCheck, metricsCheck, tcpCheck } from './probe-specs.ts'
import { verdictOf } from './probe-targets.ts'

const endpoint = { address: '127.0.0.9', port: 1 }
const others = [dnsCheck(), grpcCheck()]
const checks = [tcpCheck, httpCheck(), httpsCheck({ tls: { caFile: null } }), execCheck(), metricsCheck(), ...others]
const probes = createProbes({ clock: createClock() })
const signal = new AbortController().signal
// Once with plenty: everything that Node loads lazily is loaded now.
for (const check of checks) await probes.probe(endpoint, check, signal)

// A program that finds every host well; it is how it is started that is looked at.
const pings = await pingProgramOpener({ clock: createClock(), program: 'true' })('v4', null)
if (!('echo' in pings)) throw new Error(pings.detail)
/** More than may run at once. */
const pingsMany = 40

const descriptorsMax = 10_000
const taken: number[] = []
let starved = false
for (let i = 0; i < descriptorsMax && !starved; i++) {
  try {
    taken.push(openSync('/dev/null', 'r'))
  } catch (error) {
    starved = error instanceof Error && error.message.startsWith('EMFILE')
    if (!starved) throw error
  }
}
const said: Record<string, string> = {}
for (const check of checks) said[check.protocol] = verdictOf(await probes.probe(endpoint, check, signal))
const pinged = new Set<string>()
for (let i = 0; i < pingsMany; i++) pinged.add(verdictOf(await pings.echo(endpoint, AbortSignal.timeout(5000))))
for (const fd of taken) closeSync(fd)
const after = verdictOf(await pings.echo(endpoint, AbortSignal.timeout(5000)))
process.stdout.write(JSON.stringify({ ...said, pinged: [...pinged], after }))
