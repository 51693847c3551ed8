/**
 * ICMP echo messages as octets (RFC 792, RFC 4443). Pure. Invariant: every read is within the message's length, since
 * anyone may send us anything.
 *
 *    0        1        2                 4                 6                 8                16           64
 *   +--------+--------+-----------------+-----------------+-----------------+----------------+-----------+
 *   | type   | code   | checksum        | identifier      | sequence number | cookie         | filler    |
 *   +--------+--------+-----------------+-----------------+-----------------+----------------+-----------+
 *
 * 64 octets as the ping program sends them, so that no filter finds ours odd. An error message quotes the packet that
 * it is about from octet 8 on: the IP header, then at least the first 8 octets of our echo.
 */
import { readU16, writeU16 } from '../../../core/base/bytes.ts'

export type Family = 'v4' | 'v6'

export interface EchoReply {
  readonly kind: 'reply'
  readonly id: number
  readonly sequence: number
  /** Empty if the message is too short to hold one. */
  readonly cookie: Uint8Array
}

/** The network says that our echo did not arrive. */
export interface EchoError {
  readonly kind: 'error'
  readonly type: number
  readonly code: number
  readonly id: number
  readonly sequence: number
  /** Address octets that the echo was sent to. */
  readonly target: Uint8Array
  /** Empty if the error does not quote that far. */
  readonly cookie: Uint8Array
}

export const echoOctets = 64
export const cookieAt = 8
export const cookieOctets = 8

const requestType = { v4: 8, v6: 128 } as const
const replyType = { v4: 0, v6: 129 } as const
/** Destination unreachable, time exceeded. */
export const errorTypes = { v4: [3, 11], v6: [1, 3] } as const
export const replyTypes = replyType
/** Fragmentation needed: about size, not about reach. */
const tooBigCode = 4

/** Writes what all echo requests of one socket have in common over `out`: all but sequence number, cookie, checksum. */
export function writeEchoForm(out: Uint8Array, family: Family, id: number): void {
  out[0] = requestType[family]
  out[1] = 0
  writeU16(out, 4, id)
  for (let at = cookieAt + cookieOctets; at < echoOctets; at++) out[at] = at
}

/** Makes an echo request of a form that already holds its cookie. For IPv6 the kernel writes the checksum. */
export function completeEcho(out: Uint8Array, family: Family, sequence: number): void {
  writeU16(out, 2, 0)
  writeU16(out, 6, sequence)
  if (family === 'v4') writeU16(out, 2, checksum(out))
}

/** What a message that begins with its ICMP header says about an echo of somebody's, or null if nothing. */
export function readIcmp(message: Uint8Array, family: Family): EchoReply | EchoError | null {
  if (message.length < 8) return null
  const type = message[0]!
  if (type === replyType[family]) {
    return { kind: 'reply', id: readU16(message, 4), sequence: readU16(message, 6), cookie: cookieIn(message) }
  }
  return isEchoError(type, message[1]!, family) ? readQuoted(message, family) : null
}

/** True if an ICMP error of this type and code says that what it quotes did not arrive. */
export function isEchoError(type: number, code: number, family: Family): boolean {
  if (!(errorTypes[family] as readonly number[]).includes(type)) return false
  return family !== 'v4' || type !== 3 || code !== tooBigCode
}

function readQuoted(message: Uint8Array, family: Family): EchoError | null {
  const packet = message.subarray(8)
  const echo = family === 'v4' ? withoutIpv4Header(packet) : withoutIpv6Header(packet)
  if (echo === null || echo.length < 8 || echo[0] !== requestType[family]) return null
  return {
    kind: 'error',
    type: message[0]!,
    code: message[1]!,
    id: readU16(echo, 4),
    sequence: readU16(echo, 6),
    target: family === 'v4' ? packet.subarray(16, 20) : packet.subarray(24, 40),
    cookie: cookieIn(echo),
  }
}

/** True if a message from `begin` to before `end` is a reply that is long enough to hold a cookie. */
export function isReply(message: Uint8Array, begin: number, end: number, family: Family): boolean {
  return end - begin >= cookieAt + cookieOctets && message[begin] === replyType[family]
}

/** The cookie of an echo or a reply, as far as it is there whole. */
export function cookieIn(echo: Uint8Array): Uint8Array {
  return echo.length >= cookieAt + cookieOctets ? echo.subarray(cookieAt, cookieAt + cookieOctets) : echo.subarray(0, 0)
}

/** How long the IPv4 header in front of an ICMP message is, or -1 if there is none (RFC 791 section 3.1). */
export function ipv4HeaderOctets(packet: Uint8Array, octets: number): number {
  if (octets < 20 || packet[0]! >> 4 !== 4) return -1
  const headerOctets = (packet[0]! & 15) * 4
  if (headerOctets < 20 || octets < headerOctets || packet[9] !== 1) return -1
  const fragmentOffset = readU16(packet, 6) & 0x1fff
  return fragmentOffset === 0 ? headerOctets : -1
}

function withoutIpv4Header(packet: Uint8Array): Uint8Array | null {
  const headerOctets = ipv4HeaderOctets(packet, packet.length)
  return headerOctets < 0 ? null : packet.subarray(headerOctets)
}

/** Ours carry no extension headers, so what quotes them has none either (RFC 8200 section 3). */
function withoutIpv6Header(packet: Uint8Array): Uint8Array | null {
  return packet.length >= 40 && packet[0]! >> 4 === 6 && packet[6] === 58 ? packet.subarray(40) : null
}

/** The Internet checksum of an even number of octets (RFC 1071). */
export function checksum(octets: Uint8Array): number {
  let sum = 0
  for (let at = 0; at + 1 < octets.length; at += 2) sum += readU16(octets, at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
