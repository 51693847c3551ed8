// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the dollar signs are those of $GENERATE
import { describe, expect, it } from 'vitest'
import { findIncludes, includePath } from '../../../src/core/zonefile/master/include.ts'
import { file, linesOf, placesOf, readRecords } from './zones.ts'

describe('$ORIGIN', () => {
  it('completes what is relative, itself too', () => {
    const reading = readRecords(
      '$ORIGIN sub\na TXT @\n$origin deep ; comment\nb CNAME a\n$ORIGIN ex.test.\nc A 192.0.2.1\n A 192.0.2.2',
    )
    expect(linesOf(reading)).toEqual([
      'a.sub.ex.test. 300 TXT "@"',
      'b.deep.sub.ex.test. 300 CNAME a.deep.sub.ex.test.',
      'c.ex.test. 300 A 192.0.2.1',
      'c.ex.test. 300 A 192.0.2.2',
    ])
  })

  it('may lie outside the zone', () => {
    expect(linesOf(readRecords('$ORIGIN .\na.ex.test CNAME b.example'))).toEqual(['a.ex.test. 300 CNAME b.example.'])
  })
})

describe('$INCLUDE', () => {
  it('has an origin and an owner of its own, but one $TTL', () => {
    const files = {
      'zones/sub/one': '\tTXT inherited\nin A 192.0.2.2\n$ORIGIN foo.ex.test.\nx A 192.0.2.3\n$TTL 7\n',
      'zones/two': 'y A 192.0.2.4',
    }
    const reading = readRecords(
      'w TXT w\n$INCLUDE sub/one ; comment\n MX 1 a\n$include "two" bar\nz A 192.0.2.5',
      files,
    )
    expect(linesOf(reading)).toEqual([
      'w.ex.test. 300 TXT "w"',
      'w.ex.test. 300 TXT "inherited"',
      'in.ex.test. 300 A 192.0.2.2',
      'x.foo.ex.test. 300 A 192.0.2.3',
      'w.ex.test. 7 MX 1 a.ex.test.',
      'y.bar.ex.test. 7 A 192.0.2.4',
      'z.ex.test. 7 A 192.0.2.5',
    ])
  })

  it('puts problems where they are', () => {
    const reading = readRecords('$INCLUDE sub/one', {
      'zones/sub/one': 'a A 1.2.3\n$INCLUDE ../two',
      'zones/two': '\nb A',
    })
    expect(placesOf(reading.problems)).toEqual(['zones/sub/one bad-address 1:5', 'zones/two bad-rdata 2:3'])
    expect(reading.problems.map(({ span }) => span.file)).toEqual(['zones/sub/one', 'zones/two'])
  })

  it('goes in no circle, and not too deep', () => {
    expect(placesOf(readRecords('$INCLUDE ex.test.zone').problems)).toEqual(['include-loop 5:10'])
    const twins = { 'zones/one': '$INCLUDE two', 'zones/two': '$INCLUDE ./sub/../one' }
    expect(placesOf(readRecords('$INCLUDE one', twins).problems)).toEqual(['zones/two include-loop 1:10'])
    const chain = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`zones/${i}`, `$INCLUDE ${i + 1}`]))
    expect(placesOf(readRecords('$INCLUDE 0', chain).problems)).toEqual(['zones/14 include-loop 1:10'])
  })

  it('may bring the same file twice', () => {
    const files = { 'zones/one': 'a A 192.0.2.2' }
    expect(linesOf(readRecords('$INCLUDE one x\n$INCLUDE one y', files))).toHaveLength(2)
  })

  it('is bounded where files multiply', () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`zones/${i}`, `$INCLUDE ${i + 1}\n`.repeat(10)]),
    )
    let asked = 0
    const counting = new Proxy(files, {
      get: (target, path: string) => {
        if (!path.endsWith('.health.yaml')) asked++
        return target[path] ?? '; the last'
      },
    })
    expect(readRecords('$INCLUDE 0', counting).problems[0]?.code).toBe('include-loop')
    expect(asked).toBe(1000)
  })

  it('of a file that is not there is an error', () => {
    expect(placesOf(readRecords('$INCLUDE nope').problems)).toEqual(['unreadable 5:10'])
  })

  it.each([
    ['zones/a.zone', 'b', 'zones/b'],
    ['a.zone', 'b', 'b'],
    ['/etc/zones/a.zone', '../b', '/etc/b'],
    ['zones/a.zone', '/b//c/./d', '/b/c/d'],
    ['a.zone', '../../b', '../../b'],
    ['../a.zone', 'b', '../b'],
    ['/a.zone', '../../b', '/b'],
  ])('in %s of %s asks for %s', (from, name, path) => {
    expect(includePath(from, name)).toBe(path)
  })

  it('can be found without reading the zone', () => {
    const text = '$INCLUDE a ; $INCLUDE no\n $INCLUDE no\n( $include\n "b c" ) x\n$INCLUDE a\nt TXT "\n$INCLUDE d'
    expect(findIncludes(file, text)).toEqual(['zones/a', 'zones/b c', 'zones/d'])
    expect(findIncludes(file, '$INCLUDE\na TXT $INCLUDE b')).toEqual([])
  })
})

