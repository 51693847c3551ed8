/**
 * Rules about wording: how a file opens, names that say nothing, marks of unfinished work, and places that exist on
 * one machine only. The forbidden words are spelled in parts here, since these rules are held to themselves as well.
 */
import type { Offence, SourceFile, TextFile } from './source.ts'

/** Every file of src/ opens with a comment of two lines or more that says why it exists. */
export function openingOffences(files: readonly SourceFile[]): readonly Offence[] {
  return files
    .filter(file => file.path.startsWith('src/'))
    .flatMap(file => {
      const opening = file.comments.find(comment => !comment.text.startsWith('#!'))
      const opens = opening !== undefined && opening.before === 0 && opening.text.startsWith('/**')
      if (!opens) return [{ path: file.path, line: 1, text: 'does not open with a /** comment' }]
      const lines = opening.text.split('\n').length
      return lines >= 2 ? [] : [{ path: file.path, line: opening.line, text: 'the opening comment has one line only' }]
    })
}

const emptyWords: ReadonlySet<string> = new Set(
  'util utils utility utilities helper helpers common misc manager managers handler handlers data info'.split(' '),
)

/** Names of files and folders that say nothing of what is inside. */
export function fileNameOffences(files: readonly TextFile[]): readonly Offence[] {
  return files
    .filter(file => /^(?:src|test|bench|tools)\//.test(file.path))
    .flatMap(file => {
      const word = splitWords(file.path).find(part => emptyWords.has(part))
      return word === undefined ? [] : [{ path: file.path, line: 1, text: `'${word}' in a file name says nothing` }]
    })
}

/** Names of exported symbols that say nothing. */
export function symbolNameOffences(files: readonly SourceFile[]): readonly Offence[] {
  return files.flatMap(file =>
    exportedNames(file).flatMap(({ name, line }) => {
      const word = splitWords(name).find(part => emptyWords.has(part))
      return word === undefined ? [] : [{ path: file.path, line, text: `'${word}' in the name ${name} says nothing` }]
    }),
  )
}

/** `camelCase`, `kebab-case` and paths into lower-case words. */
function splitWords(name: string): readonly string[] {
  return (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map(word => word.toLowerCase())
}

const declarators: ReadonlySet<string> = new Set(
  'const let var function class interface type namespace enum'.split(' '),
)

function exportedNames(file: SourceFile): readonly { readonly name: string; readonly line: number }[] {
  const { tokens } = file
  return tokens.flatMap((token, i) => {
    if (token.kind !== 'word' || token.text !== 'export' || tokens[i - 1]?.text === '.') return []
    let at = i + 1
    while (['async', 'abstract', 'declare', 'default'].includes(tokens[at]?.text ?? '')) at++
    if (tokens[at]?.text === 'type' && tokens[at + 1]?.text === '{') at++
    if (tokens[at]?.text === '{') return listedNames(file, at)
    if (!declarators.has(tokens[at]?.text ?? '')) return []
    at++
    if (tokens[at]?.text === '*') at++
    if (tokens[at]?.text === '{') return listedNames(file, at)
    const named = tokens[at]
    return named?.kind === 'word' ? [{ name: named.text, line: named.line }] : []
  })
}

/** The names between braces as others see them: of `a as b` the latter, of `{ a: b }` likewise. */
function listedNames(file: SourceFile, open: number): readonly { readonly name: string; readonly line: number }[] {
  const close = file.tokens.findIndex((token, at) => at > open && token.text === '}')
  return file.tokens
    .slice(open + 1, close)
    .filter((token, i, all) => token.kind === 'word' && /^[,}]?$/.test(all[i + 1]?.text ?? ''))
    .map(token => ({ name: token.text, line: token.line }))
}

const marks = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`)

/** Marks of unfinished work, in code and prose alike. */
export function markOffences(files: readonly TextFile[]): readonly Offence[] {
  return offendingLines(files, marks, 'a mark of unfinished work')
}

const machineFolders = /(?<![\w.~$}-])\/(?:home|root|work)\//
const passingFolder = /(?<![\w.~$}-])\/tmp\//

/** Paths that exist on one machine; in documents, also the folder whose content passes. */
export function machinePathOffences(files: readonly TextFile[]): readonly Offence[] {
  const documents = files.filter(file => file.path.endsWith('.md'))
  return [
    ...offendingLines(files, machineFolders, 'a path of one machine'),
    ...offendingLines(documents, passingFolder, 'a path below the folder for passing files'),
  ]
}

/** Where packages came from is a matter of the machine's settings, not of the tree. */
export function packageHostOffences(files: readonly TextFile[]): readonly Offence[] {
  const host = /\b(?:registry|deb|pypi)\.(?!example\b)[a-z0-9-]+\.(?:org|com|io|dev|net)\b|"resolved": *"https?:/
  return offendingLines(files, host, 'the name of a package host')
}

function offendingLines(files: readonly TextFile[], pattern: RegExp, text: string): readonly Offence[] {
  return files.flatMap(file =>
    file.text.split('\n').flatMap((line, i) => {
      const found = pattern.exec(line)
      return found === null ? [] : [{ path: file.path, line: i + 1, text: `${text}: ${found[0]}` }]
    }),
  )
}
