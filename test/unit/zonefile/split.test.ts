/** octoDNS's split layout: many files, one zone, every problem at its own file and line. */
import { describe, expect, test } from 'vitest'
import { formatName } from '../../../src/core/name/name.ts'
import { formatType } from '../../../src/core/rdata/table.ts'
import { isSplitPart, isSplitZone } from '../../../src/core/zonefile/forms.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'

const folder = 'zones/two.test.'
const base = {
  '$two.test.yaml': "'':\n  type: NS\n  values: [ns1.two.test.]\n'*': {type: TXT, value: x}\n",
  'ns1.yaml': 'ns1: {type: A, value: 10.0.0.5}\n',
}

function read(parts: Readonly<Record<string, string>>) {
  const includes = new Map(Object.entries({ ...base, ...parts }).map(([name, text]) => [`${folder}/${name}`, text]))
  return readZone({ file: folder, text: '', includes })
}

const places = (parts: Readonly<Record<string, string>>) =>
  read(parts).problems.map(
    ({ code, span }) => `${code} ${span.file.replace(`${folder}/`, '')}:${span.line}:${span.column}`,
  )

test('the files are one zone, called as the folder', () => {
  const { zone, name, problems } = read({ 'www.yaml': 'www:\n  - {type: A, values: [10.0.0.1, 10.0.0.2]}\n' })
  expect(problems).toEqual([])
  expect(formatName(name!)).toBe('two.test.')
  expect(zone!.rrsets.map(({ owner, type }) => `${formatName(owner)} ${formatType(type)}`)).toEqual([
    'two.test. NS',
    '*.two.test. TXT',
    'ns1.two.test. A',
    'www.two.test. A',
  ])
})

test('one name may stand in several files', () => {
  const { zone } = read({
    'a.yaml': 'www: {type: A, value: 10.0.0.1}\n',
    'b.yaml': 'www:\n  - {type: AAAA, value: "2001:db8::1"}\n  - {type: TXT, value: y}\n',
    'c.yaml': 'www: {type: CAA, value: {flags: 0, tag: issue, value: x}}\n',
  })
  const www = zone!.rrsets.filter(({ owner }) => formatName(owner) === 'www.two.test.')
  expect(www.map(({ type }) => formatType(type))).toEqual(['A', 'AAAA', 'TXT', 'CAA'])
})

describe('problems', () => {
  test('stand at their own file and line', () => {
    expect(places({ 'www.yaml': '# a line\nwww: {type: A, value: 10.0.0.256}\n' })).toEqual([
      'bad-address www.yaml:2:23',
    ])
    const second = 'www:\n  - {type: TXT, value: y}\n  - {type: A, value: x}\n'
    expect(places({ 'a.yaml': 'www: {type: AAAA, value: "::1"}\n', 'b.yaml': second })).toEqual([
      'bad-address b.yaml:3:22',
    ])
  })

  test('are found across files: the same set twice, an alias with other data', () => {
    const one = 'www: {type: A, value: 10.0.0.1}\n'
    expect(places({ 'a.yaml': one, 'b.yaml': `\n${one}` })).toEqual(['duplicate-rrset b.yaml:2:13'])
    expect(places({ 'a.yaml': one, 'b.yaml': 'www: {type: CNAME, value: x.example.}\n' })).toEqual([
      'cname-and-other b.yaml:1:13',
    ])
  })

  test('of YAML and of what is no record refuse the zone', () => {
    expect(places({ 'a.yaml': 'www: {\n', 'b.yaml': '*.x: {}\n' })).toHaveLength(2)
    expect(places({ 'a.yaml': 'soa: {mname: ns1.two.test., rname: h.two.test.}\n' })).toEqual(['wrong-type a.yaml:1:1'])
    expect(places({ 'a.yaml': '- www\n' })).toEqual(['wrong-type a.yaml:1:1'])
    expect(places({ 'a.yaml': '' })).toEqual([])
  })

  test('of the zone as a whole stand at its folder', () => {
    const { problems } = readZone({ file: folder, text: '', includes: new Map() })
    expect(problems.map(({ span }) => span.file)).toEqual([folder])
  })
})

test('names tell folders and their files', () => {
  expect(['zones/two.test.', 'two.test.'].every(isSplitZone)).toBe(true)
  expect(['zones/two.test', '.', '..', 'zones/..', 'a.yaml'].some(isSplitZone)).toBe(false)
  expect(['www.yaml', '$two.test.yaml', '_tcp.yaml', '*.yaml'].every(isSplitPart)).toBe(true)
  expect(['.www.yaml', '#www.yaml', 'www.yaml~', 'www.yml', 'README.md'].some(isSplitPart)).toBe(false)
})
