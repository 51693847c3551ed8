/** Who is told of which version and when, on a clock that stands still unless told otherwise. */
import { beforeEach, describe, expect, test } from 'vitest'
import {
  acknowledge,
  announce,
  createNotifying,
  holdBack,
  type Notifying,
  type NotifyTurn,
  nextNotifyMs,
  noteFault,
  noteRefusal,
  notifyHoldMs,
  notifyLostGapMs,
  notifySendsMax,
  release,
  setPlaces,
  takeNotifies,
} from '../../../src/core/transfer/notifying.ts'

const one = { host: '192.0.2.53', port: 53 }
const two = { host: '2001:db8::53', port: 5300 }
let state: Notifying
let told: string[]
const turn = (news: NotifyTurn) => {
  const fault = news.kind === 'given-up' ? ` ${news.fault}` : ''
  told.push(`${news.kind} ${news.errand.place.host} ${news.serial}${fault}`)
}
/** `host serial` of each message that goes out. */
const sends = (nowMs: number, most = 100) =>
  takeNotifies(state, nowMs, most, turn).map(({ errand, serial }) => `${errand.place.host} ${serial}`)
const keyOf = (host: string) => [...state.errands].find(([, { place }]) => place.host === host)![0]
/** All messages until `untilMs`, with their times. */
const run = (fromMs: number, untilMs: number) => {
  const out: string[] = []
  for (let nowMs = fromMs; nowMs < untilMs; nowMs += 100) for (const sent of sends(nowMs)) out.push(`${nowMs} ${sent}`)
  return out
}

beforeEach(() => {
  state = createNotifying()
  told = []
  setPlaces(state, 'a', [one])
})

describe('a zone that a catalog tells of', () => {
  const begin = (...catalogs: readonly string[]) => {
    setPlaces(state, 'cat', [one])
    setPlaces(state, 'new', [one, two])
    holdBack(state, 'new', catalogs, 0)
    announce(state, 'cat', 1, 0)
    announce(state, 'new', 7, 0)
  }

  test('is not spoken of before, to whoever is told of the catalog', () => {
    begin('cat')
    expect(sends(0)).toEqual(['192.0.2.53 1', '2001:db8::53 7'])
    expect(nextNotifyMs(state)).not.toBeNull()
  })

  test('is spoken of once somebody there has taken it', () => {
    begin('cat')
    sends(0)
    for (const key of [...state.errands.keys()].filter(each => !each.includes('new')))
      acknowledge(state, key, 1, 10, turn)
    release(state, 'new', '192.0.2.99', 100)
    expect(sends(100)).toEqual([])
    release(state, 'new', one.host, 200)
    expect(sends(200)).toEqual(['192.0.2.53 7'])
  })

  test('is spoken of after a while whoever has taken it, and no later for more versions of it', () => {
    begin('cat')
    acknowledge(state, [...state.errands].find(([, { zone }]) => zone === 'cat')![0], 1, 10, turn)
    announce(state, 'new', 8, notifyHoldMs / 2)
    const toOne = run(100, notifyHoldMs + 500).filter(sent => sent.includes(one.host))
    expect(toOne).toEqual([`${notifyHoldMs} ${one.host} 8`])
  })

  test('is spoken of at once where nobody is told of a catalog that lists it', () => {
    begin()
    expect(sends(0)).toEqual(['192.0.2.53 1', '192.0.2.53 7', '2001:db8::53 7'])
    holdBack(state, 'new', ['cat'], 100)
    announce(state, 'new', 8, 100)
    expect(run(200, 1_500)).toContain(`1000 ${one.host} 8`)
  })
})

