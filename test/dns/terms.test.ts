import { describe, expect, it } from 'vitest'
import { tallyAt } from '../../src/core/answer/tally.ts'
import type { SocketAddress } from '../../src/core/ports.ts'
import { createTerms, orderTerms, type TermsSettings, termsDefault } from '../../src/shell/terms.ts'
import { type Bench, createBench, encodeQuery, octets } from './bench.ts'
import { decode } from './decode.ts'

const zone = `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1}
records:
  '@': {type: NS, value: ns.example.net.}
  www: {type: A, value: 192.0.2.1}
  '*.out': {type: CNAME, value: www.example.com.}
  '*.in': {type: A, value: 192.0.2.2}
  moved: {type: DNAME, value: example.com.}
  big: {type: TXT, value: "${'x'.repeat(400)}"}
`
const secrets = { current: Uint8Array.from(Array(16).keys()), other: null }
const listener: SocketAddress = { host: '127.0.0.1', port: 53 }

function benchWith(settings: Partial<TermsSettings>): Bench {
  const order = orderTerms({ ...termsDefault, ...settings }, [listener], secrets, 10_000)
  return createBench({ 'terms.test.yaml': zone }, tally => createTerms(order, tally))
}

/** A query for www.terms.test with these EDNS options, in hex. */
function withOptions(options: string): Uint8Array {
  const length = (options.replace(/ /g, '').length / 2).toString(16).padStart(4, '0')
  return octets(`0101 0000 0001 0000 0000 0001 n:www.terms.test 0001 0001 00 0029 04d0 00000000 ${length} ${options}`)
}

/** The content of the first option of that code in a response whose last record is OPT. */
function optionIn(response: Uint8Array, code: number): Buffer | null {
  const hex = Buffer.from(response)
  const optAt = hex.lastIndexOf(Buffer.from([0, 0, 41, 0x04, 0xd0]))
  for (let at = optAt + 11; at < hex.length; at += 4 + hex.readUInt16BE(at + 2)) {
    if (hex.readUInt16BE(at) === code) return hex.subarray(at + 4, at + 4 + hex.readUInt16BE(at + 2))
  }
  return null
}

describe('cookies (RFC 7873, RFC 9018)', () => {
  it('gives a fresh one to who shows only his own, and knows it again', () => {
    const bench = benchWith({})
    const first = optionIn(bench.raw(withOptions('000a0008 0102030405060708'))!, 10)!
    expect(first).toHaveLength(24)
    expect(first.subarray(0, 8).toString('hex')).toBe('0102030405060708')
    const again = optionIn(bench.raw(withOptions(`000a0018 ${first.toString('hex')}`))!, 10)!
    expect(again.toString('hex')).toBe(first.toString('hex'))
    expect(bench.live.tally[tallyAt.cookiesGood]).toBe(1)
  })

  it('does not know it from another address, yet answers', () => {
    const bench = benchWith({})
    const first = optionIn(bench.raw(withOptions('000a0008 0102030405060708'))!, 10)!
    bench.from('192.0.2.251', 40_000, 1_000_000)
    const response = bench.raw(withOptions(`000a0018 ${first.toString('hex')}`))!
    expect(decode(response)).toMatchObject({ rcode: 'NOERROR' })
    expect(optionIn(response, 10)!.toString('hex')).not.toBe(first.toString('hex'))
    expect(bench.live.tally[tallyAt.cookiesBad]).toBe(1)
  })

  it.each(['000a0007 01020304050607', '000a000c 010203040506070809101112', '000a0000'])('%s: FORMERR', option => {
    expect(decode(benchWith({}).raw(withOptions(option))!).rcode).toBe('FORMERR')
  })
})

