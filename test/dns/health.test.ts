import { describe, expect, it } from 'vitest'
import { createHealthStage, refused } from './health-stage.ts'

const many = Array.from({ length: 60 }, (_, i) => `'2001:db8::${i + 1}'`)
const zone = `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1, negative_ttl: 5}
checks:
  web: {protocol: TCP, port: 80, interval: 2s, rise: 2, fall: 3}
records:
  '@':
    - {type: NS, value: ns.example.net.}
    - {type: A, check: web, values: [192.0.2.1, 192.0.2.2]}
  www:
    - {type: A, check: web, values: [192.0.2.1, 192.0.2.2, 192.0.2.3]}
    - {type: AAAA, values: ['2001:db8::a', '2001:db8::b']}
  '*.any': {type: A, check: web, values: [192.0.2.1, 192.0.2.2]}
  wide: {type: AAAA, check: web, values: [${many}], policy: {max_answers: 60}}
  own: {type: A, check: web, values: [192.0.2.1, 192.0.2.2]}
  _health.own: {type: TXT, value: mine}
  deep: {type: A, check: web, values: [192.0.2.1, 192.0.2.2]}
  x._health.deep: {type: A, value: 192.0.2.9}
  plain: {type: A, value: 192.0.2.9}
  alias: {type: CNAME, value: www.up.test.}
  over: {type: CNAME, value: alias.up.test.}
  borrowed: {type: ALIAS, value: over.up.test.}
  out: {type: CNAME, value: www.example.com.}
  around: {type: CNAME, value: about.up.test.}
  about: {type: CNAME, value: around.up.test.}
  names: {type: CNAME, dynamic: {pools: {all: {values: [{value: own.up.test.}, {value: plain.up.test.}]}}, rules: [{pool: all}]}}
  cut: {type: NS, value: ns.example.net.}
  ruled:
    type: A
    check: web
    dynamic:
      pools: {near: {values: [{value: 192.0.2.3}]}, far: {fallback: near, values: [{value: 192.0.2.1}]}}
      rules: [{subnets: [10.0.0.0/8], pool: near}, {pool: far}]
`

function stageWith(settings: Parameters<typeof createHealthStage>[2] = {}) {
  return createHealthStage('up.test.yaml', zone, settings)
}

type Stage = ReturnType<typeof stageWith>

/** The texts of each record, numbers of seconds left out. */
function textsOf(stage: Stage, name: string, options: Parameters<Stage['query']>[2] = {}): string[] {
  const { answer } = stage.query(`_health.${name}`, 'TXT', { via: 'tcp', ...options })
  return answer.map(({ value }) => value.replace(/\d+ s ago/, 'N s ago'))
}

