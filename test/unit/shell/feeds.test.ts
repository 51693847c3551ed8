/** Feeds have the time, and control hears of transfers, of bursts no more than it can bear. */
import { describe, expect, it } from 'vitest'
import { createLive, type Sending } from '../../../src/core/answer/live.ts'
import { millis } from '../../../src/core/base/units.ts'
import type { TransferNews } from '../../../src/core/transfer/news.ts'
import { createFeeds, type TransferReport } from '../../../src/shell/feeds.ts'
import { createBench } from '../../dns/bench.ts'

const news: TransferNews = {
  zone: 'a.test.',
  form: 'axfr',
  serial: 1,
  address: '192.0.2.1',
  key: null,
  messages: 2,
  octets: 40,
  outcome: 'done',
  reason: null,
}

function setStage() {
  const { live: other } = createBench({ 'a.test.zone': '@ 60 SOA ns1 h 1 1 1 1 1\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n' })
  const live = createLive(other.snapshot, other.rotation, other.tally)
  const times = { nowMs: 0, wallMs: 5_000_000 }
  const clock = { now: () => millis(times.nowMs), wall: () => times.wallMs }
  const told: TransferReport[] = []
  return { live, times, told, ...createFeeds(live, clock, report => told.push(report)) }
}

describe('a feed', () => {
  it('is there once, gives messages the time in seconds, and tells how long it took', () => {
    const { live, times, told, takeFeed } = setStage()
    expect(takeFeed()).toBeNull()
    const asked: number[] = []
    const sending: Sending = { next: (_, seconds) => asked.push(seconds), isOver: () => false, close: () => news }
    live.desk.sending = sending
    times.nowMs = 100
    const feed = takeFeed()
    expect(takeFeed()).toBeNull()
    const out = new Uint8Array(0)
    expect(feed?.next(out)).toBe(1)
    times.wallMs = 5_003_999
    expect(feed?.next(out)).toBe(2)
    expect(asked).toEqual([5_000, 5_003])
    times.nowMs = 2_600
    feed?.close()
    expect(told).toEqual([{ ...news, ms: 2_500, untold: 0 }])
  })
})

describe('telling', () => {
  it('stops at twenty a second, and the next says how many were left out', () => {
    const { times, told, tell } = setStage()
    for (let i = 0; i < 50; i++) tell(news)
    expect(told).toHaveLength(20)
    times.nowMs = 999
    tell(news)
    expect(told).toHaveLength(20)
    times.nowMs = 1_000
    tell(news)
    expect(told).toHaveLength(21)
    expect(told.at(-1)).toEqual({ ...news, ms: 0, untold: 31 })
    tell(news)
    expect(told.at(-1)?.untold).toBe(0)
  })

  it('of one outcome leaves room for the others', () => {
    const { told, tell } = setStage()
    for (let i = 0; i < 50; i++) tell(news)
    tell({ ...news, outcome: 'refused', reason: 'bad-key' })
    tell({ ...news, outcome: 'failed', reason: 'broken-off' })
    expect(told.slice(20).map(({ reason }) => reason)).toEqual(['bad-key', 'broken-off'])
  })
})
