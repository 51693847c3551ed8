/**
 * Values that YAML has field by field → the words that a master file would have → rdata. So there is one judge of what
 * a record may hold, core/rdata, and what it objects to is shown where the very field stands.
 */
import type { Span } from '../base/problem.ts'
import { formatName, type Name } from '../name/name.ts'
import type { RdataToken } from '../rdata/fields.ts'
import { isRdataFault, parseRdata } from '../rdata/table.ts'
import { quote } from '../rdata/txt.ts'
import { type Path, type Reader, refuse } from './doc.ts'

/** A word, and where the value stands that it was made of. */
export interface Word extends RdataToken {
  readonly span: Span
}

/** A word as it is, escapes included. */
export function word(text: string | number, span: Span): Word {
  return { text: String(text), quoted: false, glued: false, span }
}

export function nameWord(name: Name, span: Span): Word {
  return word(formatName(name), span)
}

/** A text that means just what it says: a backslash is a backslash. */
export function textWord(text: string, span: Span): Word {
  return { text: escaped(text), quoted: true, glued: false, span }
}

/** A text whose words are taken one by one, as hexadecimal digits may be. */
export function splitWords(text: string, span: Span): readonly Word[] {
  return text
    .split(/\s+/)
    .filter(part => part !== '')
    .map(part => word(part, span))
}

/** The text in the escapes of a master file. */
export function escaped(text: string): string {
  return quote(encoder.encode(text)).slice(1, -1)
}

/** Null after having reported what is wrong, at the word or, where one is missing, at the whole value. */
export function readWords(reader: Reader, code: number, words: readonly Word[], path: Path): Uint8Array | null {
  const rdata = parseRdata(code, words, null)
  if (!isRdataFault(rdata)) return rdata
  const span = words[rdata.token]?.span ?? reader.doc.valueSpan(path)
  refuse(reader, rdata.code, span, rdata.text, rdata.hint)
  return null
}

const encoder = new TextEncoder()
