/**
 * All echoes in flight over one socket, and whose reply a message is. Invariants: a reply counts only if its sequence
 * number, its source address and its random cookie are those of an echo in flight (and its identifier, on a raw socket,
 * which hears every program's replies); at most `echoesInFlightMax` are in flight, so a sequence number is never in use
 * twice; what the kernel has queued is taken out while many are being sent, because its queue holds only some hundreds
 * and a reply lost there would look like a dead host.
 */
import { randomFillSync } from 'node:crypto'
import { equalBytes } from '../../../core/base/bytes.ts'
import type { Endpoint } from '../../../core/health/types.ts'
import type { Clock, Probe } from '../../../core/ports.ts'
import { formatIpv4, parseIpv4 } from '../../../core/rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../../../core/rdata/aaaa.ts'
import { type Libc, linux } from '../../ffi/libc.ts'
import { addressOctetsOf, socketAddressOctetsMax, writeSocketAddress } from '../../ffi/sockaddr.ts'
import { attempt, type Run } from '../attempt.ts'
import { judgeErrno, type Settle } from '../outcome.ts'
import { errnoName } from './errno.ts'
import {
  cookieIn,
  cookieOctets,
  type EchoError,
  echoOctets,
  type Family,
  readIcmp,
  withoutIpv4Header,
  writeEcho,
} from './packet.ts'

/** A socket that echoes go out of. */
export interface EchoSocket {
  readonly fd: number
  readonly family: Family
  /** Our identifier on a raw socket; null on a ping socket, where the kernel sets and matches it. */
  readonly id: number | null
}

export interface Echoes {
  echo(endpoint: Endpoint, signal: AbortSignal): ReturnType<Probe>
  /** Takes a message that begins with its ICMP header. */
  receive(message: Uint8Array, from: Uint8Array): void
  /** Takes whatever waits in the socket. */
  drain(): void
  /** Echoes in flight. */
  count(): number
  /** Ends what is in flight; the socket is not touched from then on. Closing it is the owner's part. */
  close(): void
}

/** Half of the sequence numbers, so that a free one is found soon. */
export const echoesInFlightMax = 32_768
/** Messages taken from the socket in one go. */
const drainMessagesMax = 4096
/** Errors that one look into the socket bears with. */
const faultsPerLookMax = 16
/** Sends between two looks into the socket: well below what the smallest receive buffer holds. */
const sendsBeforeLook = 64
/** A send may report the error of an earlier echo; it is tried again after that was taken. */
const sendTriesMax = 4
const cookiesDrawnAtOnce = 512

interface Flight {
  readonly target: Uint8Array
  readonly cookie: Uint8Array
  readonly settle: Settle
}

interface Destination {
  readonly octets: Uint8Array
  readonly socketAddress: Uint8Array
}

