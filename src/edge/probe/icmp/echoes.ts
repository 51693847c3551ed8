/**
 * Echoes over one socket, and whose reply a message is. Invariants: a reply counts only if its sequence number, its
 * source address and its random cookie are those of an echo in flight (and its identifier, on a raw socket, which hears
 * every program's replies); what the kernel has queued is taken out while many are being sent, because its queue holds
 * only some hundreds and a reply lost there would look like a dead host.
 */
import { readU16 } from '../../../core/base/bytes.ts'
import { readAddress } from '../../../core/guard/address.ts'
import type { Endpoint } from '../../../core/health/types.ts'
import type { Clock, Probe, StopSignal } from '../../../core/ports.ts'
import { formatIpv4 } from '../../../core/rdata/a.ts'
import { formatIpv6 } from '../../../core/rdata/aaaa.ts'
import type { ErrorReader } from '../../ffi/errors.ts'
import { type Libc, linux } from '../../ffi/libc.ts'
import { socketAddressOctetsMax, writeScope, writeSocketAddress } from '../../ffi/sockaddr.ts'
import { attempt, type Run } from '../attempt.ts'
import { judgeErrno, type Settle } from '../outcome.ts'
import { errnoName } from './errno.ts'
import { createFlights, flightsMax } from './flights.ts'
import {
  completeEcho,
  cookieAt,
  cookieIn,
  type EchoError,
  echoOctets,
  type Family,
  ipv4HeaderOctets,
  isEchoError,
  isReply,
  readIcmp,
  writeEchoForm,
} from './packet.ts'
import { splitScope } from './scope.ts'
import { hasSource } from './socket-options.ts'

/** A socket that echoes go out of. */
export interface EchoSocket {
  readonly fd: number
  readonly family: Family
  /** What it is bound to, or null. */
  readonly source: string | null
  /** Our identifier on a raw socket; null on a ping socket, where the kernel sets and matches it. */
  readonly id: number | null
  /** How errors that came back are taken from a ping socket; absent on a raw one, which hears them as messages. */
  readonly readError?: ErrorReader
}

export interface Echoes {
  echo(endpoint: Endpoint, signal: StopSignal): ReturnType<Probe>
  /** Takes a message that begins with its ICMP header, from these address octets. */
  receive(message: Uint8Array, from: Uint8Array): void
  /** Takes whatever waits in the socket. */
  drain(): void
  /** Echoes in flight. */
  count(): number
  /** Ends what is in flight; the socket is not touched from then on. Closing it is the owner's part. */
  close(): void
}

/** Messages taken from the socket in one go. */
const drainMessagesMax = 4096
/** Errors that one look into the socket bears with. */
const faultsPerLookMax = 16
/** Sends between two looks into the socket: well below what the smallest receive buffer holds. */
const sendsBeforeLook = 64
/** A send may report the error of an earlier echo; it is tried again after that was taken. */
const sendTriesMax = 4