describe('a query for a cookie and nothing else (RFC 7873 section 5.4, RFC 9619 section 3)', () => {
  /** No question, and an OPT with these options. */
  const bare = (options: string, head = '0101 0000 0000 0000 0000 0001'): Uint8Array => {
    const length = (options.replace(/ /g, '').length / 2).toString(16).padStart(4, '0')
    return octets(`${head} 00 0029 04d0 00000000 ${length} ${options}`)
  }
  const clientOnly = bare('000a0008 0102030405060708')

  it('gets one that holds for what is asked next', () => {
    const bench = benchWith({})
    for (const via of ['udp', 'tcp'] as const) {
      const response = bench.raw(clientOnly, via)!
      expect(decode(response)).toMatchObject({ id: 0x101, rcode: 'NOERROR', flags: ['qr'], question: null, answer: [] })
      expect(Buffer.from(response).readUInt16BE(4)).toBe(0)
      const cookie = optionIn(response, 10)!.toString('hex')
      const again = bench.raw(withOptions(`000a0018 ${cookie}`))!
      expect(optionIn(again, 10)?.toString('hex')).toBe(cookie)
    }
    expect([bench.live.tally[tallyAt.cookiesGood], bench.live.tally[tallyAt.noerror]]).toEqual([2, 4])
  })

  it('is told whether the one that is shown still holds', () => {
    const bench = benchWith({})
    const cookie = optionIn(bench.raw(clientOnly)!, 10)!.toString('hex')
    expect(decode(bench.raw(bare(`000a0018 ${cookie}`))!).rcode).toBe('NOERROR')
    const response = bench.raw(bare(`000a0018 ${cookie.slice(0, 32)}0000000000000000`))!
    expect(decode(response)).toMatchObject({ rcode: 'BADCOOKIE', question: null, answer: [] })
    expect(optionIn(response, 10)?.toString('hex')).toBe(cookie)
    expect([bench.live.tally[tallyAt.cookiesBad], bench.live.tally[tallyAt.badcookie]]).toEqual([1, 1])
  })

  it.each([
    ['a cookie that is none', '000a0003 010203', undefined],
    ['no cookie at all', '00030000', undefined],
    ['another version of EDNS', undefined, '00 0029 04d0 00010000 000c 000a0008 0102030405060708'],
    ['a record that is cut short', undefined, '00 0029 04d0 00000000 000c 000a0008 01'],
    ['no OPT', undefined, ''],
  ])('with %s is FORMERR', (_, options, rest) => {
    const records = rest === '' ? '0000' : '0001'
    const query = options === undefined ? octets(`0101 0000 0000 0000 0000 ${records} ${rest}`) : bare(options)
    const bench = benchWith({})
    expect(decode(bench.raw(query)!)).toMatchObject({ rcode: 'FORMERR', flags: ['qr'], answer: [] })
    expect(bench.live.tally[tallyAt.formerr]).toBe(1)
  })

  it('is FORMERR where there are no cookies, REFUSED for who may not ask, and NOTIMP for another opcode', () => {
    expect(decode(createBench({ 'terms.test.yaml': zone }).raw(clientOnly)!).rcode).toBe('FORMERR')
    const closed = benchWith({ allow: ['10.0.0.0/8'] }).raw(clientOnly)!
    expect(decode(closed)).toMatchObject({ rcode: 'REFUSED', question: null })
    const status = bare('000a0008 0102030405060708', '0101 1000 0000 0000 0000 0001')
    expect(decode(benchWith({}).raw(status)!).rcode).toBe('NOTIMP')
  })

  it('is held to the rate like any error', () => {
    const bench = benchWith({ responsesPerSecond: 1, slip: 0, amplificationMax: 0 })
    const answered = Array.from({ length: 40 }, () => bench.raw(clientOnly)).filter(response => response !== null)
    expect(answered.length).toBeLessThan(40)
  })
})

describe('identity', () => {
  it('NSID is said only when asked (RFC 5001)', () => {
    const bench = benchWith({ nsid: 'ns1' })
    expect(optionIn(bench.raw(withOptions('00030000'))!, 3)?.toString()).toBe('ns1')
    expect(optionIn(bench.raw(withOptions(''))!, 3)).toBeNull()
    expect(optionIn(benchWith({}).raw(withOptions('00030000'))!, 3)).toBeNull()
  })

  it('CHAOS names answer with the configured text or REFUSED (RFC 4892)', () => {
    const bench = benchWith({ version: 'Robin', hostname: 'here' })
    for (const [name, text] of [
      ['version.bind', 'Robin'],
      ['VERSION.server', 'Robin'],
      ['id.server', 'here'],
      ['hostname.bind', 'here'],
    ] as const) {
      expect(bench.query(name, 'TXT', { qclass: 3 }).answer).toMatchObject([
        { type: 'TXT', value: `"${text}"`, ttl: 0 },
      ])
    }
    expect(bench.query('foo.bar', 'TXT', { qclass: 3 })).toMatchObject({ rcode: 'REFUSED', flags: ['qr'] })
    expect(bench.query('version.bind', 'A', { qclass: 3 }).rcode).toBe('REFUSED')
    expect(benchWith({}).query('version.bind', 'TXT', { qclass: 3 }).rcode).toBe('REFUSED')
  })

  it('a client subnet comes back with scope 0, since no answer depends on it (RFC 7871)', () => {
    const response = benchWith({}).raw(withOptions('00080007 0001 18 00 c00002'))!
    expect(optionIn(response, 8)?.toString('hex')).toBe('00011800c00002')
    expect(decode(benchWith({}).raw(withOptions('00080008 0001 18 00 c0000201'))!).rcode).toBe('FORMERR')
  })

  it('keepalive is told over TCP only (RFC 7828)', () => {
    const bench = benchWith({})
    expect(optionIn(bench.raw(withOptions('000b0000'), 'tcp')!, 11)?.readUInt16BE(0)).toBe(100)
    expect(optionIn(bench.raw(withOptions('000b0000'), 'udp')!, 11)).toBeNull()
  })

  it('an outside name carries the extended error Not Authoritative (RFC 8914)', () => {
    const response = benchWith({}).raw(encodeQuery('www.example.com', 'A', { edns: {} }))!
    expect(optionIn(response, 15)?.readUInt16BE(0)).toBe(20)
  })
})

