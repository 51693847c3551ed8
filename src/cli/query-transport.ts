/**
 * Sends one query and waits for its response, over UDP or TCP. The UDP socket is connected, so the kernel lets in
 * datagrams from the asked address and port only and reports a refusing host (RFC 5452 section 9.1). Invariant: ends
 * within the deadline with every socket closed; never throws for what the far side does.
 */
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import type { SocketAddress } from '../core/ports.ts'
import { encodeQuery, type Message, type Question, readResponse } from '../edge/probe/dns-message.ts'
import { describeSystemError } from './client.ts'

export interface ExchangeFault {
  readonly kind: 'unreachable' | 'timeout' | 'malformed'
  readonly text: string
}

export type Exchange = { readonly kind: 'response'; readonly message: Message; readonly octets: number } | ExchangeFault

/** Datagrams that are not the answer, after which we no longer listen. */
const strayDatagramsMax = 100

/** The address behind a host name, by the system's resolver, within the deadline; the name itself if it is one. */
export async function findAddress(host: string, deadlineMs: number): Promise<{ address: string } | ExchangeFault> {
  if (isIP(host) !== 0) return { address: host }
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<ExchangeFault>(resolve => {
    timer = setTimeout(() => resolve({ kind: 'timeout', text: `${host} was not resolved in time` }), deadlineMs)
  })
  const found = lookup(host).then(
    ({ address }) => ({ address }),
    (error: NodeJS.ErrnoException): ExchangeFault => ({ kind: 'unreachable', text: describeSystemError(error) }),
  )
  try {
    return await Promise.race([found, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

export function askUdp(question: Question, { host, port }: SocketAddress, deadlineMs: number): Promise<Exchange> {
  return new Promise(resolve => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
    let strays = 0
    let over = false
    const finish = (exchange: Exchange): void => {
      if (over) return
      over = true
      clearTimeout(deadline)
      socket.close()
      resolve(exchange)
    }
    const deadline = setTimeout(() => finish(tooLate(deadlineMs)), deadlineMs)
    socket.on('error', error => finish(unreachable(error)))
    socket.on('message', datagram => {
      const exchange = judge(datagram, question)
      if (exchange !== null) finish(exchange)
      else if (++strays === strayDatagramsMax) finish({ kind: 'malformed', text: 'only datagrams that are not ours' })
    })
    socket.on('connect', () => {
      socket.send(encodeQuery(question), error => {
        if (error !== null) finish(unreachable(error))
      })
    })
    // No callback: it would be called for an error too, which then is no event.
    socket.connect(port, host)
  })
}

/** One query on a connection of its own, framed by a length of two octets (RFC 1035 section 4.2.2). */
export function askTcp(question: Question, { host, port }: SocketAddress, deadlineMs: number): Promise<Exchange> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    let received: Buffer = Buffer.alloc(0)
    const finish = (exchange: Exchange): void => {
      clearTimeout(deadline)
      socket.destroy()
      resolve(exchange)
    }
    const deadline = setTimeout(() => finish(tooLate(deadlineMs)), deadlineMs)
    socket.on('error', error => finish(unreachable(error)))
    socket.on('close', () => finish({ kind: 'unreachable', text: 'connection closed before an answer' }))
    socket.on('connect', () => {
      const query = encodeQuery(question)
      const frame = Buffer.alloc(2 + query.length)
      frame.writeUInt16BE(query.length)
      query.copy(frame, 2)
      socket.write(frame)
    })
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length < 2) return
      const end = 2 + received.readUInt16BE()
      if (received.length < end) return
      finish(judge(received.subarray(2, end), question) ?? { kind: 'malformed', text: 'not an answer to our question' })
    })
  })
}

/** Null for what is not an answer to this question. */
function judge(octets: Buffer, question: Question): Exchange | null {
  const reading = readResponse(octets, question)
  switch (reading.kind) {
    case 'foreign':
      return null
    case 'malformed':
      return reading
    case 'message':
      return { kind: 'response', message: reading.message, octets: octets.length }
  }
}

function tooLate(deadlineMs: number): ExchangeFault {
  return { kind: 'timeout', text: `no answer within ${deadlineMs / 1000} s` }
}

function unreachable(error: NodeJS.ErrnoException): ExchangeFault {
  return { kind: 'unreachable', text: describeSystemError(error) }
}
