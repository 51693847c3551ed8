/**
 * Master files against those who have read them for decades: named-checkzone prints the records that it found, and it
 * and kzonecheck say whether a file can be loaded. What differs on purpose is listed with its reason.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { formatName } from '../../src/core/name/name.ts'
import { encodeSoa } from '../../src/core/rdata/soa.ts'
import { formatRdata } from '../../src/core/rdata/table.ts'
import { readMaster } from '../../src/core/zonefile/master/read.ts'
import { needs } from '../live/program.ts'
import { messySeed, messyZone } from '../unit/master/messy.ts'
import { allLinesOf, placesOf, top, zoneName } from '../unit/master/zones.ts'

const named = 'named-checkzone'
const hasNamed = needs(named)
const hasKnot = needs('kzonecheck')

const folder = mkdtempSync(join(tmpdir(), 'robin-master-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = join(folder, 'ex.test.zone')
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` }

function ours(text: string) {
  return readMaster(path, text, zoneName, included => readOrNull(included))
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // What is not there is for the reader to say.
    return null
  }
}

/** Our records, each as one normal line. */
function ourRecords(text: string): ReadonlySet<string> {
  const { zone, problems } = ours(text)
  if (zone === null) throw new Error(`${placesOf(problems).join('\n')}\n${text}`)
  const { mname, rname, serial, refresh, retry, expire, negativeTtl, ttl } = zone.soa
  const numbers = { serial: serial!, refresh, retry, expire, minimum: negativeTtl }
  const soa = `${formatName(zone.name)} ${ttl} SOA ${formatRdata(6, encodeSoa({ mname, rname, ...numbers }))}`
  return new Set([soa, ...allLinesOf(zone)].map(normal))
}

/** Only what is in the file counts (`-i local`): no look-ups elsewhere. */
function namedRecords(text: string): ReadonlySet<string> {
  writeFileSync(path, text)
  const args = ['-D', '-q', '-i', 'local', '-o', '-', 'ex.test', path]
  const printed = execFileSync(named, args, { env, cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  const lines = printed.split('\n').filter(line => line !== '')
  return new Set(lines.map(line => normal(line.replace(/^(\S+)\s+(\d+)\s+IN\s+(\S+)\s+/, '$1 $2 $3 '))))
}

/** Letters of names, hexadecimal digits and addresses have many spellings; octets in quotes have few. */
function normal(line: string): string {
  const [owner, ttl, type, ...rest] = line.split(' ')
  const value = rest
    .join(' ')
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part, i) => (i % 2 === 1 ? normalQuoted(part) : part.toLowerCase().replace(/\s+/g, ' ')))
    .join('')
  return `${owner!.toLowerCase()} ${ttl} ${type} ${type === 'AAAA' ? normalAddress(value) : normalDigits(type!, value)}`
}

/** Words in front of digits that may be cut into several words. */
const wordsBeforeDigits: Readonly<Record<string, number>> = { DS: 3, TLSA: 3, SSHFP: 2, DNSKEY: 3, TYPE65280: 2 }

function normalDigits(type: string, value: string): string {
  const words = value.trim().split(' ')
  const fixed = wordsBeforeDigits[type] ?? words.length
  return [...words.slice(0, fixed), words.slice(fixed).join('')].join(' ').trim()
}

function normalQuoted(text: string): string {
  return text.replaceAll('\\032', ' ').replaceAll('\\;', ';')
}

function normalAddress(text: string): string {
  return new URL(`http://[${text}]/`).hostname
}

const runs = { seed: messySeed, numRuns: 150 }

describe.skipIf(!hasNamed)('the same records as named-checkzone finds', () => {
  it('in generated files', () => {
    let records = 0
    fc.assert(
      fc.property(messyZone, text => {
        const found = ourRecords(text)
        records += found.size
        expect([...found].sort()).toEqual([...namedRecords(text)].sort())
      }),
      runs,
    )
    expect(records).toBeGreaterThan(500)
  })

  it.each(trickyFiles())('in %s', (_, text) => {
    mkdirSync(join(folder, 'sub'), { recursive: true })
    writeFileSync(join(folder, 'one'), '\tTXT inherited\nin A 192.0.2.2\n$ORIGIN foo.ex.test.\nx A 192.0.2.3\n$TTL 7\n')
    writeFileSync(join(folder, 'sub/two'), '@ A 192.0.2.9\ny A 192.0.2.4')
    expect([...ourRecords(text)].sort()).toEqual([...namedRecords(text)].sort())
  })
})

