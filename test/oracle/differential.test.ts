/**
 * Robin beside Knot and NSD on the same master files: a seeded part of what `npm run conformance` asks in full. Where
 * the two agree, Robin agrees with them; where they differ, with one of them; anything else has its written reason.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Arena, openArena } from '../../tools/conformance/arena.ts'
import { explanations } from '../../tools/conformance/explained.ts'
import { runComparison, type Verdict } from '../../tools/conformance/run.ts'
import { formatDispute, sumRows } from '../../tools/conformance/table.ts'
import { needs } from '../live/program.ts'

const questions = 6_000
const seed = 20_260_101
const shownMax = 5

describe.runIf(needs('knotd') && needs('nsd'))('Robin, Knot and NSD', () => {
  let arena: Arena | null = null
  let verdict: Verdict | null = null

  beforeAll(async () => {
    arena = await openArena()
    verdict = await runComparison(arena.contenders, arena.corpus, { seed, questions })
  }, 120_000)

  afterAll(() => arena?.close())

  it('differ in nothing that is not explained', () => {
    const { unexplained } = verdict!
    expect(unexplained.slice(0, shownMax).flatMap(formatDispute).join('\n')).toBe('')
  })

  it('find nothing wrong in an answer by itself', () => {
    expect(verdict!.faults.slice(0, shownMax).map(({ one, text }) => [text, hex(one.packet)])).toEqual([])
  })

  it('were asked, and mostly agree', () => {
    const { queries, unanimous, explained } = sumRows(verdict!.rows)
    expect(queries).toBeGreaterThanOrEqual(questions)
    expect(verdict!.rows.length).toBeGreaterThan(20)
    for (const row of verdict!.rows) expect(row.queries, row.phenomenon).toBeGreaterThan(10)
    expect(unanimous).toBeGreaterThan(queries / 2)
    expect(explained).toBeLessThan(queries / 3)
  })
})

describe('the explanations', () => {
  it('have a name, a reason and a ground each, and are few', () => {
    expect(new Set(explanations.map(({ name }) => name)).size).toBe(explanations.length)
    expect(explanations.length).toBeLessThanOrEqual(24)
    for (const { rests } of explanations) expect(rests).toMatch(/^RFC \d+ /)
  })
})

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}
