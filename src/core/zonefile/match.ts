/**
 * What a check looks for in text of a backend's: a plain text or a regular expression of the user's, which is compiled
 * here once so that a mistake in it is shown where it stands.
 */
import { type Path, printable, type Reader, refuse, shown } from './doc.ts'

const regexCharactersMax = 1000

/** Reports what is wrong with the expression. */
export function requireRegex(reader: Reader, source: string, path: Path): void {
  const span = reader.doc.valueSpan(path)
  if (source.length > regexCharactersMax) {
    const text = `a regular expression of ${source.length} characters is more than ${regexCharactersMax}`
    refuse(reader, 'bad-regex', span, text, 'shorten it')
    return
  }
  try {
    new RegExp(source)
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault)
    const reason = message.slice(message.lastIndexOf(': ') + 1).trim()
    const hint = 'write it as JavaScript has it, with `\\` in front of signs that stand for themselves'
    refuse(reader, 'bad-regex', span, `${shown(source)} is not a regular expression (${printable(reason)})`, hint)
  }
}
