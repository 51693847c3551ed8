/** `secondary` in the config file, and what is wrong with it that shows only at the start. */
import { describe, expect, it } from 'vitest'
import { formatName } from '../../../src/core/name/name.ts'
import { noSources } from '../../../src/core/zonefile/route.ts'
import { judgePlans, type SecondaryPlan } from '../../../src/shell/secondary-plans.ts'
import { readConfig } from '../../../src/shell/settings-file.ts'

const secret = Buffer.alloc(32, 1).toString('base64')
const keys = `keys: {xfr: {algorithm: hmac-sha256, secret: '${secret}'}}\n`

function read(text: string): readonly SecondaryPlan[] {
  const { config, problems } = readConfig('robin.yaml', keys + text)
  if (config === null) throw new Error(JSON.stringify(problems))
  return config.secondaries ?? []
}

function placesOf(text: string): readonly string[] {
  return readConfig('robin.yaml', keys + text).problems.map(({ code, span }) => `${span.line}:${span.column} ${code}`)
}

describe('secondary', () => {
  it('is zones with their primaries', () => {
    const [a, b] = read(`secondary:
  A.test: {primaries: [192.0.2.1, '192.0.2.2:5353', '[2001:db8::1]:53', '2001:db8::2'], key: XFR, notify_from: [198.51.100.0/24]}
  b.test.: {primaries: [192.0.2.1], signed: strip}
`)
    expect(formatName(a!.apex)).toBe('a.test.')
    expect(a).toMatchObject({
      primaries: [
        { host: '192.0.2.1', port: 53 },
        { host: '192.0.2.2', port: 5353 },
        { host: '2001:db8::1', port: 53 },
        { host: '2001:db8::2', port: 53 },
      ],
      key: 'xfr.',
      notifyFrom: ['198.51.100.0/24'],
      signed: 'refuse',
      span: { file: 'robin.yaml', line: 3, column: 3 },
    })
    expect(b).toMatchObject({ primaries: [{ host: '192.0.2.1', port: 53 }], key: null, signed: 'strip' })
    expect([a!.sources, b!.sources]).toEqual([noSources, noSources])
    expect(read('')).toEqual([])
    expect(read('secondary: {}')).toEqual([])
  })

  it('has sources, one of each family', () => {
    const sourcesOf = (text: string) => read(`secondary: {a.test: {${text}}}`)[0]!.sources
    expect(sourcesOf('primaries: [192.0.2.1], source: 127.0.0.7')).toEqual({ v4: '127.0.0.7', v6: null })
    expect(sourcesOf("primaries: [192.0.2.1, '2001:db8::1'], source: ['2001:DB8::0:7', 127.0.0.7]")).toEqual({
      v4: '127.0.0.7',
      v6: '2001:db8::7',
    })
  })

  it.each([
    ['source: ns1.test', '2:54 bad-address'],
    ["source: '127.0.0.7:53'", '2:54 bad-address'],
    ['source: 0.0.0.0', '2:54 bad-address'],
    ['source: 224.0.0.1', '2:54 bad-address'],
    ['source: []', '2:54 bad-value'],
    ['source: [127.0.0.7, 127.0.0.8]', '2:66 bad-value'],
    ['source: [127.0.0.7, 127.0.0.8, 127.0.0.9]', '2:54 bad-value'],
    ["source: '::1'", '2:54 wrong-family'],
    ["source: [127.0.0.7, '::1']", '2:54 wrong-family'],
    ['source: 7', '2:54 wrong-type'],
  ])('%s: %s', (source, place) => {
    expect(placesOf(`secondary: {a.test: {primaries: [192.0.2.1], ${source}}}`)).toContain(place)
  })

  it.each([
    ['secondary: {a.test: {}}', '2:13 missing-key'],
    ['secondary: {a.test: {primaries: []}}', '2:33 bad-value'],
    ['secondary: {a.test: {primaries: [ns1.test]}}', '2:34 bad-address'],
    ["secondary: {a.test: {primaries: ['192.0.2.1:0']}}", '2:34 bad-address'],
    ['secondary: {a.test: {primaries: [0.0.0.0]}}', '2:34 bad-address'],
    ["secondary: {a.test: {primaries: [192.0.2.1, '192.0.2.1:53']}}", '2:45 duplicate-value'],
    ['secondary: {a.test: {primaries: [192.0.2.1], key: xrf}}', '2:51 undefined-key'],
    ['secondary: {a.test: {primaries: [192.0.2.1], notify_from: [192.0.2.1/8]}}', '2:60 bad-address'],
    ["secondary: {a.test: {primaries: [192.0.2.1], notify_from: ['!192.0.2.1']}}", '2:60 bad-address'],
    ['secondary: {a.test: {primaries: [192.0.2.1], signed: keep}}', '2:54 bad-value'],
    ['secondary: {a.test: {primary: 192.0.2.1}}', '2:13 missing-key'],
    ['secondary: {a..test: {primaries: [192.0.2.1]}}', '2:13 bad-zone-name'],
    ["secondary: {'*.test': {primaries: [192.0.2.1]}}", '2:13 bad-zone-name'],
    ['secondary: {.: {primaries: [192.0.2.1]}}', '2:13 bad-zone-name'],
    ['secondary: {a.test: {primaries: [192.0.2.1]}, A.TEST.: {primaries: [192.0.2.1]}}', '2:47 duplicate-key'],
    ['secondary: [a.test]', '2:12 wrong-type'],
  ])('%s: %s', (text, place) => {
    expect(placesOf(text)).toContain(place)
  })
})

describe('at the start', () => {
  const plans = read("secondary: {a.test: {primaries: [192.0.2.1, '127.0.0.1:5300']}}")

  it('there must be a folder to keep zones in', () => {
    expect(judgePlans(plans, null, []).map(({ code, span }) => `${span.line} ${code}`)).toEqual(['2 missing-key'])
    expect(judgePlans([], null, [])).toEqual([])
    expect(judgePlans(plans, 'state', [])).toEqual([])
  })

  it('no primary may be the server itself', () => {
    const own = [{ host: '127.0.0.1', port: 5300 }]
    expect(judgePlans(plans, 'state', own).map(({ code, span }) => `${span.line} ${code}`)).toEqual(['2 bad-address'])
    expect(judgePlans(plans, 'state', [{ host: '127.0.0.1', port: 53 }])).toEqual([])
  })
})
