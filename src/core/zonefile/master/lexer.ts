/**
 * Master file text → entries (RFC 1035 section 5.1): the words of one line, or of several where parentheses hold them
 * together. Comments and white space are gone; escapes are still in the words, since only a field knows what they mean.
 * Invariant: each character is looked at once; the next entry begins behind the last, also after a fault.
 */
import type { RdataToken } from '../../rdata/fields.ts'

export interface Token extends RdataToken {
  readonly line: number
  readonly column: number
  readonly endColumn: number
}

export interface LexFault {
  readonly text: string
  readonly hint: string
  readonly line: number
  readonly column: number
}

export interface Entry {
  /** True if the line begins with white space: the owner is that of the record before. */
  readonly blank: boolean
  /** At least one, unless there is a fault. */
  readonly tokens: readonly Token[]
  readonly fault: LexFault | null
}

export interface Lexer {
  readonly text: string
  at: number
  line: number
  /** Where the line begins. */
  lineAt: number
}

export function createLexer(text: string): Lexer {
  return { text, at: 0, line: 1, lineAt: 0 }
}

/** No record has more: rdata is 65535 octets at most, and a word stands for half an octet at least. */
const entryTokensMax = 2 * 65_535 + 16

/** The next entry that holds anything, or null at the end of the text. */
export function readEntry(lexer: Lexer): Entry | null {
  const { text } = lexer
  while (lexer.at < text.length) {
    const blank = isSpace(text.charCodeAt(lexer.at))
    const tokens: Token[] = []
    const fault = readTokens(lexer, tokens)
    if (fault !== null || tokens.length > 0) return { blank, tokens, fault }
  }
  return null
}

/** Reads to the end of the entry. */
function readTokens(lexer: Lexer, tokens: Token[]): LexFault | null {
  const { text } = lexer
  const opened: { line: number; column: number }[] = []
  let glued = false
  while (lexer.at < text.length) {
    const code = text.charCodeAt(lexer.at)
    if (code === newline) {
      nextLine(lexer)
      if (opened.length === 0) return null
      glued = false
    } else if (isSpace(code)) {
      lexer.at++
      glued = false
    } else if (code === semicolon) {
      skipLine(lexer)
    } else if (code === open) {
      if (opened.length < parenthesesMax) opened.push({ line: lexer.line, column: columnOf(lexer) })
      else return faultHere(lexer, 'too many parentheses are open', 'close some of them')
      lexer.at++
      glued = false
    } else if (code === close) {
      if (opened.pop() === undefined)
        return faultHere(lexer, 'this `)` closes nothing', 'remove it, or open one before')
      lexer.at++
      glued = false
    } else {
      if (tokens.length === entryTokensMax) {
        return faultHere(lexer, 'the record has more words than any can have', 'is a `)` missing before?')
      }
      const token = code === quote ? readQuoted(lexer, glued) : readWord(lexer, glued)
      if (token === null)
        return faultHere(lexer, 'the text that begins here has no closing quote', 'close it on its line')
      tokens.push(token)
      glued = true
    }
  }
  const left = opened.pop()
  return left === undefined
    ? null
    : { ...left, text: 'this `(` is never closed', hint: 'add a `)` where the record ends' }
}

/** A word without quotes: it ends before white space and before what has a meaning of its own. */
function readWord(lexer: Lexer, glued: boolean): Token {
  const { text } = lexer
  const start = lexer.at
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === backslash) {
      // What is escaped is part of the word, but a line always ends.
      if (at + 1 < text.length && !isLineEnd(text, at + 1)) at++
    } else if (endsWord(code)) {
      break
    }
  }
  const column = start - lexer.lineAt + 1
  lexer.at = at
  return {
    text: text.slice(start, at),
    quoted: false,
    glued,
    line: lexer.line,
    column,
    endColumn: column + at - start,
  }
}

/** What stands between quotes, on one line; null if the line ends before the quote does. */
function readQuoted(lexer: Lexer, glued: boolean): Token | null {
  const { text } = lexer
  const start = lexer.at
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === newline) return null
    if (code === backslash && at + 1 < text.length && text.charCodeAt(at + 1) !== newline) {
      at++
    } else if (code === quote) {
      const column = start - lexer.lineAt + 1
      lexer.at = at + 1
      const endColumn = column + at + 1 - start
      return { text: text.slice(start + 1, at), quoted: true, glued, line: lexer.line, column, endColumn }
    }
  }
  return null
}

/** A fault at the next character; what is left of the line is given up. */
function faultHere(lexer: Lexer, text: string, hint: string): LexFault {
  const fault = { line: lexer.line, column: columnOf(lexer), text, hint }
  skipLine(lexer)
  if (lexer.at < lexer.text.length) nextLine(lexer)
  return fault
}

const newline = 0x0a
const carriageReturn = 0x0d
const backslash = 0x5c
const quote = 0x22
const semicolon = 0x3b
const open = 0x28
const close = 0x29
const parenthesesMax = 64

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d
}

function endsWord(code: number): boolean {
  return code <= semicolon && (isSpace(code) || (code >= open && code <= close) || endsText(code))
}

function endsText(code: number): boolean {
  return code === newline || code === quote || code === semicolon
}

/** However lines end, a file says the same. */
function isLineEnd(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === newline || (code === carriageReturn && text.charCodeAt(at + 1) === newline)
}

function columnOf(lexer: Lexer): number {
  return lexer.at - lexer.lineAt + 1
}

function nextLine(lexer: Lexer): void {
  lexer.at++
  lexer.line++
  lexer.lineAt = lexer.at
}

function skipLine(lexer: Lexer): void {
  const end = lexer.text.indexOf('\n', lexer.at)
  lexer.at = end < 0 ? lexer.text.length : end
}
