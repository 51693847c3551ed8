/**
 * A: one IPv4 address (RFC 1035 section 3.4.1). Strict dotted quad: four decimal numbers without leading zeros, since
 * `010.1` means different hosts to different programs.
 */
import { type Fields, refuseField, shown, takeWord } from './fields.ts'
import type { RdataFormat } from './format.ts'

export const a: RdataFormat = {
  code: 1,
  mnemonic: 'A',
  names: 'none',
  format: rdata => formatIpv4(rdata),
  parse: fields => takeIpv4(fields),
  check: rdata => rdata.length === 4,
}

/** Four octets, or null if the text is not a dotted quad. */
export function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const octets = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return null
    const value = Number(part)
    if (value > 255) return null
    octets[i] = value
  }
  return octets
}

export function formatIpv4(octets: Uint8Array): string {
  return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`
}

function takeIpv4(fields: Fields): Uint8Array {
  const text = takeWord(fields, 'an IPv4 address')
  const octets = parseIpv4(text)
  if (octets !== null) return octets
  const [code, hint] = text.includes(':')
    ? (['wrong-family', 'an IPv6 address goes into an AAAA record'] as const)
    : (['bad-address', 'write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1'] as const)
  refuseField(fields, code, fields.at - 1, `${shown(text)} is not an IPv4 address`, hint)
  return new Uint8Array(4)
}