describe('a secondary', () => {
  test('is told at once, and left alone when it has acknowledged', () => {
    announce(state, 'a', 7, 0)
    expect(sends(0)).toEqual(['192.0.2.53 7'])
    acknowledge(state, keyOf(one.host), 7, 20, turn)
    expect([run(100, 60_000), nextNotifyMs(state)]).toEqual([[], null])
    expect(told).toEqual(['acknowledged 192.0.2.53 7'])
  })

  test('is told of the newest version, once a second at most', () => {
    const out: string[] = []
    for (let nowMs = 0; nowMs < 10_000; nowMs += 100) {
      announce(state, 'a', 1 + nowMs / 100, nowMs)
      for (const sent of takeNotifies(state, nowMs, 100, turn)) {
        out.push(`${nowMs} ${sent.serial}`)
        acknowledge(state, sent.key, sent.serial, nowMs, turn)
      }
    }
    expect(out).toEqual(Array.from({ length: 10 }, (_, i) => `${i * 1_000} ${1 + i * 10}`))
    expect(told).toEqual(['acknowledged 192.0.2.53 1'])
  })

  test('is not told of a version that is not later', () => {
    announce(state, 'a', 7, 0)
    sends(0)
    acknowledge(state, keyOf(one.host), 7, 1, turn)
    announce(state, 'a', 7, 5_000)
    announce(state, 'a', 6, 5_000)
    expect(sends(9_000)).toEqual([])
  })

  test('that is silent is told again at growing intervals, and given up in the end', () => {
    announce(state, 'a', 7, 0)
    const times = run(0, 120_000).map(line => Number(line.split(' ')[0]))
    expect(times).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000])
    expect(times).toHaveLength(notifySendsMax)
    expect([told, nextNotifyMs(state)]).toEqual([['given-up 192.0.2.53 7 no-response'], null])
  })

  test('that was given up is tried once by a new version, and not told of again until it answers', () => {
    announce(state, 'a', 7, 0)
    run(0, 120_000)
    for (let i = 0; i < 60; i++) {
      announce(state, 'a', 8 + i, 120_000 + i * 1_000)
      run(120_000 + i * 1_000, 121_000 + i * 1_000)
    }
    expect(told).toEqual(['given-up 192.0.2.53 7 no-response'])
    announce(state, 'a', 100, 300_000)
    expect(sends(300_000)).toEqual(['192.0.2.53 100'])
    acknowledge(state, keyOf(one.host), 100, 300_010, turn)
    expect(told.at(-1)).toBe('acknowledged 192.0.2.53 100')
    announce(state, 'a', 101, 301_000)
    expect(sends(301_000)).toEqual(['192.0.2.53 101'])
  })

  test('that was given up gets no more than a message every so often', () => {
    announce(state, 'a', 7, 0)
    run(0, 120_000)
    let count = 0
    for (let nowMs = 120_000; nowMs < 180_000; nowMs += 100) {
      if (nowMs % 1_000 === 0) announce(state, 'a', nowMs, nowMs)
      count += sends(nowMs).length
    }
    expect(count).toBeLessThanOrEqual(60_000 / notifyLostGapMs)
    expect(count).toBeGreaterThan(1)
  })

  test('that is silent while versions come every second is given up all the same', () => {
    for (let nowMs = 0; nowMs < 30_000; nowMs += 100) {
      if (nowMs % 1_000 === 0) announce(state, 'a', 1 + nowMs, nowMs)
      sends(nowMs)
    }
    expect(told).toHaveLength(1)
  })

  test('that refuses is given up at once, once', () => {
    announce(state, 'a', 7, 0)
    sends(0)
    noteRefusal(state, keyOf(one.host), turn)
    expect(run(100, 60_000)).toEqual([])
    announce(state, 'a', 8, 60_000)
    sends(60_000)
    noteRefusal(state, keyOf(one.host), turn)
    expect(told).toEqual(['given-up 192.0.2.53 7 refused'])
  })

  test('is given up with the last thing that was wrong', () => {
    announce(state, 'a', 7, 0)
    sends(0)
    noteFault(state, keyOf(one.host), 'bad-signature')
    run(1_000, 120_000)
    expect(told).toEqual(['given-up 192.0.2.53 7 bad-signature'])
  })

  test('that acknowledges an older version is told of the newest', () => {
    announce(state, 'a', 7, 0)
    sends(0)
    announce(state, 'a', 8, 100)
    acknowledge(state, keyOf(one.host), 7, 200, turn)
    expect([sends(900), sends(1_000)]).toEqual([[], ['192.0.2.53 8']])
  })
})

test('what goes out at once is bounded, and nobody is forgotten', () => {
  for (let i = 0; i < 10; i++) {
    setPlaces(state, `z${i}`, [one, two])
    announce(state, `z${i}`, 1, 0)
  }
  const counts = Array.from({ length: 8 }, (_, i) => sends(i, 3).length)
  expect(counts).toEqual([3, 3, 3, 3, 3, 3, 2, 0])
})

test('places come and go; those that stay keep what is known of them', () => {
  announce(state, 'a', 7, 0)
  sends(0)
  acknowledge(state, keyOf(one.host), 7, 1, turn)
  setPlaces(state, 'a', [two, one])
  expect([...state.errands.values()].map(({ place, acknowledged }) => [place.host, acknowledged])).toEqual([
    ['192.0.2.53', 7],
    ['2001:db8::53', null],
  ])
  setPlaces(state, 'a', [])
  announce(state, 'a', 8, 10)
  expect([sends(10), state.errands.size, state.keysOfZone.size, state.waiting.size]).toEqual([[], 0, 0, 0])
})