describe('$GENERATE', () => {
  const generated = (line: string) =>
    linesOf(readRecords(`$GENERATE ${line}`)).map(shown => shown.replace(/ (300|60) /, ' '))

  it.each([
    ['1-3 h$ A 192.0.2.$', ['h1.ex.test. A 192.0.2.1', 'h2.ex.test. A 192.0.2.2', 'h3.ex.test. A 192.0.2.3']],
    [
      '1-9/4 h$ 60 IN CNAME x',
      ['h1.ex.test. CNAME x.ex.test.', 'h5.ex.test. CNAME x.ex.test.', 'h9.ex.test. CNAME x.ex.test.'],
    ],
    ['1-1 h${10,3,d} A 192.0.2.${-1}', ['h011.ex.test. A 192.0.2.0']],
    ['30-30 ${0,4,x}-${0,4,X}-${0,2,o} TXT x', ['001e-001E-36.ex.test. TXT "x"']],
    ['291-291 ${0,3,n}.a TXT x', ['3.2.1.a.ex.test. TXT "x"']],
    ['4779-4779 ${0,0,N}.a TXT x', ['B.A.2.1.a.ex.test. TXT "x"']],
    ['4779-4779 ${0,16,n}a TXT x', ['b.a.2.1.0.0.0.0.a.ex.test. TXT "x"']],
    ['0-0 h${-5} TXT ${-5,4}', ['h-5.ex.test. TXT "-005"']],
    ['0-0 h${-5,2,x} TXT x', ['hfffffffb.ex.test. TXT "x"']],
    ['1-1 a$$b TXT \\$x', ['a\\$b.ex.test. TXT "$x"']],
    ['1-1 h$ MX "10 mail$"', ['h1.ex.test. MX 10 mail1.ex.test.']],
    ['1-1 h$ MX 10 mail$', ['h1.ex.test. MX 10 mail1.ex.test.']],
    ['1-1 h$ TXT "a b$"', ['h1.ex.test. TXT "a" "b1"']],
    ['1-1 h$ TXT "\\"a b$\\""', ['h1.ex.test. TXT "a b1"']],
    ['1-1 h$ TXT "a b$" c', ['h1.ex.test. TXT "a b1" "c"']],
    ['1-1 h$ TYPE65280 "\\# 1 0$"', ['h1.ex.test. TYPE65280 \\# 1 01']],
    ['7-7 @ A 192.0.2.$', ['ex.test. A 192.0.2.7']],
  ])('%s', (line, records) => {
    expect(generated(line)).toEqual(records)
  })

  it('leaves the owner of the lines after it alone', () => {
    expect(linesOf(readRecords('a TXT x\n$GENERATE 1-1 h TXT y\n TXT z'))).toEqual([
      'a.ex.test. 300 TXT "x"',
      'a.ex.test. 300 TXT "z"',
      'h.ex.test. 300 TXT "y"',
    ])
  })

  it.each([
    ['', 'master-syntax 5:1'],
    ['1-2', 'master-syntax 5:11'],
    ['2-1 h$ A 192.0.2.1', 'master-syntax 5:11'],
    ['1-2/0 h$ A 192.0.2.1', 'master-syntax 5:11'],
    ['1 h$ A 192.0.2.1', 'master-syntax 5:11'],
    ['0-65536 h$ A 192.0.2.1', 'master-syntax 5:11'],
    ['2147483648-2147483648 h$ A 192.0.2.1', 'master-syntax 5:11'],
    ['1-2 h${1 A 192.0.2.1', 'master-syntax 5:15'],
    ['1-2 h${} A 192.0.2.1', 'master-syntax 5:15'],
    ['1-2 h${1,2,q} A 192.0.2.1', 'master-syntax 5:15'],
    ['1-2 h${1,256} A 192.0.2.1', 'master-syntax 5:15'],
    ['1-2 h$', 'master-syntax 5:15'],
    ['1-2 h$ A', 'master-syntax 5:18'],
    ['1-2 h$ A 192.0.$', 'bad-address 5:20'],
    ['1-2 h$ A', 'master-syntax 5:18'],
    ['1-2 h$..x A 192.0.2.1', 'bad-name 5:15'],
    ['1-2 h$.example. A 192.0.2.1', 'outside-zone 5:15'],
    ['1-2 h$ NOPE x', 'unknown-record-type 5:18'],
    ['1-2 h$ TXT "("', 'master-syntax 5:22'],
    ['2147483647-2147483647 h${1} A 192.0.2.1', 'master-syntax 5:33'],
  ])('refuses %s once', (line, place) => {
    expect(placesOf(readRecords(`$GENERATE ${line}`).problems)).toEqual([place])
  })

  it('is bounded over all of a zone', () => {
    const lines = Array.from({ length: 17 }, (_, i) => `$GENERATE 0-65535 h${i} A 192.0.2.1`).join('\n')
    const { problems } = readRecords(lines)
    expect(placesOf(problems.filter(problem => problem.severity === 'error'))).toEqual(['master-syntax 21:11'])
  })
})
