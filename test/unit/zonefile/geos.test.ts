/** Rules by place: which networks they become, and what can be wrong with them. */
import { describe, expect, it } from 'vitest'
import { openMmdb } from '../../../src/core/geo/mmdb.ts'
import { formatOctodns } from '../../../src/core/zonefile/export/octodns.ts'
import type { OpenGeo } from '../../../src/core/zonefile/geo-desk.ts'
import { judgedOf } from '../../../src/core/zonefile/judged.ts'
import { formatSubnet } from '../../../src/core/zonefile/subnets.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'
import { place, writeMmdb } from '../geo/mmdb-writer.ts'

const db = openMmdb(
  writeMmdb({
    '10.0.0.0/8': place('EU', 'DE'),
    '10.64.0.0/10': place('EU', 'FR'),
    '192.0.2.0/24': place('NA', 'US', 'CA'),
    '198.51.100.0/24': place('AS', 'KR'),
    '2001:db8::/32': place('EU', 'DE'),
  }),
)
const world: OpenGeo = () => db

const zone = (rules: string): string => `zone: a.test
soa: {mname: ns1.a.test., rname: h.a.test.}
records:
  '@': {type: NS, value: ns1.a.test.}
  ns1: {type: A, value: 192.0.2.53}
  www:
    type: A
    dynamic:
      pools:
        europe: {values: [{value: 203.0.113.1}]}
        west: {values: [{value: 203.0.113.2}]}
        rest: {values: [{value: 203.0.113.3}]}
      rules:
${rules
  .trim()
  .split('\n')
  .map(line => `      ${line.trim()}\n`)
  .join('')}`

const read = (rules: string, geo: OpenGeo | null = world) =>
  readZone({ file: 'a.test.yaml', text: zone(rules), ...(geo !== null && { geo }) })

/** `network pool` of each route by place. */
function routesOf(rules: string): readonly string[] {
  const { zone: model, problems } = read(rules)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  const set = model!.rrsets.find(({ rules: found }) => found !== undefined)!
  const names = [set.pool!, ...set.rules!.pools].map(({ tierNames }) => tierNames[0])
  return set.rules!.geoRoutes!.map(({ subnet, pool }) => `${formatSubnet(subnet)} ${names[pool]}`).sort()
}

const codesOf = (rules: string, geo?: OpenGeo | null) =>
  read(rules, geo).problems.flatMap(({ code, span }) =>
    code === 'lone-member' ? [] : [`${span.line}:${span.column} ${code}`],
  )

const all = '- {geos: [EU], pool: europe}\n- {geos: [NA-US-CA, AS], pool: west}\n- {pool: rest}'

describe('rules by place', () => {
  it('become networks of the pools that they name', () => {
    expect(routesOf(all)).toEqual([
      '10.0.0.0/8 europe',
      '192.0.2.0/24 west',
      '198.51.100.0/24 west',
      '2001:db8::/32 europe',
    ])
  })

  it('go in their order: the first that names a place has it', () => {
    expect(routesOf('- {geos: [EU-FR], pool: west}\n- {geos: [EU], pool: europe}\n- {pool: rest}')).toEqual([
      '10.0.0.0/10 europe',
      '10.128.0.0/9 europe',
      '10.64.0.0/10 west',
      '2001:db8::/32 europe',
    ])
  })

  it('leave networks to the rules that name them', () => {
    const inner = '- {subnets: [10.0.0.0/8], pool: west}\n- {geos: [EU], pool: europe}\n- {pool: rest}'
    expect(routesOf(inner)).toEqual(['2001:db8::/32 europe'])
    const outer =
      '- {subnets: [10.64.0.0/10, 10.1.0.0/16], pool: west}\n- {geos: [EU-FR, EU], pool: europe}\n- {pool: rest}'
    expect(routesOf(outer)).toEqual(['10.0.0.0/8 europe', '2001:db8::/32 europe'])
  })

  it('are shown as places and not as networks', () => {
    const { image } = judgedOf(read(all))
    const rules = image!.pools.flatMap(({ plan }) => (plan.rule === undefined ? [] : [plan.rule]))
    expect(rules).toEqual([
      { subnets: [], others: true },
      { subnets: [], geos: ['EU'], others: false },
      { subnets: [], geos: ['NA-US-CA', 'AS'], others: false },
    ])
    expect(formatOctodns(read(all).zone!, () => undefined)).toMatch(
      /geos: \[EU\]\s+pool: europe\s+- geos: \[NA-US-CA, AS\]\s+pool: west/,
    )
  })

  it('are one rule with the networks of their pool, for octoDNS', () => {
    const rules = '- {subnets: [10.64.0.0/10], geos: [AS], pool: west}\n- {geos: [EU], pool: europe}\n- {pool: rest}'
    expect(formatOctodns(read(rules).zone!, () => undefined)).toMatch(
      /geos: \[AS\]\s+pool: west\s+subnets: \[10.64.0.0\/10\]\s+- geos: \[EU\]\s+pool: europe\s+- \{pool: rest\}/,
    )
  })

  it('tell of a place where there is nobody', () => {
    expect(codesOf('- {geos: [EU, EU-FR], pool: europe}\n- {geos: [SA, OC-AU], pool: west}\n- {pool: rest}')).toEqual([
      '14:21 rule-unreachable',
    ])
    expect(codesOf('- {geos: [EU], pool: europe}\n- {geos: [SA, OC-AU], pool: west}\n- {pool: rest}')).toEqual([
      '15:17 geo-nowhere',
      '15:21 geo-nowhere',
    ])
  })

  it.each<readonly [string, string, OpenGeo | null, readonly string[]]>([
    ['no file', all, null, ['14:10 not-supported']],
    ['a file that cannot be used', all, () => 'geo.mmdb is cut short', ['14:10 unreadable']],
    ['no place', '- {geos: [Europe], pool: europe}\n- {pool: rest}', world, ['14:17 bad-value']],
    [
      'a place twice',
      '- {geos: [EU], pool: europe}\n- {geos: [EU], pool: west}\n- {pool: rest}',
      world,
      ['15:17 duplicate-value'],
    ],
    ['an empty list', '- {geos: [], pool: europe}\n- {pool: rest}', world, ['14:16 bad-value']],
    ['nobody for the others', '- {geos: [EU], pool: europe}\n- {geos: [AS], pool: west}', world, ['15:9 no-catch-all']],
  ])('are refused with %s', (_, rules, geo, problems) => {
    const { zone: model } = read(rules, geo)
    expect(model).toBeNull()
    expect(codesOf(rules, geo)).toEqual(expect.arrayContaining([...problems]))
  })

  it('open the file only where a place is named', () => {
    let opened = 0
    const counting: OpenGeo = () => {
      opened++
      return db
    }
    expect(read('- {subnets: [10.0.0.0/8], pool: europe}\n- {pool: rest}', counting).problems).not.toEqual([])
    expect(opened).toBe(0)
  })
})
