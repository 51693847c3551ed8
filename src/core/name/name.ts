/**
 * Domain names in wire form: length-prefixed labels and a closing zero octet, never compressed, never a dotted string
 * (RFC 1035 section 3.1). Presentation form exists only at the door: zone files, logs and the command line.
 * Invariant: a `Name` is well formed: labels of 1..63 octets, at most 255 octets in all, the root label last.
 * Comparison ignores the case of ASCII letters and of nothing else (RFC 4343).
 */
declare const wire: unique symbol
export type Name = Uint8Array & { readonly [wire]: 'name' }

/** Why a text is not a domain name. `relative` is given only where no origin was at hand. */
export type NameFault = 'empty-label' | 'label-too-long' | 'name-too-long' | 'bad-escape' | 'relative'

export const nameOctetsMax = 255
const labelOctetsMax = 63

export const root: Name = new Uint8Array([0]) as Name

/**
 * Reads presentation form (RFC 1035 section 5.1: `\.` and `\ddd` escapes). A text without a closing dot is relative
 * and is completed with `origin`; `@` alone is the origin itself.
 */
export function parseName(text: string, origin: Name | null): Name | NameFault {
  if (text === '.') return root
  if (text === '@') return origin ?? 'relative'
  const octets = new Uint8Array(nameOctetsMax + 1)
  let at = 1
  let labelAt = 0
  let absolute = false
  const source = textEncoder.encode(text)
  for (let i = 0; i < source.length; i++) {
    let octet = source[i]!
    if (octet === dot) {
      const length = at - labelAt - 1
      if (length === 0) return 'empty-label'
      octets[labelAt] = length
      labelAt = at++
      if (i === source.length - 1) absolute = true
      if (at > nameOctetsMax + 1) return 'name-too-long'
      continue
    }
    if (octet === backslash) {
      const escaped = readEscape(source, i + 1)
      if (escaped === null) return 'bad-escape'
      octet = escaped.octet
      i += escaped.length
    }
    if (at - labelAt - 1 === labelOctetsMax) return 'label-too-long'
    if (at > nameOctetsMax) return 'name-too-long'
    octets[at++] = octet
  }
  if (absolute) {
    if (at > nameOctetsMax) return 'name-too-long'
    return octets.slice(0, at) as Name
  }
  const length = at - labelAt - 1
  if (length === 0) return 'empty-label'
  if (origin === null) return 'relative'
  octets[labelAt] = length
  if (at + origin.length > nameOctetsMax) return 'name-too-long'
  const joined = new Uint8Array(at + origin.length)
  joined.set(octets.subarray(0, at))
  joined.set(origin, at)
  return joined as Name
}

/** True if `value` is a fault rather than a name. */
export function isNameFault(value: Name | NameFault): value is NameFault {
  return typeof value === 'string'
}

/** Presentation form with the closing dot; what is not plain letters, digits, `-`, `_`, `*`, `/` is escaped. */
export function formatName(name: Uint8Array, at = 0): string {
  if (name[at] === 0) return '.'
  const codes: number[] = []
  for (let length = name[at]!; length !== 0; at += length + 1, length = name[at]!) {
    for (let i = at + 1; i <= at + length; i++) pushOctet(codes, name[i]!)
    codes.push(dot)
  }
  // In one piece: a text that grows by one character at a time is kept as a chain of as many pieces.
  return String.fromCharCode.apply(null, codes)
}

/** The key of a name in a Map: its octets, letters lowered, one character each. For load time only. */
export function nameKey(name: Name): string {
  return String.fromCharCode.apply(null, lowerName(name) as unknown as number[])
}

/** A copy with ASCII letters lowered. Length octets are at most 63 and so are never letters. */
export function lowerName(name: Name): Name {
  const lowered = new Uint8Array(name.length)
  for (let i = 0; i < name.length; i++) lowered[i] = lowerOctet(name[i]!)
  return lowered as Name
}

export function equalNames(a: Name, b: Name): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (lowerOctet(a[i]!) !== lowerOctet(b[i]!)) return false
  return true
}

/** True if `name` is `ancestor` or below it. */
export function isUnder(name: Name, ancestor: Name): boolean {
  let at = 0
  while (name.length - at > ancestor.length) at += name[at]! + 1
  if (name.length - at !== ancestor.length) return false
  for (let i = 0; i < ancestor.length; i++) if (lowerOctet(name[at + i]!) !== lowerOctet(ancestor[i]!)) return false
  return true
}

/** The name with its first label removed; the root has no parent. */
export function parentOf(name: Name): Name | null {
  return name[0] === 0 ? null : (name.subarray(name[0]! + 1) as Name)
}

/** Labels without the root: 0 for `.`, 2 for `example.com.`. */
export function labelCount(name: Uint8Array): number {
  let count = 0
  for (let at = 0; name[at] !== 0; at += name[at]! + 1) count++
  return count
}

/** True if the first label is the single octet `*` (RFC 4592 section 2.1.1). */
export function isWildcard(name: Uint8Array): boolean {
  return name[0] === 1 && name[1] === asterisk
}

/** `*` in front of a name, or null where that would be too long. */
export function wildcardOf(name: Name): Name | null {
  if (name.length + 2 > nameOctetsMax) return null
  const joined = new Uint8Array(name.length + 2)
  joined[0] = 1
  joined[1] = asterisk
  joined.set(name, 2)
  return joined as Name
}

/** One ASCII letter to lower case; every other octet as it is (RFC 4343 section 3). */
export function lowerOctet(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet
}

const dot = 0x2e
const backslash = 0x5c
const asterisk = 0x2a
const textEncoder = new TextEncoder()

function readEscape(source: Uint8Array, at: number): { octet: number; length: number } | null {
  const first = source[at]
  if (first === undefined) return null
  if (!isDigit(first)) return { octet: first, length: 1 }
  const second = source[at + 1]
  const third = source[at + 2]
  if (second === undefined || third === undefined || !isDigit(second) || !isDigit(third)) return null
  const octet = (first - 0x30) * 100 + (second - 0x30) * 10 + (third - 0x30)
  return octet > 255 ? null : { octet, length: 3 }
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39
}

function pushOctet(codes: number[], octet: number): void {
  if (octet < 0x21 || octet > 0x7e) {
    codes.push(backslash, 0x30 + Math.trunc(octet / 100), 0x30 + (Math.trunc(octet / 10) % 10), 0x30 + (octet % 10))
    return
  }
  if (specials.has(octet)) codes.push(backslash)
  codes.push(octet)
}

/** Characters that mean something in presentation form: `. \ " ( ) ; @ $`. */
const specials: ReadonlySet<number> = new Set(Array.from('.\\"();@$', character => character.charCodeAt(0)))
