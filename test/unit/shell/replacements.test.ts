/** Lost threads are replaced over years, and not for ever within minutes. */
import { expect, it } from 'vitest'
import { mayReplace, replacementsMax, replacementsSpanMs } from '../../../src/shell/replacements.ts'

it('replaces who is lost now and then, however often in all', () => {
  const replacedAtMs: number[] = []
  const everyMs = replacementsSpanMs / replacementsMax
  for (let loss = 0; loss < 10 * replacementsMax; loss++) expect(mayReplace(replacedAtMs, loss * everyMs)).toBe(true)
  expect(replacedAtMs.length).toBeLessThanOrEqual(replacementsMax)
})

it('gives up where the same happens again and again, until it has been quiet for a while', () => {
  const replacedAtMs: number[] = []
  for (let loss = 0; loss < replacementsMax; loss++) expect(mayReplace(replacedAtMs, loss)).toBe(true)
  expect(mayReplace(replacedAtMs, replacementsMax)).toBe(false)
  expect(mayReplace(replacedAtMs, replacementsSpanMs - 1)).toBe(false)
  expect(mayReplace(replacedAtMs, replacementsSpanMs)).toBe(true)
})
