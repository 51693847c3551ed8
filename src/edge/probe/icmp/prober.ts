/**
 * ICMP: the endpoint passes if an echo reply comes from its address. Sees a dead host or path; does not see a dead
 * program on a live host. The means is chosen at the first echo of a family and kept: ping socket, raw socket, ping
 * program. Invariant: where none is allowed, every outcome is inconclusive and `remedy` says what to change; the choice
 * is then made anew every `retryChoiceMs`, so that the change takes effect without a restart.
 */
import type { Endpoint, IcmpCheck, Outcome } from '../../../core/health/types.ts'
import type { Clock, Probe, StopSignal } from '../../../core/ports.ts'
import { loadLibc } from '../../ffi/libc.ts'
import { attempt, neverBegan } from '../attempt.ts'
import { inconclusive } from '../outcome.ts'
import type { EchoMeans, MeansName, MeansOpener, MeansRefusal } from './means.ts'
import type { Family } from './packet.ts'
import { pingProgramOpener } from './ping-program.ts'
import { pingSocketOpener } from './ping-socket.ts'
import { rawSocketOpener } from './raw-socket.ts'

/** Null while no endpoint of that family was probed. */
export interface IcmpMeans {
  readonly v4: MeansName | 'none' | null
  readonly v6: MeansName | 'none' | null
}

export interface IcmpProber {
  readonly probe: Probe<IcmpCheck>
  means(): IcmpMeans
  /** What a person must change so that ICMP works, with what was tried; null while every family in use works. */
  remedy(): string | null
  /** Why it does not work: 'no-permission' if one of the means is only forbidden. Null while it does. */
  reason(): MeansRefusal['reason'] | null
  close(): void
}

export interface IcmpDeps {
  readonly clock: Clock
  /** Ways to try, best first; those of the system unless given. */
  readonly openers?: readonly MeansOpener[]
}

/** How long a fruitless choice stands. */
export const retryChoiceMs = 30_000
/** How long a source that is not there is not looked for again: it may be an address that moves between hosts. */
export const retrySourceMs = 2_000
/** A choice that no echo asked for in this time makes room: its source may be in no check any more. */
export const idleChoiceMs = 600_000
/** Choices, one for each family and source. */
export const choicesMax = 64

const icmpRemedy =
  'allow ping sockets with `sysctl net.ipv4.ping_group_range="0 2147483647"`, ' +
  'or give the process CAP_NET_RAW (systemd: AmbientCapabilities=CAP_NET_RAW)'

/** The choice for one family and source. */
interface Choice {
  readonly family: Family
  readonly source: string | null
  means: EchoMeans | null
  refusals: readonly MeansRefusal[]
  /** When every way was found closed; null before the first choice and while one is open. */
  fruitlessMs: number | null
  pending: Promise<void> | null
  /** When an echo asked for it last. */
  usedMs: number
}

export function createIcmpProber(deps: IcmpDeps): IcmpProber {
  const { clock } = deps
  const openers = deps.openers ?? systemOpeners(clock)
  const choices = new Map<string, Choice>()
  let open = true

  /** Null if there are as many as there may be. */
  const choiceFor = (family: Family, source: string | null): Choice | null => {
    const key = source ?? family
    const usedMs = clock.now()
    const known = choices.get(key)
    if (known !== undefined) {
      known.usedMs = usedMs
      return known
    }
    if (choices.size >= choicesMax && !makeRoom(choices, usedMs)) return null
    const choice = { family, source, means: null, refusals: [], fruitlessMs: null, pending: null, usedMs }
    choices.set(key, choice)
    return choice
  }

  const choose = async (choice: Choice): Promise<void> => {
    const refusals: MeansRefusal[] = []
    for (const opener of openers) {
      const found = await opener(choice.family, choice.source)
      if ('echo' in found) {
        if (open) choice.means = found
        else found.close()
        choice.fruitlessMs = null
        return
      }
      refusals.push(found)
      // No other way will find an address that is not there.
      if (found.reason === 'no-socket') break
    }
    choice.refusals = refusals
    choice.fruitlessMs = clock.now()
  }

  /** Null if there is a choice that stands. */
  const chosen = (choice: Choice): Promise<void> | null => {
    if (choice.means !== null) return null
    if (choice.pending !== null) return choice.pending
    if (choice.fruitlessMs !== null && clock.now() - choice.fruitlessMs < retryMs(choice)) return null
    choice.pending = choose(choice).finally(() => {
      choice.pending = null
    })
    return choice.pending
  }

  const probe: Probe<IcmpCheck> = (endpoint, { source = null }, signal) => {
    if (!open) return Promise.resolve(inconclusive('no-prober', 'closed'))
    const choice = choiceFor(endpoint.address.includes(':') ? 'v6' : 'v4', source)
    if (choice === null) return Promise.resolve(inconclusive('no-socket', `more than ${choicesMax} sources of echoes`))
    const wait = chosen(choice)
    return wait === null ? echo(choice, endpoint, signal) : echoAfter(wait, choice, clock, endpoint, signal)
  }

  const broken = (): readonly MeansRefusal[] =>
    [...choices.values()].flatMap(choice =>
      choice.fruitlessMs === null || isSourceGone(choice) ? [] : choice.refusals,
    )

  return {
    probe,
    means: () => ({ v4: nameOf(choices, 'v4'), v6: nameOf(choices, 'v6') }),
    remedy: () => {
      const refusals = broken()
      if (refusals.length === 0) return null
      const tried = new Set(refusals.map(({ name, detail }) => `${name}: ${detail}`))
      return `${icmpRemedy}; tried ${[...tried].join(', ')}`
    },
    reason: () => reasonOf(broken()),
    close: () => {
      open = false
      for (const { means } of choices.values()) means?.close()
    },
  }
}

