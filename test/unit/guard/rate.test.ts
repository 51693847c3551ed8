import { describe, expect, it } from 'vitest'
import {
  createRateLimiter,
  type RateOptions,
  type RateVerdict,
  type ResponseKind,
  rateBucketsDefault,
  ratePerSecondMax,
  rateSlipMax,
  rateTableWords,
  rateWindowSecondsMax,
  spendResponse,
} from '../../../src/core/guard/rate.ts'
import { readSipKey } from '../../../src/core/guard/siphash.ts'
import { clientAt } from './clients.ts'
import { referenceKey } from './siphash-vectors.ts'

const key = readSipKey(referenceKey)

function limiterOf(options: Partial<RateOptions> = {}, buckets = 1024) {
  const table = new Int32Array(rateTableWords(buckets))
  return createRateLimiter(table, key, { responsesPerSecond: 10, windowSeconds: 1, slip: 2, ...options })
}

const one = clientAt('192.0.2.1')

/** The verdicts on `count` like responses at one instant. */
function burst(limiter: ReturnType<typeof limiterOf>, count: number, nowMs: number, client = one): RateVerdict[] {
  return Array.from({ length: count }, () => spendResponse(limiter, client, 'answer', 1, nowMs))
}

const within = (verdicts: readonly RateVerdict[]) => verdicts.filter(verdict => verdict === 'within').length

describe('the rate', () => {
  it('is N a second under a flood of 1000 a second from one address', () => {
    for (const responsesPerSecond of [1, 7, 50, 200]) {
      const limiter = limiterOf({ responsesPerSecond })
      const seconds = Array.from({ length: 10 }, (_, second) =>
        within(Array.from({ length: 1000 }, (_, i) => burst(limiter, 1, second * 1000 + i)[0]!)),
      )
      // The first second begins with a full allowance; from then on each brings exactly N.
      expect(seconds[0]).toBeGreaterThanOrEqual(2 * responsesPerSecond - 1)
      expect(seconds[0]).toBeLessThanOrEqual(2 * responsesPerSecond)
      expect(seconds.slice(1)).toEqual(new Array(9).fill(responsesPerSecond))
    }
  })

  it('lets a quiet network have the window at once, and no more', () => {
    const limiter = limiterOf({ windowSeconds: 3 })
    expect(within(burst(limiter, 100, 0))).toBe(30)
    expect(within(burst(limiter, 100, 0))).toBe(0)
    expect(within(burst(limiter, 100, 100))).toBe(1)
    expect(within(burst(limiter, 100, 1100))).toBe(10)
    expect(within(burst(limiter, 100, 60_000))).toBe(30)
  })

  it('never touches who stays below it', () => {
    const limiter = limiterOf({ responsesPerSecond: 5 })
    const verdicts = Array.from({ length: 500 }, (_, i) => burst(limiter, 1, i * 200)[0]!)
    expect(within(verdicts)).toBe(500)
  })

  it('of 0 limits nothing', () => {
    const limiter = limiterOf({ responsesPerSecond: 0 })
    expect(within(burst(limiter, 10_000, 0))).toBe(10_000)
    expect(limiter.buckets.every(word => word === 0)).toBe(true)
  })
})

