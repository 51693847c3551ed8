/**
 * A: one IPv4 address (RFC 1035 section 3.4.1). Strict dotted quad: four decimal numbers without leading zeros, since
 * `010.1` means different hosts to different programs.
 */
import type { RdataFormat } from './format.ts'

export const a: RdataFormat = {
  code: 1,
  mnemonic: 'A',
  names: 'none',
  format: rdata => formatIpv4(rdata),
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
