/**
 * How a selfcheck asks: a DNS question over UDP or TCP, a GET over HTTP, each an exchange of octets with a deadline.
 * Written on bare sockets, since it is run every second beside the server: an HTTP client and a DNS codec would take
 * longer to load than everything else together. It reads no more of an answer than the judgement needs, and never
 * throws for what the far side does. RFC 1035 section 4, RFC 9112.
 */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { readU16, writeU16 } from '../core/base/bytes.ts'
import type { Name } from '../core/name/name.ts'
import type { SocketAddress } from '../core/ports.ts'

export interface Question {
  readonly name: Name
  readonly type: number
  readonly class: number
}

export type Fault = 'unreachable' | 'timeout' | 'malformed'

export interface Failed {
  readonly fault: Fault
  readonly text: string
}

/** What the header of a response says, and the type of its first answer record; null if there is none. */
export interface Response {
  readonly rcode: number
  readonly authoritative: boolean
  readonly answerType: number | null
}

export interface Page {
  readonly status: number
  readonly body: string
}

const headerOctets = 12
/** The little that a server says of itself. */
const answerOctetsMax = 1024 * 1024

export function askUdp(
  question: Question,
  { host, port }: SocketAddress,
  deadlineMs: number,
): Promise<Response | Failed> {
  return new Promise(resolve => {
    const query = encode(question)
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    let over = false
    const finish = (outcome: Response | Failed): void => {
      if (over) return
      over = true
      clearTimeout(deadline)
      socket.close()
      resolve(outcome)
    }
    const deadline = setTimeout(() => finish(tooLate(deadlineMs)), deadlineMs)
    socket.on('error', error => finish(unreachable(error)))
    // What is not the answer to our question is passed over.
    socket.on('message', message => {
      if (isAnswer(message, query)) finish(read(message, query))
    })
    socket.on('connect', () => {
      socket.send(query, error => {
        if (error !== null) finish(unreachable(error))
      })
    })
    // No callback: it would be called for an error too, which then is no event.
    socket.connect(port, host)
  })
}

export async function askTcp(
  question: Question,
  server: SocketAddress,
  deadlineMs: number,
): Promise<Response | Failed> {
  const query = encode(question)
  const frame = Buffer.alloc(2 + query.length)
  frame.writeUInt16BE(query.length)
  frame.set(query, 2)
  const received = await exchange(server, frame, deadlineMs, octets => {
    return octets.length >= 2 && octets.length >= 2 + octets.readUInt16BE()
  })
  if (!Buffer.isBuffer(received)) return received
  const message = received.subarray(2, 2 + (received.length < 2 ? 0 : received.readUInt16BE()))
  return isAnswer(message, query) ? read(message, query) : malformed('it sends something else than an answer')
}

/** Reads to the end of the connection, which it asks for. */
export async function getPage(
  server: SocketAddress,
  path: string,
  host: string,
  deadlineMs: number,
): Promise<Page | Failed> {
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n`
  const received = await exchange(server, Buffer.from(request, 'latin1'), deadlineMs, () => false)
  if (!Buffer.isBuffer(received)) return received
  const text = received.toString('utf8')
  const end = text.indexOf('\r\n\r\n')
  const status = /^HTTP\/1\.1 ([0-9]{3}) /.exec(text)?.[1]
  if (end < 0 || status === undefined) return malformed('what listens there does not speak HTTP')
  return { status: Number(status), body: text.slice(end + 4) }
}

/** Sends, and collects what comes until it is `whole` or the other side has said all. */
function exchange(
  { host, port }: SocketAddress,
  sent: Buffer,
  deadlineMs: number,
  whole: (received: Buffer) => boolean,
): Promise<Buffer | Failed> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    let received: Buffer = Buffer.alloc(0)
    const finish = (outcome: Buffer | Failed): void => {
      clearTimeout(deadline)
      socket.destroy()
      resolve(outcome)
    }
    const deadline = setTimeout(() => finish(tooLate(deadlineMs)), deadlineMs)
    socket.on('error', error => finish(unreachable(error)))
    socket.on('connect', () => socket.write(sent))
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length > answerOctetsMax) finish(malformed('it says too much'))
      else if (whole(received)) finish(received)
    })
    socket.on('end', () => finish(received.length > 0 ? received : malformed('it closes the connection')))
  })
}

function encode({ name, type, class: qclass }: Question): Buffer {
  const query = Buffer.alloc(headerOctets + name.length + 4)
  writeU16(query, 0, randomInt(0x10000))
  writeU16(query, 4, 1)
  query.set(name, headerOctets)
  writeU16(query, headerOctets + name.length, type)
  writeU16(query, headerOctets + name.length + 2, qclass)
  return query
}

/** A response with our id and our question. */
function isAnswer(message: Buffer, query: Buffer): boolean {
  return (
    message.length >= query.length &&
    readU16(message, 0) === readU16(query, 0) &&
    (message[2]! & 0x80) !== 0 &&
    readU16(message, 4) === 1 &&
    message.subarray(headerOctets, query.length).equals(query.subarray(headerOctets))
  )
}

function read(message: Buffer, query: Buffer): Response | Failed {
  const answers = readU16(message, 6)
  let at = query.length
  // Labels have at most 63 octets; a pointer has two and ends the name.
  while (answers > 0 && at < message.length && message[at]! !== 0 && message[at]! < 0xc0) at += 1 + message[at]!
  const typeAt = at + (message[at] === 0 ? 1 : 2)
  if (answers > 0 && typeAt + 2 > message.length) return malformed('its answer is cut short')
  return {
    rcode: message[3]! & 0x0f,
    authoritative: (message[2]! & 0x04) !== 0,
    answerType: answers === 0 ? null : readU16(message, typeAt),
  }
}

function tooLate(deadlineMs: number): Failed {
  return { fault: 'timeout', text: `no answer within ${deadlineMs} ms` }
}

function malformed(text: string): Failed {
  return { fault: 'malformed', text }
}

function unreachable(error: NodeJS.ErrnoException): Failed {
  const text = error.code === 'ECONNREFUSED' ? 'connection refused' : error.message
  return { fault: error.code === 'ETIMEDOUT' ? 'timeout' : 'unreachable', text }
}