function trickyFiles(): readonly (readonly [string, string])[] {
  const soa = '@ SOA ns.example.net. h.example.net. 1 2 3 4 60\n@ NS ns.example.net.\n'
  return [
    [
      'escapes',
      `${top}a\\.b TXT "a\\"b" a\\;b "\\065\\\\" "" ;x\nnul\\000x A 192.0.2.1\n\\255\\$\\@\\" CNAME a\\.b\\(c\n`,
    ],
    ['quotes that touch', `${top}a TXT foo="bar baz"qux"" a;b\n`],
    ['white space', `${top}a\tTXT ( ( one\r\n two ) ; three (\n\n"fo ur" )\r\n  ;\n \r\n\tMX 1 b`],
    [
      'TTLs and classes',
      `${top}a 1h30m IN A 192.0.2.1\nb IN 1w2d A 192.0.2.1\nc CLASS1 0 A 192.0.2.1\nin IN A 192.0.2.1\n`,
    ],
    ['TTLs of RFC 1035', `@ 77 SOA a. b. 1 2 3 4 5\n@ NS ns.example.net.\nb 5 TXT y\na TXT x\n`],
    ['TTLs of the SOA', `${soa}b 5 TXT y\na TXT x\n`],
    ['$TTL in the middle', `$TTL 5\n${soa}$TTL 1h\na TXT x\n$ttl 1D\nb TXT x\n`],
    ['origins', `${top}$ORIGIN sub\na TXT @\n$ORIGIN deep\nb CNAME a\n$ORIGIN ex.test.\nc A 192.0.2.1\n A 192.0.2.2\n`],
    ['includes', `${top}w TXT w\n$INCLUDE one\n\tMX 1 a\n$INCLUDE "sub/two" bar\nz A 192.0.2.5\n$INCLUDE sub/two\n`],
    ['numbered types', `${top}a TYPE1 \\# 4 c0000201\na A 192.0.2.1\nb TYPE65280 \\# 0\nb TYPE65280 \\# 1 ( a\nB )\n`],
    [
      'known types in numbers',
      `${top}a MX \\# 7 0001 03 46 6f6f 00\na MX 1 foo.\nb TXT \\# 4 03666f6f\nc NS \\# 3 01 61 00\n`,
    ],
    ['records twice', `${top}a NS b\nA.EX.TEST. NS B\nx CNAME y\nx CNAME Y\nt TXT a\nt TXT A\n`],
    ['names near the limits', `${top}${'l'.repeat(63)} A 192.0.2.1\n${'a.'.repeat(122)}a A 192.0.2.1\n`],
    [
      'generated records',
      `${top}$GENERATE 1-20/3 h\${-1,3,d} 60 IN A 192.0.2.$\n$GENERATE 30-31 \${0,4,X}.\${0,7,n} TXT "a $" \n`,
    ],
    [
      'more generated records',
      `${top}$GENERATE 4779-4780 \${0,16,N}a CNAME x\\$-$$-$\n$GENERATE 1-2 @ MX "$ mail$" ; x\n`,
    ],
    [
      'occluded and odd records',
      `${top}s NS ns.s\ns TXT x\nd.s TXT y\nl CNAME l\nm CNAME n\nn CNAME m\n*.w NAPTR 1 2 "" "" "" .\n`,
    ],
    ['octets beyond ASCII', `${top}t TXT é "😀"\né TXT x\n`],
    [
      'SVCB',
      `${top}a SVCB 16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2" mandatory=ipv4hint,alpn ipv4hint=192.0.2.1\n`,
    ],
    [
      'SVCB by numbers',
      `${top}a HTTPS 1 . key3="\\001\\187" key1="\\002h2" key65534="a \\210\\"b"\nb TYPE65 \\# 3 000100\n`,
    ],
  ]
}

