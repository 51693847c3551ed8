/**
 * Cuts TypeScript source into tokens, so that the rules look at code and never at the inside of a comment, a string or
 * a regular expression. It knows no grammar: where a slash could be a division or a regular expression, the token
 * before it decides. Invariant: braces, brackets and parentheses among the tokens balance if those of the source do,
 * because `${` and its `}` belong to the template tokens around them.
 */
type TokenKind = 'word' | 'number' | 'string' | 'template' | 'regex' | 'sign'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly line: number
}

export interface Comment {
  readonly text: string
  readonly line: number
  /** How many tokens come before it. */
  readonly before: number
}

export interface Lexed {
  readonly tokens: readonly Token[]
  readonly comments: readonly Comment[]
}

interface Cursor {
  readonly text: string
  readonly tokens: Token[]
  readonly comments: Comment[]
  /** Depth of open braces inside each open `${`; the innermost last. */
  readonly holes: number[]
  /** For each open parenthesis, whether a keyword such as `if` stands before it. */
  readonly parens: boolean[]
  /** True after the closing parenthesis of `if (…)` and the like, where a slash begins a regular expression. */
  afterCondition: boolean
  at: number
  line: number
}

export function lex(text: string): Lexed {
  const cursor: Cursor = {
    text,
    tokens: [],
    comments: [],
    holes: [],
    parens: [],
    afterCondition: false,
    at: 0,
    line: 1,
  }
  if (text.startsWith('#!')) comment(cursor, endOfLine(text, 0))
  while (cursor.at < text.length) step(cursor)
  return { tokens: cursor.tokens, comments: cursor.comments }
}

const conditionWords: ReadonlySet<string> = new Set(['if', 'while', 'for', 'with', 'switch'])
/** After these words a slash begins a regular expression, although they look like names. */
const operatorWords: ReadonlySet<string> = new Set(
  'return typeof case in of delete void throw new else do instanceof yield await extends default'.split(' '),
)
const wordPattern = /[\p{ID_Start}$_#@][\p{ID_Continue}$]*/uy
const numberPattern = /\.?\d[\w.]*/y
const longSigns = ['...', '=>', '??', '?.', '++', '--'] as const

function step(cursor: Cursor): void {
  const { text, at } = cursor
  const char = text[at]!
  if (char === '\n') {
    cursor.line++
    cursor.at++
  } else if (/\s/.test(char)) cursor.at++
  else if (text.startsWith('//', at)) comment(cursor, endOfLine(text, at))
  else if (text.startsWith('/*', at)) comment(cursor, endAfter(text, '*/', at + 2))
  else if (char === "'" || char === '"') take(cursor, 'string', endOfQuoted(text, at))
  else if (char === '`') takeTemplate(cursor)
  else if (char === '}' && cursor.holes.at(-1) === 0) {
    cursor.holes.pop()
    takeTemplate(cursor)
  } else if (char === '/' && beginsRegex(cursor)) take(cursor, 'regex', endOfRegex(text, at))
  else {
    const word = match(wordPattern, text, at)
    const number = word ?? match(numberPattern, text, at)
    if (word !== null) take(cursor, 'word', at + word.length)
    else if (number !== null) take(cursor, 'number', at + number.length)
    else takeSign(cursor)
  }
}

function takeSign(cursor: Cursor): void {
  const sign = longSigns.find(long => cursor.text.startsWith(long, cursor.at)) ?? cursor.text[cursor.at]!
  const { holes, parens } = cursor
  if (sign === '{' && holes.length > 0) holes[holes.length - 1]!++
  if (sign === '}' && holes.length > 0) holes[holes.length - 1]!--
  if (sign === '(') parens.push(conditionWords.has(cursor.tokens.at(-1)?.text ?? ''))
  const closesCondition = sign === ')' && parens.pop() === true
  take(cursor, 'sign', cursor.at + sign.length)
  cursor.afterCondition = closesCondition
}

/** From a backtick or a hole's closing brace to the next hole or the closing backtick. */
function takeTemplate(cursor: Cursor): void {
  const { text } = cursor
  let end = cursor.at + 1
  while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) end += text[end] === '\\' ? 2 : 1
  if (text.startsWith('${', end)) {
    cursor.holes.push(0)
    end++
  }
  take(cursor, 'template', end + 1)
}

function beginsRegex(cursor: Cursor): boolean {
  const last = cursor.tokens.at(-1)
  if (last === undefined) return true
  if (last.kind === 'word') return operatorWords.has(last.text)
  if (last.kind === 'template') return !last.text.endsWith('`')
  if (last.kind !== 'sign') return false
  if (last.text === ')') return cursor.afterCondition
  // `x! / 2` is a division; `!/x/.test(y)` is not.
  if (last.text === '!') {
    const before = cursor.tokens.at(-2)
    return before === undefined || !(before.kind === 'word' || before.text === ')' || before.text === ']')
  }
  return !(last.text === ']' || last.text === '++' || last.text === '--')
}

function endOfQuoted(text: string, at: number): number {
  const quote = text[at]
  let end = at + 1
  while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1
  return end + 1
}

function endOfRegex(text: string, at: number): number {
  let end = at + 1
  let inClass = false
  while (end < text.length && text[end] !== '\n' && (inClass || text[end] !== '/')) {
    if (text[end] === '\\') end++
    else if (text[end] === '[') inClass = true
    else if (text[end] === ']') inClass = false
    end++
  }
  end++
  while (/[a-z]/.test(text[end] ?? '')) end++
  return end
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

function endAfter(text: string, close: string, at: number): number {
  const end = text.indexOf(close, at)
  return end === -1 ? text.length : end + close.length
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

function take(cursor: Cursor, kind: TokenKind, end: number): void {
  cursor.tokens.push({ kind, text: cursor.text.slice(cursor.at, end), line: cursor.line })
  cursor.afterCondition = false
  advance(cursor, end)
}

function comment(cursor: Cursor, end: number): void {
  cursor.comments.push({
    text: cursor.text.slice(cursor.at, end),
    line: cursor.line,
    before: cursor.tokens.length,
  })
  advance(cursor, end)
}

function advance(cursor: Cursor, end: number): void {
  for (let i = cursor.at; i < end; i++) if (cursor.text[i] === '\n') cursor.line++
  cursor.at = end
}