describe('_health.<owner>', () => {
  it('tells of each member of each pool: its verdict, whether it is answered, and on what evidence', () => {
    const stage = stageWith()
    expect(textsOf(stage, 'www')).toHaveLength(0)
    expect(textsOf(stage, 'www.up.test')).toEqual([
      ...[1, 2, 3].map(i => `"192.0.2.${i} A unknown, answered" "web not heard of yet"`),
      '"2001:db8::a AAAA unchecked, answered"',
      '"2001:db8::b AAAA unchecked, answered"',
    ])
    stage.world.set('192.0.2.2', refused)
    stage.elapse(500)
    const response = stage.query('_health.www.up.test', 'TXT')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'] })
    expect(response.answer[0]).toMatchObject({ name: '_health.www.up.test.', ttl: 0 })
    expect(textsOf(stage, 'WWW.up.test').slice(0, 3)).toEqual([
      '"192.0.2.1 A up, answered" "web pass ok, 3 ms, N s ago"',
      '"192.0.2.2 A down, left out" "web fail refused, 1 ms, N s ago"',
      '"192.0.2.3 A up, answered" "web pass ok, 3 ms, N s ago"',
    ])
  })

  it('keeps up: a verdict on its way, an order, a recovery, the age of the evidence', () => {
    const stage = stageWith()
    const second = () => textsOf(stage, 'www.up.test')[1]
    stage.elapse(500)
    stage.world.set('192.0.2.2', refused)
    stage.elapse(2_500)
    expect(second()).toBe('"192.0.2.2 A up, pending, answered" "web fail refused, 1 ms, N s ago"')
    stage.elapse(10_000)
    expect(second()).toContain('down, left out')
    stage.world.delete('192.0.2.2')
    stage.elapse(20_000)
    expect(second()).toContain('up, answered')
    const wish = { target: '192.0.2.2', override: 'drained', reason: '', author: 'tess' } as const
    expect(stage.control.override({ ...wish, force: true }).kind).toBe('set')
    stage.elapse(100)
    expect(second()).toContain('A up, drained, left out')
    const ages = stage
      .query('_health.www.up.test', 'TXT')
      .answer.map(({ value }) => Number(/(\d+) s ago/.exec(value)?.[1] ?? 0))
    expect(Math.max(...ages)).toBeLessThanOrEqual(2)
  })

  it('goes on over an edit, which numbers pools and checks anew', () => {
    const stage = stageWith()
    stage.world.set('192.0.2.3', refused)
    stage.elapse(500)
    const before = textsOf(stage, 'www.up.test')
    stage.edit(zone.replace('  www:\n', '  a: {type: A, check: web, values: [192.0.2.7, 192.0.2.8]}\n  www:\n'))
    expect(textsOf(stage, 'www.up.test')).toEqual(before)
    stage.elapse(500)
    expect(textsOf(stage, 'www.up.test')).toEqual(before)
    expect(textsOf(stage, 'a.up.test')[0]).toContain('192.0.2.7 A up')
  })

  it('knows the apex, wildcards, the pools of rules, and pools of names', () => {
    const stage = stageWith()
    stage.world.set('192.0.2.1', refused)
    stage.elapse(500)
    expect(textsOf(stage, 'up.test')[0]).toContain('192.0.2.1 A down')
    expect(textsOf(stage, 'q.any.up.test')[1]).toContain('192.0.2.2 A up')
    expect(textsOf(stage, 'ruled.up.test').map(text => text.split('"')[1])).toEqual([
      '192.0.2.1 A far down, left out',
      '192.0.2.3 A far/near up, answered',
      '192.0.2.3 A near up, answered',
    ])
    // So does the reason that goes with the answer.
    expect(stage.query('ruled.up.test', 'A', { edns: {} }).opt?.error?.text).toBe(
      'ruled.up.test. A far: 1 of 2 healthy',
    )
    expect(textsOf(stage, 'names.up.test')).toEqual([
      '"own.up.test. CNAME all up, answered"',
      '"plain.up.test. CNAME all unchecked, answered"',
    ])
  })

  it('tells of what a CNAME or an ALIAS leads to, and whose that is', () => {
    const stage = stageWith()
    stage.world.set('192.0.2.2', refused)
    stage.elapse(500)
    const led = (name: string) => textsOf(stage, `${name}.up.test`).map(text => text.split('"')[1])
    const www = [
      '192.0.2.1 A of www.up.test. up, answered',
      '192.0.2.2 A of www.up.test. down, left out',
      '192.0.2.3 A of www.up.test. up, answered',
      '2001:db8::a AAAA of www.up.test. unchecked, answered',
      '2001:db8::b AAAA of www.up.test. unchecked, answered',
    ]
    for (const name of ['alias', 'over', 'borrowed']) expect(led(name), name).toEqual(www)
    expect(stage.query('_health.borrowed.up.test', 'A')).toMatchObject({ rcode: 'NOERROR', answer: [] })
    expect(textsOf(stage, 'alias.up.test', { from: '192.0.2.250' })).toHaveLength(0)
  })

  it('is for status_acl alone: to others the name is what the zone says', () => {
    const stage = stageWith()
    stage.elapse(500)
    for (const from of ['192.0.2.250', '2001:db8::1']) {
      const { rcode, answer } = stage.query('_health.www.up.test', 'TXT', { from })
      expect({ rcode, answer }).toEqual({ rcode: 'NXDOMAIN', answer: [] })
      expect(stage.query('_health.www.up.test', 'A', { from }).rcode).toBe('NXDOMAIN')
      expect(stage.query('_health.q.any.up.test', 'TXT', { from })).toMatchObject({ rcode: 'NOERROR', answer: [] })
    }
    expect(textsOf(stage, 'www.up.test', { from: '::1' })).toHaveLength(5)
    const other = stageWith({ statusAcl: ['192.0.2.0/24', '!192.0.2.7'] })
    expect(textsOf(other, 'www.up.test', { from: '192.0.2.6' })).toHaveLength(5)
    for (const from of ['127.0.0.1', '192.0.2.7']) expect(textsOf(other, 'www.up.test', { from })).toHaveLength(0)
  })

  it('never covers what the zone has, and stands in front of nothing but pools', () => {
    const stage = stageWith()
    stage.elapse(500)
    expect(stage.query('_health.own.up.test', 'TXT').answer[0]?.value).toBe('"mine"')
    expect(stage.query('_health.deep.up.test', 'TXT')).toMatchObject({ rcode: 'NOERROR', answer: [] })
    for (const name of ['plain', 'out', 'around', 'nowhere', '_health.www', 'x._health.www']) {
      expect(stage.query(`_health.${name}.up.test`, 'TXT').rcode, name).toBe('NXDOMAIN')
    }
    expect(stage.query('_health.cut.up.test', 'TXT')).toMatchObject({ answer: [], flags: ['qr'] })
    expect(stage.query('_health', 'TXT').rcode).toBe('REFUSED')
    expect(stage.query('_healthy.www.up.test', 'TXT').rcode).toBe('NXDOMAIN')
  })

  it('is there for other types as well, without records (RFC 8020)', () => {
    const stage = stageWith()
    for (const type of ['A', 'MX']) {
      expect(stage.query('_health.www.up.test', type)).toMatchObject({ rcode: 'NOERROR', answer: [] })
    }
  })

  it('is whole or truncated: many members need TCP', () => {
    const stage = stageWith()
    stage.elapse(500)
    const small = stage.query('_health.wide.up.test', 'TXT', { edns: {} })
    expect(small).toMatchObject({ answer: [], flags: ['qr', 'aa', 'tc'] })
    expect(small.octets).toBeLessThan(100)
    expect(textsOf(stage, 'wide.up.test')).toHaveLength(60)
  })
})
