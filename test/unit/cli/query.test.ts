/** `robin query` against small servers that answer as told: what it accepts for an answer, prints, and exits with. */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { Packet } from 'dns2'
import { afterEach, describe, expect, it } from 'vitest'
import { UsageFault } from '../../../src/cli/io.ts'
import { run } from '../../../src/cli/program.ts'
import { parseWish } from '../../../src/cli/query.ts'
import { askTcp, askUdp } from '../../../src/cli/query-transport.ts'
import { askUdp as askUdpForCheck } from '../../../src/cli/selfcheck-ask.ts'
import { formatName, type Name, parseName, root } from '../../../src/core/name/name.ts'
import { createQuestion, encodeQuery, readResponse } from '../../../src/edge/probe/dns-message.ts'
import { formatDns2Name, formatDns2Rdata } from '../../../src/edge/probe/dns-rdata.ts'
import { createTerminal } from './terminal.ts'

type Answer = (query: InstanceType<typeof Packet>, raw: Buffer) => readonly Buffer[]

const udp: UdpSocket[] = []
const tcp: Server[] = []

afterEach(async () => {
  for (const socket of udp.splice(0)) socket.close()
  await Promise.all(tcp.splice(0).map(server => new Promise(resolve => server.close(resolve))))
})

/** Answers each datagram with the given ones, from its own address. */
async function startUdp(answer: Answer, host = '127.0.0.1'): Promise<number> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  udp.push(socket)
  await new Promise<void>(resolve => socket.bind(0, host, resolve))
  socket.on('message', (raw: Buffer, peer: RemoteInfo) => {
    for (const reply of answer(Packet.parse(raw), raw)) socket.send(reply, peer.port, peer.address)
  })
  return socket.address().port
}

/** Writes each answer in two pieces, since a stream may come in any. */
async function startTcp(answer: Answer, port = 0): Promise<number> {
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (frame: Buffer) => {
      for (const reply of answer(Packet.parse(frame.subarray(2)), frame.subarray(2))) {
        const length = Buffer.alloc(2)
        length.writeUInt16BE(reply.length)
        socket.write(Buffer.concat([length, reply.subarray(0, 5)]))
        setImmediate(() => socket.write(reply.subarray(5)))
      }
    })
  })
  tcp.push(server)
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function respond(query: InstanceType<typeof Packet>, changes: object = {}): InstanceType<typeof Packet> {
  const response = Packet.createResponseFromRequest(query)
  Object.assign(response.header, { qr: 1, aa: 1, ...changes })
  return response
}

const withAddress: Answer = query => {
  const response = respond(query)
  const [question] = query.questions
  response.answers.push({ ...new Packet.Resource(question?.name, 1, 1, 10), address: '127.0.0.11' } as never)
  return [response.toBuffer()]
}

const nameOf = (text: string): Name => parseName(text, root) as Name

async function query(...argv: readonly string[]) {
  const terminal = createTerminal()
  const code = await run(['query', ...argv], terminal)
  return { code, ...terminal.printed }
}

describe('the words', () => {
  it.each([
    [['www.demo.test'], 'www.demo.test.', 1, '127.0.0.1', 5300],
    [['www.demo.test', 'aaaa'], 'www.demo.test.', 28, '127.0.0.1', 5300],
    [['@10.0.0.1', 'a.b', 'TYPE65280'], 'a.b.', 65280, '10.0.0.1', 5300],
    [['a.b', '@10.0.0.1:53', 'https'], 'a.b.', 65, '10.0.0.1', 53],
    [['.', 'NS', '@[::1]:53'], '.', 2, '::1', 53],
    [['a\\.b.c', '@fe80::1'], 'a\\.b.c.', 1, 'fe80::1', 5300],
    [['a.b', '@ns1.example:53'], 'a.b.', 1, 'ns1.example', 53],
  ])('%j', (words, name, type, host, port) => {
    const { question, server } = parseWish(words)
    expect({ name: formatName(question.name), type: question.type, ...server }).toEqual({ name, type, host, port })
  })

  it.each([
    [['a..b']],
    [[`${'a'.repeat(64)}.test`]],
    [['a', 'BOGUS']],
    [['a', 'AXFR']],
    [['a', 'A', 'B']],
    [['a', '@x', '@y']],
    [['a', '@127.0.0.1:0']],
    [['a', '@127.0.0.1:70000']],
    [['a', '@']],
    [['@127.0.0.1']],
  ])('%j is a usage error', words => {
    expect(() => parseWish(words)).toThrow(UsageFault)
  })
})

