/** DNS probes against name servers of every manner: what is asked, what passes, what a hostile answer is called. */
import { createSocket } from 'node:dgram'
import { Packet } from 'dns2'
import { afterEach, describe, expect, it } from 'vitest'
import type { DnsCheck, Endpoint, Outcome } from '../../src/core/health/types.ts'
import { rrType } from '../../src/core/rdata/table.ts'
import { detailCharactersMax } from '../../src/edge/probe/outcome.ts'
import { makeProbes } from './probe-makers.ts'
import { type Answer, addressAnswer, type NameServer, respond, startNameServer } from './probe-name-server.ts'
import { dnsCheck } from './probe-specs.ts'
import { createStillClock, createTargets, verdictOf } from './probe-targets.ts'

const { dns } = makeProbes(createStillClock())
const servers: NameServer[] = []
const targets = createTargets()
const run = (endpoint: Endpoint, check: DnsCheck, signal = new AbortController().signal): Promise<Outcome> =>
  dns(endpoint, check, signal)

afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => server.close()))
  await targets.close()
})

async function serve(answer: Answer, address?: string): Promise<NameServer> {
  const server = await startNameServer(answer, address)
  servers.push(server)
  return server
}

const expecting = (expectation: Partial<DnsCheck['expect']>, qtype: number = rrType.A): DnsCheck =>
  dnsCheck({ qtype, expect: { rcodes: [0], rdatas: [], ...expectation } })

describe('the query', () => {
  it('asks the question, for recursion too, with an id of its own each time', async () => {
    const { endpoint, asked } = await serve(query => [respond(query, {})])
    for (let i = 0; i < 4; i++) await run(endpoint, dnsCheck({ qname: 'Api.demo.test.', qtype: 28 }))
    expect(asked.map(({ via }) => via)).toEqual(['udp', 'udp', 'udp', 'udp'])
    expect(new Set(asked.map(({ query }) => query.header.id)).size).toBeGreaterThan(1)
    const { query } = asked[0]!
    expect(query.header).toMatchObject({ qr: 0, opcode: 0, rd: 1, qdcount: 1, arcount: 1 })
    expect(query.questions).toEqual([expect.objectContaining({ name: 'Api.demo.test', type: 28, class: 1 })])
  })

  it.each(['127.0.0.1', '127.0.0.12', '::1'])('goes to %s', async address => {
    const { endpoint } = await serve(query => [respond(query, {})], address)
    expect(verdictOf(await run(endpoint, dnsCheck()))).toBe('pass ok')
  })

  it('starts from the source of the check', async () => {
    const udp = createSocket('udp4')
    await new Promise<void>(resolve => udp.bind(0, '127.0.0.1', resolve))
    const from = new Promise<string>(resolve => {
      udp.on('message', (raw, peer) => {
        udp.send(respond(Packet.parse(raw), {}), peer.port, peer.address)
        resolve(peer.address)
      })
    })
    const endpoint = { address: '127.0.0.1', port: udp.address().port }
    expect(verdictOf(await run(endpoint, { ...dnsCheck(), source: '127.0.0.77' }))).toBe('pass ok')
    expect(await from).toBe('127.0.0.77')
    udp.close()
  })
})

