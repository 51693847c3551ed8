/**
 * JSON pointers (RFC 6901): which value of a document is meant. Invariants: only own members of objects and whole
 * elements of arrays are reached, whatever a backend calls its keys; the work is one step a token.
 */

export const pointerCharactersMax = 512

/** The tokens of a pointer, `''` for the whole document; null if the text is no pointer (RFC 6901 section 3). */
export function parsePointer(text: string): readonly string[] | null {
  if (text === '') return []
  if (!text.startsWith('/') || /~(?![01])/.test(text) || text.length > pointerCharactersMax) return null
  return text
    .slice(1)
    .split('/')
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value that the tokens lead to, or undefined if there is none. */
export function resolvePointer(document: unknown, tokens: readonly string[]): unknown {
  let value = document
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null) return undefined
    if (Array.isArray(value)) {
      // No leading zeros, and `-` is the element behind the last, which is never there (RFC 6901 section 4).
      if (!/^(?:0|[1-9][0-9]{0,8})$/.test(token)) return undefined
      value = value[Number(token)]
    } else if (Object.hasOwn(value, token)) value = (value as Readonly<Record<string, unknown>>)[token]
    else return undefined
  }
  return value
}
