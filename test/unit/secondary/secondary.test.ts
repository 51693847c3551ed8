/** A secondary zone on a fake clock: who is asked when, and what follows from what they say. */
import { describe, expect, test } from 'vitest'
import { type Millis, millis } from '../../../src/core/base/units.ts'
import {
  absorbAsk,
  absorbPull,
  changePrimaries,
  createSecondary,
  dueAtMs,
  expire,
  forget,
  type Held,
  hearNotify,
  isServable,
  notifyGapMs,
  putBack,
  type Secondary,
  stateOf,
  takeStep,
} from '../../../src/core/secondary/secondary.ts'
import type { Failure, PullResult } from '../../../src/core/secondary/types.ts'

const times = { refresh: 100, retry: 10, expire: 1000 }
const noJitter = () => 0
const failure: Failure = { reason: 'timeout', detail: 'nothing came' }
const failed = { kind: 'failed', failure } as const

function taken(serial: number, of = times): PullResult {
  return { kind: 'taken', serial, times: of, how: 'axfr', records: 3, octets: 99, tookMs: 1 }
}

function held(serial: number, confirmedMs = 0): Held {
  return { serial, times, confirmedMs: millis(confirmedMs) }
}

/** A zone with a clock that the test moves. */
function stage(primaries: number, kept: Held | null) {
  let nowMs = 0
  const now = (): Millis => millis(nowMs)
  const zone: Secondary = createSecondary(primaries, kept, now(), noJitter)
  return {
    zone,
    pass: (ms: number) => {
      nowMs += ms
    },
    now,
    step: () => takeStep(zone, now()),
    ask: (result: Parameters<typeof absorbAsk>[1]) => absorbAsk(zone, result, now(), noJitter),
    pull: (result: PullResult) => absorbPull(zone, result, now(), noJitter),
    serial: (serial: number) => absorbAsk(zone, { kind: 'soa', serial }, now(), noJitter),
  }
}

describe('a zone that was never had', () => {
  test('is pulled as a whole at once, from each primary in turn', () => {
    const { zone, step, pull } = stage(2, null)
    expect(stateOf(zone)).toBe('new')
    expect(isServable(zone)).toBe(false)
    expect(step()).toEqual({ kind: 'pull', primary: 0, since: null, after: null })
    expect(step()).toBeNull()
    expect(pull(failed)).toEqual({ kind: 'failed', primary: 0, failure })
    expect(step()).toEqual({ kind: 'pull', primary: 1, since: null, after: null })
    expect(pull(taken(7))).toMatchObject({ kind: 'taken', primary: 1, from: null })
    expect(stateOf(zone)).toBe('current')
    expect(isServable(zone)).toBe(true)
  })

  test('is tried again ever later while nobody has it, at most every ten minutes', () => {
    const { zone, step, pull, pass, now } = stage(1, null)
    const waits: number[] = []
    for (let round = 0; round < 12; round++) {
      expect(step()).not.toBeNull()
      pull(failed)
      waits.push(dueAtMs(zone) - now())
      pass(dueAtMs(zone) - now())
    }
    expect(waits.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000])
    expect(waits.at(-1)).toBe(600_000)
  })
})

