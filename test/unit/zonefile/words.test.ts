/** The small readers: durations, near words, the printed form of a problem, octets to text. */
import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../src/core/base/problem.ts'
import { parseDuration } from '../../../src/core/zonefile/duration.ts'
import { decodeZoneFile, formatDuration, formatProblem, zoneFileOctetsMax } from '../../../src/core/zonefile/index.ts'
import { nearest } from '../../../src/core/zonefile/nearest.ts'

describe('durations', () => {
  it.each([
    [0, 0],
    [30, 30_000],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['800ms', 800],
    ['1s500ms', 1500],
    ['1w2d', 777_600_000],
    ['1m1ms', 60_001],
  ])('%s', (given, ms) => {
    expect(parseDuration(given)).toBe(ms)
  })

  it.each(['', '5', '1.5s', '1:30', '5 m', '5min', '30s5m', '-1s', '1S', 's'])('not %j', given => {
    expect(parseDuration(given)).toBeNull()
  })

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('not the number %s', given => {
    expect(parseDuration(given)).toBeNull()
  })

  it('prints what people can compare', () => {
    expect([800, 1000, 1500, 13_000].map(formatDuration)).toEqual(['800 ms', '1 s', '1.5 s', '13 s'])
  })
})

describe('nearest', () => {
  const known = ['interval', 'timeout', 'fall', 'rise', 'web']

  it.each([
    ['intervall', 'interval'],
    ['timout', 'timeout'],
    ['Timeout', 'timeout'],
    ['wbe', 'web'],
    ['fal', 'fall'],
    ['riise', 'rise'],
  ])('%s is %s', (word, meant) => {
    expect(nearest(word, known)).toBe(meant)
  })

  it.each(['colour', 'xyz', '', 'i'.repeat(1000)])('%j is nothing', word => {
    expect(nearest(word, known)).toBeNull()
  })
})

describe('a problem in print', () => {
  const problem = (column: number, endColumn: number, hint: string | null = 'write 5'): Problem => ({
    code: 'bad-ttl',
    severity: 'error',
    span: { file: 'a/b.yaml', line: 3, column, endColumn },
    text: '`x` is not a TTL',
    hint,
  })

  it('is place, code and text; the line; a caret under the place; the hint', () => {
    expect(formatProblem(problem(6, 8), 'ttl: xy')).toBe(
      'a/b.yaml:3:6: bad-ttl: `x` is not a TTL\n  ttl: xy\n       ^^\n  hint: write 5',
    )
  })

  it('keeps its shape for a warning', () => {
    const text = formatProblem({ ...problem(1, 2), code: 'lone-member', severity: 'warning' }, null)
    expect(text).toMatch(/^a\/b\.yaml:3:1: lone-member: warning: /)
  })

  it('copies tabs, so that the caret stands under the place', () => {
    const [, line, caret] = formatProblem(problem(7, 8), 'a:\t\tb\t1').split('\n')
    expect(line).toBe('  a:\t\tb\t1')
    expect(caret).toBe('    \t\t \t^')
  })

  it('shows a long line in part, with the place in it', () => {
    const source = `${'a'.repeat(500)}HERE${'b'.repeat(500)}`
    const [, line, caret] = formatProblem(problem(501, 505), source).split('\n')
    expect(line!.length).toBeLessThan(200)
    expect(line!.slice(caret!.indexOf('^'), caret!.lastIndexOf('^') + 1)).toBe('HERE')
  })

  it('lets nothing through that a terminal would obey', () => {
    const text = formatProblem(problem(2, 3), 'x\u001b[31m')
    expect(text).not.toContain('\u001b')
    expect(formatProblem({ ...problem(1, 2), span: { ...problem(1, 2).span, file: 'a\nb' } }, null)).not.toMatch(/^a$/m)
  })

  it('never has the caret run past the line', () => {
    const [, line, caret] = formatProblem(problem(3, 99), 'abcdef').split('\n')
    expect(caret!.length).toBe(line!.length)
  })
})

describe('octets to text', () => {
  const decode = (octets: Uint8Array) => decodeZoneFile('x.yaml', octets)

  it('reads UTF-8, with or without a byte order mark', () => {
    expect(decode(Buffer.from('a: ö'))).toEqual({ text: 'a: ö' })
    expect(decode(Buffer.from('\ufeffa: ö'))).toEqual({ text: 'a: ö' })
  })

  it.each([
    ['a lone continuation', [0x61, 0x0a, 0x62, 0x80], 2, 2],
    ['a character that does not go on', [0x61, 0xe9, 0x61], 1, 2],
    ['a character cut off at the end', [0xc3, 0xb6, 0xc3], 1, 2],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00], 1, 1],
  ])('says where %s stands', (_, octets, line, column) => {
    const decoded = decode(Uint8Array.from(octets))
    expect(decoded).toMatchObject({ problem: { code: 'unreadable', span: { line, column } } })
  })

  it('refuses what is larger than a zone file can be', () => {
    expect(decode(new Uint8Array(zoneFileOctetsMax + 1))).toMatchObject({ problem: { code: 'unreadable' } })
  })
})
