/** A name server to probe, over UDP and TCP on one loopback port, that answers as it is told. Encoded by dns2. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Packet } from 'dns2'
import type { Endpoint } from '../../src/core/health/types.ts'

export type Query = InstanceType<typeof Packet>

/** The messages that answer a query, in this order; none for silence. */
export type Answer = (query: Query, via: 'udp' | 'tcp', raw: Buffer) => readonly Buffer[]

export interface NameServer {
  readonly endpoint: Endpoint
  /** What was asked, and over what. */
  readonly asked: readonly { readonly query: Query; readonly via: 'udp' | 'tcp' }[]
  close(): Promise<void>
}

export async function startNameServer(answer: Answer, address = '127.0.0.1'): Promise<NameServer> {
  const asked: { query: Query; via: 'udp' | 'tcp' }[] = []
  const clients = new Set<Socket>()
  const tcp = createServer(socket => {
    clients.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (frame: Buffer) => {
      const raw = frame.subarray(2)
      const query = Packet.parse(raw)
      asked.push({ query, via: 'tcp' })
      for (const message of answer(query, 'tcp', raw)) {
        const head = Buffer.alloc(2)
        head.writeUInt16BE(message.length)
        // In two pieces, since a stream may come in any.
        socket.write(Buffer.concat([head, message.subarray(0, 5)]))
        setImmediate(() => socket.write(message.subarray(5)))
      }
    })
  })
  const { udp, port } = await bindBoth(tcp, address)
  udp.on('message', (raw, peer) => {
    const query = Packet.parse(raw)
    asked.push({ query, via: 'udp' })
    for (const message of answer(query, 'udp', raw)) udp.send(message, peer.port, peer.address)
  })
  return {
    endpoint: { address, port },
    asked,
    close: async () => {
      for (const client of clients) client.destroy()
      udp.close()
      await new Promise(resolve => tcp.close(resolve))
    },
  }
}

const portTriesMax = 20

/** A port that is free for both: the system picks one for TCP, and another if it is taken for UDP. */
async function bindBoth(tcp: Server, address: string): Promise<{ udp: UdpSocket; port: number }> {
  for (let i = 0; i < portTriesMax; i++) {
    await new Promise<void>(resolve => tcp.listen(0, address, resolve))
    const { port } = tcp.address() as AddressInfo
    const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    const isBound = await new Promise<boolean>(resolve => {
      udp.once('error', () => resolve(false))
      udp.bind(port, address, () => resolve(true))
    })
    if (isBound) return { udp, port }
    udp.close()
    await new Promise(resolve => tcp.close(resolve))
  }
  throw new Error('no port is free for both')
}

/** A response to the query with these header fields and answers. */
export function respond(query: Query, header: object, answers: readonly object[] = []): Buffer {
  const response = Packet.createResponseFromRequest(query)
  Object.assign(response.header, { qr: 1, aa: 1, ...header })
  const name = query.questions[0]?.name ?? ''
  for (const answer of answers) {
    response.answers.push({ name, class: Packet.CLASS.IN, ttl: 5, ...answer } as (typeof response.answers)[number])
  }
  return response.toBuffer()
}

export function addressAnswer(address: string): object {
  return { type: Packet.TYPE.A, address }
}
