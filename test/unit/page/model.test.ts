/** What the page knows after what it was told: pictures and changes, events, latencies, queries a second. */
import { describe, expect, it } from 'vitest'
import {
  countedShares,
  emptyModel,
  hear,
  type Message,
  type Model,
  modelLimits,
  trackKey,
} from '../../../page/model.ts'
import type { RecordedEvent } from '../../../src/core/view/events.ts'
import type { LiveChange, LiveSections } from '../../../src/core/view/live.ts'
import type { PoolView, StatusView } from '../../../src/core/view/status.ts'
import { poolView, trackView, upMember } from '../cli/views.ts'
import { at, change, whole } from './pictures.ts'

const status = (heard: LiveChange, hereAt = heard.at): Message => ({ kind: 'status', change: heard, hereAt })
const told = (messages: readonly Message[]): Model => messages.reduce(hear, emptyModel)
const eventAt = (eventAt: number): RecordedEvent => ({ at: eventAt, event: { kind: 'check-mended', protocol: 'ICMP' } })
const key = trackKey({ check: 'web', target: '127.0.0.11:8053' })

function drawnAnswers(pools: readonly PoolView[], drawnAt: number): Pick<LiveSections, 'answers'> {
  const firsts = pools.map(({ owner, type, members }) => [
    `${owner} ${type}`,
    members.map(({ answers }) => answers.first),
  ])
  return { answers: { at: drawnAt, firsts: Object.fromEntries(firsts) } }
}

/** A picture in which one probe ended `agoMs` before. */
function probed(
  agoMs: number,
  latencyMs: number,
  kind: 'pass' | 'fail' | 'inconclusive' = 'pass',
): Partial<StatusView> {
  const last = { kind, reason: kind === 'pass' ? 'ok' : 'refused', latencyMs, detail: null } as const
  const checks = [trackView('127.0.0.11', { last, lastAgoMs: agoMs })]
  return { pools: [poolView('www.demo.test.', { members: [upMember('127.0.0.11', { checks })] })] }
}

describe('pictures', () => {
  it('a whole one voids what was known, a change is laid over it', () => {
    const two = { pools: [poolView('a.'), poolView('b.')] }
    const model = told([status(whole(two)), status(change(two, { pools: [poolView('b.', { ttl: 1 })] }, at))])
    expect([...model.pools.keys()]).toEqual(['b. A'])
    expect(model.pools.get('b. A')!.ttl).toBe(1)
    expect(model.sections!.pools.total).toBe(1)
    expect([...hear(model, status(whole({ pools: [poolView('c.')] }))).pools.keys()]).toEqual(['c. A'])
  })

  it('the clock of the server counts', () => {
    expect(told([status(whole(), at - 3000)]).aheadMs).toBe(3000)
  })

  it('shares of answers are those of the last looks, once enough were given', () => {
    const answers = (after: number, first: readonly number[]): Message => {
      const members = first.map((count, i) => upMember(`127.0.0.1${i}`, { answers: { carried: 0, first: count } }))
      const pools = [poolView('www.demo.test.', { answers: 1, members })]
      return status({ ...change({}, { pools }, at), at: at + after, sections: drawnAnswers(pools, at + after) })
    }
    const shares = (...messages: readonly Message[]) =>
      countedShares(told([status(whole()), ...messages]), 'www.demo.test. A')
    expect(shares(answers(5_000, [30, 10]))).toEqual([0.75, 0.25])
    expect(shares(answers(5_000, [30, 10]), answers(10_000, [31, 11]))).toEqual([31 / 42, 11 / 42])
    expect(shares(answers(5_000, [3, 1]))).toBe(null)
    expect(shares(answers(5_000, [30, 10]), answers(10_000, [2, 30]))).toEqual([2 / 32, 30 / 32])
    const many = Array.from({ length: 20 }, (_, i) => answers(5_000 * (i + 1), [100 * i, 0]))
    expect(shares(...many)).toEqual([1, 0])
    expect(told([status(whole()), ...many]).answers).toHaveLength(modelLimits.answers)
  })

  it('queries a second come of two looks', () => {
    const at0 = told([status(whole({ counters: { queries: 100 } }))])
    expect(at0.queriesPerSecond).toBeNull()
    const later = change({ counters: { queries: 100 } }, { counters: { queries: 500 } }, at + 2000)
    expect(hear(at0, status(later)).queriesPerSecond).toBe(200)
  })
})

describe('events', () => {
  it('history is shown newest first and is no news', () => {
    const model = told([{ kind: 'history', events: [1, 2, 3].map(eventAt) }])
    expect(model.events.map(event => event.at)).toEqual([3, 2, 1])
    expect(model.eventsSeen).toBe(0)
  })

  it('news goes on top, and a reconnect brings no doubles', () => {
    const history: Message = { kind: 'history', events: [1, 2].map(eventAt) }
    const model = told([history, { kind: 'journal', recorded: eventAt(3) }])
    expect({ at: model.events.map(event => event.at), seen: model.eventsSeen }).toEqual({ at: [3, 2, 1], seen: 1 })
    expect(hear(model, { kind: 'history', events: [1, 2, 3].map(eventAt) }).events).toHaveLength(3)
  })

  it('no more are kept than may', () => {
    const messages = Array.from(
      { length: modelLimits.events + 10 },
      (_, i): Message => ({ kind: 'journal', recorded: eventAt(i) }),
    )
    const { events, eventsSeen } = told(messages)
    expect({ kept: events.length, newest: events[0]!.at, seen: eventsSeen }).toEqual({
      kept: modelLimits.events,
      newest: modelLimits.events + 9,
      seen: modelLimits.events + 10,
    })
  })
})

describe('latencies', () => {
  it('one point a probe, however often its pool is sent', () => {
    const model = told([
      status(whole(probed(400, 2), at)),
      status(whole(probed(900, 2), at + 500)),
      status(whole(probed(100, 3, 'fail'), at + 1000)),
    ])
    expect(model.latencies.get(key)).toEqual([
      { atSeconds: (at - 400) / 1000, latencyMs: 2, passed: true },
      { atSeconds: (at + 900) / 1000, latencyMs: 3, passed: false },
    ])
  })

  it('a probe that could not judge is no point', () => {
    expect(told([status(whole(probed(400, 2, 'inconclusive')))]).latencies.size).toBe(0)
  })

  it('survive a reconnect, and are bounded', () => {
    const messages = Array.from({ length: modelLimits.latencies + 5 }, (_, i) =>
      status(whole(probed(0, i), at + i * 1000)),
    )
    const points = told(messages).latencies.get(key)!
    expect(points).toHaveLength(modelLimits.latencies)
    expect(points.at(-1)!.latencyMs).toBe(modelLimits.latencies + 4)
  })
})
