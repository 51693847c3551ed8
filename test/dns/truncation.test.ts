import { describe, expect, it } from 'vitest'
import { createBench } from './bench.ts'
import { createRefBench } from './ref.ts'

const bench = createRefBench()

describe('truncation (RFC 2181 9, RFC 9715)', () => {
  it('without EDNS 512 octets fit and 513 do not', () => {
    expect(bench.query('t512.ref.test', 'TXT')).toMatchObject({ flags: ['qr', 'aa'], octets: 512 })
    expect(bench.query('t513.ref.test', 'TXT')).toMatchObject({ flags: ['qr', 'aa', 'tc'], answer: [] })
  })

  it('at 1232 the last octet fits and one more does not; OPT stays', () => {
    expect(bench.query('t1221.ref.test', 'TXT', { edns: {} })).toMatchObject({ flags: ['qr', 'aa'], octets: 1232 })
    const response = bench.query('t1222.ref.test', 'TXT', { edns: {} })
    expect(response).toMatchObject({ flags: ['qr', 'aa', 'tc'], answer: [] })
    expect(response.opt).not.toBeNull()
  })

  it('never goes beyond 1232 over UDP, whatever the client offers', () => {
    for (const type of ['TXT', 'ANY']) {
      const response = bench.query('big.ref.test', type, { edns: { payload: 65535 } })
      expect(response.octets).toBeLessThanOrEqual(1232)
      expect(response.flags).toContain('tc')
    }
  })

  it('over TCP everything fits', () => {
    expect(bench.query('big.ref.test', 'TXT', { via: 'tcp' }).answer).toHaveLength(60)
    expect(bench.query('pool200.ref.test', 'AAAA', { via: 'tcp' }).answer).toHaveLength(200)
  })

  it('a plain set that merely rotates is whole or truncated', () => {
    const values = Array.from({ length: 40 }, (_, i) => `192.0.2.${i + 1}`)
    const plain = createBench({
      'plain.test.zone': `$TTL 60\n@ SOA ns h 1 2 3 4 5\n NS ns\nns A 192.0.2.99\n${values.map(value => `www A ${value}\n`).join('')}`,
    })
    expect(plain.query('www.plain.test', 'A')).toMatchObject({ flags: ['qr', 'aa', 'tc'], answer: [] })
    const whole = plain.query('www.plain.test', 'A', { edns: {} })
    expect(whole.flags).toEqual(['qr', 'aa'])
    expect(whole.answer.map(({ value }) => value).sort()).toEqual([...values].sort())
    expect(plain.query('www.plain.test', 'A', { edns: {} }).answer[0]).not.toEqual(whole.answer[0])
  })

  it('a pooled RRset sheds members instead, since any part of a rotation is an answer', () => {
    const small = bench.query('pool200.ref.test', 'AAAA')
    expect(small.flags).toEqual(['qr', 'aa'])
    expect(small.answer).toHaveLength(Math.floor((512 - 12 - 22) / 28))
    expect(small.octets).toBeLessThanOrEqual(512)
  })
})

describe('addresses beside a set that leaves little room in a message', () => {
  // Names that have nothing in common, so that none can be shortened.
  const long = (i: number, octets: number): string => {
    const digits = String(i).padStart(3, '0')
    const rest = 'x'.repeat(octets - 3 * 64 - 2 - digits.length)
    return `${`${'x'.repeat(60)}${digits}.`.repeat(3)}${rest}${digits}.`
  }
  const host = 'h'.repeat(63)
  const zoneWith = (pad: number): string => `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns.example.net.}
  ${host}: {type: A, check: port, values: [${Array.from({ length: 8 }, (_, i) => `192.0.2.${i}`).join(', ')}]}
  mail:
    type: MX
    values:
      - {preference: 1, exchange: ${long(999, 200 + (pad % 50))}}
      - {preference: 1, exchange: ${long(998, 200 + Math.floor(pad / 50) * 50)}}
${Array.from({ length: 239 }, (_, i) => `      - {preference: 2, exchange: ${long(i, 255)}}`).join('\n')}
      - {preference: 3, exchange: ${host}.room.test.}
`

  it('are left out whole', () => {
    const counts = new Set<number>()
    for (let pad = 0; pad < 100; pad += 3) {
      const tight = createBench({ 'room.test.yaml': zoneWith(pad) })
      const response = tight.query('mail.room.test', 'MX', { via: 'tcp', edns: {} })
      expect(response.answer).toHaveLength(242)
      counts.add(response.additional.length)
    }
    expect(counts.size).toBeGreaterThan(1)
  })
})