export function createEchoes(
  deps: { readonly libc: Libc; readonly clock: Clock; sent(): void },
  socket: EchoSocket,
): Echoes {
  const { libc, clock } = deps
  const { fd, family, id } = socket
  const flights = new Map<number, Flight>()
  const destinations = new WeakMap<Endpoint, Destination>()
  const drawCookie = createCookies()
  // Views of long-lived memory, all that ever goes to the kernel.
  const outgoing = Buffer.allocUnsafeSlow(echoOctets)
  const incoming = Buffer.allocUnsafeSlow(2048)
  const sender = Buffer.allocUnsafeSlow(128).subarray(0, socketAddressOctetsMax)
  let sequence = 0
  let sends = 0
  let open = true

  const land = (at: number, cookie: Uint8Array, source: Uint8Array, mayLackCookie: boolean): Flight | null => {
    const flight = flights.get(at)
    if (flight === undefined || !equalBytes(flight.target, source)) return null
    const known = equalBytes(flight.cookie, cookie) || (mayLackCookie && cookie.length === 0)
    return known ? flight : null
  }

  const receive = (message: Uint8Array, from: Uint8Array): void => {
    const read = readIcmp(message, family)
    if (read === null || (id !== null && read.id !== id)) return
    if (read.kind === 'reply') land(read.sequence, read.cookie, from, false)?.settle('pass', 'ok', null)
    else land(read.sequence, read.cookie, read.target, true)?.settle('fail', 'unreachable', describe(read, from))
  }

  /** On a ping socket errors come back apart: our own echo, and the address it was sent to (ip(7), IP_RECVERR). */
  const drainErrors = (): void => {
    for (let taken = 0; taken < drainMessagesMax; taken++) {
      const octets = libc.receiveFrom(fd, incoming, sender, linux.flagErrorQueue)
      if (octets < 0) return
      if (octets < 8) continue
      const echo = incoming.subarray(0, octets)
      const target = addressOctetsOf(sender, family)
      land(echo.readUInt16BE(6), cookieIn(echo), target, true)?.settle('fail', 'unreachable', 'the network says so')
    }
  }

  const drain = (): void => {
    if (!open) return
    if (id === null) drainErrors()
    let faults = 0
    for (let taken = 0; taken < drainMessagesMax; taken++) {
      const octets = libc.receiveFrom(fd, incoming, sender, 0)
      if (octets < 0) {
        // An error of one echo is told once; what is told again and again will not go away by asking.
        if (errnoName(-octets) === 'EAGAIN' || ++faults > faultsPerLookMax) return
        if (id === null) drainErrors()
        continue
      }
      const packet = incoming.subarray(0, octets)
      // A raw IPv4 socket hands out the IP header as well (raw(7)); the others do not.
      const message = id !== null && family === 'v4' ? withoutIpv4Header(packet) : packet
      if (message !== null) receive(message, addressOctetsOf(sender, family))
    }
  }

  const send = (destination: Destination): number => {
    let sent = 0
    for (let tries = 0; tries < sendTriesMax; tries++) {
      sent = libc.sendTo(fd, outgoing, destination.socketAddress)
      if (sent >= 0 || id !== null || judgeErrno(errnoName(-sent)).kind !== 'fail') break
      drainErrors()
    }
    if (++sends % sendsBeforeLook === 0) drain()
    return sent
  }

  const freeSequence = (): number => {
    do sequence = (sequence + 1) & 0xffff
    while (flights.has(sequence))
    return sequence
  }

  const begin = (endpoint: Endpoint, settle: Settle): Run => {
    const own = { sequence: -1 }
    const run: Run = {
      stop: () => flights.delete(own.sequence),
      stage: () => null,
      lastLook: drain,
    }
    if (!open) {
      settle('inconclusive', 'no-prober', 'the ICMP socket was closed')
      return run
    }
    const destination = destinations.get(endpoint) ?? destinationOf(endpoint)
    if (destination === null) {
      settle('inconclusive', 'no-prober', `not an address: ${endpoint.address}`)
      return run
    }
    destinations.set(endpoint, destination)
    if (flights.size >= echoesInFlightMax) {
      settle('inconclusive', 'no-socket', `${echoesInFlightMax} echoes are in flight`)
      return run
    }
    own.sequence = freeSequence()
    const cookie = drawCookie()
    flights.set(own.sequence, { target: destination.octets, cookie, settle })
    writeEcho(outgoing, family, id ?? 0, own.sequence, cookie)
    const sent = send(destination)
    if (sent < 0) {
      const code = errnoName(-sent)
      const { kind, reason } = judgeErrno(code)
      settle(kind, reason, code)
    } else deps.sent()
    return run
  }

  return {
    echo: (endpoint, signal) => attempt(clock, signal, settle => begin(endpoint, settle)),
    receive,
    drain,
    count: () => flights.size,
    close: () => {
      open = false
      for (const flight of [...flights.values()]) {
        flight.settle('inconclusive', 'no-prober', 'the ICMP socket was closed')
      }
    },
  }
}

function destinationOf(endpoint: Endpoint): Destination | null {
  const octets = parseIpv4(endpoint.address) ?? parseIpv6(endpoint.address)
  return octets === null ? null : { octets, socketAddress: writeSocketAddress(octets, 0) }
}

function describe(error: EchoError, from: Uint8Array): string {
  const router = from.length === 16 ? formatIpv6(from) : formatIpv4(from)
  return `ICMP type ${error.type} code ${error.code} from ${router}`
}

/** Unguessable octets, drawn many at a time because each draw is a call into the system. */
function createCookies(): () => Uint8Array {
  const pool = new Uint8Array(cookieOctets * cookiesDrawnAtOnce)
  let at = pool.length
  return () => {
    if (at === pool.length) {
      randomFillSync(pool)
      at = 0
    }
    at += cookieOctets
    return pool.slice(at - cookieOctets, at)
  }
}
