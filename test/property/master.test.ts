/**
 * Whatever is in a master file: reading it ends, does not throw, and yields a zone that compiles, or errors with places
 * inside the file. What is printed of a zone reads back to the same records.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseName } from '../../src/core/name/name.ts'
import type { RdataToken } from '../../src/core/rdata/fields.ts'
import { formatHex } from '../../src/core/rdata/hex.ts'
import { equalRdata } from '../../src/core/rdata/names.ts'
import { readName } from '../../src/core/rdata/plain-name.ts'
import { parseString } from '../../src/core/rdata/strings.ts'
import { formatRdata, formatType, isRdata, isRdataFault, parseRdata, parseType } from '../../src/core/rdata/table.ts'
import { quote } from '../../src/core/rdata/txt.ts'
import { proveSnapshot } from '../../src/core/zone/prove.ts'
import { compile, formatProblem } from '../../src/core/zonefile/index.ts'
import { findIncludes } from '../../src/core/zonefile/master/include.ts'
import { createLexer, readEntry } from '../../src/core/zonefile/master/lexer.ts'
import { messySeed, messyZone } from '../unit/master/messy.ts'
import { allLinesOf, file, readText, top, zoneName } from '../unit/master/zones.ts'

const seed = messySeed

const samples = [
  ...[
    'A 192.0.2.1',
    'AAAA 2001:db8::1',
    'NS a.b.',
    'CNAME a.b.',
    'PTR .',
    'DNAME x.',
    'MX 10 Mail.Example.',
    'TXT a "b c" ""',
  ],
  ...['SOA ns.a. h.a. 1 2 3 4 5', 'SRV 1 2 3 host.a.', 'CAA 128 issue "ca.test"', 'HINFO a b', 'SPF "v=spf1 -all"'],
  ...[
    'NAPTR 1 2 "u" "E2U+sip" "!^.*$!x!" a.',
    `DS 1 13 2 ${'ab'.repeat(32)}`,
    'DNSKEY 257 3 8 AwEAAQ==',
    'TLSA 3 1 1 00ff',
  ],
  ...[
    'SSHFP 4 9 00ff',
    'HTTPS 1 . alpn="h2,h3" no-default-alpn port=443 ipv4hint=192.0.2.1 ech=AEn+ key667="x"',
    'SVCB 0 a.',
  ],
  ...['SVCB 1 a. mandatory=alpn,key667 alpn=f\\\\\\\\oo\\\\,bar key667', 'TYPE65280 \\# 2 00ff', 'CDS 0 0 0 00'],
]

function wordsOf(text: string): readonly RdataToken[] {
  return readEntry(createLexer(text))?.tokens ?? []
}

const sample = fc.constantFrom(
  ...samples.map(text => {
    const code = parseType(text.split(' ')[0]!)!
    return { code, octets: parseRdata(code, wordsOf(text).slice(1), null) as Uint8Array }
  }),
)

/** True if there is a zone. */
function survives(text: string): boolean {
  const { zone, problems } = readText(text, { 'zones/one': 'a A 192.0.2.1\n$INCLUDE one', 'zones/two': ' A 192.0.2.2' })
  const lines = text.split('\n')
  expect(problems.some(problem => problem.severity === 'error')).toBe(zone === null)
  for (const problem of problems) {
    const { line, column, endColumn } = problem.span
    expect(line).toBeGreaterThanOrEqual(1)
    expect(column).toBeGreaterThanOrEqual(1)
    expect(endColumn).toBeGreaterThan(column)
    if (problem.span.file !== file) continue
    expect(line).toBeLessThanOrEqual(lines.length)
    expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1)
    expect(formatProblem(problem, lines[line - 1]!).split('\n').length).toBeLessThanOrEqual(4)
  }
  if (zone !== null) proveSnapshot(compile({ zones: [zone] }, 1, () => 1).snapshot)
  return zone !== null
}

