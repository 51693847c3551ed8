import { describe, expect, it } from 'vitest'
import { createBench } from './bench.ts'

function zoneWith(policy: string, extra = ''): string {
  return `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1, negative_ttl: 5}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns.example.net.}
  www: {type: A, check: port, values: [192.0.2.1, 192.0.2.2, 192.0.2.3], policy: {${policy}}}
  alias: {type: CNAME, value: www.pool.test.}
  '*.any': {type: A, check: port, values: [192.0.2.1, 192.0.2.2, 192.0.2.3]}
  _web._tcp: {type: SRV, value: {priority: 0, weight: 0, port: 80, target: www.pool.test.}}
${extra}
`
}

const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3']

function benchWith(policy = '') {
  return createBench({ 'pool.test.yaml': zoneWith(policy) })
}

describe('a pooled RRset', () => {
  it('begins one member further at each query, over UDP, TCP and aliases alike', () => {
    const bench = benchWith()
    const first = [
      bench.query('www.pool.test', 'A'),
      bench.query('www.pool.test', 'A', { via: 'tcp' }),
      bench.query('WWW.pool.test', 'A', { edns: {} }),
      bench.query('alias.pool.test', 'A'),
    ].map(response => response.answer.filter(record => record.type === 'A'))
    expect(first.map(records => records[0]?.value)).toEqual([...all, all[0]])
    for (const records of first) expect(records.map(record => record.value).sort()).toEqual(all)
  })

  it('has one TTL, the pool own', () => {
    expect(
      benchWith()
        .query('www.pool.test', 'A')
        .answer.map(({ ttl }) => ttl),
    ).toEqual([10, 10, 10])
  })

  it('leaves out who is down and takes him back', () => {
    const bench = benchWith()
    bench.down('192.0.2.2')
    for (let i = 0; i < 4; i++) {
      const values = bench.query('www.pool.test', 'A').answer.map(({ value }) => value)
      expect(values.sort()).toEqual(['192.0.2.1', '192.0.2.3'])
    }
    bench.down()
    expect(bench.query('www.pool.test', 'A').answer).toHaveLength(3)
  })

  it('answers at most max_answers, still beginning at each in turn', () => {
    const bench = benchWith('max_answers: 1')
    const values = Array.from({ length: 6 }, () => bench.query('www.pool.test', 'A').answer.map(({ value }) => value))
    expect(values).toEqual([...all, ...all].map(value => [value]))
  })

  it('rotates behind a wildcard under the name that was asked', () => {
    const bench = benchWith()
    expect(bench.query('x.any.pool.test', 'A').answer.map(({ name }) => name)).toEqual(
      Array(3).fill('x.any.pool.test.'),
    )
  })

  it('goes along with SRV without moving the cursor of those who ask for it', () => {
    const bench = benchWith()
    expect(bench.query('_web._tcp.pool.test', 'SRV').additional).toHaveLength(3)
    expect(bench.query('www.pool.test', 'A').answer[0]?.value).toBe('192.0.2.1')
  })
})

describe('with every member down', () => {
  it('on_all_down: all serves them all, with the low TTL', () => {
    const bench = benchWith('on_all_down: all')
    bench.down(...all)
    const response = bench.query('www.pool.test', 'A')
    expect(response.answer.map(({ value }) => value).sort()).toEqual(all)
    expect(response.answer[0]?.ttl).toBe(5)
  })

  it('on_all_down: last_healthy serves who was up last', () => {
    const bench = benchWith('on_all_down: last_healthy')
    bench.down('192.0.2.1')
    bench.down(...all)
    expect(
      bench
        .query('www.pool.test', 'A')
        .answer.map(({ value }) => value)
        .sort(),
    ).toEqual(all.slice(1))
  })

  it('on_all_down: nodata is NODATA with the SOA', () => {
    const bench = benchWith('on_all_down: nodata')
    bench.down(...all)
    const response = bench.query('www.pool.test', 'A')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'], answer: [] })
    expect(response.authority).toMatchObject([{ type: 'SOA', ttl: 5 }])
  })

  it.each([
    ['servfail', 'SERVFAIL'],
    ['refused', 'REFUSED'],
  ])('on_all_down: %s answers %s, also behind an alias', (policy, rcode) => {
    const bench = benchWith(`on_all_down: ${policy}`)
    bench.down(...all)
    for (const name of ['www', 'alias']) {
      const response = bench.query(`${name}.pool.test`, 'A', { edns: {} })
      expect(response).toMatchObject({ rcode, flags: ['qr'], answer: [], authority: [] })
      expect(response.opt).not.toBeNull()
    }
  })

  it('on_all_down: values serves the last resort of a dynamic record', () => {
    const dynamic = `  dyn:
    type: A
    check: port
    dynamic: {pools: {main: {values: [{value: 192.0.2.1}, {value: 192.0.2.2}]}}, rules: [{pool: main}]}
    values: [192.0.2.9]
    policy: {on_all_down: values}`
    const bench = createBench({ 'pool.test.yaml': zoneWith('', dynamic) })
    expect(
      bench
        .query('dyn.pool.test', 'A')
        .answer.map(({ value }) => value)
        .sort(),
    ).toEqual(all.slice(0, 2))
    bench.down(...all)
    expect(bench.query('dyn.pool.test', 'A').answer.map(({ value }) => value)).toEqual(['192.0.2.9'])
  })

  it('min_healthy: fewer than that are as good as none', () => {
    const bench = benchWith('min_healthy: 2, on_all_down: servfail')
    bench.down('192.0.2.1')
    expect(bench.query('www.pool.test', 'A').rcode).toBe('NOERROR')
    bench.down('192.0.2.1', '192.0.2.2')
    expect(bench.query('www.pool.test', 'A').rcode).toBe('SERVFAIL')
  })
})
