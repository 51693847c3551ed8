/**
 * Who sent a query: address octets and port, in one reused Client per thread. Sockets of Node name their peers by text,
 * so text is read here octet by octet, without a string, an array or a match object on the way.
 * An IPv4 address that comes mapped into IPv6 (RFC 4291 section 2.5.5.2) is the IPv4 address that it stands for:
 * access lists, rates and cookies must not tell the two apart.
 */
import type { Client } from '../wire/query.ts'

export type { Client }

export const addressOctetsMax = 16

export function createClient(): Client {
  return { octets: new Uint8Array(addressOctetsMax), length: 0, port: 0 }
}

/** Puts a peer as `node:dgram` and `node:net` name it into `client`. False if the text is no address. */
export function readClient(client: Client, text: string, port: number): boolean {
  client.length = readAddress(text, client.octets)
  client.port = port
  return client.length !== 0
}

/**
 * Reads IPv4 or IPv6 text (RFC 4291 section 2.2) into the front of `into`, which holds sixteen octets. Returns how many
 * count: 4, 16, or 0 if the text is no address; then `into` holds anything. A zone index (`%eth0`, RFC 4007 section 11)
 * is where the packet came in, not who sent it, and is left out.
 */
export function readAddress(text: string, into: Uint8Array): number {
  let end = text.length
  let colons = false
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === percent && colons) end = i
    if (code === colon) colons = true
  }
  if (!colons) return readQuad(text, 0, end, into, 0) ? 4 : 0
  if (!readGroups(text, end, into)) return 0
  return unmap(into) ? 4 : 16
}

const colon = 0x3a
const dot = 0x2e
const percent = 0x25

/** Four decimal numbers without leading zeros, filling the text from `from` to `end`. */
function readQuad(text: string, from: number, end: number, into: Uint8Array, at: number): boolean {
  let i = from
  for (let octet = 0; octet < 4; octet++) {
    if (octet > 0) {
      if (i >= end || text.charCodeAt(i) !== dot) return false
      i++
    }
    const start = i
    let value = 0
    while (i < end && i - start < 3) {
      const digit = text.charCodeAt(i) - 0x30
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      i++
    }
    const padded = i - start > 1 && text.charCodeAt(start) === 0x30
    if (i === start || padded || value > 255) return false
    into[at + octet] = value
  }
  return i === end
}

/** Groups of hexadecimal digits, one `::` at most, a dotted quad at the end if there is one. */
function readGroups(text: string, end: number, into: Uint8Array): boolean {
  let filled = 0
  let gap = -1
  let i = 0
  if (text.charCodeAt(0) === colon) {
    if (text.charCodeAt(1) !== colon) return false
    gap = 0
    i = 2
  }
  while (i < end) {
    const start = i
    let value = 0
    for (let digit = 0; i < end; i++) {
      digit = hexDigit(text.charCodeAt(i))
      if (digit < 0) break
      value = (value << 4) | digit
    }
    if (i < end && text.charCodeAt(i) === dot) {
      if (filled > 12 || !readQuad(text, start, end, into, filled)) return false
      filled += 4
      break
    }
    if (i === start || i - start > 4 || filled === addressOctetsMax) return false
    into[filled] = value >>> 8
    into[filled + 1] = value
    filled += 2
    if (i === end) break
    if (text.charCodeAt(i) !== colon || ++i === end) return false
    if (text.charCodeAt(i) === colon) {
      if (gap >= 0) return false
      gap = filled
      i++
    }
  }
  return spread(into, filled, gap)
}

/** Opens the gap that `::` stands for: at least one group of zeros. */
function spread(into: Uint8Array, filled: number, gap: number): boolean {
  if (gap < 0) return filled === addressOctetsMax
  if (filled > addressOctetsMax - 2) return false
  into.copyWithin(addressOctetsMax - (filled - gap), gap, filled)
  into.fill(0, gap, addressOctetsMax - (filled - gap))
  return true
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1
}

/** Moves the IPv4 address out of ::ffff:0:0/96 to the front; false if there is none. */
function unmap(octets: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (octets[i] !== 0) return false
  if (octets[10] !== 0xff || octets[11] !== 0xff) return false
  octets.copyWithin(0, 12, addressOctetsMax)
  return true
}
