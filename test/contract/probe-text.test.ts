/** What becomes of text from outside: in details, and under regular expressions. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { detailCharactersMax, printable } from '../../src/edge/probe/outcome.ts'
import { createPatternSearch, patternMsMax, patternsKeptMax } from '../../src/edge/probe/pattern.ts'

it.each([
  ['503 Service Unavailable', '503 Service Unavailable'],
  ['a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['\u001b[31m', '\\x1b[31m'],
  ['\u009b31m', '\\x9b31m'],
  ['정상 é', '정상 é'],
  ['x\u202ey', 'x\\u{202e}y'],
  ['x\u2028y', 'x\\u{2028}y'],
  ['\ud800', '\\u{d800}'],
])('%o is shown as %o', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

it('a detail is printable and bounded for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => {
      const shown = printable(text)
      expect(shown.length).toBeLessThanOrEqual(detailCharactersMax)
      expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      expect(printable(text.slice(0, 20)).endsWith('…')).toBe(text.slice(0, 20).endsWith('…'))
    }),
    { seed: 200, numRuns: 1000 },
  )
})

it.each([
  ['"status"\\s*:\\s*"UP"', '{"status": "UP"}', 'match'],
  ['"status"\\s*:\\s*"UP"', `${'{"status" '.repeat(6000)}"status":"UP"`, 'match'],
  ['^ok$', 'ok\n', 'no-match'],
  ['(', 'x', 'invalid'],
  ['^(a+)+$', `${'a'.repeat(40)}!`, 'gave-up'],
  ['(a*)*\\1b', `${'a'.repeat(40)}!`, 'gave-up'],
  ['[^"]*x', 'a'.repeat(65536), 'gave-up'],
])('%s', (source, text, verdict) => {
  const begunMs = performance.now()
  expect(createPatternSearch()(source, text)).toBe(verdict)
  // Generous to a busy machine; without a guard these take minutes.
  expect(performance.now() - begunMs).toBeLessThan(patternMsMax * 100)
})

it('stays right when more expressions come than are kept', () => {
  const search = createPatternSearch()
  for (let i = 0; i < patternsKeptMax + 10; i++) expect(search(`^n${i}$`, `n${i}`)).toBe('match')
  expect(search('^n0$', 'n0')).toBe('match')
})
