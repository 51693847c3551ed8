/** NOTIFY (RFC 1996): who is believed, what is said to others, and that it is nothing but a hint. */
import { beforeEach, describe, expect, it } from 'vitest'
import { tallyAt } from '../../src/core/answer/tally.ts'
import { isNameFault, type Name, parseName } from '../../src/core/name/name.ts'
import { signRequest, verifyResponse } from '../../src/core/wire/tsig.ts'
import { readKey, type TsigKey } from '../../src/core/wire/tsig-key.ts'
import { hmac } from '../../src/edge/hmac.ts'
import { createTerms, orderTerms, type TermsOrder, termsDefault } from '../../src/shell/terms.ts'
import { type Bench, createBench, octets } from './bench.ts'
import { decode } from './decode.ts'

const zone = `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1}
records: {'@': {type: NS, value: ns.example.net.}}
`
const name = (text: string): Name => {
  const parsed = parseName(text, null)
  if (isNameFault(parsed)) throw new Error(text)
  return parsed
}
const secret = Buffer.alloc(32, 1)
const key = readKey(hmac, { name: 'xfr', algorithm: 'hmac-sha256', secret: secret.toString('base64') }) as TsigKey
const keys = [{ name: 'xfr.', algorithm: 'hmac-sha256' as const, secret: new Uint8Array(secret) }]
const secrets = { current: Uint8Array.from(Array(16).keys()), other: null }
/** With the new SOA, as BIND sends it: its names point at the question. */
const soaRecord = 'c00c 0006 0001 00000000 0018 c00c c00c 00000002 00000001 00000001 00000001 00000001'
const notify = octets(`0134 2400 0001 0001 0000 0000 n:a.test 0006 0001 ${soaRecord}`)
const bare = (question: string): Uint8Array => octets(`0134 2400 0001 0000 0000 0000 ${question}`)

let heard: string[] = []
let willing = true

function benchWith(orders: TermsOrder['notify']): Bench {
  const order = orderTerms(termsDefault, [], secrets, 10_000, keys)
  const bench = createBench({ 'b.test.yaml': zone }, tally =>
    createTerms({ ...order, ...(orders === undefined ? {} : { notify: orders }) }, tally),
  )
  bench.live.heed = (apex, from) => {
    if (willing) heard.push(`${Buffer.from(apex).toString('latin1')} ${from.join('.')}`)
    return willing
  }
  bench.from('192.0.2.1', 4053, 0)
  return bench
}

function ask(bench: Bench, query: Uint8Array) {
  const response = bench.raw(query)
  return response === null ? null : decode(response)
}

beforeEach(() => {
  heard = []
  willing = true
})

describe('a zone that is pulled', () => {
  const orders = [{ apex: name('a.test.'), from: ['192.0.2.1', '198.51.100.0/24'], key: null }]

  it('is looked after when a primary says so, and that is acknowledged', () => {
    const bench = benchWith(orders)
    expect(ask(bench, notify)).toMatchObject({ id: 0x134, opcode: 4, rcode: 'NOERROR', flags: ['qr', 'aa'] })
    bench.from('198.51.100.9', 53, 0)
    expect(ask(bench, bare('n:A.Test 0006 0001'))).toMatchObject({ rcode: 'NOERROR' })
    expect(heard).toEqual(['\u0001a\u0004test\u0000 192.0.2.1', '\u0001a\u0004test\u0000 198.51.100.9'])
    expect(bench.live.tally[tallyAt.notifies]).toBe(2)
  })

  it('is nobody else’s to speak of', () => {
    const bench = benchWith(orders)
    bench.from('192.0.2.2', 4053, 0)
    expect(ask(bench, notify)).toMatchObject({ opcode: 4, rcode: 'REFUSED', flags: ['qr'] })
    bench.from('2001:db8::1', 4053, 0)
    expect(ask(bench, notify)).toMatchObject({ rcode: 'REFUSED' })
    expect(heard).toEqual([])
  })

  it('is not spoken of by other names, nor by other types', () => {
    const bench = benchWith(orders)
    expect(ask(bench, bare('n:b.test 0006 0001'))).toMatchObject({ rcode: 'NOTAUTH' })
    expect(ask(bench, bare('n:www.a.test 0006 0001'))).toMatchObject({ rcode: 'NOTAUTH' })
    expect(ask(bench, bare('n:a.test 0001 0001'))).toMatchObject({ rcode: 'FORMERR' })
    expect(ask(bench, bare('n:a.test 0006 0003'))).toMatchObject({ rcode: 'FORMERR' })
    expect(heard).toEqual([])
  })

  it('hears no more than it is ready to hear, so that the sender says it again', () => {
    const bench = benchWith(orders)
    willing = false
    expect(ask(bench, notify)).toBeNull()
    expect(bench.live.tally[tallyAt.notifies]).toBe(0)
  })
})

describe('a zone that is pulled with a key', () => {
  const orders = [{ apex: name('a.test.'), from: ['192.0.2.1'], key: 'xfr.' }]
  const now = 0
  const signed = (by: TsigKey) => {
    const out = new Uint8Array(512)
    out.set(notify)
    const { length, session } = signRequest(by, out, notify.length, now)
    return { query: out.slice(0, length), session }
  }

  it('is spoken of by who signs with it, and the answer is signed', () => {
    const bench = benchWith(orders)
    const { query, session } = signed(key)
    const response = bench.raw(query)!
    expect(decode(response)).toMatchObject({ opcode: 4, rcode: 'NOERROR' })
    expect(verifyResponse(session, response, [], now)).toBe('verified')
    expect(heard.length).toBe(1)
  })

  it('is not spoken of by who does not sign, or with another key', () => {
    const bench = benchWith(orders)
    expect(ask(bench, notify)).toMatchObject({ rcode: 'REFUSED' })
    const other = { ...key, mac: hmac('hmac-sha256', Buffer.alloc(32, 2)) }
    expect(ask(bench, signed(other).query)).toMatchObject({ rcode: 'NOTAUTH' })
    expect(heard).toEqual([])
  })
})

it('is not known to a server that pulls nothing', () => {
  expect(ask(benchWith([]), notify)).toMatchObject({ id: 0x134, opcode: 4, rcode: 'NOTIMP', question: null })
  expect(ask(benchWith(undefined), notify)).toMatchObject({ rcode: 'NOTIMP' })
})

it('is broken where it cannot be read, and other opcodes are not known still', () => {
  const bench = benchWith([{ apex: name('a.test.'), from: ['192.0.2.1'], key: null }])
  expect(ask(bench, octets('0134 2400 0000 0000 0000 0000'))).toMatchObject({ opcode: 4, rcode: 'FORMERR' })
  expect(ask(bench, octets('0134 2800 0001 0000 0000 0000 n:a.test 0006 0001'))).toMatchObject({ rcode: 'NOTIMP' })
})
