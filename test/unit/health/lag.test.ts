import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import {
  createLagMeter,
  judgeLag,
  lagAlarmMs,
  lostSoFarMs,
  noteBeat,
  patienceOf,
} from '../../../src/core/health/lag.ts'
import type { Outcome } from '../../../src/core/health/types.ts'
import { httpCheck, tcpCheck } from './specs.ts'

const tickMs = 50
const timeoutMs = millis(1_000)
const timeout: Outcome = { kind: 'fail', reason: 'timeout', latencyMs: 1_000, detail: null }
const refused: Outcome = { kind: 'fail', reason: 'refused', latencyMs: 1, detail: null }
const passed: Outcome = { kind: 'pass', reason: 'ok', latencyMs: 1, detail: null }

const meterAt0 = () => createLagMeter(tickMs, millis(0))

describe('what this thread loses', () => {
  it('is nothing while beats come as they should, or a little late', () => {
    const meter = meterAt0()
    for (let nowMs = 0; nowMs < 5_000; nowMs += 90) noteBeat(meter, millis(nowMs))
    expect(lostSoFarMs(meter, millis(5_000))).toBe(0)
  })

  it('is the gap between two beats, counted while it lasts and after', () => {
    const meter = meterAt0()
    expect(lostSoFarMs(meter, millis(900))).toBe(800)
    noteBeat(meter, millis(900))
    expect(lostSoFarMs(meter, millis(950))).toBe(800)
    noteBeat(meter, millis(1_400))
    expect(lostSoFarMs(meter, millis(1_400))).toBe(1_200)
  })
})

describe('a timeout', () => {
  it('is void once half of it was lost, and the endpoint keeps its good name', () => {
    const meter = meterAt0()
    expect(judgeLag(meter, timeout, 499, timeoutMs)).toBe(timeout)
    expect(judgeLag(meter, timeout, 500, timeoutMs)).toMatchObject({ kind: 'inconclusive', reason: 'late' })
    for (const reason of ['slow', 'expect'] as const) {
      const late = judgeLag(meter, { ...timeout, reason }, 2_000, timeoutMs)
      expect(late).toMatchObject({ kind: 'inconclusive', reason: 'late' })
    }
  })

  it('of an answer within a time of its own is measured by that', () => {
    const check = httpCheck({ timeoutMs: timeoutMs, expect: { ...httpCheck().expect, withinMs: millis(200) } })
    expect(patienceOf(check, 'slow')).toBe(200)
    expect(patienceOf(check, 'timeout')).toBe(1_000)
    expect(patienceOf(httpCheck({ timeoutMs }), 'slow')).toBe(1_000)
    expect(patienceOf(tcpCheck({ timeoutMs }), 'timeout')).toBe(1_000)
  })

  it('alone can be ours: what the other side said stands', () => {
    const meter = meterAt0()
    for (const said of [refused, passed]) expect(judgeLag(meter, said, 60_000, timeoutMs)).toBe(said)
    expect(noteBeat(meter, millis(50))).toBeNull()
  })
})

describe('the alarm', () => {
  it('comes with the next beat, then not before its time, and leaves nothing out', () => {
    const meter = meterAt0()
    judgeLag(meter, timeout, 700, timeoutMs)
    judgeLag(meter, timeout, 900, timeoutMs)
    expect(noteBeat(meter, millis(50))).toEqual({ voided: 2, worstMs: 900 })
    judgeLag(meter, timeout, 600, timeoutMs)
    expect(noteBeat(meter, millis(100))).toBeNull()
    expect(noteBeat(meter, millis(49 + lagAlarmMs))).toBeNull()
    expect(noteBeat(meter, millis(50 + lagAlarmMs))).toEqual({ voided: 1, worstMs: 600 })
    expect(noteBeat(meter, millis(200 + 2 * lagAlarmMs))).toBeNull()
  })
})
