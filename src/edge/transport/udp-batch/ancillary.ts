/**
 * Ancillary messages beside a datagram: which local address it was sent to, so that the answer leaves from there
 * (RFC 1123 section 4.1.3.5). Each is a `cmsghdr`, 8-octet aligned:
 *
 *   0 octets (64 bits, header included)   8 level   12 type   16 content
 *   IP_PKTINFO    interface (4)  local address to answer from (4)  address asked (4)
 *   IPV6_PKTINFO  address asked (16)  interface (4)
 *
 * Invariant: an answer names no interface, so the routing tables choose it, except to a link-local address (RFC 4291
 * section 2.5.6), which means nothing without its interface.
 */
import { linux } from '../../ffi/libc.ts'

/** Room for what we ask the kernel for, 40 octets of IPV6_PKTINFO, and for a small one beside it. */
export const controlOctetsMax = 64

export type Family = 'v4' | 'v6'

const headWords = 4
/** Ancillary messages looked at beside one datagram. */
const messagesMax = 4

/** The word where the content of a message of that kind begins, or -1. `octets` is how much the kernel wrote. */
export function findAncillary(words: Int32Array, control: number, octets: number, level: number, type: number): number {
  const end = control + (octets >>> 2)
  let at = control
  for (let i = 0; i < messagesMax && at + headWords <= end; i++) {
    const length = words[at]!
    if (words[at + 2] === level && words[at + 3] === type) return at + headWords
    // A length below a head would lead nowhere.
    if (length < headWords * 4) return -1
    at += ((length + 7) >>> 3) * 2
  }
  return -1
}

export function levelOf(family: Family): number {
  return family === 'v4' ? linux.levelIp : linux.levelIpv6
}

export function sourceTypeOf(family: Family): number {
  return family === 'v4' ? linux.optionIpPacketInfo : linux.optionIpv6PacketInfo
}

/** Makes what came as packet info at word `from` the source of an answer. Returns the octets of the control. */
export function writeSource(words: Int32Array, control: number, from: number, family: Family): number {
  return family === 'v4' ? writeSourceV4(words, control, from) : writeSourceV6(words, control, from)
}

function writeSourceV4(words: Int32Array, control: number, from: number): number {
  words[control] = headWords * 4 + 12
  words[control + 1] = 0
  words[control + 2] = linux.levelIp
  words[control + 3] = linux.optionIpPacketInfo
  words[control + 4] = 0
  words[control + 5] = words[from + 1]!
  words[control + 6] = 0
  return 32
}

function writeSourceV6(words: Int32Array, control: number, from: number): number {
  words[control] = headWords * 4 + 20
  words[control + 1] = 0
  words[control + 2] = linux.levelIpv6
  words[control + 3] = linux.optionIpv6PacketInfo
  for (let i = 0; i < 4; i++) words[control + 4 + i] = words[from + i]!
  words[control + 8] = isLinkLocal(words[from]!) ? words[from + 4]! : 0
  return 40
}

/** fe80::/10 as the first word of an address in memory, least octet first. */
function isLinkLocal(first: number): boolean {
  return (first & 0xc0ff) === 0x80fe
}
