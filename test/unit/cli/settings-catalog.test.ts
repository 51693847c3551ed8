/** `catalog` in the config file: what it comes to, and where its mistakes are. */
import { describe, expect, it } from 'vitest'
import { formatName } from '../../../src/core/name/name.ts'
import { readConfig } from '../../../src/shell/settings-file.ts'

const codesOf = (text: string) => {
  const { config, problems } = readConfig('robin.yaml', text)
  expect(config === null).toBe(problems.length > 0)
  return problems.map(({ code, span }) => `${span.line}:${span.column} ${code}`)
}

const keys = `keys: {xfr: {algorithm: hmac-sha256, secret: '${Buffer.alloc(32, 7).toString('base64')}'}}\n`

describe('catalogs to be made', () => {
  it('list all zones unless said otherwise', () => {
    const { config, problems } = readConfig(
      'robin.yaml',
      'transfer: {allow: [{from: 127.0.0.0/8}]}\ncatalog:\n  produce:\n    Catalog.Test:\n',
    )
    expect(problems).toEqual([])
    const [catalog] = config!.catalogs!.produced
    expect(formatName(catalog!.name)).toBe('catalog.test.')
    expect(catalog).toMatchObject({ choice: { zones: null, groups: [] }, transfer: null })
  })

  it('choose zones, put them in groups, and say who may have them', () => {
    const text = `${keys}catalog:
  produce:
    catalog.test.:
      zones: [a.test, '*.b.test.']
      groups: {gold: [A.test]}
      transfer: {allow: [{key: xfr}]}
`
    const { config, problems } = readConfig('robin.yaml', text)
    expect(problems).toEqual([])
    const { choice, transfer } = config!.catalogs!.produced[0]!
    expect(choice.zones!.map(name => formatName(name))).toEqual(['a.test.', '*.b.test.'])
    expect(choice.groups.map(({ group, zones }) => [group, ...zones.map(name => formatName(name))])).toEqual([
      ['gold', 'a.test.'],
    ])
    expect(transfer!.allow).toMatchObject([{ key: { name: 'xfr.' }, from: null }])
  })

  it.each([
    ['catalog: {produce: {a..b: {}}}', '1:21 bad-zone-name'],
    ["catalog: {produce: {'*.a.test': {}}}", '1:21 bad-zone-name'],
    ['catalog: {produce: {.: {}}}', '1:21 bad-zone-name'],
    ['catalog: {produce: {a/b.test: {}}}', '1:21 bad-zone-name'],
    ['catalog: {produce: {a.test: {transfer: none}, A.test.: {transfer: none}}}', '1:47 duplicate-key'],
    ['catalog: {produce: {a.test: {zones: [b..c], transfer: none}}}', '1:38 bad-zone-name'],
    ['catalog: {produce: {a.test: {groups: {gold: [b..c]}, transfer: none}}}', '1:46 bad-zone-name'],
    ['catalog: {produce: {a.test: {zones: []}}}', '1:37 bad-value'],
    ['catalog: {produce: {a.test: {zone: [a.test]}}}', '1:30 unknown-key'],
    ['catalog: {produce: {a.test: 5}}', '1:29 wrong-type'],
    ['catalog: {produce: {a.test: {transfer: {allow: [{key: xfr}]}}}}', '1:55 undefined-key'],
    ['catalog: {produce: {a.test: {}}}', '1:21 missing-key'],
    ['catalog: {make: {a.test: {}}}', '1:11 unknown-key'],
  ])('%s', (text, problem) => {
    expect(codesOf(text)).toEqual([problem])
  })
})

describe('catalogs that zones are taken from', () => {
  it('say how they are pulled, their zones, and those of groups', () => {
    const text = `${keys}state: s
catalog:
  consume:
    One.test: {primaries: [192.0.2.1], key: xfr}
    two.test:
      primaries: ['192.0.2.1:5300']
      members: {primaries: [192.0.2.2]}
      groups: {gold: {primaries: [192.0.2.3, 192.0.2.4], key: xfr, signed: strip}}
`
    const { config, problems } = readConfig('robin.yaml', text)
    expect(problems).toEqual([])
    const [one, two] = config!.catalogs!.consumed
    expect(formatName(one!.plan.apex)).toBe('one.test.')
    expect(one).toMatchObject({
      plan: { key: 'xfr.' },
      members: { key: 'xfr.', primaries: [{ port: 53 }] },
      groups: [],
    })
    expect(two).toMatchObject({
      plan: { primaries: [{ host: '192.0.2.1', port: 5300 }], key: null },
      members: { primaries: [{ host: '192.0.2.2' }], key: null },
      groups: [{ group: 'gold', terms: { primaries: [{ host: '192.0.2.3' }, {}], key: 'xfr.', signed: 'strip' } }],
    })
  })

  it.each([
    ['catalog: {consume: {a.test: {}}}', '1:21 missing-key'],
    ['catalog: {consume: {a.test: {primaries: [nowhere]}}}', '1:42 bad-address'],
    ['catalog: {consume: {a.test: {primaries: [192.0.2.1], key: xfr}}}', '1:59 undefined-key'],
    ['catalog: {consume: {a.test: {primaries: [192.0.2.1], members: {primaries: [x]}}}}', '1:76 bad-address'],
    ['catalog: {consume: {a.test: {primaries: [192.0.2.1], groups: {g: {}}}}}', '1:63 missing-key'],
    ['catalog: {consume: {a..b: {primaries: [192.0.2.1]}}}', '1:21 bad-zone-name'],
    [
      'catalog: {produce: {a.test: {transfer: none}}, consume: {A.test: {primaries: [192.0.2.1]}}}',
      '1:58 duplicate-key',
    ],
  ])('%s', (text, problem) => {
    expect(codesOf(text)).toEqual([problem])
  })
})
