/**
 * One question to a primary over TCP and the messages that come back (RFC 7766, RFC 5936 section 4.1), bounded in every
 * way that a hostile or broken primary could try: octets, messages, time without octets, time in all.
 * Invariants: exactly one end, whatever happens; when it has come no socket and no timer is left; what is held beside
 * the message at hand is less than one message.
 */
import { connect } from 'node:net'
import { readU16, writeU16 } from '../../core/base/bytes.ts'
import type { Failure } from '../../core/secondary/index.ts'

export interface PrimaryAddress {
  readonly host: string
  readonly port: number
}

export interface ExchangeLimits {
  readonly connectMs: number
  /** Without a single octet. */
  readonly idleMs: number
  readonly totalMs: number
  readonly octetsMax: number
  readonly messagesMax: number
}

/** What becomes of a message: more are due, that was all, or it is of no use. */
export type Verdict = 'more' | 'done' | Failure

const prefixOctets = 2

/** Sends `query`, a whole message, and shows what comes to `take` until that says otherwise. Never rejects. */
export function exchange(
  { host, port }: PrimaryAddress,
  query: Uint8Array,
  limits: ExchangeLimits,
  signal: AbortSignal,
  take: (message: Uint8Array) => Verdict,
): Promise<'done' | Failure> {
  return new Promise(resolve => {
    const socket = connect({ host, port, noDelay: true })
    let held: Buffer = Buffer.alloc(0)
    let octets = 0
    let messages = 0
    const end = (result: 'done' | Failure): void => {
      clearTimeout(total)
      clearTimeout(connecting)
      signal.removeEventListener('abort', abort)
      socket.removeAllListeners('data')
      socket.destroy()
      resolve(result)
    }
    const abort = (): void => end(failure('timeout', 'the server is stopping'))
    const connecting = setTimeout(() => end(failure('timeout', 'no connection in time')), limits.connectMs)
    const total = setTimeout(() => end(failure('too-large', 'the transfer takes too long')), limits.totalMs)
    const look = (): Verdict => {
      let at = 0
      for (;;) {
        const length = held.length - at < prefixOctets ? -1 : readU16(held, at)
        if (length < 0 || held.length - at - prefixOctets < length) break
        if (++messages > limits.messagesMax) return failure('too-large', `more than ${limits.messagesMax} messages`)
        const verdict = take(held.subarray(at + prefixOctets, at + prefixOctets + length))
        if (verdict !== 'more') return verdict
        at += prefixOctets + length
      }
      held = Buffer.from(held.subarray(at))
      return 'more'
    }
    socket.setTimeout(limits.idleMs, () => end(failure('timeout', `silent for ${limits.idleMs / 1000} s`)))
    socket.on('connect', () => {
      clearTimeout(connecting)
      socket.write(framed(query))
    })
    socket.on('data', chunk => {
      octets += chunk.length
      if (octets > limits.octetsMax) return end(failure('too-large', `more than ${limits.octetsMax} octets`))
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const verdict = look()
      if (verdict !== 'more') end(verdict)
    })
    socket.on('end', () => end(failure('malformed', 'the connection ended before the transfer did')))
    socket.on('error', error => end(describe(error)))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort)
  })
}

function framed(query: Uint8Array): Uint8Array {
  const frame = new Uint8Array(prefixOctets + query.length)
  writeU16(frame, 0, query.length)
  frame.set(query, prefixOctets)
  return frame
}

function failure(reason: Failure['reason'], detail: string): Failure {
  return { reason, detail }
}

/** The system's word on a connection. */
export function describe(error: Error): Failure {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return failure('unreachable', 'nobody listens there')
  if (code === 'ETIMEDOUT') return failure('timeout', 'no connection in time')
  return failure('unreachable', code === '' ? error.message : code)
}