/** Records behind `top`, and the verdict: ours, BIND's, Knot's where it is another. */
type Verdict = 'ok' | 'no'
const judged: readonly (readonly [records: string, robin: Verdict, named?: Verdict, knot?: Verdict])[] = [
  ['a TXT x', 'ok'],
  ['a CNAME a', 'ok'],
  ['a DNAME b\nx.a TXT y', 'ok', 'ok', 'no'],
  ['a NS ns.example.net.\nb.a TXT x', 'ok'],
  ['a TXT "x', 'no'],
  ['a TXT ( x', 'no'],
  ['a TXT x )', 'no'],
  ['a', 'no'],
  ['a 5 IN', 'no'],
  ['$NOPE x', 'no'],
  ['$TTL', 'no'],
  ['$TTL 5 6', 'no'],
  ['$ORIGIN a..b', 'no'],
  ['$INCLUDE nope', 'no'],
  ['a NOPE x', 'no'],
  ['a IN IN TXT x', 'no'],
  ['a CH TXT x', 'no'],
  ['a 1h30 TXT x', 'no'],
  ['a TYPE41 \\# 0', 'no', 'no', 'ok'],
  ['a TYPE250 \\# 0', 'no', 'no', 'ok'],
  ['a..b TXT x', 'no'],
  ['.a TXT x', 'no'],
  ['a\\25 TXT x', 'no'],
  ['a\\256 TXT x', 'no', 'no', 'ok'],
  [`${'a'.repeat(64)} TXT x`, 'no'],
  [`${'a.'.repeat(125)}b TXT x`, 'no'],
  ['a A 192.0.2', 'no'],
  ['a A 010.0.0.1', 'no'],
  ['a A ::1', 'no'],
  ['a AAAA 192.0.2.1', 'no'],
  ['a MX 10', 'no'],
  ['a MX 65536 b', 'no'],
  ['a MX ten b', 'no'],
  ['a NS "ns1"', 'no'],
  [`a TXT ${'x'.repeat(256)}`, 'no', 'no', 'ok'],
  ['a TXT', 'no'],
  ['a HINFO x', 'no'],
  ['a A 192.0.2.1 192.0.2.2', 'no'],
  ['a TYPE65280 x', 'no'],
  ['a TYPE65280 \\# 2 00', 'no'],
  ['a TYPE65280 \\# 1 0', 'no'],
  ['a A \\# 3 c00002', 'no', 'no', 'ok'],
  ['a MX \\# 4 0001 c00c', 'no'],
  ['a CAA 256 issue x', 'no'],
  ['a CAA 0 is-sue x', 'no', 'no', 'ok'],
  ['a DS 1 13 1 00', 'no'],
  ['a DS 1 13 200', 'no'],
  ['a SSHFP 1 1 00', 'no', 'no', 'ok'],
  ['a TLSA 3 1 1 0g', 'no'],
  ['a DNSKEY 257 3 8 AwE', 'no'],
  ['a HTTPS 1 . alpn', 'no'],
  ['a HTTPS 1 . alpn=h2 alpn=h3', 'no'],
  ['a HTTPS 1 . port=65536', 'no'],
  ['a HTTPS 1 . nope=x', 'no'],
  ['a HTTPS 1 . key0667=x', 'no', 'no', 'ok'],
  ['a HTTPS 1 . mandatory=port', 'no'],
  ['a HTTPS 1 . no-default-alpn', 'no', 'no', 'ok'],
  ['a HTTPS 1 . key65535=x', 'no', 'ok', 'ok'],
  ['a HTTPS 1 . ech=', 'no', 'ok', 'no'],
  ['@ SOA a. b. 1 1 1 1 1', 'no', 'no', 'ok'],
  ['a SOA a. b. 1 1 1 1 1', 'no', 'no', 'ok'],
  ['*.a NS ns.example.net.', 'no', 'no', 'ok'],
  ['a CNAME b\na CNAME c', 'no'],
  ['a CNAME b\na TXT x', 'no'],
  ['a DNAME b\na DNAME c', 'no'],
  ['@ CNAME b', 'no'],
  ['@ NS nope', 'no'],
  ['@ NS al\nal CNAME x', 'no'],
  ['@ NS ns.d\nd DNAME x', 'no'],
  ['@ DNAME x.example.', 'no'],
  ['@ DS 1 13 200 00', 'no'],
  ['a DS 1 13 200 00', 'ok', 'ok', 'no'],
  ['*.w DNAME x', 'ok'],
]

/** Files that others load and we refuse, since what they make of them is not what was written. */
const stricter: readonly string[] = [
  // Left out of the zone with a warning.
  'a.example. TXT x',
  // Served with a TTL of 0 (named) although RFC 2181 section 8 ends at 2^31 - 1.
  'a 2147483648 TXT x',
  // Read as 1-2.
  '$GENERATE 1-2x a$ TXT x',
]

describe('loads what others load', () => {
  it.each(judged)('%j: %s', (records, robin, bind = robin, knot = bind) => {
    const text = `${top}${records}\n`
    writeFileSync(path, text)
    expect(ours(text).zone === null ? 'no' : 'ok', 'Robin').toBe(robin)
    if (hasNamed) expect(verdictOf(named, ['-q', '-i', 'local', 'ex.test', path]), 'BIND').toBe(bind)
    if (hasKnot) expect(verdictOf('kzonecheck', ['-o', 'ex.test', path]), 'Knot').toBe(knot)
  })

  it.each(stricter)('but %j', records => {
    const text = `${top}${records}\n`
    writeFileSync(path, text)
    expect(ours(text).zone).toBeNull()
    if (hasNamed) expect(verdictOf(named, ['-q', '-i', 'local', 'ex.test', path])).toBe('ok')
  })

  it.each([
    '',
    '$TTL 5\n@ NS ns.example.net.\n',
    '$TTL 5\n@ SOA a. b. 1 1 1 1 1\n',
    '@ NS ns.example.net.\n@ SOA a. b. 1 1 1 1 1',
  ])('not %j', text => {
    writeFileSync(path, text)
    expect(ours(text).zone).toBeNull()
    if (hasNamed) expect(verdictOf(named, ['-q', '-i', 'local', 'ex.test', path])).toBe('no')
  })
})

function verdictOf(program: string, args: readonly string[]): Verdict {
  const { status, error } = spawnSync(program, args, { env, cwd: folder, stdio: 'ignore' })
  if (error !== undefined) throw error
  return status === 0 ? 'ok' : 'no'
}