describe('a query', () => {
  it('asks one question without recursion, with EDNS of 1232 octets, and keeps odd labels whole', () => {
    const octets = encodeQuery({ name: nameOf('a\\.b.\\000c.test'), type: 28, id: 0x1234, recursionDesired: false })
    const { header, additionals, errors } = Packet.parse(octets)
    expect(header).toMatchObject({ id: 0x1234, qr: 0, rd: 0, qdcount: 1, arcount: 1 })
    expect(additionals).toMatchObject([{ type: 41, class: 1232 }])
    expect(errors).toEqual([])
    expect(octets.subarray(12, 12 + 12).equals(Buffer.from('\x03a.b\x02\x00c\x04test', 'latin1'))).toBe(true)
  })

  it('draws another id each time', () => {
    const ids = new Set(Array.from({ length: 50 }, () => createQuestion(root, 1, false).id))
    expect(ids.size).toBeGreaterThan(40)
  })
})

describe('a response', () => {
  const asked = { name: nameOf('www.demo.test'), type: 1, id: 77, recursionDesired: false }
  const good = () => respond(Packet.parse(encodeQuery(asked)))
  const changed = (change: (octets: Buffer) => void) => {
    const octets = good().toBuffer()
    change(octets)
    return readResponse(octets, asked).kind
  }

  it('is ours with the id and the question, whatever the case of letters', () => {
    expect(changed(() => undefined)).toBe('message')
    expect(changed(octets => octets.write('WWW', 13))).toBe('message')
  })

  it.each<[string, (octets: Buffer) => void]>([
    ['with another id', octets => octets.writeUInt16BE(78, 0)],
    ['that is a query', octets => octets.writeUInt8(octets.readUInt8(2) & 0x7f, 2)],
    ['about another name', octets => octets.write('xxx', 13)],
    ['about another type', octets => octets.writeUInt16BE(28, 12 + asked.name.length)],
    ['about another class', octets => octets.writeUInt16BE(3, 12 + asked.name.length + 2)],
    ['without the question', octets => octets.writeUInt16BE(0, 4)],
  ])('one %s is not ours', (_, change) => {
    expect(changed(change)).toBe('foreign')
  })

  it('of 11 octets is not ours', () => {
    expect(readResponse(Buffer.alloc(11), asked).kind).toBe('foreign')
  })

  it('may lack the question only if the server could not read it', () => {
    const octets = Buffer.alloc(12)
    octets.writeUInt16BE(77, 0)
    octets.writeUInt8(0x80, 2)
    octets.writeUInt8(1, 3)
    expect(readResponse(octets, asked).kind).toBe('message')
    octets.writeUInt8(5, 3)
    expect(readResponse(octets, asked).kind).toBe('foreign')
  })

  it('with a record that cannot be read is malformed', () => {
    expect(changed(octets => octets.writeUInt16BE(1, 6))).toBe('malformed')
  })
})

describe('robin query', () => {
  it('prints flags, sections and where it came from', async () => {
    const { code, out, err } = await query('www.demo.test', `@127.0.0.1:${await startUdp(withAddress)}`)
    expect(code).toBe(0)
    expect(err).toBe('')
    expect(out).toContain('status: NOERROR')
    expect(out).toContain('flags: qr aa; QUERY: 1, ANSWER: 1')
    expect(out).toContain('www.demo.test.\t10\tIN\tA\t127.0.0.11\n')
  })

  it('prints JSON with the names of RFC 8427', async () => {
    const port = await startUdp(withAddress)
    const { code, out } = await query('www.demo.test', 'A', `@127.0.0.1:${port}`, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      server: `127.0.0.1:${port}`,
      via: 'udp',
      responseMessage: {
        AA: 1,
        RCODE: 0,
        answerRRs: [{ NAME: 'www.demo.test.', TYPEname: 'A', TTL: 10, rdataA: '127.0.0.11' }],
      },
    })
  })

  it('exits 0 for an answer that says no', async () => {
    const port = await startUdp(request => [respond(request, { rcode: 3 }).toBuffer()])
    const { code, out } = await query('no.demo.test', `@127.0.0.1:${port}`)
    expect(code).toBe(0)
    expect(out).toContain('status: NXDOMAIN')
  })

  it('passes over what is not the answer and takes the one that is', async () => {
    const port = await startUdp((request, raw) => {
      const forged = respond(request)
      forged.header.id ^= 1
      return [Buffer.from('noise'), forged.toBuffer(), ...withAddress(request, raw)]
    })
    expect((await query('www.demo.test', `@127.0.0.1:${port}`)).out).toContain('127.0.0.11')
  })

  it('asks again over TCP where the answer was truncated', async () => {
    const port = await startTcp(withAddress)
    const socket = createSocket('udp4')
    udp.push(socket)
    await new Promise<void>(resolve => socket.bind(port, '127.0.0.1', resolve))
    socket.on('message', (raw: Buffer, peer) =>
      socket.send(respond(Packet.parse(raw), { tc: 1 }).toBuffer(), peer.port, peer.address),
    )
    const { code, out } = await query('www.demo.test', `@127.0.0.1:${port}`, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ via: 'tcp', responseMessage: { TC: 0, ANCOUNT: 1 } })
  })

  it('asks over TCP from the start with --tcp', async () => {
    const { code, out } = await query('www.demo.test', '--tcp', `@127.0.0.1:${await startTcp(withAddress)}`)
    expect(code).toBe(0)
    expect(out).toContain('over tcp')
  })

  it('speaks IPv6', async () => {
    expect((await query('www.demo.test', `@[::1]:${await startUdp(withAddress, '::1')}`)).code).toBe(0)
  })

  it('exits 1 for an answer that cannot be read', async () => {
    const port = await startUdp((request, raw) => withAddress(request, raw).map(octets => octets.subarray(0, -2)))
    expect((await query('www.demo.test', `@127.0.0.1:${port}`)).code).toBe(1)
  })

  it.each([[[]], [['--tcp']]])('exits 3 if nobody listens %j', async flags => {
    const port = await startUdp(() => [])
    await new Promise<void>(resolve => udp.pop()?.close(() => resolve()))
    expect((await query('www.demo.test', `@127.0.0.1:${port}`, ...flags)).code).toBe(3)
  })

  it('exits 4 if no answer comes in two seconds', async () => {
    const { code, out } = await query('www.demo.test', `@127.0.0.1:${await startUdp(() => [])}`)
    expect(code).toBe(4)
    expect(out).toBe('')
  })

  it('exits 2 for a name that is none', async () => {
    expect((await query('a..b')).code).toBe(2)
  })
})

