/**
 * EXEC: the endpoint passes if a program of the user's own ends with status 0. Sees whatever the program looks at; a
 * program that cannot be started, or is killed by a signal that is not ours, says nothing of the endpoint.
 *
 * Invariants: at most `inFlightMax` programs run, and a slot is taken until its program is really gone; a probe that
 * had to wait for one is never failed by a deadline that began before it ran; no group outlives its probe, `close`, or
 * the end of this process.
 */
import type { Endpoint, ExecCheck, Outcome } from '../../../core/health/types.ts'
import type { Clock, Probe, StopSignal } from '../../../core/ports.ts'
import { loadReap, type Reap } from '../../ffi/children.ts'
import { attempt, neverBegan, type Run } from '../attempt.ts'
import { errorCode, inconclusive, judgeErrno, type Settle } from '../outcome.ts'
import { commandFor } from './command.ts'
import { type Ending, type Group, startGroup } from './group.ts'
import { createOrphans } from './orphans.ts'
import { createSlots, type Slots } from './slots.ts'

export interface ExecProber {
  readonly probe: Probe<ExecCheck>
  /** Kills what runs; probes begun from now on are inconclusive. */
  close(): void
}

export interface ExecDeps {
  readonly clock: Clock
  /** Programs at once. */
  readonly inFlightMax: number
  /** The system's own unless given; null where orphans are another process's affair. */
  readonly reap?: () => Promise<Reap | null>
}

const execsWaitingMax = 4096

/** The first process of a system or container is the parent of every orphan. */
const isFirst = process.pid === 1

interface Bench {
  readonly clock: Clock
  readonly slots: Slots
  readonly groups: Set<Group>
  readonly bury: (group: number) => void
}

export function createExecProber(deps: ExecDeps): ExecProber {
  const { clock, inFlightMax } = deps
  const orphans = createOrphans(deps.reap ?? (isFirst ? loadReap : async () => null))
  const slots = createSlots(inFlightMax, execsWaitingMax)
  const bench: Bench = { clock, slots, groups: new Set(), bury: orphans.bury }
  const killAll = (): void => {
    for (const group of bench.groups) group.kill()
  }
  let open = true
  let watched = false
  // Whatever ends this process, a program that it started must not run on unwatched.
  const watchExit = (): void => {
    if (!watched) process.on('exit', killAll)
    watched = true
  }
  return {
    probe: async (endpoint, spec, signal) => {
      if (!open) return inconclusive('no-prober', 'closed')
      if (signal.aborted) return neverBegan(signal)
      watchExit()
      if (bench.slots.take()) return run(bench, endpoint, spec, signal, false)
      const waited = await line(bench, signal)
      return waited.kind === 'pass' ? run(bench, endpoint, spec, signal, true) : waited
    },
    close: () => {
      open = false
      killAll()
      process.off('exit', killAll)
      orphans.close()
    },
  }
}

/** Passes with a slot in hand. */
function line({ clock, slots }: Bench, signal: StopSignal): Promise<Outcome> {
  return attempt(clock, signal, settle => {
    const leave = slots.wait(() => settle('pass', 'ok', null))
    if (leave === null) settle('inconclusive', 'no-prober', `${execsWaitingMax} programs are waiting`)
    return {
      stop: () => leave?.(),
      stage: () => null,
      lastLook: () => settle('inconclusive', 'late', 'no other program ended in time to let this one run'),
    }
  })
}

/** Holds a slot, and sees to it that it is given back. */
async function run(
  bench: Bench,
  endpoint: Endpoint,
  spec: ExecCheck,
  signal: StopSignal,
  hasWaited: boolean,
): Promise<Outcome> {
  if (signal.aborted) {
    bench.slots.give()
    return neverBegan(signal)
  }
  return attempt(bench.clock, signal, settle => begin(bench, endpoint, spec, settle, hasWaited))
}

function begin(bench: Bench, endpoint: Endpoint, spec: ExecCheck, settle: Settle, hasWaited: boolean): Run {
  const { slots, groups, bury } = bench
  const command = commandFor(endpoint, spec)
  const group = startGroup(command, {
    failed: error => {
      slots.give()
      const { kind, reason, detail } = judgeStart(error, command.program)
      settle(kind, reason, detail)
    },
    ended: () => {
      slots.give()
      if (group === null) return
      groups.delete(group)
      bury(group.id)
    },
    silent: () => {
      const ending = group?.ending() ?? null
      if (group !== null && ending !== null) conclude(settle, ending, group.firstLine())
    },
  })
  if (group !== null) groups.add(group)
  return {
    stop: () => group?.kill(),
    stage: () => (group === null ? null : `still running: ${group.firstLine()}`.replace(/: $/, '')),
    lastLook: () => {
      const ending = group?.ending() ?? null
      if (group !== null && ending !== null) conclude(settle, ending, group.firstLine())
      else if (hasWaited) settle('inconclusive', 'late', 'had to wait for other programs before it ran')
    },
  }
}

function conclude(settle: Settle, { status, signal }: Ending, said: string): void {
  const tail = said === '' ? '' : `: ${said}`
  if (signal !== null) settle('inconclusive', 'signal', `ended by ${signal}${tail}`)
  else if (status === 0) settle('pass', 'ok', said === '' ? null : said)
  else settle('fail', 'exit', `status ${status}${tail}`)
}

/** The system's word on a program that did not begin. None of it is the endpoint's fault. */
function judgeStart(error: Error, program: string): Pick<Outcome, 'kind' | 'reason' | 'detail'> {
  const code = errorCode(error)
  const { kind, reason } = judgeErrno(code)
  const named: Readonly<Record<string, string>> = {
    ENOENT: `there is no program ${program}, or not the one that its first line names`,
    EACCES: `${program} may not be executed`,
  }
  return {
    kind: 'inconclusive',
    reason: kind === 'inconclusive' ? reason : 'no-prober',
    detail: named[code] ?? `${program}: ${code === '' ? error.message : code}`,
  }
}