describe('the answer', () => {
  it.each([
    [0, [0], 'pass ok'],
    [2, [0], 'fail rcode'],
    [3, [0], 'fail rcode'],
    [5, [0], 'fail rcode'],
    [3, [3], 'pass ok'],
    [0, [3], 'fail rcode'],
    [5, [0, 5], 'pass ok'],
  ])('with rcode %i where %o is expected: %s', async (rcode, rcodes, verdict) => {
    const { endpoint } = await serve(query => [respond(query, { rcode })])
    const outcome = await run(endpoint, expecting({ rcodes }))
    expect(verdictOf(outcome)).toBe(verdict)
    if (verdict === 'fail rcode') expect(outcome.detail).toMatch(/^[A-Z]+$/)
  })

  const { TYPE } = Packet
  it.each([
    [TYPE.A, [{ address: '192.0.2.1' }, { address: '192.0.2.2' }], ['192.0.2.2', '192.0.2.1'], 'pass ok'],
    [TYPE.A, [{ address: '192.0.2.1' }], ['192.0.2.9'], 'fail data'],
    [TYPE.A, [{ address: '192.0.2.1' }], ['192.0.2.1', '192.0.2.9'], 'fail data'],
    [TYPE.A, [], ['192.0.2.1'], 'fail data'],
    [TYPE.AAAA, [{ address: '2001:db8:0:0:0:0:0:1' }], ['2001:db8::1'], 'pass ok'],
    [TYPE.CNAME, [{ domain: 'WWW.Demo.test' }], ['www.demo.test.'], 'pass ok'],
    [TYPE.NS, [{ ns: 'ns1.demo.test' }], ['ns1.demo.test.'], 'pass ok'],
    [TYPE.PTR, [{ domain: 'host.demo.test' }], ['ghost.demo.test.'], 'fail data'],
    [TYPE.MX, [{ exchange: 'mail.demo.test', priority: 10 }], ['10 mail.demo.test.'], 'pass ok'],
    [TYPE.MX, [{ exchange: 'mail.demo.test', priority: 20 }], ['10 mail.demo.test.'], 'fail data'],
    [TYPE.SRV, [{ priority: 1, weight: 2, port: 443, target: 'a.test' }], ['1 2 443 a.test.'], 'pass ok'],
    [TYPE.TXT, [{ data: ['v=spf1 ', '-all'] }], ['v=spf1 -all'], 'pass ok'],
    [TYPE.TXT, [{ data: ['정상'] }], ['정상'], 'pass ok'],
    [TYPE.TXT, [{ data: ['V=spf1'] }], ['v=spf1'], 'fail data'],
  ])('of type %i with %o where %o is expected: %s', async (type, records, rdatas, verdict) => {
    const answers = records.map(record => ({ type, ...record }))
    const { endpoint } = await serve(query => [respond(query, {}, answers)])
    expect(verdictOf(await run(endpoint, expecting({ rdatas }, type)))).toBe(verdict)
  })

  it('behind an alias counts, data of another type does not', async () => {
    const answers = [{ type: TYPE.CNAME, domain: 'other.demo.test' }, addressAnswer('192.0.2.1')]
    const { endpoint } = await serve(query => [respond(query, {}, answers)])
    expect(verdictOf(await run(endpoint, expecting({ rdatas: ['192.0.2.1'] })))).toBe('pass ok')
    expect(verdictOf(await run(endpoint, expecting({ rdatas: ['192.0.2.1'] }, TYPE.TXT)))).toBe('fail data')
  })

  it('that is truncated is asked for again over TCP', async () => {
    const many = Array.from({ length: 60 }, (_, i) => addressAnswer(`192.0.2.${i + 1}`))
    const { endpoint, asked } = await serve((query, via) => [
      via === 'udp' ? respond(query, { tc: 1 }) : respond(query, {}, many),
    ])
    expect(verdictOf(await run(endpoint, expecting({ rdatas: ['192.0.2.60'] })))).toBe('pass ok')
    expect(asked.map(({ via }) => via)).toEqual(['udp', 'tcp'])
  })
})

