/**
 * What a rehearsal expects, in the form that what an answer holds is brought into as well (core/rdata/comparable):
 * equal exactly where they mean the same record. An expected text may also be the name that a record points at, where
 * its other fields do not matter.
 */
import { formatName, lowerName, type Name } from '../name/name.ts'
import { comparableText } from '../rdata/comparable.ts'
import { rrType } from '../rdata/table.ts'
import { valueReader } from './addresses.ts'
import type { Path, Reader } from './doc.ts'
import { readTarget } from './names.ts'
import { readWords, splitWords } from './words.ts'

/** In comparable form, or null after having reported what is wrong with it. */
export function readExpected(reader: Reader, qtype: number, text: string, zone: Name, path: Path): string | null {
  const isName = /^\S*[a-z_]\S*\.$/i.test(text)
  const isAddress = qtype === rrType.A || qtype === rrType.AAAA
  // A name, where an address was asked for, is where an alias leads that ends beyond our zones.
  if (isName && qtype !== rrType.TXT) return nameForm(readTarget(reader, text, zone, reader.doc.valueSpan(path)))
  if (isAddress) return valueReader(qtype === rrType.A ? 'A' : 'AAAA', zone)(reader, text, path)?.label ?? null
  if (qtype === rrType.TXT) return text
  if (isNameType(qtype)) return nameForm(readTarget(reader, text, zone, reader.doc.valueSpan(path)))
  const words = splitWords(text, reader.doc.valueSpan(path)).map(word => {
    const quoted = /^"(.*)"$/s.exec(word.text)
    return quoted === null ? word : { ...word, text: quoted[1]!, quoted: true }
  })
  const rdata = readWords(reader, qtype, words, path)
  return rdata === null ? null : comparableText(qtype, rdata)
}

function isNameType(type: number): boolean {
  return type === rrType.CNAME || type === rrType.NS || type === rrType.PTR || type === rrType.DNAME
}

function nameForm(name: Name | null): string | null {
  return name === null ? null : formatName(lowerName(name))
}
