import { describe, expect, it } from 'vitest'
import { createBench } from './bench.ts'

const zone = (subnets: string) => `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1, negative_ttl: 5}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns.example.net.}
  api:
    type: A
    check: port
    dynamic:
      pools:
        seoul: {fallback: busan, values: [{value: 10.0.1.1}, {value: 10.0.1.2}]}
        busan: {values: [{value: 10.8.1.1}, {value: 10.8.1.2}]}
        lab: {values: [{value: 10.9.1.1}]}
      rules: [${subnets}, {pool: seoul}]
    policy: {on_all_down: nodata}
  alias: {type: CNAME, value: api.rules.test.}
  _api._tcp: {type: SRV, value: {priority: 0, weight: 0, port: 80, target: api.rules.test.}}
`

function benchWith(subnets: string) {
  return createBench({ 'rules.test.yaml': zone(subnets) })
}

type Bench = ReturnType<typeof benchWith>

/** Who is answered, sorted, and the scope that comes back. */
function ask(bench: Bench, subnet: string, name = 'api.rules.test'): readonly [string, number | null | undefined] {
  const { answer, opt } = bench.query(name, 'A', { edns: { subnet } })
  const values = answer.flatMap(({ type, value }) => (type === 'A' ? [value] : []))
  return [values.sort().join(' '), opt?.subnetScope]
}

const seoul = '10.0.1.1 10.0.1.2'
const busan = '10.8.1.1 10.8.1.2'
const lab = '10.9.1.1'

describe('rules by client network', () => {
  const bench = benchWith("{subnets: [10.8.0.0/16, '2001:db8::/32'], pool: busan}, {subnets: [10.8.7.0/24], pool: lab}")

  it('give each client the pool of the longest network that holds it', () => {
    expect(ask(bench, '10.8.1.0/24')[0]).toBe(busan)
    expect(ask(bench, '10.8.7.0/24')[0]).toBe(lab)
    expect(ask(bench, '10.9.0.0/24')[0]).toBe(seoul)
    expect(ask(bench, '192.0.2.0/24')[0]).toBe(seoul)
    expect(ask(bench, '2001:db8:1::/48')[0]).toBe(busan)
    expect(ask(bench, '2001:db9::/48')[0]).toBe(seoul)
  })

  it('say how far the answer holds: no further than to where another pool begins (RFC 7871 section 7.2.1)', () => {
    expect(ask(bench, '10.8.128.0/24')[1]).toBe(17)
    expect(ask(bench, '10.8.6.0/24')[1]).toBe(24)
    expect(ask(bench, '10.8.7.128/25')).toEqual([lab, 24])
    expect(ask(bench, '10.9.0.0/24')[1]).toBe(16)
    expect(ask(bench, '192.0.2.0/24')[1]).toBe(1)
    expect(ask(bench, '2001:db8:1::/48')[1]).toBe(32)
    expect(ask(bench, '2001:db9::/48')[1]).toBe(32)
  })

  it('name the length of the network that matched where nothing inside differs', () => {
    const flat = benchWith('{subnets: [10.8.0.0/16], pool: busan}, {subnets: [203.0.113.0/24], pool: lab}')
    expect(ask(flat, '10.8.1.0/24')).toEqual([busan, 16])
    expect(ask(flat, '10.8.0.0/8')).toEqual([seoul, 13])
    expect(ask(flat, '10.9.0.0/24')).toEqual([seoul, 16])
    // IPv6 networks are not told apart among themselves, but from IPv4, and 0 would be taken for both.
    expect(ask(flat, '2001:db8::/48')).toEqual([seoul, 1])
  })

  it('hold for every network within the scope', () => {
    const scopes = benchWith(
      '{subnets: [10.8.0.0/16, 10.8.3.0/24], pool: busan}, {subnets: [10.8.2.0/23, 11.0.0.0/8], pool: lab}',
    )
    const poolOf = (address: number) => {
      const text = `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
      return ask(scopes, `${text}/32`)
    }
    for (let i = 0; i < 400; i++) {
      const address = i % 2 === 0 ? Math.imul(i + 1, 0x9e3779b1) >>> 0 : (0x0a080000 + i * 311) >>> 0
      const [values, scope] = poolOf(address)
      const rest = 2 ** (32 - scope!)
      const from = address - (address % rest)
      for (const inside of [0, 0.3, 0.7, 1]) {
        const other = from + Math.floor(inside * (rest - 1))
        expect(poolOf(other)).toEqual([values, scope])
      }
    }
  })

  it('go by who asks where no network is told, or none is to be', () => {
    for (const [address, values] of [
      ['10.8.200.1', busan],
      ['10.8.7.1', lab],
      ['192.0.2.1', seoul],
      ['::ffff:10.8.1.1', busan],
      ['2001:db8::1', busan],
    ] as const) {
      bench.from(address, 40_000, 1_000_000)
      expect(
        bench
          .query('api.rules.test', 'A')
          .answer.map(({ value }) => value)
          .sort()
          .join(' '),
      ).toBe(values)
      expect(ask(bench, '0.0.0.0/0')).toEqual([values, 0])
    }
  })

  it('hold behind an alias', () => {
    expect(ask(bench, '10.8.7.0/24', 'alias.rules.test')).toEqual([lab, 24])
  })

  it('do not tell clients apart in what goes along with another answer', () => {
    const response = bench.query('_api._tcp.rules.test', 'SRV', { edns: { subnet: '10.8.7.0/24' } })
    expect(
      response.additional
        .map(({ value }) => value)
        .sort()
        .join(' '),
    ).toBe(seoul)
    expect(response.opt?.subnetScope).toBe(0)
  })

  it('have chains with health of their own', () => {
    bench.down('10.9.1.1', '10.0.1.1', '10.0.1.2')
    expect(ask(bench, '192.0.2.0/24')[0]).toBe(busan)
    expect(ask(bench, '10.8.1.0/24')[0]).toBe(busan)
    const none = bench.query('api.rules.test', 'A', { edns: { subnet: '10.8.7.0/24' } })
    expect(none).toMatchObject({ rcode: 'NOERROR', answer: [], opt: { subnetScope: 24 } })
    bench.down()
  })

  it('have a cursor each', () => {
    const cursors = benchWith('{subnets: [10.8.0.0/16], pool: busan}, {subnets: [203.0.113.0/24], pool: lab}')
    const firstOf = (subnet: string) => cursors.query('api.rules.test', 'A', { edns: { subnet } }).answer[0]?.value
    expect(['10.8.0.0/24', '10.9.0.0/24', '10.8.0.0/24', '10.9.0.0/24'].map(firstOf)).toEqual([
      '10.8.1.1',
      '10.0.1.1',
      '10.8.1.2',
      '10.0.1.2',
    ])
  })
})

it('a thousand networks are told apart', () => {
  const networks = Array.from({ length: 1_000 }, (_, i) => `172.${16 + (i >> 8)}.${i & 255}.0/24`)
  const bench = benchWith(
    networks.map((network, i) => `{subnets: [${network}], pool: ${i % 2 === 0 ? 'busan' : 'lab'}}`).join(', '),
  )
  networks.forEach((network, i) => {
    expect(ask(bench, network)).toEqual([i % 2 === 0 ? busan : lab, 24])
  })
})
