/** `robin selfcheck` against small servers that answer as told: what counts as fit, and each exit code. */
import { createSocket, type Socket } from 'node:dgram'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { Packet } from 'dns2'
import { afterEach, describe, expect, it } from 'vitest'
import { run } from '../../../src/cli/program.ts'
import { selfcheckShape } from '../../../src/cli/selfcheck-shape.ts'
import type { SelfView } from '../../../src/core/view/self.ts'
import { createTerminal } from './terminal.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** What a stand-in server says to a query; null for silence. */
type Answer = (query: Buffer) => Buffer | null

interface Stand {
  readonly port: number
  readonly server: string
}

/** UDP and TCP on one port. */
async function startDns(udp: Answer, tcp: Answer = udp): Promise<Stand> {
  const listener = await listen(
    createServer(client => {
      client.on('error', () => client.destroy())
      client.on('data', (frame: Buffer) => {
        const answer = tcp(frame.subarray(2))
        if (answer !== null)
          client.write(Buffer.concat([Buffer.from([answer.length >>> 8, answer.length & 0xff]), answer]))
      })
      closers.push(() => client.destroy())
    }),
  )
  const socket: Socket = createSocket('udp4')
  closers.push(() => socket.close())
  await new Promise<void>(resolve => socket.bind(listener, '127.0.0.1', resolve))
  socket.on('message', (query, { port }) => {
    const answer = udp(query)
    if (answer !== null) socket.send(answer, port, '127.0.0.1')
  })
  return { port: listener, server: `127.0.0.1:${listener}` }
}

