/**
 * Echoes through the `ping` program, where it carries the capability that we lack. One process an echo, some
 * milliseconds each, which its latency includes: a last resort for some tens of endpoints. Invariants: at most
 * `pingProcessesMax` run and `pingsWaitingMax` wait; what waited past its deadline is inconclusive; a process is killed
 * when its probe ends, and no more than `pingOutputMax` of what it says is kept.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { millis } from '../../../core/base/units.ts'
import type { Endpoint } from '../../../core/health/types.ts'
import type { Clock } from '../../../core/ports.ts'
import { attempt, type Run } from '../attempt.ts'
import { errorCode, type Settle, settleByError } from '../outcome.ts'
import type { EchoMeans, MeansOpener, MeansRefusal } from './means.ts'
import type { Family } from './packet.ts'

const pingProcessesMax = 32
const pingsWaitingMax = 1024
const pingOutputMax = 4096
/** Longest wait for the trial ping of our own loopback address. */
const trialMs = millis(3000)
/** What ping is told; the probe's own deadline comes sooner and kills it. */
const waitSeconds = 60

const programFolders = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'

/** A ping that waits for a process to be free. False if it could not be started after all. */
type Waiting = () => boolean

export function pingProgramOpener(deps: { readonly clock: Clock; readonly program?: string }): MeansOpener {
  const program = deps.program ?? 'ping'
  return async family => {
    const refusal = await tryOut(program, family)
    return refusal ?? createPings(deps.clock, program, family)
  }
}

function createPings(clock: Clock, program: string, family: Family): EchoMeans {
  const waiting = new Set<Waiting>()
  let running = 0
  let open = true
  const ended = (): void => {
    running--
    for (const next of waiting) {
      waiting.delete(next)
      if (next()) break
    }
  }

  const begin = (endpoint: Endpoint, settle: Settle): Run => {
    let child: ChildProcess | null = null
    const start = (): boolean => {
      child = run(program, family, endpoint.address, waitSeconds, settle)
      if (child === null) return false
      running++
      // Both of the two ways in which a process may end; `exit` does not follow a failed spawn.
      let over = false
      const once = (): void => {
        if (!over) ended()
        over = true
      }
      child.on('error', once)
      child.on('exit', once)
      return true
    }
    if (!open) settle('inconclusive', 'no-prober', 'closed')
    else if (running < pingProcessesMax) start()
    else if (waiting.size < pingsWaitingMax) waiting.add(start)
    else settle('inconclusive', 'no-prober', `${pingsWaitingMax} pings are waiting`)
    return {
      stop: () => {
        waiting.delete(start)
        child?.kill('SIGKILL')
      },
      stage: () => null,
      lastLook: () => {
        if (child === null) settle('inconclusive', 'late', `${pingProcessesMax} ping programs were running`)
      },
    }
  }

  return {
    name: 'ping-program',
    echo: (endpoint, signal) => attempt(clock, signal, settle => begin(endpoint, settle)),
    close: () => {
      open = false
    },
  }
}

/** Null if it did not start, which is settled then. */
function run(program: string, family: Family, address: string, seconds: number, settle: Settle): ChildProcess | null {
  const child = launch(program, ['-n', family === 'v4' ? '-4' : '-6', '-c', '1', '-W', String(seconds), address])
  if (child instanceof Error) {
    settleByError(settle, child)
    return null
  }
  let said = ''
  const listen = (chunk: Buffer): void => {
    said = (said + chunk.toString('latin1')).slice(0, pingOutputMax)
  }
  child.on('error', error => {
    if (errorCode(error) === 'ENOENT') settle('inconclusive', 'no-prober', 'the ping program is gone')
    else settleByError(settle, error)
  })
  child.stdout.on('error', () => child.kill('SIGKILL')).on('data', listen)
  child.stderr.on('error', () => child.kill('SIGKILL')).on('data', listen)
  child.on('close', status => conclude(status, said, settle))
  return child
}

/** Node throws some errors of the system (EPERM among them) and emits others. */
function launch(program: string, args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> | Error {
  try {
    return spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: programFolders, LC_ALL: 'C' },
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** iputils and BusyBox: 0 for a reply, 1 for none, anything else for trouble; an ICMP error is told in the text. */
function conclude(status: number | null, said: string, settle: Settle): void {
  const unreachable = /[^\n]*(?:unreachable|No route to host|Time to live exceeded|Time exceeded)[^\n]*/i.exec(said)
  if (/DIFFERENT ADDRESS/.test(said)) settle('fail', 'unreachable', 'another address replied')
  else if (status === 0) settle('pass', 'ok', null)
  else if (unreachable !== null) settle('fail', 'unreachable', unreachable[0])
  else if (status === 1) settle('fail', 'timeout', null)
  else settle('inconclusive', forbids(said) ? 'no-permission' : 'no-prober', firstLine(said))
}

function forbids(said: string): boolean {
  return /not permitted|permission denied|capability|setuid/i.test(said)
}

function firstLine(said: string): string {
  return said.trim().split('\n')[0] ?? ''
}

/** Pings our own loopback: whether it replies does not matter, only whether the program may try. */
function tryOut(program: string, family: Family): Promise<MeansRefusal | null> {
  return new Promise(resolve => {
    let timer: NodeJS.Timeout | null = null
    const child = run(program, family, family === 'v4' ? '127.0.0.1' : '::1', 1, (kind, reason, detail) => {
      if (timer !== null) clearTimeout(timer)
      const refused = reason === 'no-permission' ? 'no-permission' : 'no-prober'
      resolve(kind === 'inconclusive' ? { name: 'ping-program', reason: refused, detail: detail ?? '' } : null)
    })
    if (child !== null) timer = setTimeout(() => child.kill('SIGKILL'), trialMs)
  })
}