describe('a zone that is had', () => {
  test('is asked for after REFRESH, and confirmed by the same serial', () => {
    const { zone, step, serial, pass, now } = stage(1, held(5))
    expect(step()).toEqual({ kind: 'ask', primary: 0 })
    expect(serial(5)).toEqual({ kind: 'confirmed', primary: 0, wasExpired: false })
    expect(dueAtMs(zone) - now()).toBe(100_000)
    pass(99_999)
    expect(step()).toBeNull()
    pass(1)
    expect(step()).toEqual({ kind: 'ask', primary: 0 })
    expect(zone.held!.confirmedMs).toBe(0)
    serial(5)
    expect(zone.held!.confirmedMs).toBe(100_000)
  })

  test('is pulled by its changes from whoever has a later serial, over the end of the numbers too', () => {
    const { step, serial, pull } = stage(2, held(0xffff_fffe))
    step()
    expect(serial(3)).toBeNull()
    expect(step()).toEqual({ kind: 'pull', primary: 0, since: 0xffff_fffe, after: 0xffff_fffe })
    expect(pull(taken(3))).toMatchObject({ kind: 'taken', from: 0xffff_fffe })
  })

  test('never takes an older serial', () => {
    const { zone, step, serial } = stage(2, held(5))
    step()
    expect(serial(4)).toMatchObject({ kind: 'failed', primary: 0, failure: { reason: 'serial-back' } })
    expect(step()).toEqual({ kind: 'ask', primary: 1 })
    serial(4)
    expect(stateOf(zone)).toBe('refreshing')
    expect(zone.held!.serial).toBe(5)
  })

  test('is retried after RETRY, twice as long each time, never longer than REFRESH', () => {
    const { zone, step, ask, pass, now } = stage(1, held(5))
    const waits: number[] = []
    for (let round = 0; round < 6; round++) {
      step()
      ask(failed)
      waits.push(zone.nextMs - now())
      pass(zone.nextMs - now())
    }
    expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 100_000, 100_000])
    expect(stateOf(zone)).toBe('refreshing')
    expect(isServable(zone)).toBe(true)
  })

  test('expires when nobody confirmed it for EXPIRE, and is had again by the same serial', () => {
    const { zone, step, ask, serial, pass, now } = stage(1, held(5))
    step()
    ask(failed)
    pass(999_999)
    expect(expire(zone, now())).toBe(false)
    pass(1)
    expect(expire(zone, now())).toBe(true)
    expect(expire(zone, now())).toBe(false)
    expect(stateOf(zone)).toBe('expired')
    expect(isServable(zone)).toBe(false)
    expect(step()).toEqual({ kind: 'ask', primary: 0 })
    expect(serial(5)).toMatchObject({ kind: 'confirmed', wasExpired: true })
    expect(stateOf(zone)).toBe('current')
  })

  test('takes any serial once it is expired, as a whole', () => {
    const { zone, step, serial, pull, pass, now } = stage(1, held(5))
    pass(1_000_000)
    expire(zone, now())
    step()
    expect(serial(2)).toBeNull()
    expect(step()).toEqual({ kind: 'pull', primary: 0, since: null, after: null })
    pull(taken(2))
    expect(zone.held!.serial).toBe(2)
    expect(isServable(zone)).toBe(true)
  })

  test('that was confirmed too long ago in another run begins expired', () => {
    const zone = createSecondary(1, held(5, -1_000_001), millis(0), noJitter)
    expect(stateOf(zone)).toBe('expired')
    expect(createSecondary(1, held(5, -900_000), millis(0), noJitter).expired).toBe(false)
  })

  test('is asked for soon after a start, not at once with all others', () => {
    const zone = createSecondary(1, held(5), millis(0), () => 0.5)
    expect(zone.nextMs).toBe(1_000)
  })
})