describe('slip', () => {
  it.each([
    [0, []],
    [1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [2, [2, 4, 6, 8, 10]],
    [3, [3, 6, 9]],
  ])('%i lets through of ten held back: %j', (slip, expected) => {
    const limiter = limiterOf({ slip })
    expect(within(burst(limiter, 10, 0))).toBe(10)
    const places = burst(limiter, 10, 0).flatMap((verdict, i) => (verdict === 'slip' ? [i + 1] : []))
    expect(places).toEqual(expected)
  })

  it('goes on counting where the last limited second stopped', () => {
    const limiter = limiterOf()
    expect(burst(limiter, 11, 0).at(-1)).toBe('hold')
    expect(burst(limiter, 11, 5000).at(-1)).toBe('slip')
  })
})

describe('what shares a bucket', () => {
  const spend = (address: string, kind: ResponseKind = 'answer', subject = 1) => {
    const limiter = limiterOf()
    burst(limiter, 10, 0)
    return spendResponse(limiter, clientAt(address), kind, subject, 0)
  }

  it('is the /24 of IPv4', () => {
    expect(spend('192.0.2.255')).toBe('hold')
    expect(spend('192.0.3.1')).toBe('within')
    expect(spend('::ffff:192.0.2.9')).toBe('hold')
    expect(spend('c000:200::1')).toBe('within')
  })

  it('is the /56 of IPv6', () => {
    const limiter = limiterOf()
    burst(limiter, 10, 0, clientAt('2001:db8:0:ff00::1'))
    expect(burst(limiter, 1, 0, clientAt('2001:db8:0:ffff::2'))).toEqual(['hold'])
    expect(burst(limiter, 1, 0, clientAt('2001:db8:0:fe00::1'))).toEqual(['within'])
  })

  it('is the kind and the subject', () => {
    expect(spend('192.0.2.1', 'answer', 2)).toBe('within')
    const kinds: ResponseKind[] = ['nodata', 'nxdomain', 'referral', 'error']
    expect(kinds.map(kind => spend('192.0.2.1', kind))).toEqual(kinds.map(() => 'within'))
  })

  it('is every error, whatever it is about', () => {
    const limiter = limiterOf()
    const verdicts = Array.from({ length: 20 }, (_, i) => spendResponse(limiter, one, 'error', i, 0))
    expect(within(verdicts)).toBe(10)
  })
})

describe('the clock', () => {
  it('may wrap', () => {
    const limiter = limiterOf()
    const wrap = 2 ** 31
    expect(within(burst(limiter, 20, wrap - 50))).toBe(10)
    expect(within(burst(limiter, 20, wrap + 50))).toBe(1)
    expect(within(burst(limiter, 20, wrap + 2 ** 31 - 1))).toBe(10)
    expect(within(burst(limiter, 20, 2 ** 32 + 99.9))).toBe(1)
  })

  it('may be read a moment apart by two threads: no time is gained', () => {
    const limiter = limiterOf()
    expect(within(burst(limiter, 10, 1000))).toBe(10)
    for (let turn = 0; turn < 50; turn++) {
      expect(burst(limiter, 1, 990)).not.toContain('within')
      expect(burst(limiter, 1, 1000)).not.toContain('within')
    }
    expect(within(burst(limiter, 10, 1100))).toBe(1)
  })
})

describe('the table', () => {
  it('has a size that is a power of two of buckets, and options in range', () => {
    const make = (words: number, options: Partial<RateOptions> = {}) =>
      createRateLimiter(new Int32Array(words), key, {
        ...{ responsesPerSecond: ratePerSecondMax, windowSeconds: rateWindowSecondsMax, slip: rateSlipMax },
        ...options,
      })
    expect(make(rateTableWords(4)).buckets.byteLength).toBe(64)
    expect(make(rateTableWords(rateBucketsDefault)).buckets.byteLength).toBe(2 ** 20)
    for (const words of [0, 4, 15, rateTableWords(12)]) expect(() => make(words)).toThrow()
    expect(() => make(16, { responsesPerSecond: ratePerSecondMax + 1 })).toThrow()
    expect(() => make(16, { responsesPerSecond: 0.5 })).toThrow()
    expect(() => make(16, { windowSeconds: 0 })).toThrow()
    expect(() => make(16, { windowSeconds: rateWindowSecondsMax + 1 })).toThrow()
    expect(() => make(16, { slip: -1 })).toThrow()
  })

  it('counts exactly at the largest rate and window', () => {
    const limiter = limiterOf({ responsesPerSecond: ratePerSecondMax, windowSeconds: rateWindowSecondsMax })
    const most = ratePerSecondMax * rateWindowSecondsMax
    expect(within(burst(limiter, most + 10, 0))).toBe(most)
    expect(within(burst(limiter, 1000, 1))).toBe(100)
  })

  it('may hold what another run left in it', () => {
    const table = new Int32Array(rateTableWords(1024)).fill(0x7fffffff)
    const limiter = createRateLimiter(table, key, { responsesPerSecond: 10, windowSeconds: 1, slip: 2 })
    expect(within(burst(limiter, 100, 0))).toBe(10)
  })

  it('is soon at home with a lower rate than it was filled at', () => {
    const fast = limiterOf({ responsesPerSecond: 1000, windowSeconds: 20 })
    burst(fast, 20_000, 0)
    const slow = createRateLimiter(fast.buckets, key, { responsesPerSecond: 1, windowSeconds: 1, slip: 2 })
    expect(within(burst(slow, 5, 999))).toBe(0)
    expect(within(burst(slow, 5, 1999))).toBe(1)
  })

  it('gives a newcomer the emptiest bucket of a full set, and keeps the fuller ones', () => {
    const limiter = limiterOf({}, 4)
    const networks = ['10.0.0.1', '10.0.1.1', '10.0.2.1', '10.0.3.1'].map(address => clientAt(address))
    const spent = [10, 3, 9, 8]
    expect(networks.map((network, i) => within(burst(limiter, spent[i]!, 0, network)))).toEqual(spent)
    expect(within(burst(limiter, 20, 0, clientAt('10.9.9.9')))).toBe(10)
    for (const [i, left] of [
      [0, 0],
      [2, 1],
      [3, 2],
    ] as const) {
      expect(within(burst(limiter, 20, 0, networks[i]))).toBe(left)
    }
  })

  it('takes buckets that have run empty before it forgets anybody', () => {
    const limiter = limiterOf({}, 4)
    expect(within(burst(limiter, 10, 0))).toBe(10)
    for (let i = 0; i < 1000; i++) {
      const nowMs = Math.floor(i / 3) * 100
      burst(limiter, 1, nowMs, clientAt(`10.${i >> 8}.${i & 255}.1`))
      // Kept full all the while: two at each step find room for one.
      if (i % 3 === 2) expect(within(burst(limiter, 2, nowMs))).toBe(i === 2 ? 0 : 1)
    }
  })
})