describe('what is no answer', () => {
  const corrupt = (message: Buffer, change: (octets: Buffer) => void): Buffer => {
    change(message)
    return message
  }
  const good = (query: Parameters<Answer>[0]): Buffer => respond(query, {}, [addressAnswer('192.0.2.1')])
  const foreign: Readonly<Record<string, (message: Buffer) => Buffer>> = {
    'another id': message => corrupt(message, octets => octets.writeUInt16BE(octets.readUInt16BE() ^ 1)),
    'a query': message => corrupt(message, octets => octets.writeUInt8(octets.readUInt8(2) & 0x7f, 2)),
    'another question': message => corrupt(message, octets => octets.writeUInt8(0x78, 13)),
    'another type': message => corrupt(message, octets => octets.writeUInt16BE(2, 12 + 15)),
    'no question': message => corrupt(message.subarray(0, 12), octets => octets.fill(0, 4, 12)),
    'less than a header': message => message.subarray(0, 11),
    nothing: () => Buffer.alloc(0),
  }

  it.each(Object.keys(foreign))('%s is passed over for the one that comes behind it', async what => {
    const { endpoint } = await serve(query => [foreign[what]!(good(query)), good(query)])
    expect(verdictOf(await run(endpoint, expecting({ rdatas: ['192.0.2.1'] })))).toBe('pass ok')
  })

  it('is listened to for a bounded number of datagrams', async () => {
    const { endpoint } = await serve(query => Array(150).fill(foreign['another id']!(good(query))))
    expect(verdictOf(await run(endpoint, dnsCheck()))).toBe('fail protocol')
  })

  it.each([
    ['a name that points at itself', (message: Buffer) => corrupt(message, octets => octets.writeUInt16BE(0xc01f, 31))],
    ['records that are not there', (message: Buffer) => corrupt(message, octets => octets.writeUInt16BE(9, 6))],
    ['data longer than the message', (message: Buffer) => corrupt(message, octets => octets.writeUInt16BE(999, 41))],
    ['64 KiB', (message: Buffer) => Buffer.concat([message, Buffer.alloc(60_000)])],
  ])('%s: protocol', async (_what, spoil) => {
    const { endpoint } = await serve(query => [spoil(good(query))])
    const outcome = await run(endpoint, dnsCheck())
    expect(verdictOf(outcome)).toBe('fail protocol')
    expect(outcome.detail!.length).toBeLessThanOrEqual(detailCharactersMax)
  })

  it.each([
    ['another id', 'fail protocol'],
    ['another question', 'fail protocol'],
    ['less than a header', 'fail protocol'],
  ])('over TCP, %s: %s', async (what, verdict) => {
    const { endpoint } = await serve((query, via) => [
      via === 'udp' ? respond(query, { tc: 1 }) : foreign[what]!(good(query)),
    ])
    expect(verdictOf(await run(endpoint, dnsCheck()))).toBe(verdict)
  })

  it('over TCP, more than is read: protocol', async () => {
    const { endpoint } = await serve((query, via) => [
      via === 'udp' ? respond(query, { tc: 1 }) : Buffer.concat([good(query), Buffer.alloc(40_000)]),
    ])
    expect(verdictOf(await run(endpoint, dnsCheck()))).toBe('fail protocol')
  })

  it('cannot bring control characters into the detail', async () => {
    const answers = [{ type: Packet.TYPE.TXT, data: ['\u001b[31m\u202e'] }]
    const { endpoint } = await serve(query => [respond(query, {}, answers)])
    const outcome = await run(endpoint, expecting({ rdatas: ['ok'] }, Packet.TYPE.TXT))
    expect(verdictOf(outcome)).toBe('fail data')
    expect(outcome.detail).not.toMatch(/[\p{C}]/u)
  })
})

describe('a server that is not there', () => {
  it('refuses', async () => {
    const udp = createSocket('udp4')
    await new Promise<void>(resolve => udp.bind(0, '127.0.0.9', resolve))
    const { port } = udp.address()
    await new Promise<void>(resolve => udp.close(resolve))
    expect(verdictOf(await run({ address: '127.0.0.9', port }, dnsCheck()))).toBe('fail refused')
  })

  it('over TCP refuses, resets or closes', async () => {
    for (const [serveTcp, verdict] of [
      [null, 'fail refused'],
      ['reset', 'fail reset'],
      ['close', 'fail closed'],
    ] as const) {
      const udp = createSocket('udp4')
      const target = await targets.tcp(socket => {
        socket.once('data', () => (serveTcp === 'reset' ? socket.resetAndDestroy() : socket.end()))
      }, '127.0.0.14')
      await new Promise<void>(resolve => udp.bind(target.endpoint.port!, '127.0.0.14', resolve))
      udp.on('message', (raw, peer) => udp.send(respond(Packet.parse(raw), { tc: 1 }), peer.port, peer.address))
      if (serveTcp === null) await targets.close()
      expect(verdictOf(await run(target.endpoint, dnsCheck()))).toBe(verdict)
      udp.close()
    }
  })

  it('is silent', async () => {
    const { promise, resolve } = Promise.withResolvers<null>()
    const { endpoint } = await serve(() => {
      resolve(null)
      return []
    })
    const deadline = new AbortController()
    const outcome = run(endpoint, dnsCheck(), deadline.signal)
    await promise
    deadline.abort('timeout')
    expect(verdictOf(await outcome)).toBe('fail timeout')
  })
})
