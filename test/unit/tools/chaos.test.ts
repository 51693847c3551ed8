/** The judge of a chaos run finds what it is there to find: nothing where nothing is broken, and each rule broken. */
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../src/core/health/types.ts'
import type { JournalEvent } from '../../../src/core/view/events.ts'
import { allowedWithin } from '../../../tools/chaos/oracle.ts'
import { planTown } from '../../../tools/chaos/town.ts'
import { type Evidence, judge } from '../../../tools/chaos/verdict.ts'
import { poolView, statusView, upMember } from '../cli/views.ts'

const town = planTown(1, 1)
const { owner, addresses } = town.services[0]!
const [first = '', second = ''] = addresses
const outcome: Outcome = { kind: 'fail', reason: 'refused', latencyMs: 1, detail: null }

function turn(address: string, from: 'unknown' | 'up' | 'down', to: 'up' | 'down'): JournalEvent {
  const target = `${address}:80`
  return { kind: 'transition', target, check: 'web (TCP)', from, to, cause: 'fall', leak: null, outcome }
}

function override(action: 'set' | 'released', target: string): JournalEvent {
  return { kind: 'override', action, target, override: 'drained', reason: '', author: '', untilAt: null }
}

function installed(generation: number): JournalEvent {
  return { kind: 'installed', generation, zones: 1, rrsets: 1, checks: 1, tookMs: 1 }
}

/** The second is down from second 10 to 20; the third comes with generation 2, written at 30 and there at 31. */
const history = [
  { at: 1_000, event: turn(first, 'unknown', 'up') },
  { at: 1_000, event: turn(second, 'unknown', 'up') },
  { at: 10_000, event: turn(second, 'up', 'down') },
  { at: 20_000, event: turn(second, 'down', 'up') },
  { at: 31_000, event: installed(2) },
  { at: 32_000, event: turn(addresses[2]!, 'unknown', 'up') },
]
const toggles = [10_000, 20_000].map((at, i) => ({
  what: 'a toggle',
  from: at - 1_000,
  until: at + 1_000,
  fits: (event: JournalEvent) => event.kind === 'transition' && event.to === (i === 0 ? 'down' : 'up'),
}))
const answer = (askedAt: number, members: number) => ({ service: 0, askedAt, heardAt: askedAt + 1, members })
const answers = [answer(5_000, 0b11), answer(15_000, 0b01), answer(25_000, 0b11), answer(40_000, 0b111)]
const open = ['/dev/null', 'socket:[123]']

function evidenceOf(changes: Partial<Evidence> = {}): Evidence {
  const members = addresses.slice(0, 3).map(address => upMember(address))
  const kinds = new Map<string, number>()
  for (const { event } of changes.history ?? history) kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1)
  const status = statusView({ pools: [poolView(owner, { members, answers: answers.length })] })
  return {
    town,
    census: [0b11],
    deeds: {
      expectations: toggles,
      edits: [{ writtenAt: 30_000, generation: 2, census: [0b111] }],
      counts: new Map(),
    },
    load: { sent: answers.length, answers },
    history,
    logged: kinds,
    status: { ...status, reload: { ...status.reload, generation: 2 } },
    descriptors: { before: open, after: ['/dev/null', 'socket:[456]'] },
    ...changes,
  }
}

function broken(changes: Partial<Evidence>): readonly string[] {
  return judge(evidenceOf(changes)).flatMap(({ rule, count }) => (count > 0 ? [rule] : []))
}

/** One answer more than there are, which is counted. */
function withAnswer(askedAt: number, members: number): Partial<Evidence> {
  const base = evidenceOf()
  const pools = base.status.pools.map(pool => ({ ...pool, answers: answers.length + 1 }))
  const load = { sent: answers.length + 1, answers: [...answers, answer(askedAt, members)] }
  return { load, status: { ...base.status, pools } }
}

const overdue = 'answers with who had been out for more than a tick'

describe('the judge', () => {
  it('finds nothing where nothing is broken', () => {
    expect(broken({})).toEqual([])
  })

  it('finds who was answered while out, but for a tick', () => {
    expect(broken(withAnswer(10_040, 0b11))).toEqual([])
    expect(broken(withAnswer(10_100, 0b11))).toEqual([overdue])
    expect(broken(withAnswer(19_400, 0b10))).toEqual([overdue])
    expect(broken(withAnswer(19_960, 0b10))).toEqual([])
    expect(broken(withAnswer(29_000, 0b111))).toEqual([overdue])
    expect(broken(withAnswer(30_500, 0b111))).toEqual([])
  })

  it('finds who was answered while an operator had taken him out', () => {
    const drained = [
      ...history,
      { at: 50_000, event: override('set', first) },
      { at: 60_000, event: override('released', first) },
    ]
    const answered = (at: number): Partial<Evidence> => ({ ...withAnswer(at, 0b001), history: drained })
    expect(broken(answered(45_000))).toEqual([])
    expect(broken(answered(55_000))).toEqual([overdue])
    expect(broken(answered(65_000))).toEqual([])
  })

  it('finds lost queries and answers that are none', () => {
    expect(broken({ load: { sent: answers.length + 1, answers } })).toEqual(['lost queries'])
    expect(broken(withAnswer(5_000, 0))).toEqual(['answers that were none'])
  })

  it('finds what the journal lacks, and what is in it for no reason', () => {
    const without = history.filter(({ at }) => at !== 20_000)
    expect(broken({ history: without })).toContain('missing in the journal')
    const more = [
      ...history,
      { at: 50_000, event: turn(first, 'up', 'down') },
      { at: 51_000, event: turn(first, 'down', 'up') },
    ]
    expect(broken({ history: more })).toEqual(['verdicts that turned for no reason'])
    expect(
      broken({
        logged: new Map([
          ['transition', 4],
          ['installed', 1],
        ]),
      }),
    ).toEqual(['history and log differ'])
    const skipped = [...history, { at: 60_000, event: installed(4) }]
    expect(broken({ history: skipped })).toEqual(['generations out of order'])
    const faulty = [...history, { at: 60_000, event: { kind: 'fault', where: 'reload', text: 'x' } as const }]
    expect(broken({ history: faulty })).toEqual(['faults'])
  })

  it('finds answers that were not counted, members that are missing in the end, and descriptors left open', () => {
    const { status } = evidenceOf()
    const pools = status.pools.map(pool => ({ ...pool, answers: 3 }))
    expect(broken({ status: { ...status, pools } })).toEqual(['answers that were not counted'])
    expect(broken({ status: { ...status, reload: { ...status.reload, ok: false } } })).toEqual([
      'not as it should be in the end',
    ])
    expect(broken({ descriptors: { before: open, after: [...open, 'socket:[9]'] } })).toEqual([
      'descriptors more than before',
    ])
  })
})

it('a span allows what any of its pieces allows', () => {
  const pieces = [
    { from: 0, allowed: 1 },
    { from: 10, allowed: 2 },
    { from: 20, allowed: 4 },
  ]
  expect(allowedWithin(pieces, 1, 5)).toBe(1)
  expect(allowedWithin(pieces, 5, 10)).toBe(3)
  expect(allowedWithin(pieces, 12, 19)).toBe(2)
  expect(allowedWithin(pieces, 5, 25)).toBe(7)
  expect(allowedWithin(pieces, 30, 40)).toBe(4)
})