export function createEchoes(
  deps: { readonly libc: Libc; readonly clock: Clock; sent(): void },
  socket: EchoSocket,
): Echoes {
  const { libc, clock } = deps
  const { fd, family, id, source, readError } = socket
  const addressOctets = family === 'v4' ? 4 : 16
  const addressAt = family === 'v4' ? 4 : 8
  const flights = createFlights(addressOctets)
  // Long-lived memory, all that ever goes to the kernel.
  const outgoing = Buffer.allocUnsafeSlow(echoOctets)
  const receiver = writeSocketAddress(new Uint8Array(addressOctets), 0)
  const incoming = Buffer.allocUnsafeSlow(2048)
  const sender = Buffer.allocUnsafeSlow(128).subarray(0, socketAddressOctetsMax)
  const told = new Uint8Array(3)
  const icmpOrigin = family === 'v4' ? linux.errorOfIcmp : linux.errorOfIcmpV6
  const target = new Uint8Array(16)
  let sends = 0
  let open = true
  writeEchoForm(outgoing, family, id ?? 0)

  /** A message at `begin`, from the address at `fromAt`. Replies are nearly all there is. */
  const take = (message: Uint8Array, begin: number, end: number, from: Uint8Array, fromAt: number): void => {
    if (isReply(message, begin, end, family)) {
      if (id !== null && readU16(message, begin + 4) !== id) return
      flights.find(readU16(message, begin + 6), from, fromAt, message, begin + cookieAt)?.('pass', 'ok', null)
      return
    }
    const read = readIcmp(message.subarray(begin, end), family)
    if (read === null || read.kind === 'reply' || (id !== null && read.id !== id)) return
    const told = describe(read, from.subarray(fromAt, fromAt + addressOctets))
    landError(read.sequence, read.target, 0, read.cookie, told)
  }

  const landError = (at: number, to: Uint8Array, toAt: number, cookie: Uint8Array, detail: string): void => {
    const settle = cookie.length === 0 ? flights.findBare(at, to, toAt) : flights.find(at, to, toAt, cookie, 0)
    settle?.('fail', 'unreachable', detail)
  }

  /**
   * On a ping socket errors come back apart: our own echo, and the address it was sent to (ip(7), IP_RECVERR). Returns
   * how many there were. Not all of them are errors: a router that knows a nearer one says so in the same way, and
   * forwards the echo nevertheless (RFC 1122 section 3.2.2.2).
   */
  const drainErrors = (): number => {
    if (readError === undefined) return 0
    for (let taken = 0; taken < drainMessagesMax; taken++) {
      const octets = readError(fd, incoming, sender, told)
      if (octets < 0) return taken
      const [origin = 0, type = 0, code = 0] = told
      if (octets < 8 || origin !== icmpOrigin || !isEchoError(type, code, family)) continue
      const echo = incoming.subarray(0, octets)
      landError(readU16(echo, 6), sender, addressAt, cookieIn(echo), `ICMP type ${type} code ${code}`)
    }
    return drainMessagesMax
  }

  const drain = (): void => {
    if (!open) return
    drainErrors()
    let faults = 0
    for (let taken = 0; taken < drainMessagesMax; taken++) {
      const octets = libc.receiveFrom(fd, incoming, sender, 0)
      if (octets < 0) {
        // An error of one echo is told once; what is told again and again will not go away by asking.
        if (errnoName(-octets) === 'EAGAIN' || ++faults > faultsPerLookMax) return
        drainErrors()
        continue
      }
      // A raw IPv4 socket hands out the IP header as well (raw(7)); the others do not.
      const begin = id !== null && family === 'v4' ? ipv4HeaderOctets(incoming, octets) : 0
      if (begin >= 0) take(incoming, begin, octets, sender, addressAt)
    }
  }

  const send = (): number => {
    let sent = 0
    for (let tries = 0; tries < sendTriesMax; tries++) {
      sent = libc.sendTo(fd, outgoing, receiver)
      if (sent >= 0 || id !== null) break
      if (drainErrors() === 0 && judgeErrno(errnoName(-sent)).kind !== 'fail') break
    }
    if (++sends % sendsBeforeLook === 0) drain()
    return sent
  }

  const begin = (endpoint: Endpoint, settle: Settle): Run => {
    let sequence = -1
    const run: Run = {
      stop: () => {
        if (sequence >= 0) flights.remove(sequence)
      },
      stage: () => null,
      lastLook: drain,
    }
    if (!open) {
      settle('inconclusive', 'no-prober', 'the ICMP socket was closed')
      return run
    }
    const { address, scope } = splitScope(endpoint.address)
    if (scope === null) {
      // Only gateways are named like this, by which we judge ourselves: who lost the link has lost the gateway.
      settle('fail', 'unreachable', `no such interface is up: ${endpoint.address}`)
      return run
    }
    if (readAddress(address, target) !== addressOctets) {
      settle('inconclusive', 'no-prober', `not an address: ${endpoint.address}`)
      return run
    }
    if (flights.count() >= flightsMax) {
      settle('inconclusive', 'no-socket', `${flightsMax} echoes are in flight`)
      return run
    }
    sequence = flights.add(target, settle)
    flights.copyCookie(sequence, outgoing, cookieAt)
    completeEcho(outgoing, family, sequence)
    for (let i = 0; i < addressOctets; i++) receiver[addressAt + i] = target[i]!
    if (family === 'v6') writeScope(receiver, scope)
    const sent = send()
    if (sent < 0) {
      const code = errnoName(-sent)
      const { kind, reason } = judgeErrno(code)
      const isOurs = kind === 'fail' && source !== null && !hasSource(libc, source)
      if (isOurs) settle('inconclusive', 'no-socket', `${source} is no address of this host`)
      else settle(kind, reason, code)
    } else deps.sent()
    return run
  }

  return {
    echo: (endpoint, signal) => attempt(clock, signal, settle => begin(endpoint, settle)),
    receive: (message, from) => take(message, 0, message.length, from, 0),
    drain,
    count: flights.count,
    close: () => {
      open = false
      for (const settle of flights.waiting()) {
        settle('inconclusive', 'no-prober', 'the ICMP socket was closed')
      }
    },
  }
}

function describe(error: EchoError, from: Uint8Array): string {
  const router = from.length === 16 ? formatIpv6(from) : formatIpv4(from)
  return `ICMP type ${error.type} code ${error.code} from ${router}`
}