/** An HTTP interface that says this, or nothing at all. */
async function startAdmin(body: string | null, status = 200): Promise<string> {
  const server = createServer(client => {
    client.on('error', () => client.destroy())
    client.once('data', () => {
      if (body !== null) client.end(`HTTP/1.1 ${status} X\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    })
    closers.push(() => client.destroy())
  })
  return `http://127.0.0.1:${await listen(server)}`
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise(resolve => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

async function deadPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await closers.pop()?.()
  return port
}

function respond(query: Buffer, header: object = {}, change: (packet: InstanceType<typeof Packet>) => void = () => {}) {
  const response = Packet.createResponseFromRequest(Packet.parse(query))
  Object.assign(response.header, { qr: 1, aa: 1, ...header })
  change(response)
  return response.toBuffer()
}

const soaFields = { primary: 'a.test', admin: 'b.test', serial: 1, refresh: 1, retry: 1, expiration: 1, minimum: 1 }
const soa: Answer = query =>
  respond(query, {}, ({ questions, answers }) => {
    const record = new Packet.Resource(questions[0]!.name, Packet.TYPE.SOA, Packet.CLASS.IN, 1)
    answers.push(Object.assign(record, soaFields))
  })

const selfView = (stand: Stand, change: Partial<SelfView> = {}): string =>
  JSON.stringify({
    ready: true,
    conditions: [],
    zone: 'zone.test.',
    listening: [`udp ${stand.server}`, `tcp ${stand.server}`, `admin 127.0.0.1:1`],
    ...change,
  })

async function check(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = createTerminal()
  const code = await run(['selfcheck', '--timeout', '400ms', ...words], terminal)
  if (words.includes('--json') && code !== 2) selfcheckShape.parse(JSON.parse(terminal.printed.out))
  return { code, ...terminal.printed }
}

describe('robin selfcheck', () => {
  it('asks where the server says that it listens, for a zone that it says it serves', async () => {
    const names: string[] = []
    const stand = await startDns(query => {
      names.push(Packet.parse(query).questions[0]!.name)
      return soa(query)
    })
    const { code, out } = await check('--admin', await startAdmin(selfView(stand)), '--json')
    expect(code).toBe(0)
    expect(names).toEqual(['zone.test', 'zone.test'])
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      exitCode: 0,
      readiness: 'ready',
      asked: [
        { via: 'udp', server: stand.server, fault: null },
        { via: 'tcp', server: stand.server, fault: null },
      ],
    })
  })

  it('says no to what is not ready, whatever its answers', async () => {
    const stand = await startDns(soa)
    expect(await check('--admin', await startAdmin(selfView(stand, { ready: false })))).toMatchObject({
      code: 1,
      out: '',
    })
  })

  it('does not ask an address that this machine does not have now', async () => {
    const stand = await startDns(soa)
    const admin = await startAdmin(selfView(stand, { listening: [`udp ${stand.server}`, 'udp 192.0.2.53:53'] }))
    const { code, out } = await check('--admin', admin, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out).asked).toHaveLength(1)
  })

  it('asks a wildcard through loopback', async () => {
    const stand = await startDns(soa)
    const admin = await startAdmin(selfView(stand, { listening: [`udp 0.0.0.0:${stand.port}`] }))
    const { out } = await check('--admin', admin, '--json')
    expect(JSON.parse(out).asked).toMatchObject([{ server: stand.server, fault: null }])
  })

  it.each([
    ['is not authoritative', (query: Buffer) => respond(query, { aa: 0 }), 1, 'not-authoritative'],
    ['refuses', (query: Buffer) => respond(query, { rcode: 5 }), 1, 'error'],
    ['has no such record', (query: Buffer) => respond(query), 1, 'no-record'],
    [
      'is a header and no more',
      (query: Buffer) => respond(query, { ancount: 1 }).subarray(0, query.length),
      1,
      'no-record',
    ],
    ['is our own query', (query: Buffer) => query, 4, 'timeout'],
    ['does not come', () => null, 4, 'timeout'],
  ])('an answer over UDP that %s', async (_, answer, code, fault) => {
    const stand = await startDns(answer, soa)
    const { code: found, out } = await check('--admin', await startAdmin(selfView(stand)), '--json')
    expect(found).toBe(code)
    expect(JSON.parse(out)).toMatchObject({ ok: false, exitCode: code, asked: [{ fault }, { fault: null }] })
  })

  it('wants TCP as much as UDP', async () => {
    const stand = await startDns(soa, query => respond(query, { aa: 0 }))
    expect(await check('--server', stand.server, '--admin', 'none', '--zone', 'zone.test')).toMatchObject({ code: 1 })
  })

  it.each([
    ['hangs', null, 4, 'timeout'],
    ['is something else', 'hello', 1, 'malformed'],
  ])('an HTTP interface that %s', async (_, body, code, readiness) => {
    const { code: found, out } = await check('--admin', await startAdmin(body), '--json')
    expect(found).toBe(code)
    expect(JSON.parse(out)).toMatchObject({ readiness, asked: [] })
  })

  it('exits 3 if nobody is there', async () => {
    const port = await deadPort()
    expect(await check('--admin', `http://127.0.0.1:${port}`)).toMatchObject({ code: 3 })
    expect(await check('--admin', 'none', '--server', `127.0.0.1:${port}`, '--zone', 'zone.test')).toMatchObject({
      code: 3,
    })
  })

  it('without a zone, is content with any word of identity', async () => {
    const classes: number[] = []
    const stand = await startDns(query => {
      classes.push(Packet.parse(query).questions[0]!.class)
      return respond(query, { rcode: 5, aa: 0 })
    })
    expect(await check('--admin', 'none', '--server', stand.server)).toMatchObject({ code: 0 })
    expect(classes).toEqual([3, 3])
  })

  it.each([
    ['--server', 'here'],
    ['--server', '127.0.0.1:0'],
    ['--timeout', '1'],
    ['--timeout', '2m'],
    ['--timeout', '0s'],
    ['--zone', 'a..b'],
    ['--admin', '127.0.0.1:5380'],
  ])('%s %s is a usage error', async (flag, value) => {
    expect(await check(flag, value)).toMatchObject({ code: 2 })
  })
})