describe('guard', () => {
  it('drops what claims to come from ourselves, or from port 0', () => {
    const bench = benchWith({})
    const query = encodeQuery('www.terms.test', 'A')
    bench.from('127.0.0.1', 53, 0)
    expect(bench.raw(query)).toBeNull()
    expect(bench.raw(query, 'tcp')).not.toBeNull()
    bench.from('192.0.2.250', 0, 0)
    expect(bench.raw(query)).toBeNull()
    expect([bench.live.tally[tallyAt.sourceIsOurs], bench.live.tally[tallyAt.sourcePortZero]]).toEqual([1, 1])
  })

  it('refuses who is not in the access list, with the reason for who speaks EDNS', () => {
    const bench = benchWith({ allow: ['10.0.0.0/8', '!10.1.0.0/16'] })
    const ask = (address: string) => {
      bench.from(address, 40_000, 0)
      return bench.raw(encodeQuery('www.terms.test', 'A', { edns: {} }))!
    }
    expect(decode(ask('10.2.0.1')).rcode).toBe('NOERROR')
    for (const address of ['192.0.2.1', '10.1.0.1', '2001:db8::1']) {
      expect(decode(ask(address)), address).toMatchObject({ rcode: 'REFUSED', answer: [] })
      expect(optionIn(ask(address), 15)?.readUInt16BE(0)).toBe(18)
    }
  })

  it('holds errors to the rate too, be it a signature that cannot be read', () => {
    const ends = ['', '00 0029 04d0 00000000 0004 000a', '00 00fa 00ff 00000000 0000']
    const names = ['n:www.example.com 0001 0001', 'n:www.terms.test 0001 0001', 'n:www.terms.test 0001 0001']
    ends.forEach((end, i) => {
      const bench = benchWith({ responsesPerSecond: 1, slip: 0, amplificationMax: 0 })
      const query = octets(`0101 0000 0001 0000 0000 ${end === '' ? '0000' : '0001'} ${names[i]} ${end}`)
      const answered = Array.from({ length: 100 }, () => bench.raw(query)).filter(response => response !== null)
      expect(answered.length, end).toBeLessThan(100)
      expect(bench.live.tally[tallyAt.rateHeld], end).toBe(100 - answered.length)
    })
  })

  it.each(['out', 'in', 'moved', 'nobody'])(
    'takes all names below %s for one: random ones have no rate each',
    parent => {
      const bench = benchWith({ responsesPerSecond: 1, slip: 0, amplificationMax: 0 })
      for (let i = 0; i < 100; i++) bench.raw(encodeQuery(`n${i}.${parent}.terms.test`, 'A'))
      expect(bench.live.tally[tallyAt.rateHeld]).toBeGreaterThan(50)
    },
  )

  it('holds like responses to one network to their rate, every second one truncated; TCP and cookies are free', () => {
    const bench = benchWith({ responsesPerSecond: 2, slip: 2, amplificationMax: 0 })
    const cookie = optionIn(bench.raw(withOptions('000a0008 0102030405060708'))!, 10)!
    const plain = encodeQuery('www.terms.test', 'A')
    const outcomes = Array.from({ length: 29 }, () => bench.raw(plain)).map(response =>
      response === null ? 'dropped' : decode(response).flags.includes('tc') ? 'slipped' : 'sent',
    )
    const tellOf = (what: string) => outcomes.filter(outcome => outcome === what).length
    expect([tellOf('sent'), tellOf('slipped'), tellOf('dropped')]).toEqual([1, 14, 14])
    expect(decode(bench.raw(plain, 'tcp')!).answer).toHaveLength(1)
    expect(decode(bench.raw(withOptions(`000a0018 ${cookie.toString('hex')}`))!).answer).toHaveLength(1)
    bench.from('192.0.3.1', 40_000, 1_000_000)
    expect(decode(bench.raw(plain)!).answer).toHaveLength(1)
  })

  it('truncates what is too many times its query, unless a cookie proves the source', () => {
    const bench = benchWith({ amplificationMax: 3 })
    const big = encodeQuery('big.terms.test', 'TXT', { edns: {} })
    const response = decode(bench.raw(big)!)
    expect(response).toMatchObject({ flags: ['qr', 'aa', 'tc'], answer: [] })
    expect(response.octets).toBeLessThanOrEqual(big.length * 3)
    expect(decode(bench.raw(big, 'tcp')!).answer).toHaveLength(1)
    expect(bench.live.tally[tallyAt.amplificationCapped]).toBe(1)
  })

  it('leaves out a long identity rather than answer with more', () => {
    const bench = benchWith({ amplificationMax: 3, nsid: 'n'.repeat(200) })
    const query = withOptions('00030000')
    const response = bench.raw(query)!
    expect(decode(response)).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa', 'tc'] })
    expect(response.length).toBeLessThanOrEqual(3 * query.length)
    expect(optionIn(bench.raw(query, 'tcp')!, 3)).toHaveLength(200)
  })
})
