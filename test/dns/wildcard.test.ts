import { describe, expect, it } from 'vitest'
import { brief, createBench } from './bench.ts'
import { createRefBench } from './ref.ts'

const bench = createRefBench()

describe('wildcards (RFC 4592)', () => {
  it('answer under the name that was asked, over any number of labels', () => {
    expect(bench.query('x.wild.ref.test', 'A').answer).toMatchObject([
      { name: 'x.wild.ref.test.', type: 'A', ttl: 3600, value: '192.0.2.70' },
    ])
    expect(bench.query('a.b.c.wild.ref.test', 'TXT').answer).toMatchObject([{ name: 'a.b.c.wild.ref.test.' }])
    expect(bench.query('*.wild.ref.test', 'A').answer).toMatchObject([{ name: '*.wild.ref.test.' }])
  })

  it('do not cover an existing name, whatever its types, nor anything below it', () => {
    expect(bench.query('host.wild.ref.test', 'TXT')).toMatchObject({ rcode: 'NOERROR', answer: [] })
    expect(bench.query('x.host.wild.ref.test', 'A').rcode).toBe('NXDOMAIN')
    expect(bench.query('ent.wild.ref.test', 'A')).toMatchObject({ rcode: 'NOERROR', answer: [] })
    expect(bench.query('x.ent.wild.ref.test', 'A').rcode).toBe('NXDOMAIN')
  })

  it('without the type are NODATA', () => {
    expect(bench.query('x.wild.ref.test', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answer: [] })
  })

  it('do not nest: below the asterisk label itself there is nothing', () => {
    expect(bench.query('x.*.wild.ref.test', 'A').rcode).toBe('NXDOMAIN')
    expect(bench.query('sub.*.wild.ref.test', 'TXT').answer).toHaveLength(1)
  })

  it('give way to a delegation beside them', () => {
    expect(bench.query('x.cut.delwild.ref.test', 'TXT').authority).toMatchObject([{ name: 'cut.delwild.ref.test.' }])
    expect(bench.query('x.delwild.ref.test', 'TXT').answer).toHaveLength(1)
  })
})

describe('the example of RFC 4592 2.2.1', () => {
  const example = createBench({
    'rfc4592.test.yaml': `
soa: {mname: ns.example.com., rname: hostmaster.rfc4592.test., serial: 1}
records:
  '@': {type: NS, values: [ns.example.com., ns.example.net.]}
  '*': [{type: TXT, value: this is a wildcard}, {type: MX, value: {preference: 10, exchange: host1.rfc4592.test.}}]
  'sub.*': {type: TXT, value: this is not a wildcard}
  host1: {type: A, value: 192.0.2.1}
  _ssh._tcp.host1: {type: SRV, value: {priority: 0, weight: 0, port: 22, target: host1.rfc4592.test.}}
  _ssh._tcp.host2: {type: SRV, value: {priority: 0, weight: 0, port: 22, target: host1.rfc4592.test.}}
  subdel: {type: NS, values: [ns.example.com., ns.example.net.]}
`,
  })

  it('synthesizes', () => {
    expect(brief(example.query('host3.rfc4592.test', 'MX').answer)).toEqual(['MX 10 host1.rfc4592.test.'])
    expect(brief(example.query('foo.bar.rfc4592.test', 'TXT').answer)).toEqual(['TXT "this is a wildcard"'])
  })

  it.each([
    ['host3', 'A'],
    ['host1', 'MX'],
    ['sub.*', 'MX'],
  ])('%s %s is NODATA', (name, type) => {
    expect(example.query(`${name}.rfc4592.test`, type)).toMatchObject({ rcode: 'NOERROR', answer: [] })
  })

  it.each([
    ['_telnet._tcp.host1', 'SRV'],
    ['ghost.*', 'MX'],
  ])('%s %s is NXDOMAIN', (name, type) => {
    expect(example.query(`${name}.rfc4592.test`, type).rcode).toBe('NXDOMAIN')
  })

  it('refers below the delegation', () => {
    const response = example.query('host.subdel.rfc4592.test', 'A')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr'] })
    expect(response.authority).toHaveLength(2)
  })
})
