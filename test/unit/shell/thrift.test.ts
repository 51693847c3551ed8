import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createThrift } from '../../../src/shell/thrift.ts'

const mebibyte = 1024 * 1024
const minuteMs = 60_000

/** A process that holds so much, and counts how often what nobody uses is given back. */
async function stage() {
  const held = { octets: 50 * mebibyte, given: 0, dropped: 0 }
  const thrift = await createThrift({
    load: async () => ({
      shareHeap: () => undefined,
      trimHeap: () => {
        held.given++
      },
      dropCode: async () => {
        held.dropped++
        return 0
      },
    }),
    unfiledOctets: () => held.octets,
  })
  thrift.record({ kind: 'installed', generation: 1, zones: 1, rrsets: 1, checks: 0, tookMs: 1 })
  return { held, thrift }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('memory', () => {
  it('is given back ten seconds after the first of some edits, once', async () => {
    const { held, thrift } = await stage()
    vi.advanceTimersByTime(9_000)
    thrift.record({ kind: 'refused', generation: 1, problems: [] })
    expect(held.given).toBe(0)
    vi.advanceTimersByTime(1_000)
    expect([held.given, held.dropped]).toEqual([1, 1])
    vi.advanceTimersByTime(20_000)
    expect(held.given).toBe(1)
    thrift.stop()
  })

  it('is given back within a minute after a load made it grow, and not while it stays', async () => {
    const { held, thrift } = await stage()
    vi.advanceTimersByTime(3 * minuteMs)
    expect(held.given).toBe(1)
    held.octets += 1 * mebibyte
    vi.advanceTimersByTime(minuteMs)
    expect(held.given).toBe(1)
    held.octets += 8 * mebibyte
    vi.advanceTimersByTime(minuteMs)
    expect([held.given, held.dropped]).toEqual([2, 2])
    vi.advanceTimersByTime(3 * minuteMs)
    expect(held.given).toBe(2)
    thrift.stop()
  })

  it('is left alone once the server stops', async () => {
    const { held, thrift } = await stage()
    thrift.stop()
    held.octets *= 2
    vi.advanceTimersByTime(5 * minuteMs)
    expect([held.given, vi.getTimerCount()]).toEqual([0, 0])
  })
})
