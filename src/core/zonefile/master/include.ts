/**
 * `$INCLUDE` without a disk: whoever reads files hands in their texts. A path is relative to the folder of the file
 * that names it, so that a folder of zones can be moved; texts are asked for under that joined path.
 */
import { createLexer, readEntry, type Token } from './lexer.ts'

/** The text of a file by its path, or null if there is none. */
export type Include = (path: string) => string | null

/** The path under which `name`, as written in `file`, is asked for. */
export function includePath(file: string, name: string): string {
  const joined = name.startsWith('/') ? name : file.slice(0, file.lastIndexOf('/') + 1) + name
  const isAbsolute = joined.startsWith('/')
  const steps: string[] = []
  for (const step of joined.split('/')) {
    if (step === '' || step === '.') continue
    const last = steps[steps.length - 1]
    if (step !== '..') steps.push(step)
    else if (last !== undefined && last !== '..') steps.pop()
    else if (!isAbsolute) steps.push('..')
  }
  return (isAbsolute ? '/' : '') + steps.join('/')
}

/** The paths that a master file includes, each once; files that those include are for the caller to look into. */
export function findIncludes(file: string, text: string): readonly string[] {
  if (!/\$include/i.test(text)) return []
  const paths = new Set<string>()
  const lexer = createLexer(text)
  for (let entry = readEntry(lexer); entry !== null; entry = readEntry(lexer)) {
    const name = entry.tokens[1]
    if (!entry.blank && isDirective(entry.tokens[0]) && name !== undefined && isIncludeWord(entry.tokens[0]!)) {
      paths.add(includePath(file, name.text))
    }
  }
  return [...paths]
}

/** A word that begins with a dollar sign; an owner of that kind is written `\$…`. */
export function isDirective(token: Token | undefined): boolean {
  return token !== undefined && !token.quoted && token.text.startsWith('$')
}

function isIncludeWord(token: Token): boolean {
  return token.text.toUpperCase() === '$INCLUDE'
}