describe('the transports', () => {
  const question = { name: nameOf('www.demo.test'), type: 1, id: 9, recursionDesired: false }

  it('stop listening to a flood of strangers', async () => {
    const port = await startUdp(() => Array.from({ length: 150 }, () => Buffer.from('noise')))
    expect(await askUdp(question, { host: '127.0.0.1', port }, 10_000)).toMatchObject({ kind: 'malformed' })
  })

  it('end where the system finds no way to the server', async () => {
    // Nobody may send to a broadcast address without saying so: connecting fails at once.
    const server = { host: '255.255.255.255', port: 53 }
    expect(await askUdp(question, server, 10_000)).toMatchObject({ kind: 'unreachable' })
    const asked = { name: root, type: 1, class: 1 }
    expect(await askUdpForCheck(asked, server, 10_000)).toMatchObject({ fault: 'unreachable' })
  })

  it('end within the deadline over TCP too', async () => {
    const port = await startTcp(() => [])
    expect(await askTcp(question, { host: '127.0.0.1', port }, 50)).toMatchObject({ kind: 'timeout' })
  })
})

it('names from dns2 are escaped for people', () => {
  expect(formatDns2Name('')).toBe('.')
  expect(formatDns2Name('a b\u00ff.x;y')).toBe('a\\032b\\255.x\\;y.')
})

describe('rdata from dns2 is what a zone file would say', () => {
  it.each([
    ['A', 1, '7f00000b', '127.0.0.11'],
    ['AAAA', 28, '20010db8000000000000000000000001', '2001:db8::1'],
    ['NS', 2, '036e7331047465737400', 'ns1.test.'],
    ['CNAME', 5, '036e7331047465737400', 'ns1.test.'],
    ['PTR', 12, '00', '.'],
    ['MX', 15, '000a026d78047465737400', '10 mx.test.'],
    ['SRV', 33, '000a00011f75026d78047465737400', '10 1 8053 mx.test.'],
    ['SOA', 6, '0161000162000000000100000002000000030000000400000005', 'a. b. 1 2 3 4 5'],
    ['TXT', 16, '036122620100', '"a\\"b" "\\000"'],
    ['CAA', 257, '0005697373756563612e74657374', '0 issue "ca.test"'],
    ['DNSKEY', 48, '01010308ffff', '257 3 8 //8='],
    ['HTTPS', 65, '000100', '\\# 3 000100'],
    ['an unknown type', 65280, '', '\\# 0'],
  ])('%s', (_, type, hex, text) => {
    const rdata = Buffer.from(hex, 'hex')
    const head = Buffer.from([0, type >> 8, type & 255, 0, 1, 0, 0, 0, 10, 0, rdata.length])
    const record = Packet.Resource.parse(Buffer.concat([head, rdata]))
    expect(formatDns2Rdata(record)).toBe(text)
  })
})