/** Forgets the choice that was not asked for the longest; false if all are in use. */
function makeRoom(choices: Map<string, Choice>, nowMs: number): boolean {
  const idle = [...choices].filter(([, { pending, usedMs }]) => pending === null && nowMs - usedMs >= idleChoiceMs)
  const oldest = idle.toSorted(([, a], [, b]) => a.usedMs - b.usedMs)[0]
  if (oldest === undefined) return false
  oldest[1].means?.close()
  return choices.delete(oldest[0])
}

function systemOpeners(clock: Clock): readonly MeansOpener[] {
  const deps = { clock, libc: loadLibc }
  return [pingSocketOpener(deps), rawSocketOpener(deps), pingProgramOpener(deps)]
}

function retryMs(choice: Choice): number {
  return isSourceGone(choice) ? retrySourceMs : retryChoiceMs
}

/** The host may send echoes, but not from there. */
function isSourceGone({ refusals }: Choice): boolean {
  return refusals.at(-1)?.reason === 'no-socket'
}

/** One way serves a family; which one does not depend on the source. */
function nameOf(choices: ReadonlyMap<string, Choice>, wanted: Family): MeansName | 'none' | null {
  const of = [...choices.values()].filter(({ family }) => family === wanted)
  const found = of.find(({ means }) => means !== null)?.means
  if (found !== undefined && found !== null) return found.name
  return of.some(choice => choice.fruitlessMs !== null && !isSourceGone(choice)) ? 'none' : null
}

function reasonOf(refusals: readonly MeansRefusal[]): MeansRefusal['reason'] | null {
  if (refusals.length === 0) return null
  return refusals.some(({ reason }) => reason === 'no-permission') ? 'no-permission' : 'no-prober'
}

function echo(choice: Choice, endpoint: Endpoint, signal: StopSignal): Promise<Outcome> {
  if (signal.aborted) return Promise.resolve(neverBegan(signal))
  if (choice.means !== null) return choice.means.echo(endpoint, signal)
  if (isSourceGone(choice)) {
    return Promise.resolve(inconclusive('no-socket', `${choice.source}: ${choice.refusals.at(-1)?.detail}`))
  }
  return Promise.resolve(inconclusive(reasonOf(choice.refusals) ?? 'no-prober', icmpRemedy))
}

/** The first echoes wait for the choice; a deadline that passes meanwhile says nothing of the endpoint. */
async function echoAfter(
  wait: Promise<void>,
  choice: Choice,
  clock: Clock,
  endpoint: Endpoint,
  signal: StopSignal,
): Promise<Outcome> {
  const late = await attempt(clock, signal, settle => {
    wait.then(() => settle('pass', 'ok', null)).catch(error => settle('inconclusive', 'no-prober', String(error)))
    return {
      stop: () => {},
      stage: () => null,
      lastLook: () => settle('inconclusive', 'late', 'still choosing how to send echoes'),
    }
  })
  return late.kind === 'pass' ? echo(choice, endpoint, signal) : late
}
