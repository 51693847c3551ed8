/**
 * Finds functions among tokens by their braces: declarations, methods and arrows with a block or a parenthesised
 * value. Enough for counting lines; it is no parser. A type after the parameters is skipped by its shape: a brace that
 * follows `:`, `|`, `&` and the like opens a type, any other brace opens the body.
 */
import type { Token } from './lexer.ts'

export interface FoundFunction {
  readonly name: string
  readonly line: number
  /** Lines from the parameters to the closing brace, both counted. */
  readonly lines: number
  /** The same without the lines of functions inside it. */
  readonly ownLines: number
}

interface Extent {
  readonly name: string
  readonly first: number
  readonly last: number
}

export function findFunctions(tokens: readonly Token[]): readonly FoundFunction[] {
  const closes = matchBrackets(tokens)
  const opens = new Map([...closes].map(([open, close]) => [close, open]))
  const extents: Extent[] = []
  for (let i = 0; i < tokens.length; i++) {
    const paramsAt = paramsBefore(tokens, opens, i)
    if (paramsAt === null) continue
    const bodyAt = findBody(tokens, closes, i + 1)
    const bodyEnd = bodyAt === null ? undefined : closes.get(bodyAt)
    if (bodyEnd === undefined) continue
    const last = tokens[bodyEnd]!.line
    extents.push({ name: nameBefore(tokens, paramsAt), first: tokens[paramsAt]!.line, last })
  }
  return extents.map(extent => measure(extent, extents))
}

function measure(extent: Extent, all: readonly Extent[]): FoundFunction {
  const { name, first, last } = extent
  const own = new Set<number>()
  for (let line = first; line <= last; line++) own.add(line)
  for (const other of all) {
    const inside = other !== extent && other.first >= first && other.last <= last && other.last > other.first
    if (!inside || (other.first === first && other.last === last)) continue
    for (let line = other.first; line <= other.last; line++) own.delete(line)
  }
  return { name, line: first, lines: last - first + 1, ownLines: own.size }
}

/** The index of every closing bracket by that of its opening one. */
function matchBrackets(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const closes = new Map<number, number>()
  const open: number[] = []
  for (let i = 0; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!
    if (kind !== 'sign') continue
    if (text === '(' || text === '[' || text === '{') open.push(i)
    if (text !== ')' && text !== ']' && text !== '}') continue
    const at = open.pop()
    if (at !== undefined) closes.set(at, i)
  }
  return closes
}

const controlWords: ReadonlySet<string> = new Set('if for while switch catch with await return'.split(' '))

/** Where the parameters begin that end at `at`: a parenthesis, or the lone name of an arrow; null if none do. */
function paramsBefore(tokens: readonly Token[], opens: ReadonlyMap<number, number>, at: number): number | null {
  const token = tokens[at]!
  if (token.kind === 'word' && tokens[at + 1]?.text === '=>') return at
  if (token.text !== ')' || token.kind !== 'sign') return null
  const open = opens.get(at)
  if (open === undefined) return null
  const head = tokens[open - 1]
  return head?.kind === 'word' && controlWords.has(head.text) && tokens[at + 1]?.text !== '=>' ? null : open
}

const typeOpeners: ReadonlySet<string> = new Set(
  ': | & => < , ( [ ? is asserts keyof readonly extends typeof infer unique new abstract'.split(' '),
)

/** The opening bracket of the body that follows parameters, past the return type; null if there is no body. */
function findBody(tokens: readonly Token[], closes: ReadonlyMap<number, number>, at: number): number | null {
  const first = tokens[at]?.text
  if (first === '{') return at
  if (first === '=>') return arrowBody(tokens, at)
  if (first !== ':') return null
  let angles = 0
  for (let i = at + 1; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!
    const before = tokens[i - 1]!
    if (text === '{' && !typeOpeners.has(before.text)) return i
    if (text === '=>' && angles === 0) {
      // `(…): (x) => void {` has a function as its return type; `(…): X => …` is an arrow.
      const ofType = tokens[at + 1]?.text === '(' && tokens[i + 1]?.text !== '{'
      if (!ofType) return arrowBody(tokens, i)
    } else if (text === '{' || text === '(' || text === '[') i = closes.get(i) ?? tokens.length
    else if (text === '<') angles++
    else if (text === '>') angles--
    else if (text === ',' && angles > 0) continue
    else if (kind === 'sign' && ';=)]},'.includes(text)) return null
    else if (kind === 'word' && before.kind === 'word' && !typeOpeners.has(before.text) && !typeOpeners.has(text)) {
      return null
    }
  }
  return null
}

function arrowBody(tokens: readonly Token[], at: number): number | null {
  const text = tokens[at + 1]?.text
  return text === '{' || text === '(' ? at + 1 : null
}

/** The name of the function whose parameters begin at `at`, as far as it is near; for messages and exceptions. */
function nameBefore(tokens: readonly Token[], at: number): string {
  let i = at - 1
  if (tokens[i]?.text === '>') i = beforeAngles(tokens, i)
  if (tokens[i]?.text === 'async') i--
  const token = tokens[i]
  if (token?.kind === 'word' && token.text !== 'function' && tokens[at]!.text === '(') return token.text
  if (token?.text !== '=' && token?.text !== ':') return '(unnamed)'
  if (token.text === ':') return tokens[i - 1]?.text ?? '(unnamed)'
  // `const name: Type = (…)`: go back to the keyword, past the type.
  for (let back = i; back > 0 && back > i - 24; back--) {
    if (['const', 'let', 'var'].includes(tokens[back - 1]!.text)) return tokens[back]!.text
  }
  return tokens[i - 1]?.text ?? '(unnamed)'
}

function beforeAngles(tokens: readonly Token[], at: number): number {
  let depth = 0
  for (let i = at; i >= 0; i--) {
    if (tokens[i]!.text === '>') depth++
    else if (tokens[i]!.text === '<' && --depth === 0) return i - 1
  }
  return at
}
