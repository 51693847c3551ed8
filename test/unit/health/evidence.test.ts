/** What is remembered of outcomes, and of failures apart from them. */
import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import {
  copyEvidence,
  createEvidence,
  failuresKeptMax,
  noteEvidence,
  outcomesKeptMax,
  recentOutcomes,
} from '../../../src/core/health/evidence.ts'
import { type Outcome, type ReasonCode, reasonCodes } from '../../../src/core/health/types.ts'

const pass: Outcome = { kind: 'pass', reason: 'ok', latencyMs: 1.2, detail: null }
const fail = (reason: ReasonCode, detail: string | null = null): Outcome => ({ ...pass, kind: 'fail', reason, detail })
const blind: Outcome = { ...pass, kind: 'inconclusive', reason: 'no-socket' }

function told(outcomes: readonly Outcome[], everyMs = 1_000) {
  const evidence = createEvidence()
  outcomes.forEach((outcome, i) => {
    noteEvidence(evidence, outcome, millis((i + 1) * everyMs))
  })
  return evidence
}

describe('outcomes', () => {
  it('are the newest, the newest first, to a millisecond and a tenth of a second', () => {
    expect(recentOutcomes(createEvidence())).toEqual([])
    expect(recentOutcomes(told([pass, fail('timeout')], 1_234))).toEqual([
      { kind: 'fail', reason: 'timeout', latencyMs: 1, atMs: 2_500 },
      { kind: 'pass', reason: 'ok', latencyMs: 1, atMs: 1_200 },
    ])
    const many = Array.from({ length: 3 * outcomesKeptMax }, (_, i) => ({ ...pass, latencyMs: i }))
    expect(recentOutcomes(told(many)).map(({ latencyMs }) => latencyMs)).toEqual(
      Array.from({ length: outcomesKeptMax }, (_, i) => many.length - 1 - i),
    )
  })

  it('keep every reason and kind, on a machine that has been up for years too', () => {
    const yearsMs = 20 * 365 * 86_400_000
    for (const reason of reasonCodes) {
      for (const kind of ['pass', 'fail', 'inconclusive'] as const) {
        const evidence = createEvidence()
        noteEvidence(evidence, { kind, reason, latencyMs: 100_000, detail: null }, millis(yearsMs))
        expect(recentOutcomes(evidence)).toEqual([{ kind, reason, latencyMs: 32_767, atMs: yearsMs }])
        const laterMs = yearsMs + 3 * 365 * 86_400_000
        noteEvidence(evidence, { kind, reason, latencyMs: 1, detail: null }, millis(laterMs))
        expect(recentOutcomes(evidence)[0]).toEqual({ kind, reason, latencyMs: 1, atMs: laterMs })
      }
    }
  })
})

describe('failures', () => {
  it('stay, however often the endpoint passes after them', () => {
    const evidence = told([fail('refused', 'ECONNREFUSED'), ...new Array<Outcome>(500).fill(pass)])
    expect(evidence.failures).toEqual([
      { reason: 'refused', detail: 'ECONNREFUSED', count: 1, firstMs: 1_000, lastMs: 1_000 },
    ])
    expect(recentOutcomes(evidence).every(({ kind }) => kind === 'pass')).toBe(true)
  })

  it('in a row for one reason are one entry with the newest detail; a pass or another reason begins the next', () => {
    const evidence = told([
      ...[fail('timeout'), fail('timeout', 'again'), blind, fail('timeout', 'last'), fail('refused')],
      ...[pass, fail('refused'), fail('refused')],
    ])
    expect(evidence.failures).toEqual([
      { reason: 'timeout', detail: 'last', count: 3, firstMs: 1_000, lastMs: 4_000 },
      { reason: 'refused', detail: null, count: 1, firstMs: 5_000, lastMs: 5_000 },
      { reason: 'refused', detail: null, count: 2, firstMs: 7_000, lastMs: 8_000 },
    ])
  })

  it('are bounded: a flapping endpoint keeps the newest', () => {
    const evidence = told(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? fail('reset') : pass)))
    expect(evidence.failures).toHaveLength(failuresKeptMax)
    expect(evidence.failures.at(-1)!.lastMs).toBe(99_000)
    expect(evidence.outcomes).toHaveLength(outcomesKeptMax)
  })

  it('go over to who goes on from there, and then part', () => {
    const evidence = told([fail('reset')])
    const heir = copyEvidence(evidence)
    noteEvidence(heir, fail('reset'), millis(9_000))
    expect(heir.failures[0]!.count).toBe(2)
    expect(evidence.failures[0]!.count).toBe(1)
  })
})
