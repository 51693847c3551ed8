/**
 * What a run must show when it is over: no query lost, nobody answered who had been out for more than a tick, the
 * journal complete, generations one after the other, every answer counted, and nothing left open.
 */
import type { RecordedEvent } from '../../src/core/view/events.ts'
import type { StatusView } from '../../src/core/view/status.ts'
import { tickMs } from '../../src/shell/pulse.ts'
import type { Deeds, Expectation } from './acts.ts'
import type { Load } from './load.ts'
import { allowedWithin, hostOf, type Piece, workOut } from './oracle.ts'
import type { Census, Town } from './town.ts'

export interface Evidence {
  readonly town: Town
  readonly census: Census
  readonly deeds: Deeds
  readonly load: Load
  readonly history: readonly RecordedEvent[]
  /** Lines of the log by event. */
  readonly logged: ReadonlyMap<string, number>
  readonly status: StatusView
  /** What each of them is open on. */
  readonly descriptors: { readonly before: readonly string[]; readonly after: readonly string[] }
}

export interface Finding {
  readonly rule: string
  /** Cases that break it. */
  readonly count: number
  /** Some of them, in words. */
  readonly examples: readonly string[]
}

const examplesMax = 5
/** The longest from a change of answers to the word of it. */
const tellingMs = 500

/** Every rule, also those that nothing breaks. */
export function judge(evidence: Evidence): readonly Finding[] {
  const { load, history, deeds, town } = evidence
  const pieces = workOut(town, evidence.census, deeds.edits, history)
  return [
    finding('lost queries', load.sent - load.answers.length, []),
    listed(
      'answers that were none',
      load.answers.flatMap(answer => (answer.members === 0 ? [town.services[answer.service]!.owner] : [])),
    ),
    listed('answers with who had been out for more than a tick', overdue(evidence, pieces)),
    listed('missing in the journal', missing(deeds.expectations, history)),
    listed('verdicts that turned for no reason', unexplained(evidence)),
    listed('generations out of order', disordered(history)),
    listed('history and log differ', differing(history, evidence.logged)),
    listed('answers that were not counted', miscounted(evidence)),
    listed('not as it should be in the end', unsettled(evidence, pieces)),
    listed('faults', faults(history)),
    grown(evidence.descriptors),
  ]
}

/** Numbers of inodes differ, kinds do not. */
function grown({ before, after }: Evidence['descriptors']): Finding {
  const kinds = (open: readonly string[]) => Map.groupBy(open, path => path.replace(/\d+/g, 'N'))
  const earlier = kinds(before)
  const more = [...kinds(after)].flatMap(([kind, open]) => {
    const rise = open.length - (earlier.get(kind)?.length ?? 0)
    return rise > 0 ? [`${rise} more ${kind}`] : []
  })
  return finding('descriptors more than before', Math.max(0, after.length - before.length), more)
}

function finding(rule: string, count: number, examples: readonly string[]): Finding {
  return { rule, count, examples: examples.slice(0, examplesMax) }
}

function listed(rule: string, cases: readonly string[]): Finding {
  return finding(rule, cases.length, cases)
}

/**
 * The journal tells of a change after it was made. For who left that is on the safe side: he has the one tick. Who
 * comes back may be answered before the journal says so, and on a busy machine some time before.
 */
function overdue({ load, town, history }: Evidence, pieces: readonly (readonly Piece[])[]): readonly string[] {
  return load.answers.flatMap(({ service, askedAt, heardAt, members }) => {
    const wrong = members & ~allowedWithin(pieces[service]!, askedAt - tickMs, heardAt + tellingMs)
    if (wrong === 0) return []
    const { owner, addresses } = town.services[service]!
    const who = addresses.filter((_, member) => wrong & (1 << member)).join(', ')
    return [`${owner} at ${new Date(askedAt).toISOString()}: ${who}; told: ${toldAround(history, askedAt)}`]
  })
}

/** What the journal says of the second around an instant, by milliseconds before or after it. */
function toldAround(history: readonly RecordedEvent[], around: number): string {
  return history
    .filter(({ at }) => Math.abs(at - around) < 1_000)
    .map(({ at, event }) => {
      const whom = 'target' in event ? event.target : 'owner' in event ? event.owner : ''
      return `${Math.round(at - around)} ${event.kind} ${whom}`.trimEnd()
    })
    .join(', ')
}

