/**
 * One question to a primary over TCP and the messages that come back (RFC 7766, RFC 5936 section 4.1), bounded in every
 * way that a hostile or broken primary could try: octets, messages, time without octets, time in all.
 * Invariants: exactly one end, whatever happens, a bug of ours in what is read included; when it has come no socket and
 * no timer is left; what is held beside the message at hand is less than one message.
 */
import { connect } from 'node:net'
import { readU16, writeU16 } from '../../core/base/bytes.ts'
import type { Failure } from '../../core/secondary/index.ts'

export interface PrimaryAddress {
  readonly host: string
  readonly port: number
  /** The local address that it is asked from, of the same family; null: the system's choice. */
  readonly source: string | null
}

export interface ExchangeLimits {
  readonly connectMs: number
  /** Without a single octet. */
  readonly idleMs: number
  readonly totalMs: number
  /** So many octets at least in each such time; null: `totalMs` is short enough. */
  readonly pace: { readonly ms: number; readonly octets: number } | null
  readonly octetsMax: number
  readonly messagesMax: number
}

/** What becomes of a message: more are due, that was all, or it is of no use. */
export type Verdict = 'more' | 'done' | Failure

const prefixOctets = 2

/** Sends `query`, a whole message, and shows what comes to `take` until that says otherwise. Never rejects. */
export function exchange(
  { host, port, source }: PrimaryAddress,
  query: Uint8Array,
  limits: ExchangeLimits,
  signal: AbortSignal,
  take: (message: Uint8Array) => Verdict,
): Promise<'done' | Failure> {
  return new Promise(resolve => {
    const socket = connect({ host, port, noDelay: true, ...(source !== null && { localAddress: source }) })
    const stream = createStream(limits, take)
    const end = (result: 'done' | Failure): void => {
      clearTimeout(total)
      clearTimeout(connecting)
      clearInterval(pacing)
      signal.removeEventListener('abort', abort)
      socket.removeAllListeners('data')
      socket.destroy()
      resolve(result)
    }
    const abort = (): void => end(failure('timeout', 'the server is stopping'))
    const connecting = setTimeout(() => end(failure('timeout', 'no connection in time')), limits.connectMs)
    const total = setTimeout(() => end(failure('too-large', 'the transfer takes too long')), limits.totalMs)
    const pacing = limits.pace === null ? undefined : keepPace(limits.pace, stream, end)
    socket.setTimeout(limits.idleMs, () => end(failure('timeout', `silent for ${limits.idleMs / 1000} s`)))
    socket.on('connect', () => {
      clearTimeout(connecting)
      socket.write(framed(query))
    })
    socket.on('data', chunk => {
      const verdict = guarded(() => stream.push(chunk))
      if (verdict !== 'more') end(verdict)
    })
    socket.on('end', () => end(failure('malformed', 'the connection ended before the transfer did')))
    socket.on('error', error => end(describe(error)))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort)
  })
}

/** Octets of strangers meet our code here: what it stumbles over is a failure of this zone and not of the thread. */
export function guarded<T>(work: () => T): T | Failure {
  try {
    return work()
  } catch (error) {
    return failure('fault', error instanceof Error ? error.message : String(error))
  }
}

/** What comes over a connection, cut into messages (RFC 1035 section 4.2.2). */
interface Stream {
  push(chunk: Buffer): Verdict
  /** Octets so far. */
  octets(): number
}

function createStream({ octetsMax, messagesMax }: ExchangeLimits, take: (message: Uint8Array) => Verdict): Stream {
  /** What came since the last whole message, and how much it takes to look again. */
  let parts: Buffer[] = []
  let held = 0
  let needed = prefixOctets
  let octets = 0
  let messages = 0
  const look = (all: Buffer): Verdict => {
    let at = 0
    for (;;) {
      const left = all.length - at
      needed = left < prefixOctets ? prefixOctets : prefixOctets + readU16(all, at)
      if (left < needed) break
      if (++messages > messagesMax) return failure('too-large', `more than ${messagesMax} messages`)
      const verdict = take(all.subarray(at + prefixOctets, at + needed))
      if (verdict !== 'more') return verdict
      at += needed
    }
    // A copy: else a few octets would keep all that came with them.
    parts = at === all.length ? [] : [Buffer.from(all.subarray(at))]
    held = all.length - at
    return 'more'
  }
  return {
    push: chunk => {
      octets += chunk.length
      if (octets > octetsMax) return failure('too-large', `more than ${octetsMax} octets`)
      parts.push(chunk)
      held += chunk.length
      // Not joined at each chunk: a message in chunks of one octet would cost the square of its length.
      return held < needed ? 'more' : look(parts.length === 1 ? chunk : Buffer.concat(parts))
    },
    octets: () => octets,
  }
}

/** Ends what is slower than `pace`. */
function keepPace(
  { ms, octets }: NonNullable<ExchangeLimits['pace']>,
  stream: Stream,
  end: (failure: Failure) => void,
): NodeJS.Timeout {
  let before = 0
  const judge = (): void => {
    const now = stream.octets()
    if (now - before < octets) end(failure('timeout', `less than ${octets} octets in ${ms / 1000} s`))
    before = now
  }
  // What waits to be read counts, however long this thread was busy with another zone.
  return setInterval(() => setImmediate(judge), ms)
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

/** The system's word on a connection, or on the address that it was to start from. */
export function describe(error: Error): Failure {
  const code = 'code' in error ? String(error.code) : ''
  if ('syscall' in error && error.syscall === 'bind') {
    const source = 'address' in error ? String(error.address) : 'the source'
    if (code === 'EADDRNOTAVAIL') return failure('no-source', `${source} is no address of this machine`)
    return failure('no-source', `${source} cannot be asked from (${code})`)
  }
  if (code === 'ECONNREFUSED') return failure('unreachable', 'nobody listens there')
  if (code === 'ETIMEDOUT') return failure('timeout', 'no connection in time')
  return failure('unreachable', code === '' ? error.message : code)
}
