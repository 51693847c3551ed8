/**
 * Text of master files → octets: `\ddd` is an octet, `\x` is x itself, everything else stands for its UTF-8 octets
 * (RFC 1035 section 5.1). The way back is `quote` in txt.ts.
 */
const encoder = new TextEncoder()
const backslash = 0x5c

/** Null if a `\` escapes nothing or a number beyond 255. */
export function parseString(text: string): Uint8Array | null {
  return readPlain(text) ?? resolveEscapes(encoder.encode(text))
}

/** Most texts are ASCII without escapes; null for the others. */
function readPlain(text: string): Uint8Array | null {
  const octets = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7e || code === backslash) return null
    octets[i] = code
  }
  return octets
}

/** In place: no octet is written before it was read. */
function resolveEscapes(octets: Uint8Array): Uint8Array | null {
  let length = 0
  for (let i = 0; i < octets.length; i++) {
    let octet = octets[i]!
    if (octet === backslash) {
      octet = octets[++i] ?? -1
      if (octet < 0) return null
      if (isDigit(octet)) {
        const second = octets[i + 1] ?? 0
        const third = octets[i + 2] ?? 0
        if (!isDigit(second) || !isDigit(third)) return null
        octet = (octet - 0x30) * 100 + (second - 0x30) * 10 + (third - 0x30)
        if (octet > 255) return null
        i += 2
      }
    }
    octets[length++] = octet
  }
  return octets.subarray(0, length)
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39
}