/** Each event answers for one expectation. */
function missing(expectations: readonly Expectation[], history: readonly RecordedEvent[]): readonly string[] {
  const used = new Set<RecordedEvent>()
  return expectations.flatMap(({ what, from, until, fits }) => {
    const found = history.find(
      recorded => recorded.at >= from && recorded.at <= until && !used.has(recorded) && fits(recorded.event),
    )
    if (found !== undefined) used.add(found)
    return found === undefined ? [`${what}, expected from ${new Date(from).toISOString()}`] : []
  })
}

/** An edit resets nobody's health: a verdict turns where a backend did, or for the first time of who is new. */
function unexplained({ history, deeds }: Evidence): readonly string[] {
  return history.flatMap(({ at, event }) => {
    if (event.kind !== 'transition' || event.from === 'unknown') return []
    const isExpected = deeds.expectations.some(({ from, until, fits }) => at >= from && at <= until && fits(event))
    return isExpected ? [] : [`${hostOf(event.target)} ${event.from} to ${event.to}: ${event.outcome.reason}`]
  })
}

function disordered(history: readonly RecordedEvent[]): readonly string[] {
  const numbers = history.flatMap(({ event }) => (event.kind === 'installed' ? [event.generation] : []))
  return numbers.flatMap((number, i) =>
    i === 0 || number === numbers[i - 1]! + 1 ? [] : [`${numbers[i - 1]}, ${number}`],
  )
}

function differing(history: readonly RecordedEvent[], logged: ReadonlyMap<string, number>): readonly string[] {
  const recorded = new Map<string, number>()
  for (const { event } of history) recorded.set(event.kind, (recorded.get(event.kind) ?? 0) + 1)
  return [...recorded].flatMap(([kind, count]) =>
    (logged.get(kind) ?? 0) === count ? [] : [`${kind}: ${count} in history, ${logged.get(kind) ?? 0} in the log`],
  )
}

/** Nobody else asked, so each pool was answered from as often as answers came. */
function miscounted({ status, load, town }: Evidence): readonly string[] {
  const heard = new Map<string, number>()
  for (const { service } of load.answers) {
    const { owner } = town.services[service]!
    heard.set(owner, (heard.get(owner) ?? 0) + 1)
  }
  return status.pools.flatMap(({ owner, answers }) =>
    answers === (heard.get(owner) ?? 0) ? [] : [`${owner}: ${heard.get(owner) ?? 0} came, ${answers} counted`],
  )
}

/** All backends are up again and all orders released. */
function unsettled({ status, town, deeds }: Evidence, pieces: readonly (readonly Piece[])[]): readonly string[] {
  const pools = status.pools.flatMap(({ owner, members }) => {
    const service = town.services.findIndex(each => each.owner === owner)
    const { addresses } = town.services[service]!
    const answered = addresses.reduce((mask, address, member) => {
      return members.some(each => each.address === address && each.answered) ? mask | (1 << member) : mask
    }, 0)
    const expected = pieces[service]!.at(-1)?.allowed
    return answered === expected && members.every(member => member.answered)
      ? []
      : [`${owner}: ${answered} for ${expected}`]
  })
  const generation = deeds.edits.at(-1)?.generation
  const wanted = [status.reload.ok, status.overrides.length === 0, status.reload.generation === generation]
  return wanted.every(Boolean) ? pools : [...pools, `reload ${JSON.stringify(status.reload)}`]
}

/** A thread that was just lost cannot say that it took a generation; its successor begins with it. */
function faults(history: readonly RecordedEvent[]): readonly string[] {
  return history.flatMap(({ at, event }) => {
    if (event.kind !== 'fault') return []
    const isOfLost = history.some(
      other =>
        other.event.kind === 'worker-lost' &&
        event.where === `worker ${other.event.worker}` &&
        Math.abs(other.at - at) < 3_000,
    )
    return isOfLost ? [] : [`${event.where}: ${event.text.split('\n')[0]}`]
  })
}