describe('a NOTIFY', () => {
  test('has the primary that sent it asked first, at once', () => {
    const { zone, step, serial, pull, pass, now } = stage(3, held(5))
    step()
    serial(5)
    pass(10_000)
    hearNotify(zone, 2, now())
    expect(step()).toEqual({ kind: 'ask', primary: 2 })
    serial(6)
    expect(step()).toMatchObject({ kind: 'pull', primary: 2 })
    pull(failed)
    expect(step()).toEqual({ kind: 'ask', primary: 0 })
  })

  test('during a pull is remembered: one more round follows, and not at the same instant', () => {
    const { zone, step, serial, pull, pass, now } = stage(2, held(5))
    step()
    serial(6)
    step()
    hearNotify(zone, 1, now())
    hearNotify(zone, 1, now())
    expect(step()).toBeNull()
    pull(taken(6))
    expect(step()).toBeNull()
    expect(dueAtMs(zone) - now()).toBe(notifyGapMs)
    pass(notifyGapMs)
    expect(step()).toEqual({ kind: 'ask', primary: 1 })
    serial(6)
    expect(dueAtMs(zone) - now()).toBe(100_000)
  })

  test('does not hurry what is due anyway, and storms are a few rounds', () => {
    const { zone, step, serial, pass, now } = stage(1, held(5))
    let rounds = 0
    for (let ms = 0; ms < 10_000; ms += 10) {
      hearNotify(zone, 0, now())
      if (step() !== null) {
        rounds++
        serial(5)
      }
      pass(10)
    }
    expect(rounds).toBeLessThanOrEqual(10_000 / notifyGapMs + 1)
    expect(rounds).toBeGreaterThan(10)
  })
})

test('a step that could not be begun is given again', () => {
  const { zone, step } = stage(1, held(5))
  const first = step()
  putBack(zone)
  expect(step()).toEqual(first)
})

test('other primaries are asked at once; what is under way ends as it began', () => {
  const { zone, step, serial, pass, now } = stage(3, held(5))
  step()
  changePrimaries(zone, 1, now())
  expect(serial(6)).toBeNull()
  pass(notifyGapMs)
  expect(step()).toEqual({ kind: 'ask', primary: 0 })
  serial(5)
  changePrimaries(zone, 2, now())
  expect(step()).toEqual({ kind: 'ask', primary: 0 })
})

test('a kept zone that is of no use is pulled again, ever later while that goes on', () => {
  const { zone, step, pull, pass, now } = stage(1, held(5))
  forget(zone, now(), noJitter)
  expect(stateOf(zone)).toBe('new')
  expect(dueAtMs(zone) - now()).toBe(2_000)
  pass(2_000)
  expect(step()).toEqual({ kind: 'pull', primary: 0, since: null, after: null })
  pull(taken(5))
  forget(zone, now(), noJitter)
  expect(dueAtMs(zone) - now()).toBe(4_000)
})

test('what is lost during a pull is not confirmed by it, but pulled as a whole', () => {
  const { zone, step, serial, pull, now } = stage(1, held(5))
  step()
  serial(6)
  expect(step()).toMatchObject({ kind: 'pull', since: 5, after: 5 })
  forget(zone, now(), noJitter)
  expect(pull({ kind: 'current' })).toBeNull()
  expect(stateOf(zone)).toBe('new')
  expect(step()).toEqual({ kind: 'pull', primary: 0, since: null, after: null })
})

test.each([
  [
    { refresh: 0, retry: 0, expire: 0 },
    { refresh: 2_000, expire: 3_000 },
  ],
  [
    { refresh: 0xffff_ffff, retry: 0xffff_ffff, expire: 1 },
    { refresh: 2_419_200_000, expire: 3_628_800_000 },
  ],
  [
    { refresh: 60, retry: 15, expire: 0xffff_ffff },
    { refresh: 60_000, expire: 14_515_200_000 },
  ],
])('times of the SOA are kept within bounds: %o', (given, expected) => {
  const { zone, step, pull, pass, now } = stage(1, null)
  step()
  pull(taken(1, given))
  expect(zone.nextMs - now()).toBe(expected.refresh)
  pass(expected.expire - 1)
  expect(expire(zone, now())).toBe(false)
  pass(1)
  expect(expire(zone, now())).toBe(true)
})

test('waits are shortened by chance, by a quarter at most', () => {
  const zone = createSecondary(1, held(5), millis(0), () => 0)
  takeStep(zone, millis(0))
  absorbAsk(zone, { kind: 'soa', serial: 5 }, millis(0), () => 0.999)
  expect(zone.nextMs).toBeGreaterThanOrEqual(75_000)
  expect(zone.nextMs).toBeLessThan(76_000)
})
