/**
 * What a packet carries behind its question, read as leniently as it goes: explanations ask it why a server may have
 * stumbled over the packet. It judges nothing but whether the options that we know have a form that they may have.
 */
export interface Anatomy {
  /** Of the first question. */
  readonly qtype: number
  readonly qclass: number
  /** Records that are not OPT. */
  readonly others: number
  /** Octets behind the last record that could be read. */
  readonly trailing: number
  readonly opts: readonly OptPart[]
}

export interface OptPart {
  readonly atRoot: boolean
  readonly payload: number
  /** Of its options, as far as they can be read. */
  readonly codes: readonly number[]
  /** An option that we know has a form that it may not have, or does not end with the record. */
  readonly bent: boolean
}

const optType = 41
const headerOctets = 12

/** Null where there is no question, or not all of it. */
export function dissect(packet: Uint8Array, via: 'udp' | 'tcp'): Anatomy | null {
  if (packet.length < headerOctets) return null
  const u16 = (at: number): number => ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0)
  const qtypeAt = nameEnd(packet, headerOctets)
  let at = headerOctets
  for (let i = 0; i < u16(4); i++) {
    at = nameEnd(packet, at) + 4
    if (at > packet.length) return null
  }
  if (at === headerOctets) return null
  const opts: OptPart[] = []
  let others = 0
  for (let i = u16(6) + u16(8) + u16(10); i > 0; i--) {
    const fixed = nameEnd(packet, at)
    const end = fixed + 10 + u16(fixed + 8)
    if (end > packet.length) break
    if (u16(fixed) === optType) {
      opts.push({
        atRoot: packet[at] === 0,
        payload: u16(fixed + 2),
        ...readOptions(packet.subarray(fixed + 10, end), via),
      })
    } else others++
    at = end
  }
  return { qtype: u16(qtypeAt), qclass: u16(qtypeAt + 2), others, trailing: packet.length - at, opts }
}

const udpOctetsMax = 1232
const udpOctetsWithoutEdns = 512

/** The largest UDP answer to this: what the client offers, within 512 and our own 1232. */
export function udpLimitOf(anatomy: Anatomy | null): number {
  return Math.min(udpOctetsMax, Math.max(anatomy?.opts[0]?.payload ?? 0, udpOctetsWithoutEdns))
}

function nameEnd(packet: Uint8Array, at: number): number {
  for (;;) {
    const size = packet[at]
    if (size === undefined || (size > 63 && size < 0xc0)) return packet.length + 1
    if (size >= 0xc0) return at + 2
    at += size + 1
    if (size === 0) return at
  }
}

function readOptions(rdata: Uint8Array, via: 'udp' | 'tcp'): Pick<OptPart, 'codes' | 'bent'> {
  const codes: number[] = []
  let bent = false
  for (let at = 0; at < rdata.length; ) {
    const end = at + 4 + (((rdata[at + 2] ?? 0) << 8) | (rdata[at + 3] ?? 0))
    if (end > rdata.length) return { codes, bent: true }
    const code = (rdata[at]! << 8) | rdata[at + 1]!
    codes.push(code)
    bent ||= isBent(code, rdata.subarray(at + 4, end), via)
    at = end
  }
  return { codes, bent }
}

/** Client subnet (RFC 7871 section 6), cookie (RFC 7873 section 4), keepalive (RFC 7828 section 3.1). */
function isBent(code: number, octets: Uint8Array, via: 'udp' | 'tcp'): boolean {
  switch (code) {
    case 8:
      return isBentSubnet(octets)
    case 10:
      return octets.length !== 8 && (octets.length < 16 || octets.length > 40)
    case 11:
      return via === 'tcp' && octets.length > 0
    default:
      return false
  }
}

function isBentSubnet(octets: Uint8Array): boolean {
  if (octets.length < 4) return true
  const family = (octets[0]! << 8) | octets[1]!
  const source = octets[2]!
  const bits = family === 1 ? 32 : family === 2 ? 128 : 0
  if (bits === 0 || source > bits || octets[3] !== 0) return true
  const address = octets.subarray(4)
  if (address.length !== Math.ceil(source / 8)) return true
  const spare = address.length * 8 - source
  return spare > 0 && (address.at(-1)! & ((1 << spare) - 1)) !== 0
}
