/**
 * Comma-separated lists inside a SvcParam value (RFC 9460 appendix A.1). They lie below the escapes of master files:
 * the value is unescaped as a string first, then `\,` and `\\` stand for a comma and a backslash inside an item.
 */
const comma = 0x2c
const backslash = 0x5c
const itemOctetsMax = 255
const valueOctetsMax = 0xffff

/** Items of 1 to 255 octets, each behind its length, as alpn has them; null if the list is malformed or empty. */
export function parseItems(value: Uint8Array): Uint8Array | null {
  const wire = new Uint8Array(value.length + 1)
  let lengthAt = 0
  let at = 1
  for (let i = 0; i <= value.length; i++) {
    let octet = value[i] ?? comma
    if (octet === comma) {
      const length = at - lengthAt - 1
      if (length === 0 || length > itemOctetsMax) return null
      wire[lengthAt] = length
      lengthAt = at++
      continue
    }
    if (octet === backslash) {
      octet = value[++i] ?? 0
      if (octet !== comma && octet !== backslash) return null
    }
    wire[at++] = octet
  }
  return wire.slice(0, lengthAt)
}

/** True for one or more items of 1 to 255 octets that fill the value. */
export function isItems(wire: Uint8Array): boolean {
  let at = 0
  while (at < wire.length) {
    if (wire[at] === 0) return false
    at += wire[at]! + 1
  }
  return wire.length > 0 && at === wire.length
}

/** The list as a value that still needs the escapes of a string. */
export function joinItems(wire: Uint8Array): Uint8Array {
  const value: number[] = []
  for (let at = 0; at < wire.length; at += wire[at]! + 1) {
    if (at > 0) value.push(comma)
    for (const octet of wire.subarray(at + 1, at + 1 + wire[at]!)) {
      if (octet === comma || octet === backslash) value.push(backslash)
      value.push(octet)
    }
  }
  return Uint8Array.from(value)
}

/** Each element of a plain list (no escapes) through `read`, joined; null if one is not read or all are too many. */
export function parseEach(text: string, read: (element: string) => Uint8Array | null): Uint8Array | null {
  const value: number[] = []
  for (const element of text.split(',')) {
    const octets = read(element)
    if (octets === null || value.length + octets.length > valueOctetsMax) return null
    value.push(...octets)
  }
  return Uint8Array.from(value)
}

/** The elements of equal size, written by `write`. */
export function formatEach(wire: Uint8Array, size: number, write: (element: Uint8Array) => string): string {
  const texts: string[] = []
  for (let at = 0; at < wire.length; at += size) texts.push(write(wire.subarray(at, at + size)))
  return texts.join(',')
}
