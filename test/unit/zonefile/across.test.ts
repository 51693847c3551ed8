/** What only the whole set shows: the same zone twice, and names that point at nothing, at aliases, at pools. */
import { describe, expect, it } from 'vitest'
import { joinZones, parse, readZone, readZones, validate } from '../../../src/core/zonefile/index.ts'
import { codesOf, judge, judgeMarked, placesOf } from './zones.ts'

const zone = (name: string, records: string) => `zone: ${name}
soa: {mname: ns.example.net., rname: h.example.net.}
checks: {port: {protocol: TCP, port: 53}}
records:
  '@': {type: NS, value: ns.example.net.}
  used: {type: A, values: [192.0.2.1, 192.0.2.2], check: port}
${records}
`
const ds = '{key_tag: 1, algorithm: 13, digest_type: 1, digest: 0123456789abcdef0123456789abcdef01234567}'
const set = (...zones: readonly [name: string, records: string][]) =>
  readZones(zones.map(([name, records], i) => ({ file: `${i}.yaml`, text: zone(name, records) })))

describe('several files', () => {
  it('come in their order, with problems in the order of files and lines', () => {
    const { problems } = set(
      ['b.test', '  x: {type: A, value: bad}\n  y: {type: A}'],
      ['a.test', '  x: {type: A, value: bad}'],
    )
    expect(problems.map(({ span }) => `${span.file}:${span.line}`)).toEqual(['0.yaml:7', '0.yaml:8', '1.yaml:7'])
  })

  it('are refused together: one error, no model', () => {
    expect(set(['a.test', ''], ['b.test', '  x: {type: A}']).model).toBeNull()
    expect(set(['a.test', ''], ['b.test', '']).model!.zones).toHaveLength(2)
  })

  it('cannot hold one zone twice, in whatever letters', () => {
    const { problems } = set(['a.test', ''], ['A.Test.', ''])
    expect(problems.map(({ code, span }) => [code, span.file, span.line])).toEqual([['duplicate-zone', '1.yaml', 1]])
  })

  it('come to the same read at once, one by one, and from their documents', () => {
    const files = ['a.test', 'b.test', 'A.test'].map((name, i) => ({ file: `${i}.yaml`, text: zone(name, '') }))
    const whole = readZones(files)
    expect(codesOf(whole.problems)).toEqual(['duplicate-zone'])
    expect(joinZones(files.map(readZone))).toEqual(whole)
    expect(validate(files.map(({ file, text }) => parse(file, text).doc!))).toEqual(whole)
  })

  it('are none', () => {
    expect(readZones([])).toEqual({ model: { zones: [] }, problems: [] })
  })
})

describe('nameservers', () => {
  it.each([
    ['an address here', '  ns: {type: A, value: 192.0.2.1}\n  sub: {type: NS, value: ns.a.test.}', []],
    ['an IPv6 address here', "  ns: {type: AAAA, value: '::1'}\n  sub: {type: NS, value: ns.a.test.}", []],
    ['a wildcard with an address', "  '*': {type: A, value: 192.0.2.1}\n  sub: {type: NS, value: ns.a.test.}", []],
    [
      'several addresses that nothing checks',
      '  ns: {type: A, values: [192.0.2.1, 192.0.2.2]}\n  sub: {type: NS, value: ns.a.test.}',
      [],
    ],
    ['another zone of the world', '  sub: {type: NS, value: ns.example.org.}', []],
    [
      'a part that is delegated',
      '  sub: {type: NS, value: ns.example.org.}\n  two: {type: NS, value: ns.sub.a.test.}',
      [],
    ],
    ['no address', '  ns: {type: TXT, value: x}\n  sub: {type: NS, value: ns.a.test.}', ['ns-nowhere']],
    [
      'a name that only has names below it',
      "  '*': {type: A, value: 192.0.2.1}\n  x.ns: {type: TXT, value: x}\n  sub: {type: NS, value: ns.a.test.}",
      ['ns-nowhere'],
    ],
    ['an address that is checked', '  sub: {type: NS, value: used.a.test.}', ['ns-pooled']],
    ['an alias', '  ns: {type: CNAME, value: used.a.test.}\n  sub: {type: NS, value: ns.a.test.}', ['target-is-alias']],
    [
      'an alias by wildcard',
      "  '*': {type: CNAME, value: used.a.test.}\n  sub: {type: NS, value: ns.a.test.}",
      ['target-is-alias'],
    ],
    ['a name below the cut without glue', '  sub: {type: NS, value: ns.sub.a.test.}', ['missing-glue']],
    [
      'a name below the cut with glue',
      '  sub: {type: NS, value: ns.sub.a.test.}\n  ns.sub: {type: A, value: 192.0.2.1}',
      [],
    ],
    ['the cut itself without glue', '  sub: {type: NS, value: sub.a.test.}', ['missing-glue']],
  ])('may lead to %s, or not', (_, records, codes) => {
    expect(codesOf(set(['a.test', records]).problems)).toEqual(codes)
  })

  it('are looked up in the other zones of the set', () => {
    const ns = '  sub: {type: NS, value: ns.b.test.}'
    expect(codesOf(set(['a.test', ns], ['b.test', '']).problems)).toEqual(['ns-nowhere'])
    expect(codesOf(set(['a.test', ns], ['b.test', '  ns: {type: A, value: 192.0.2.1}']).problems)).toEqual([])
    const inChild = set(
      ['a.test', '  sub: {type: NS, value: ns.sub.a.test.}\n  ns.sub: {type: A, value: 192.0.2.1}'],
      ['sub.a.test', ''],
    )
    expect(placesOf(inChild.problems)).toEqual(['ns-nowhere 7:26'])
  })

  it('are not looked up in a zone with errors', () => {
    const { problems } = set(['a.test', '  sub: {type: NS, value: ns.b.test.}'], ['b.test', '  x: {type: A}'])
    expect(codesOf(problems)).toEqual(['missing-key'])
  })
})

