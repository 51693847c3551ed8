import { describe, expect, it } from 'vitest'
import { formatName } from '../../../src/core/name/name.ts'
import { proveSnapshot } from '../../../src/core/zone/prove.ts'
import { compile, joinZones, readZone } from '../../../src/core/zonefile/index.ts'
import { isMasterFile, readMasterZone } from '../../../src/core/zonefile/master/zone.ts'
import { linesOf, readRecords, rrsetOf, top } from './zones.ts'

const none = () => null

describe('several addresses', () => {
  const many = Array.from({ length: 200 }, (_, i) => `p AAAA 2001:db8::${i.toString(16)}`).join('\n')
  const reading = readRecords(`a A 192.0.2.1\nb 60 A 192.0.2.1\nb A 192.0.2.2\nb TXT x\nb TXT y\n${many}`)

  it('take turns, all of them in every answer', () => {
    const { pool } = rrsetOf(reading, 'b.ex.test.', 'A')
    expect(pool?.spec).toEqual({
      members: [
        { rr: 0, tier: 0, weight: 1 },
        { rr: 1, tier: 0, weight: 1 },
      ],
      lastResort: [],
      answer: 'rotate',
      weighed: false,
      maxAnswers: 2,
      onAllDown: 'all',
      floor: { amount: 1, unit: 'count' },
      sticky: { v4: 24, v6: 56 },
      failback: 'auto',
      slowStartMs: 0,
      ttl: 60,
      doubtTtl: 5,
    })
    expect(pool?.members.map(({ address, duties, override }) => [address, duties.length, override])).toEqual([
      ['192.0.2.1', 0, 'none'],
      ['192.0.2.2', 0, 'none'],
    ])
    expect(rrsetOf(reading, 'p.ex.test.', 'AAAA').pool?.spec.maxAnswers).toBe(200)
  })

  it('are no pool where there is but one, or other records', () => {
    expect(rrsetOf(reading, 'a.ex.test.', 'A').pool).toBeNull()
    expect(rrsetOf(reading, 'b.ex.test.', 'TXT').pool).toBeNull()
  })

  it('have the pool that the same records in YAML have, but for the number answered', () => {
    const yaml = `soa: {mname: ns1.ex.test., rname: h.ex.test.}
records:
  '@': {type: NS, value: ns1.ex.test.}
  ns1: {type: A, value: 192.0.2.1}
  b: {type: A, ttl: 60, values: [192.0.2.1, 192.0.2.2]}
`
    const { zone } = readZone({ file: 'ex.test.yaml', text: yaml })
    const theirs = zone?.rrsets.find(set => formatName(set.owner) === 'b.ex.test.')?.pool
    const ours = rrsetOf(reading, 'b.ex.test.', 'A').pool!
    expect(theirs).toEqual({ ...ours, spec: { ...ours.spec, maxAnswers: 8 } })
  })
})

describe('a master file among zone files', () => {
  it('is told by its name, which is that of the zone', () => {
    expect(['a.zone', 'x/a.test.ZONE', 'a.yaml', 'zone', 'a.zone~'].map(isMasterFile)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    const { name, zone, problems } = readMasterZone('zones/Ex.Test.zone', `${top}a TXT x`, none)
    expect([formatName(name!), formatName(zone!.name), zone!.file, problems.length]).toEqual([
      'Ex.Test.',
      'Ex.Test.',
      'zones/Ex.Test.zone',
      0,
    ])
  })

  it.each(['.zone', 'a..b.zone', 'a b.zone', '*.a.zone', `${'a'.repeat(64)}.zone`])('cannot be called %s', file => {
    const { name, zone, problems } = readMasterZone(file, top, none)
    expect([name, zone, problems.map(({ code }) => code)]).toEqual([null, null, ['bad-zone-name']])
  })

  it('joins the others, and is refused where the zone is there already', () => {
    const master = readMasterZone('ex.test.zone', `${top}child NS ns.child\nns.child A 192.0.2.9\n`, none)
    const child = readMasterZone(
      'child.ex.test.zone',
      '$TTL 5\n@ SOA ns h 1 1 1 1 1\n@ NS ns.example.net.\nx TXT x',
      none,
    )
    const { model, problems } = joinZones([master, child])
    expect(problems).toEqual([])
    expect(model?.zones).toHaveLength(2)
    const yaml = readZone({ file: 'ex.test.yaml', text: "'': {type: NS, value: ns.example.net.}" })
    expect(joinZones([yaml, master]).problems.map(({ code }) => code)).toContain('duplicate-zone')
  })

  it('may have a hundred thousand records', () => {
    const line = (i: number) => `h${i >> 1}${i & 1 ? ' A 10.0.' : '.Ex.Test. IN A 10.1.'}${(i >> 8) & 255}.${i & 255}\n`
    const { zone, problems } = readRecords(Array.from({ length: 100_000 }, (_, i) => line(i)).join(''))
    expect(problems).toEqual([])
    expect(zone?.rrsets).toHaveLength(50_002)
    expect(zone?.rrsets.filter(({ pool }) => pool !== null)).toHaveLength(50_000)
  })

  it('compiles with all types', () => {
    const reading = readRecords(`a HTTPS 1 . alpn=h2
a SVCB 0 b
a NAPTR 1 2 "u" "" "" b
a TLSA 3 1 1 00
a SSHFP 9 9 00
a DNSKEY 257 3 8 AA==
a HINFO a b
a SPF x
d DNAME b
s NS ns.example.net.
s DS 1 13 200 00
u TYPE65280 \\# 0
`)
    expect(linesOf(reading)).toHaveLength(12)
    const { snapshot } = compile({ zones: [reading.zone!] }, 1, () => 1)
    expect(proveSnapshot(snapshot)).toBe(15)
  })
})
