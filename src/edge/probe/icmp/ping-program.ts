/**
 * Echoes through the `ping` program, where it carries the capability that we lack. One process an echo, some
 * milliseconds each, which its latency includes: a last resort for some tens of endpoints. Invariants: at most
 * `pingProcessesMax` run and `pingsWaitingMax` wait, of all families and sources together; what waited past its
 * deadline is inconclusive; a process is killed when its probe ends, and no more than `pingOutputMax` of what it says
 * is kept.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { millis } from '../../../core/base/units.ts'
import type { Endpoint, ReasonCode } from '../../../core/health/types.ts'
import type { Clock } from '../../../core/ports.ts'
import { attempt, type Run } from '../attempt.ts'
import { createSlots, type Slots } from '../exec/slots.ts'
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

export function pingProgramOpener(deps: { readonly clock: Clock; readonly program?: string }): MeansOpener {
  const program = deps.program ?? 'ping'
  const slots = createSlots(pingProcessesMax, pingsWaitingMax)
  return async (family, source) => {
    const refusal = await tryOut(program, family, source)
    return refusal ?? createPings(deps.clock, slots, { program, family, source })
  }
}

/** How ping is called. */
interface Call {
  readonly program: string
  readonly family: Family
  readonly source: string | null
}

function createPings(clock: Clock, slots: Slots, call: Call): EchoMeans {
  let open = true

  const begin = (endpoint: Endpoint, settle: Settle): Run => {
    let child: ChildProcess | null = null
    let leave: (() => void) | null = null
    const start = (): void => {
      child = run(call, endpoint.address, waitSeconds, settle)
      if (child === null) {
        slots.give()
        return
      }
      // Both of the two ways in which a process may end; `exit` does not follow a failed spawn.
      let over = false
      const once = (): void => {
        if (!over) slots.give()
        over = true
      }
      child.on('error', once)
      child.on('exit', once)
    }
    if (!open) settle('inconclusive', 'no-prober', 'closed')
    else if (slots.take()) start()
    else {
      leave = slots.wait(start)
      if (leave === null) settle('inconclusive', 'no-prober', `${pingsWaitingMax} pings are waiting`)
    }
    return {
      stop: () => {
        leave?.()
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
function run({ program, family, source }: Call, address: string, seconds: number, settle: Settle): ChildProcess | null {
  const from = source === null ? [] : ['-I', source]
  const child = launch(program, [
    '-n',
    family === 'v4' ? '-4' : '-6',
    ...from,
    '-c',
    '1',
    '-W',
    String(seconds),
    address,
  ])
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
  // It did not start, which is told in a moment; for want of descriptors it has no pipes either.
  if (child.pid === undefined) return child
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
  else if (/assign requested address/i.test(said)) settle('inconclusive', 'no-socket', firstLine(said))
  else settle('inconclusive', forbids(said) ? 'no-permission' : 'no-prober', firstLine(said))
}

function forbids(said: string): boolean {
  return /not permitted|permission denied|capability|setuid/i.test(said)
}

function firstLine(said: string): string {
  return said.trim().split('\n')[0] ?? ''
}

/** Pings our own loopback, or the source: whether it replies does not matter, only whether the program may try. */
function tryOut(program: string, family: Family, source: string | null): Promise<MeansRefusal | null> {
  const self = source ?? (family === 'v4' ? '127.0.0.1' : '::1')
  return new Promise(resolve => {
    let timer: NodeJS.Timeout | null = null
    const child = run({ program, family, source }, self, 1, (kind, reason, detail) => {
      if (timer !== null) clearTimeout(timer)
      resolve(
        kind === 'inconclusive' ? { name: 'ping-program', reason: refusalOf(reason), detail: detail ?? '' } : null,
      )
    })
    if (child !== null) timer = setTimeout(() => child.kill('SIGKILL'), trialMs)
  })
}

function refusalOf(reason: ReasonCode): MeansRefusal['reason'] {
  return reason === 'no-permission' || reason === 'no-socket' ? reason : 'no-prober'
}