describe('mail hosts and services', () => {
  it.each([
    ['MX', '{type: MX, value: {preference: 1, exchange: x.example.test.}}', 'target-is-alias 7:50'],
    ['SRV', '{type: SRV, value: {priority: 1, weight: 1, port: 1, target: x.example.test.}}', 'target-is-alias 7:67'],
  ])('%s may not lead to an alias', (_, record, place) => {
    const { problems } = judge(`  x: {type: CNAME, value: y.example.net.}\n  m: ${record}`)
    expect(placesOf(problems)).toEqual([place])
  })

  it.each([
    ['NS', '{type: NS, value: ¦x.old.example.test.}'],
    ['MX', '{type: MX, value: {preference: 1, exchange: ¦x.old.example.test.}}'],
    ['SRV', '{type: SRV, value: {priority: 1, weight: 1, port: 1, target: ¦y.x.old.example.test.}}'],
  ])('%s may not lead below a DNAME', (_, record) => {
    const { problems, place } = judgeMarked(`  old: {type: DNAME, value: new.example.net.}\n  m: ${record}`)
    expect(placesOf(problems)).toEqual([`target-is-alias ${place}`])
  })

  it.each([
    ['MX', 'a DNAME itself', '{type: MX, value: {preference: 1, exchange: old.example.test.}}'],
    ['MX', 'a DNAME of another zone', '{type: MX, value: {preference: 1, exchange: x.old.cut.example.test.}}'],
    ['HTTPS', 'below a DNAME', '{type: HTTPS, value: {svcpriority: 1, targetname: x.old.example.test.}}'],
    ['HTTPS', 'an alias', '{type: HTTPS, value: {svcpriority: 0, targetname: alias.example.test.}}'],
  ])('%s may lead to %s', (_type, _, record) => {
    const dname = '{type: DNAME, value: new.example.net.}'
    const cut = `  cut: {type: NS, value: ns.example.net.}\n  old.cut: ${dname}`
    const { problems } = judge(`${cut}\n  old: ${dname}\n  alias: {type: CNAME, value: x.example.net.}\n  m: ${record}`)
    expect(codesOf(problems)).toEqual(['below-cut'])
  })

  it('may lead to checked addresses, and to nothing', () => {
    const records =
      '  m: {type: MX, values: [{preference: 1, exchange: used.a.test.}, {preference: 2, exchange: no.a.test.}]}'
    expect(codesOf(set(['a.test', records]).problems)).toEqual([])
  })

  it('aliases may point anywhere', () => {
    const records = '  m: {type: CNAME, value: n.a.test.}\n  n: {type: CNAME, value: nowhere.a.test.}'
    expect(codesOf(set(['a.test', records]).problems)).toEqual([])
  })
})

describe('below a cut', () => {
  it.each([
    ['glue', '  sub: {type: NS, value: ns.sub.a.test.}\n  ns.sub: {type: A, value: 192.0.2.1}', []],
    [
      'other addresses',
      '  sub: {type: NS, value: ns.example.net.}\n  x.sub: {type: A, value: 192.0.2.1}',
      ['below-cut'],
    ],
    ['texts', '  sub: {type: NS, value: ns.example.net.}\n  x.sub: {type: TXT, value: x}', ['below-cut']],
    ['data at the cut', '  sub: [{type: NS, value: ns.example.net.}, {type: TXT, value: x}]', ['below-cut']],
    ['a DS at the cut', `  sub: [{type: NS, value: ns.example.net.}, {type: DS, value: ${ds}}]`, []],
    [
      'a cut below a cut',
      '  sub: {type: NS, value: ns.example.net.}\n  x.sub: {type: NS, value: ns.example.net.}',
      ['below-cut'],
    ],
    [
      'a cut with a DS below a cut',
      `  sub: {type: NS, value: ns.example.net.}\n  x.sub: [{type: NS, value: ns.example.net.}, {type: DS, value: ${ds}}]`,
      ['below-cut', 'below-cut'],
    ],
    ['data at a DNAME', '  old: [{type: DNAME, value: new.a.test.}, {type: TXT, value: x}]', []],
    ['data below a DNAME', '  old: {type: DNAME, value: new.a.test.}\n  x.old: {type: TXT, value: x}', ['below-cut']],
    [
      'data deep below a DNAME',
      '  y.x.old: {type: TXT, value: x}\n  old: {type: DNAME, value: b.test.}',
      ['below-cut'],
    ],
    [
      'a DNAME below a DNAME',
      '  old: {type: DNAME, value: new.a.test.}\n  x.old: {type: DNAME, value: new.a.test.}',
      ['below-cut'],
    ],
    [
      'a delegation below a DNAME',
      '  old: {type: DNAME, value: new.a.test.}\n  x.old: {type: NS, value: ns.example.net.}',
      ['below-cut'],
    ],
    ['everything below a DNAME at the apex', '  a.test.: {type: DNAME, value: b.test.}', ['below-cut']],
  ])('%s', (_, records, codes) => {
    const { model, problems } = set(['a.test', records])
    expect(codesOf(problems)).toEqual(codes)
    expect(model).not.toBeNull()
  })
})
