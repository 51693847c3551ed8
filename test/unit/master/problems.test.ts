import { describe, expect, it } from 'vitest'
import { masterErrorCodes, masterWarningCodes, type Problem } from '../../../src/core/base/problem.ts'
import { formatProblem } from '../../../src/core/zonefile/index.ts'
import { placesOf, readRecords, readText, top } from './zones.ts'

/** Records in line 5 and later, and the one problem they have. */
const faults: readonly (readonly [string, string])[] = [
  ['a TXT "x', 'master-syntax 5:7'],
  ['a TXT ( x', 'master-syntax 5:7'],
  ['a TXT x )', 'master-syntax 5:9'],
  ['a', 'master-syntax 5:1'],
  ['a 5 IN', 'master-syntax 5:5'],
  ['$NOPE x', 'master-syntax 5:1'],
  ['$TTL', 'master-syntax 5:1'],
  ['$TTL 5 6', 'master-syntax 5:8'],
  ['$TTL soon', 'bad-ttl 5:6'],
  ['$ORIGIN', 'master-syntax 5:1'],
  ['$ORIGIN a b', 'master-syntax 5:11'],
  ['$ORIGIN a..b', 'bad-name 5:9'],
  ['$INCLUDE', 'master-syntax 5:1'],
  ['$INCLUDE a b c', 'master-syntax 5:14'],
  ['$INCLUDE a b..c', 'bad-name 5:12'],
  ['a NOPE x', 'unknown-record-type 5:3'],
  ['a 5 6 TXT x', 'unknown-record-type 5:5'],
  ['a IN IN TXT x', 'unknown-record-type 5:6'],
  ['a "TXT" x', 'unknown-record-type 5:3'],
  ['a CH TXT x', 'not-supported 5:3'],
  ['a CLASS2 TXT x', 'not-supported 5:3'],
  ['a 1h30 TXT x', 'bad-ttl 5:3'],
  ['a OPT \\# 0', 'unknown-record-type 5:3'],
  ['a TYPE41 \\# 0', 'bad-value 5:3'],
  ['a TYPE250 \\# 0', 'bad-value 5:3'],
  ['a TYPE0 \\# 0', 'bad-value 5:3'],
  ['a..b TXT x', 'bad-name 5:1'],
  ['.a TXT x', 'bad-name 5:1'],
  ['a\\25 TXT x', 'bad-name 5:1'],
  [`${'a'.repeat(64)} TXT x`, 'label-too-long 5:1'],
  [`${'a.'.repeat(125)}b TXT x`, 'name-too-long 5:1'],
  ['a.example. TXT x', 'outside-zone 5:1'],
  ['xex.test. TXT x', 'outside-zone 5:1'],
  ['a A 192.0.2', 'bad-address 5:5'],
  ['a A ::1', 'wrong-family 5:5'],
  ['a MX 10', 'bad-rdata 5:6'],
  ['a MX', 'bad-rdata 5:3'],
  ['a MX 10 ( ; here\n  b..c )', 'bad-name 6:3'],
  ['a TYPE65280 x', 'bad-rdata 5:13'],
  ['@ SOA a. b. 1 1 1 1 1', 'duplicate-rrset 5:3'],
  ['a SOA a. b. 1 1 1 1 1', 'bad-value 5:3'],
  ['*.a NS ns1', 'bad-value 5:5'],
  ['@ DS 1 13 200 00', 'ds-misplaced 5:3'],
  ['a CNAME b\na CNAME c', 'cname-and-other 6:3'],
  ['a DNAME b\na DNAME c', 'duplicate-rrset 6:3'],
  ['a TXT x\na CNAME b', 'cname-and-other 6:3'],
  ['@ CNAME b', 'cname-and-other 5:3'],
  ['@ NS nope', 'ns-nowhere 5:6'],
  ['@ NS al\nal CNAME x', 'target-is-alias 5:6'],
  ['@ DNAME x.example.', 'target-is-alias 3:6'],
  ['@ NS a.d\nd DNAME x', 'target-is-alias 5:6'],
  [
    `a A ${'192.0.2.1'}\n`.repeat(1) + Array.from({ length: 256 }, (_, i) => `a A 10.0.0.${i}`).join('\n'),
    'rrset-too-large 261:3',
  ],
  [
    `${Array.from({ length: 3 }, (_, i) => `a TXT ${`${i}${'x'.repeat(254)} `.repeat(100)}`).join('\n')}`,
    'rrset-too-large 7:3',
  ],
  [Array.from({ length: 201 }, (_, i) => `a TYPE${i + 1000} \\# 0`).join('\n'), 'rrset-too-large 205:3'],
]

