import { describe, expect, it } from 'vitest'
import { createBench } from './bench.ts'

function benchWith(policy: string, record = 'values: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4]') {
  return createBench({
    'choice.test.yaml': `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1, negative_ttl: 5}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns.example.net.}
  www: {type: A, check: port, ${record}, policy: {${policy}}}
  alias: {type: CNAME, value: www.choice.test.}
  _web._tcp: {type: SRV, value: {priority: 0, weight: 0, port: 80, target: www.choice.test.}}
`,
  })
}

type Bench = ReturnType<typeof benchWith>

const valuesOf = (bench: Bench, options: Parameters<Bench['query']>[2] = {}, name = 'www.choice.test') =>
  bench.query(name, 'A', options).answer.flatMap(({ type, value }) => (type === 'A' ? [value] : []))
const firstsOf = (bench: Bench, times: number) => Array.from({ length: times }, () => valuesOf(bench)[0])
const tallyOf = (list: readonly unknown[]) =>
  list.reduce<Map<unknown, number>>((m, x) => m.set(x, (m.get(x) ?? 0) + 1), new Map())

describe('weighted', () => {
  const weighted = (more: string) =>
    benchWith(
      `answer: weighted${more}`,
      'values: [{value: 192.0.2.1, weight: 3}, 192.0.2.2, {value: 192.0.2.3, weight: 2}]',
    )

  it('begins with each as often as its weight says, spread out', () => {
    const firsts = firstsOf(weighted(''), 12)
    expect(tallyOf(firsts.slice(0, 6))).toEqual(
      new Map([
        ['192.0.2.1', 3],
        ['192.0.2.2', 1],
        ['192.0.2.3', 2],
      ]),
    )
    expect(firsts.slice(6)).toEqual(firsts.slice(0, 6))
    expect(tallyOf(firsts.slice(4, 10))).toEqual(tallyOf(firsts.slice(0, 6)))
  })

  it('answers so many members, all of them different', () => {
    const bench = weighted(', max_answers: 2')
    for (let i = 0; i < 12; i++) expect(new Set(valuesOf(bench)).size).toBe(2)
  })

  it('goes by the weights of who is left', () => {
    const bench = weighted('')
    bench.down('192.0.2.1')
    expect(tallyOf(firstsOf(bench, 6))).toEqual(
      new Map([
        ['192.0.2.2', 2],
        ['192.0.2.3', 4],
      ]),
    )
  })
})

describe('random', () => {
  it('answers whom chance gives, each once', () => {
    const bench = benchWith('answer: random, max_answers: 3')
    const seen = tallyOf(firstsOf(bench, 400))
    expect([...seen.keys()].sort()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'])
    for (const times of seen.values()) expect(times).toBeGreaterThan(60)
    expect(new Set(valuesOf(bench)).size).toBe(3)
  })
})

describe('sticky', () => {
  const bench = benchWith('answer: sticky, max_answers: 2')
  const orderOf = (subnet: string) => valuesOf(bench, { edns: { subnet } }).join()

  it('gives a network the same members every time, over UDP, TCP and aliases', () => {
    for (let client = 0; client < 20; client++) {
      const edns = { subnet: `10.0.${client}.0/24` }
      const first = orderOf(edns.subnet)
      expect(orderOf(`10.0.${client}.128/25`)).toBe(first)
      expect(valuesOf(bench, { edns, via: 'tcp' }).join()).toBe(first)
      expect(valuesOf(bench, { edns }, 'alias.choice.test').join()).toBe(first)
    }
  })

  it('spreads networks over all members', () => {
    const firsts = Array.from({ length: 200 }, (_, i) => orderOf(`10.${i}.0.0/24`).split(',')[0])
    for (const times of tallyOf(firsts).values()) expect(times).toBeGreaterThan(25)
    expect(tallyOf(firsts).size).toBe(4)
  })

  it('says that it holds for the whole network, and for nothing if that was not told', () => {
    const scopeOf = (subnet: string) => bench.query('www.choice.test', 'A', { edns: { subnet } }).opt?.subnetScope
    expect(scopeOf('10.0.0.0/24')).toBe(24)
    expect(scopeOf('10.0.0.0/16')).toBe(24)
    expect(scopeOf('2001:db8::/48')).toBe(56)
    expect(scopeOf('0.0.0.0/0')).toBe(0)
    expect(bench.query('www.choice.test', 'A', { edns: {} }).opt?.subnetScope).toBeNull()
  })

  it('goes by who asks where no network is told', () => {
    const answers = ['198.51.100.1', '198.51.100.200', '2001:db8::1', '2001:db8:0:ff::2'].map(address => {
      bench.from(address, 40_000, 1_000_000)
      return valuesOf(bench).join()
    })
    bench.from('198.51.100.7', 40_000, 1_000_000)
    expect(answers[0]).toBe(answers[1])
    expect(answers[2]).toBe(answers[3])
    expect(orderOf('0.0.0.0/0')).toBe(answers[0])
    expect(orderOf('198.51.100.0/24')).toBe(answers[0])
  })

  it('moves only the clients of a member that dies, to whom they had second', () => {
    const networks = Array.from({ length: 100 }, (_, i) => `10.9.${i}.0/24`)
    const before = networks.map(orderOf)
    bench.down('192.0.2.3')
    const after = networks.map(orderOf)
    bench.down()
    before.forEach((order, i) => {
      const [first, second] = order.split(',')
      expect(after[i]!.split(',')[0]).toBe(first === '192.0.2.3' ? second : first)
    })
  })

  it('has no scope while there is but one to answer', () => {
    bench.down('192.0.2.2', '192.0.2.3', '192.0.2.4')
    expect(bench.query('www.choice.test', 'A', { edns: { subnet: '10.0.0.0/24' } }).opt?.subnetScope).toBe(0)
    bench.down()
  })

  it('does not tell clients apart in what goes along with another answer', () => {
    const response = bench.query('_web._tcp.choice.test', 'SRV', { edns: { subnet: '10.0.0.0/24' } })
    expect(response.additional).toHaveLength(2)
    expect(response.opt?.subnetScope).toBe(0)
  })
})
