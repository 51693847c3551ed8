/** Health beside a master file: what it changes, what it leaves, and every mistake that can be made in it. */
import { describe, expect, test } from 'vitest'
import { formatName } from '../../../src/core/name/name.ts'
import { rrType } from '../../../src/core/rdata/table.ts'
import { isSidecar, masterPath, sidecarPath } from '../../../src/core/zonefile/forms.ts'
import { sidecarJsonSchema } from '../../../src/core/zonefile/schema/sidecar.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'
import { misfits } from '../zonefile/json-schema.ts'

const master = `$TTL 10
@ SOA ns1 hostmaster 7 60 15 86400 5
@ NS ns1
ns1 A 192.0.2.53
www A 10.0.0.1
www A 10.0.0.2
www AAAA 2001:db8::1
www AAAA 2001:db8::2
one A 10.0.0.9
alias CNAME www
`
const file = 'zones/ex.test.zone'
const beside = 'zones/ex.test.health.yaml'
const checks = 'checks:\n  tcp: {protocol: TCP, port: 80}\n'

function read(health: string | null, text = master) {
  return readZone({ file, text, includes: new Map(health === null ? [] : [[beside, health]]) })
}

/** `owner type: checks, policy, cap` of each pool. */
function pools(health: string | null): string[] {
  const { zone, problems } = read(health)
  if (zone === null) throw new Error(problems.map(({ text }) => text).join('\n'))
  return zone.rrsets.flatMap(({ owner, type, pool }) => {
    if (pool === null) return []
    const names = pool.members[0]!.duties.map(({ check }) => check.name)
    const what = type === rrType.A ? 'A' : 'AAAA'
    return [`${formatName(owner)} ${what}: [${names}] ${pool.spec.answer} ${pool.spec.maxAnswers}`]
  })
}

const places = (health: string, text = master) =>
  read(health, text).problems.map(({ code, span }) => `${code} ${span.file === file ? 'zone' : 'health'}:${span.line}`)

describe('what it says', () => {
  test('of an owner holds for both families, and for no other name', () => {
    expect(pools(null)).toEqual(['www.ex.test. A: [] rotate 2', 'www.ex.test. AAAA: [] rotate 2'])
    expect(pools(`${checks}owners:\n  www: {check: tcp}\n`)).toEqual([
      'www.ex.test. A: [tcp] rotate 8',
      'www.ex.test. AAAA: [tcp] rotate 8',
    ])
  })

  test('of one type leaves the other', () => {
    const health = `${checks}owners:\n  www: [{type: AAAA, check: tcp, policy: {answer: failover, max_answers: 1}}]\n`
    expect(pools(health)).toEqual(['www.ex.test. A: [] rotate 2', 'www.ex.test. AAAA: [tcp] failover 1'])
  })

  test('by default holds for all but those that say `none`', () => {
    const health = `${checks}defaults: {check: tcp}\nowners:\n  ns1: {check: none}\n  one: {check: none}\n`
    expect(pools(health)).toEqual(['www.ex.test. A: [tcp] rotate 8', 'www.ex.test. AAAA: [tcp] rotate 8'])
  })

  test('may be of the zone itself and of wildcards', () => {
    const text = `${master}@ A 10.1.0.1\n@ A 10.1.0.2\n*.w A 10.2.0.1\n*.w A 10.2.0.2\n`
    const { zone } = read(`${checks}owners:\n  '@': {check: tcp}\n  '*.w': {check: tcp}\n`, text)
    const checked = zone!.rrsets.filter(({ pool }) => pool?.members[0]?.duties.length === 1)
    expect(checked.map(({ owner }) => formatName(owner))).toEqual(['ex.test.', '*.w.ex.test.'])
  })

  test('about TTLs and places is told where it stands', () => {
    expect(places(`${checks}owners:\n  www: {check: tcp}\n`, master.replace('$TTL 10', '$TTL 3600'))).toEqual([
      'ttl-outlives-removal health:4',
      'ttl-outlives-removal health:4',
    ])
  })
})