const warnings: readonly (readonly [string, string])[] = [
  ['a TXT x\na TXT x', 'duplicate-record 6:3'],
  ['a 1 TXT x\na 2 TXT y', 'ttl-differs 6:5'],
  ['a NS nope', 'leads-nowhere 5:6'],
  ['a NS ns.a', 'leads-nowhere 5:6'],
  ['a NS a', 'leads-nowhere 5:6'],
  ['a NS al\nal CNAME x', 'leads-to-alias 5:6'],
  ['a MX 10 ( al )\nal CNAME x', 'leads-to-alias 5:11'],
  ['a SRV 1 1 1 x.w\n*.w CNAME x', 'leads-to-alias 5:13'],
  ['a MX 1 a.d\nd DNAME x', 'leads-to-alias 5:8'],
  ['a NS a.d\nd DNAME x', 'leads-to-alias 5:6'],
  ['a NS ns.example.net.\na TXT x', 'below-cut 6:3'],
  ['a NS ns.example.net.\nb.a A 192.0.2.1', 'below-cut 6:5'],
  ['a DNAME b\nx.a TXT x', 'below-cut 6:5'],
]

/** What other servers load as well. */
const quiet: readonly string[] = [
  'a CNAME a',
  'a CNAME b\nb CNAME a',
  'a CNAME b\na TYPE46 \\# 0',
  'a NS ns.a\nns.a A 192.0.2.1',
  'a NS ns.example.net.\na DS 1 13 200 00',
  'a NS ns.example.net.\nb NS ns.a',
  'a NS x.w\n*.w A 192.0.2.1',
  'a MX 10 nope',
  'a DNAME b\na TXT x',
  'sub.*.w TXT x',
  '*.w DNAME x',
  'a DS 1 13 200 00',
]

const shapeOf = ({ severity, hint, text, span }: Problem) => [
  severity,
  hint !== null,
  text !== '',
  span.endColumn > span.column,
]

describe('problems', () => {
  it.each(faults)('%j is refused', (records, place) => {
    const { zone, problems } = readRecords(records, { a: '' })
    expect(placesOf(problems)).toEqual([place])
    expect(shapeOf(problems[0]!).slice(2)).toEqual([true, true])
    expect(problems[0]!.severity).toBe('error')
    expect(zone).toBeNull()
  })

  it.each(warnings)('%j is loaded with a warning', (records, place) => {
    const { zone, problems } = readRecords(records)
    expect(placesOf(problems)).toEqual([place])
    expect(shapeOf(problems[0]!)).toEqual(['warning', true, true, true])
    expect(zone).not.toBeNull()
  })

  it.each(quiet)('%j is loaded', records => {
    const { zone, problems } = readRecords(`z TXT x\n${records}`)
    expect(placesOf(problems)).toEqual([])
    expect(zone).not.toBeNull()
  })

  it('come in the order of the file, and are printed with the line', () => {
    const text = `${top}a A x\n\tb AAAA y\n`
    const { problems } = readText(text)
    expect(placesOf(problems)).toEqual(['bad-address 5:5', 'unknown-record-type 6:2'])
    expect(formatProblem(problems[0]!, 'a A x').split('\n')).toHaveLength(4)
  })

  it('of an owner are not told again for the lines below it', () => {
    expect(placesOf(readRecords('a..b A 192.0.2.1\n A 192.0.2.2\n TXT x\nb A y').problems)).toEqual([
      'bad-name 5:1',
      'bad-address 8:5',
    ])
    expect(placesOf(readText(' TXT x\n TXT y\n').problems)).toEqual([
      'missing-soa 1:1',
      'missing-ns 1:1',
      'master-syntax 1:2',
    ])
  })

  it('are that SOA or NS are missing only where none was begun', () => {
    expect(placesOf(readText('').problems)).toEqual(['missing-soa 1:1', 'missing-ns 1:1'])
    expect(placesOf(readText('$TTL 5\n@ SOA x\n@ NS a..b').problems)).toEqual(['bad-rdata 2:7', 'bad-name 3:6'])
    expect(placesOf(readText('$TTL 5\n@ SOA a. b. 1 1 1 1 1\na NS b.').problems)).toEqual(['missing-ns 1:1'])
  })

  it('end after a thousand errors, and warnings after a hundred of a kind', () => {
    const errors = readRecords('a A x\n'.repeat(3000)).problems
    expect(errors).toHaveLength(1000)
    expect(errors.at(-1)?.span.line).toBe(1004)
    const { zone, problems } = readRecords('a A 192.0.2.1\n'.repeat(3000))
    expect(zone).not.toBeNull()
    expect(problems).toHaveLength(100)
    expect(problems.at(-1)?.text).toMatch(/2899/)
  })

  it('have each code of master files somewhere in these tables', () => {
    const told = new Set([...faults, ...warnings].map(([, place]) => place.split(' ')[0]))
    const elsewhere = ['include-loop', 'sidecar-alone', 'no-such-set', 'ttl-assumed', 'idle-set']
    expect([...masterErrorCodes, ...masterWarningCodes].filter(code => !told.has(code))).toEqual(elsewhere)
  })
})