const pieces = [
  ...[
    ' ',
    ' ',
    '\t',
    '\n',
    '\n',
    '\r\n',
    '(',
    ')',
    '"',
    ';',
    '\\',
    '\\065',
    '$',
    '@',
    '.',
    '*',
    '\\#',
    '0',
    '1h',
    '=',
    ',',
  ],
  ...[
    '$TTL 5',
    '$ORIGIN ',
    '$INCLUDE one',
    '$INCLUDE two',
    '$GENERATE 1-3 ',
    '$' + '{0,3,n}',
    'a',
    'b.c',
    'ex.test.',
    'IN',
    'CH',
  ],
  ...samples.flatMap(text => text.split(' ')),
  ...samples.map(text => `x ${text}`),
]

describe('any master file', () => {
  it('of any characters', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 100 })), text => {
        survives(text)
        survives(`${top}${text}`)
        findIncludes(file, text)
      }),
      { seed, numRuns: 1000 },
    )
  })

  it('of words in any order', () => {
    let served = 0
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), parts => {
        if (survives(`${top}${parts.join('')}`)) served++
      }),
      { seed, numRuns: 2000 },
    )
    expect(served).toBeGreaterThan(20)
  })

  it('that was right before it was bent', () => {
    const edit = fc.record({ at: fc.nat(), lose: fc.nat(3), put: fc.constantFrom('', ...pieces) })
    let served = 0
    fc.assert(
      fc.property(messyZone, fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
        let bent = text
        for (const { at, lose, put } of edits) {
          const from = at % (bent.length + 1)
          bent = bent.slice(0, from) + put + bent.slice(from + lose)
        }
        if (survives(bent)) served++
      }),
      { seed, numRuns: 500 },
    )
    expect(served).toBeGreaterThan(50)
  })
})

describe('what is printed reads back', () => {
  it('of whole zones', () => {
    fc.assert(
      fc.property(messyZone, text => {
        const { zone } = readText(text)
        const lines = allLinesOf(zone!)
        const again = readText(`${top}${lines.join('\n')}`)
        expect([...allLinesOf(again.zone!)].sort()).toEqual([...lines].sort())
      }),
      { seed, numRuns: 200 },
    )
  })

  it('of rdata with octets lost, doubled and changed', () => {
    const edit = fc.record({
      at: fc.nat(80),
      octet: fc.integer({ min: 0, max: 255 }),
      kind: fc.constantFrom('set', 'cut', 'lose', 'add'),
    })
    let wellFormed = 0
    fc.assert(
      fc.property(sample, fc.array(edit, { maxLength: 3 }), ({ code, octets }, edits) => {
        let bent = [...octets]
        for (const { at, octet, kind } of edits) {
          const from = at % (bent.length + 1)
          if (kind === 'set' && from < bent.length) bent[from] = octet
          else if (kind === 'cut') bent = bent.slice(0, from)
          else bent.splice(from, kind === 'lose' ? 1 : 0, ...(kind === 'add' ? [octet] : []))
        }
        const rdata = Uint8Array.from(bent)
        const printed = formatRdata(code, rdata)
        if (isRdata(code, rdata)) wellFormed++
        else expect(printed.startsWith('\\# ')).toBe(true)
        const back = parseRdata(code, wordsOf(`x ${printed}`).slice(1), null)
        if (isRdata(code, rdata)) expect(isRdataFault(back) ? back.text : formatHex(back)).toBe(formatHex(rdata))
        else expect(isRdataFault(back), `${formatType(code)} ${printed}`).toBe(true)
        expect(equalRdata(code, rdata, rdata)).toBe(true)
      }),
      { seed, numRuns: 5000 },
    )
    expect(wellFormed).toBeGreaterThan(500)
  })

  it('of character strings', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 255 }), octets => {
        const [word] = wordsOf(`x ${quote(octets)}`).slice(1)
        expect([...parseString(word!.text)!]).toEqual([...octets])
      }),
      { seed, numRuns: 1000 },
    )
  })
})

it('plain names are read as all names are', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc
      .array(fc.constantFrom('a', 'B', '.', '.', '\\', '0', '@', 'é', 'x'.repeat(60), 'yyyyyy'), { maxLength: 12 })
      .map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(text, fc.constantFrom(null, zoneName), (name, origin) => {
      expect(readName(name, origin)).toEqual(parseName(name, origin))
    }),
    { seed, numRuns: 3000 },
  )
})
