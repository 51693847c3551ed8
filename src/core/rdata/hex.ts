/**
 * Octets as hexadecimal digits: digests, fingerprints and rdata of types without words (RFC 3597 section 5). Spaces
 * between the digits were taken out with the tokens that held them.
 */

/** Null unless the text is an even number of hexadecimal digits. */
export function parseHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0) return null
  const octets = new Uint8Array(text.length / 2)
  for (let i = 0; i < octets.length; i++) {
    const high = digitOf(text.charCodeAt(i * 2))
    const low = digitOf(text.charCodeAt(i * 2 + 1))
    if (high < 0 || low < 0) return null
    octets[i] = (high << 4) | low
  }
  return octets
}

export function formatHex(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += octet < 16 ? `0${octet.toString(16)}` : octet.toString(16)
  return text
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
