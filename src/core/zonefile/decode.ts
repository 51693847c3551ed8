/**
 * Octets of a zone file → text. A file that is not UTF-8 is refused at the octet where it goes wrong, instead of being
 * served with replacement characters in it.
 */
import type { Problem } from '../base/problem.ts'

/** Larger than any zone that people write, smaller than what would stall the control thread for minutes. */
export const zoneFileOctetsMax = 64 * 1024 * 1024

export type Decoded = { readonly text: string } | { readonly problem: Problem }

export function decodeZoneFile(file: string, octets: Uint8Array): Decoded {
  if (octets.length > zoneFileOctetsMax) {
    const text = `the file has ${octets.length} octets, more than the ${zoneFileOctetsMax} that are read`
    return { problem: unreadable(file, 1, 1, text, 'split the zone') }
  }
  if (isUtf8(octets, octets.length)) return { text: new TextDecoder().decode(octets) }
  // As a stream, so that a character which was begun but does not go on is left out: there it goes wrong.
  const before = new TextDecoder().decode(octets.subarray(0, goodOctets(octets)), { stream: true })
  const line = before.split('\n').length
  const column = before.length - before.lastIndexOf('\n')
  return { problem: unreadable(file, line, column, 'the file is not UTF-8 text from here on', 'save it as UTF-8') }
}

/** Also for what the system says of a file: no permission, a folder in its place. */
export function unreadable(file: string, line: number, column: number, text: string, hint: string | null): Problem {
  const span = { file, line, column, endColumn: column + 1 }
  return { code: 'unreadable', severity: 'error', span, text, hint }
}

/** How many octets can be read before one cannot. */
function goodOctets(octets: Uint8Array): number {
  let good = 0
  let bad = octets.length
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1
    if (isUtf8Prefix(octets, middle)) good = middle
    else bad = middle
  }
  return good
}

function isUtf8(octets: Uint8Array, length: number): boolean {
  return decodes(octets.subarray(0, length), false)
}

/** True if more octets could make it UTF-8. */
function isUtf8Prefix(octets: Uint8Array, length: number): boolean {
  return decodes(octets.subarray(0, length), true)
}

function decodes(octets: Uint8Array, stream: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(octets, { stream })
    return true
  } catch (fault) {
    if (fault instanceof TypeError) return false
    throw fault
  }
}
