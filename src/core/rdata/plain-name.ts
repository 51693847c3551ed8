/**
 * Reading names is most of the work of reading a zone, and nearly all names are plain: ASCII without escapes, neither
 * too long nor empty anywhere. Those are written straight into their octets; all others are left to `parseName`.
 * Invariant: same result as `parseName`.
 */
import { type Name, type NameFault, nameOctetsMax, parseName } from '../name/name.ts'

export function readName(text: string, origin: Name | null): Name | NameFault {
  return readPlain(text, origin) ?? parseName(text, origin)
}

const dot = 0x2e
const backslash = 0x5c

/** Null for what is not plain. */
function readPlain(text: string, origin: Name | null): Name | null {
  const end = text.length
  const isWhole = text.charCodeAt(end - 1) === dot
  if (text === '@' || (origin === null && !isWhole)) return null
  const length = isWhole ? end + 1 : end + 1 + origin!.length
  if (length > nameOctetsMax) return null
  const name = new Uint8Array(length)
  let labelAt = 0
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === dot) {
      if (!closeLabel(name, labelAt, i)) return null
      labelAt = i + 1
    } else if (code > 0x7e || code === backslash) {
      return null
    } else {
      name[i + 1] = code
    }
  }
  if (!isWhole) {
    if (!closeLabel(name, labelAt, end)) return null
    name.set(origin!, end + 1)
  }
  return name as Name
}

/** Writes the length of the label whose text is from `labelAt` to `end`. */
function closeLabel(name: Uint8Array, labelAt: number, end: number): boolean {
  const length = end - labelAt
  name[labelAt] = length
  return length > 0 && length <= 63
}
