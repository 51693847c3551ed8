import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { newTrack, observe } from '../../../src/core/health/observe.ts'
import { worstMemberRemovalMs, worstRemovalMs } from '../../../src/core/health/removal.ts'
import type { CheckSpec } from '../../../src/core/health/types.ts'
import { icmpCheck, outcomeOf, tcpCheck } from './specs.ts'

/** Plays the worst case: the host dies the moment after a probe began that still passes, `latencyMs` later. */
function playRemovalMs(spec: CheckSpec, latencyMs: number): number {
  let seen = observe(newTrack(millis(0)), outcomeOf('pass', latencyMs), spec, millis(latencyMs))
  let nowMs: number = latencyMs
  for (let probes = 0; seen.track.verdict !== 'down' && probes < 100; probes++) {
    nowMs += seen.nextProbeMs + spec.timeoutMs
    seen = observe(seen.track, outcomeOf('fail', spec.timeoutMs), spec, millis(nowMs))
  }
  return nowMs
}

describe('worstRemovalMs', () => {
  it('is 13 s with the defaults', () => {
    expect(worstRemovalMs(tcpCheck())).toBe(13_000)
  })

  it.each([
    ['defaults', tcpCheck()],
    ['fall 1', tcpCheck({ fall: 1 })],
    ['short interval', icmpCheck({ intervalMs: millis(2_000), timeoutMs: millis(1_000) })],
    ['timeout as long as the interval', tcpCheck({ timeoutMs: millis(5_000) })],
    ['fast interval longer than the interval', tcpCheck({ intervalMs: millis(500), timeoutMs: millis(100) })],
  ])('is what the state machine does at worst: %s', (_story, spec) => {
    const playedMs = [0, 0.25, 0.5, 0.75, 1].map(share => playRemovalMs(spec, share * spec.timeoutMs))
    expect(Math.max(...playedMs)).toBe(worstRemovalMs(spec))
  })
})

describe('worstMemberRemovalMs', () => {
  const quick = tcpCheck({ fall: 1 })
  const middling = tcpCheck({ fall: 2 })
  const slow = tcpCheck({ fall: 9 })
  const specs = [slow, quick, middling]

  it('goes with the check that tips the quorum', () => {
    expect(worstMemberRemovalMs(specs, { need: 3 })).toBe(worstRemovalMs(quick))
    expect(worstMemberRemovalMs(specs, { need: 2 })).toBe(worstRemovalMs(middling))
    expect(worstMemberRemovalMs(specs, { need: 1 })).toBe(worstRemovalMs(slow))
  })

  it('is null for a member that nothing checks', () => {
    expect(worstMemberRemovalMs([], { need: 0 })).toBeNull()
  })
})
