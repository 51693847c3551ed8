/**
 * Which serial a primary has: SOA over UDP, tried again, then over TCP, as when the answer was cut short. The socket is
 * connected, so the kernel lets in datagrams of the primary only and tells of a port where nobody listens; its port is
 * the system's choice, the id is drawn, and both must come back (RFC 5452 section 9).
 */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { equalNames, type Name } from '../../core/name/name.ts'
import { decodeSoa } from '../../core/rdata/soa.ts'
import { isRdata, rrType } from '../../core/rdata/table.ts'
import type { AskResult, Failure } from '../../core/secondary/index.ts'
import { type PrimaryMessage, readPrimaryMessage } from '../../core/secondary/message.ts'
import { questionTypes, writeQuestion } from '../../core/secondary/query.ts'
import { flag, rcode } from '../../core/wire/header.ts'
import type { TsigKey } from '../../core/wire/tsig-key.ts'
import { type Asked, failureOf, isAnswerTo } from './answers.ts'
import { describe, exchange, guarded, type PrimaryAddress } from './exchange.ts'
import { type Trust, trustFor } from './trust.ts'

export interface AskOrder {
  readonly apex: Name
  readonly primary: PrimaryAddress
  readonly key: TsigKey | null
}

/** How long each try over UDP may take. */
const udpTriesMs = [1_000, 2_000]
/** Datagrams of the primary that do not answer us, after which we no longer listen. */
const straysMax = 100
const tcpLimits = { connectMs: 3_000, idleMs: 5_000, totalMs: 8_000, pace: null, octetsMax: 128 * 1024, messagesMax: 1 }

type Found =
  | { readonly kind: 'soa'; readonly serial: number }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'stray' }

/** Never rejects. */
export async function askSerial(order: AskOrder, signal: AbortSignal): Promise<AskResult> {
  for (const waitMs of udpTriesMs) {
    const found = await askUdp(order, waitMs, signal)
    if (found === 'truncated') break
    // A lost datagram may be tried again, and so may TCP; whoever answers is believed.
    if (found.kind === 'soa' || found.failure.reason !== 'timeout' || signal.aborted) return found
  }
  return await askTcp(order, signal)
}

interface Inquiry {
  readonly asked: Asked
  readonly trust: Trust
}

function inquire({ apex, key }: AskOrder): Inquiry {
  const asked: Asked = { id: randomInt(0x1_0000), apex, type: questionTypes.soa }
  return { asked, trust: trustFor(writeQuestion(asked.id, apex, asked.type), key, nowSeconds) }
}

function askUdp(order: AskOrder, waitMs: number, signal: AbortSignal): Promise<AskResult | 'truncated'> {
  return new Promise(resolve => {
    const inquiry = inquire(order)
    const { host, port, source } = order.primary
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' })
    let strays = 0
    let isOver = false
    const end = (result: AskResult | 'truncated'): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.close()
      resolve(result)
    }
    const abort = (): void => end(failed({ reason: 'timeout', detail: 'the server is stopping' }))
    const timer = setTimeout(() => end(failed({ reason: 'timeout', detail: 'no answer over UDP' })), waitMs)
    socket.on('error', error => end(failed(describe(error))))
    socket.on('message', octets => {
      const found = guarded(() => judge(inquiry, octets))
      if ('reason' in found) return end(failed(found))
      if (found.kind === 'truncated') return end('truncated')
      if (found.kind === 'soa') return end(found)
      if (++strays === straysMax) end(failed({ reason: 'malformed', detail: 'only answers to what was not asked' }))
    })
    socket.on('connect', () => {
      if (!isOver) socket.send(inquiry.trust.query)
    })
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort)
    // No callback: it would be called for an error too, which then is no event.
    if (source !== null) socket.bind({ address: source, exclusive: true })
    socket.connect(port, host)
  })
}

async function askTcp(order: AskOrder, signal: AbortSignal): Promise<AskResult> {
  const inquiry = inquire(order)
  let result: AskResult = failed({ reason: 'malformed', detail: 'an answer to what was not asked' })
  const end = await exchange(order.primary, inquiry.trust.query, tcpLimits, signal, octets => {
    const found = judge(inquiry, octets)
    if ('reason' in found) return found
    if (found.kind === 'soa') result = found
    return 'done'
  })
  return end === 'done' ? result : failed(end)
}

function judge({ asked, trust }: Inquiry, octets: Uint8Array): Found | Failure {
  const message = readPrimaryMessage(octets)
  if (message === 'malformed' || !isAnswerTo(asked, message, false)) return { kind: 'stray' }
  const distrust = trust.judge(octets)
  if (distrust !== null) return (isUnsignedRefusal(distrust, message) && failureOf(message.rcode)) || distrust
  const refusal = failureOf(message.rcode)
  if (refusal !== null) return refusal
  if ((message.flags & flag.TC) !== 0) return { kind: 'truncated' }
  if ((message.flags & flag.AA) === 0) {
    return { reason: 'not-authoritative', detail: 'the primary answers from hearsay (no AA)' }
  }
  const soa = message.answers.find(({ owner, type }) => type === rrType.SOA && equalNames(owner, asked.apex))
  if (soa === undefined || !isRdata(rrType.SOA, soa.rdata)) {
    return { reason: 'not-authoritative', detail: 'the primary has no SOA for the zone' }
  }
  return { kind: 'soa', serial: decodeSoa(soa.rdata).serial }
}

/** A refusal need not be signed; NOTAUTH is about the signature itself. Nothing else of an unsigned one is believed. */
export function isUnsignedRefusal({ reason }: Failure, { rcode: code }: PrimaryMessage): boolean {
  return reason === 'bad-signature' && code !== rcode.NOERROR && code !== rcode.NOTAUTH
}

function failed(failure: Failure): AskResult {
  return { kind: 'failed', failure }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