describe('mistakes', () => {
  test.each([
    [
      'an owner without addresses',
      `${checks}owners:\n  www: {check: tcp}\n  alias: {check: tcp}\n`,
      'no-such-set health:5',
    ],
    [
      'an owner that is nowhere',
      `${checks}owners:\n  wwww: {check: tcp}\n  www: {check: tcp}\n`,
      'no-such-set health:4',
    ],
    [
      'a type that it does not have',
      `${checks}owners:\n  one: [{type: AAAA, check: tcp}]\n  www: {check: tcp}\n`,
      'no-such-set health:4',
    ],
    [
      'an owner outside',
      `${checks}owners:\n  www.other.test.: {check: tcp}\n  www: {check: tcp}\n`,
      'outside-zone health:4',
    ],
    ['an owner twice', `${checks}owners:\n  www: {check: tcp}\n  WWW: {check: tcp}\n`, 'duplicate-rrset health:5'],
    ['an unknown check', `${checks}owners:\n  www: {check: tpc}\n`, 'undefined-check health:4'],
    ['a record', `${checks}owners:\n  www: {check: tcp, value: 10.0.0.1}\n`, 'unknown-key health:4'],
    ['records', `${checks}records:\n  www: {check: tcp}\n`, 'unknown-key health:3'],
    ['a TTL', `${checks}defaults: {ttl: 5, check: tcp}\n`, 'unknown-key health:3'],
    ['a list', '- x\n', 'wrong-type health:1'],
    ['no YAML', 'owners: {\n', 'yaml-syntax health:2'],
    ['a nameserver that may go', `${checks}owners:\n  www: {check: tcp}\n  ns1: {check: tcp}\n`, 'ns-pooled zone:3'],
  ])('%s', (_, health, place) => {
    const found = read(health)
    expect(found.zone).toBeNull()
    expect(places(health)).toContain(place)
  })

  test('a check that nothing uses is a warning', () => {
    expect(places(checks)).toEqual(['unused-check health:2'])
  })

  test('a file of this name is never a zone', () => {
    expect(readZone({ file: beside, text: checks }).problems.map(({ code }) => code)).toEqual(['sidecar-alone'])
    expect(readZone({ file: beside.replace('yaml', 'yml'), text: '' }).problems[0]!.code).toBe('sidecar-alone')
  })

  test('warnings of a million sets are told as some', () => {
    const names = Array.from({ length: 300 }, (_, i) => `h${i} A 10.3.${i >> 8}.${i & 255}\n`).join('')
    const health = `${checks}defaults: {check: tcp}\nowners:\n  ns1: {check: none}\n  one: {check: none}\n`
    const { problems } = read(health, master + names)
    expect(problems.filter(({ code }) => code === 'lone-member')).toHaveLength(100)
    expect(problems[0]!.text).toContain('h0.ex.test.')
  })
})

test('names of files tell which belongs to which', () => {
  expect(sidecarPath('zones/svc.example.com.zone')).toBe('zones/svc.example.com.health.yaml')
  expect(masterPath('zones/svc.example.com.health.yaml')).toBe('zones/svc.example.com.zone')
  expect([beside, 'a.HEALTH.yml'].every(isSidecar)).toBe(true)
  expect(['health.yaml', 'a.health', 'a.healthy.yaml'].some(isSidecar)).toBe(false)
})

test('the schema for editors takes what is right and nothing else', () => {
  const schema = sidecarJsonSchema()
  const fits = (value: unknown) => misfits(schema, value).length === 0
  const entry = { check: { any: ['tcp'] }, policy: { answer: 'failover' }, failover_within: '15s' }
  expect(
    fits({ checks: { tcp: { protocol: 'TCP', port: 80 } }, owners: { www: entry, '@': [{ type: 'A', ...entry }] } }),
  ).toBe(true)
  expect(fits({ defaults: { check: 'tcp' } })).toBe(true)
  expect(fits({ defaults: { ttl: 5 } })).toBe(false)
  expect(fits({ owners: { www: { value: '10.0.0.1' } } })).toBe(false)
  expect(fits({ records: {} })).toBe(false)
})
