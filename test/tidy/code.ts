/**
 * Rules about code, judged by tokens: what the core may not touch, names that belong to one place, sizes, loose types
 * and swallowed errors. A word inside a comment or a string never offends.
 */
import { findFunctions } from './functions.ts'
import type { Token } from './lexer.ts'
import type { Offence, SourceFile } from './source.ts'

const impureWords: ReadonlySet<string> = new Set(
  [
    'Date performance setTimeout setInterval setImmediate queueMicrotask clearTimeout clearInterval',
    'console process globalThis fetch crypto Worker SharedWorker BroadcastChannel async await Promise',
  ]
    .join(' ')
    .split(' '),
)

/** The core is a function of what it is given: no time, chance, timers, world, promises, or state of its own. */
export function purityOffences(files: readonly SourceFile[]): readonly Offence[] {
  return files
    .filter(file => file.path.startsWith('src/core/'))
    .flatMap(file => [...impurities(file), ...moduleVariables(file)])
}

function impurities(file: SourceFile): readonly Offence[] {
  return file.tokens.flatMap((token, i) => {
    // The ports' signatures are the one place in the core where a promise may be named.
    const promised = token.text === 'Promise' && file.path === 'src/core/ports.ts'
    const chance = isGlobal(file.tokens, i) && token.text === 'Math' && member(file.tokens, i) === 'random'
    const impure = isGlobal(file.tokens, i) && impureWords.has(token.text) && !promised
    return impure || chance
      ? [offence(file, token.line, `the core may not use ${chance ? 'Math.random' : token.text}`)]
      : []
  })
}

/** `let` at the top of a module outlives the call, so the same input could give another output. */
function moduleVariables(file: SourceFile): readonly Offence[] {
  const offences: Offence[] = []
  let depth = 0
  for (const token of file.tokens) {
    if (token.kind === 'sign' && '({['.includes(token.text)) depth++
    if (token.kind === 'sign' && ')}]'.includes(token.text)) depth--
    if (depth === 0 && token.kind === 'word' && (token.text === 'let' || token.text === 'var')) {
      offences.push(offence(file, token.line, 'the core keeps no variable of its own between calls'))
    }
  }
  return offences
}

/** `Atomics` is written only on the board. */
export function atomicsOffences(files: readonly SourceFile[]): readonly Offence[] {
  return files
    .filter(file => file.path.startsWith('src/') && !file.path.startsWith('src/board/'))
    .flatMap(file =>
      file.tokens
        .filter((token, i) => token.text === 'Atomics' && isGlobal(file.tokens, i))
        .map(token => offence(file, token.line, 'Atomics is used only in src/board')),
    )
}

/** argv and env are read in src/main.ts and handed on. */
export function environmentOffences(files: readonly SourceFile[]): readonly Offence[] {
  return files
    .filter(file => file.path.startsWith('src/') && file.path !== 'src/main.ts')
    .flatMap(file => [
      ...file.tokens.flatMap((token, i) => {
        if (token.text !== 'process' || !isGlobal(file.tokens, i)) return []
        const read = member(file.tokens, i)
        if (read !== null && read !== 'argv' && read !== 'env') return []
        const what = read === null ? 'process as a whole' : `process.${read}`
        return [offence(file, token.line, `${what} is read only in src/main.ts`)]
      }),
      ...file.imports
        .filter(found => found.specifier === 'node:process')
        .map(found => offence(file, found.line, 'node:process is imported only in src/main.ts')),
    ])
}

interface Sizes {
  readonly fileLinesMax: number
  readonly functionLinesMax: number
  readonly columnsMax: number
}

const sizes: Sizes = { fileLinesMax: 400, functionLinesMax: 60, columnsMax: 120 }

/** A function that may be longer, as `path name`, with the reason. A reason is needed; an unused line offends. */
export type LongFunctions = Readonly<Record<string, string>>

export function fileSizeOffences(files: readonly SourceFile[], limits = sizes): readonly Offence[] {
  return files.flatMap(file => {
    const lines = file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0)
    if (lines <= limits.fileLinesMax) return []
    return [offence(file, lines, `${lines} lines; the limit is ${limits.fileLinesMax}, the aim 250: split it by idea`)]
  })
}

export function lineLengthOffences(files: readonly SourceFile[], limits = sizes): readonly Offence[] {
  return files.flatMap(file =>
    file.text
      .split('\n')
      .flatMap((line, i) =>
        line.length > limits.columnsMax
          ? [offence(file, i + 1, `${line.length} columns; the limit is ${limits.columnsMax}`)]
          : [],
      ),
  )
}

/**
 * Functions that do not fit a screen. A maker (`createX`, whose inner functions are the methods of what it makes) is
 * measured without them, and each of them by itself; every other function with all that is in it.
 */
export function functionSizeOffences(
  files: readonly SourceFile[],
  exceptions: LongFunctions,
  limits = sizes,
): readonly Offence[] {
  const used = new Set<string>()
  const offences: Offence[] = []
  for (const file of files) {
    for (const { name, line, lines, ownLines } of findFunctions(file.tokens)) {
      const counted = /^create[A-Z]/.test(name) ? ownLines : lines
      if (counted <= limits.functionLinesMax) continue
      const key = `${file.path} ${name}`
      if (exceptions[key] !== undefined) used.add(key)
      else offences.push(offence(file, line, `${name}: ${counted} lines; the limit is ${limits.functionLinesMax}`))
    }
  }
  const unused = Object.keys(exceptions).filter(key => !used.has(key))
  return [...offences, ...unused.map(key => ({ path: key, line: 1, text: 'an exception that nothing needs' }))]
}

/** `any` as a type, and comments that silence the compiler. Built from parts, or this file would offend. */
export function looseTypeOffences(files: readonly SourceFile[]): readonly Offence[] {
  const silencer = new RegExp(`@ts-${'(?:ignore|nocheck)'}`)
  return files.flatMap(file => [
    ...file.tokens.flatMap((token, i) => {
      const before = file.tokens[i - 1]?.text
      const loose =
        token.text === 'any' && token.kind === 'word' && (before === ':' || before === 'as' || before === '<')
      // `{ key: any(…) }` calls a function of that name.
      return loose && file.tokens[i + 1]?.text !== '(' ? [offence(file, token.line, `'${before} any' is no type`)] : []
    }),
    ...file.comments
      .filter(comment => silencer.test(comment.text))
      .map(comment => offence(file, comment.line, 'a comment that silences the compiler')),
  ])
}

/** `catch {}` with nothing in it, not even a reason, and `.catch(() => {})`. */
export function swallowOffences(files: readonly SourceFile[]): readonly Offence[] {
  return files.flatMap(file =>
    file.tokens.flatMap((token, i) => {
      const open = token.kind === 'word' && token.text === 'catch' ? catchBody(file.tokens, i) : null
      if (open === null || file.tokens[open + 1]?.text !== '}') return []
      const explained = file.comments.some(comment => comment.before === open + 1)
      return explained ? [] : [offence(file, token.line, 'an error is caught and thrown away without a word')]
    }),
  )
}

/** Where the block of a catch clause, or of the arrow given to `.catch(…)`, opens; null if it is neither. */
function catchBody(tokens: readonly Token[], at: number): number | null {
  let head = ''
  for (let i = at + 1; i < tokens.length && i < at + catchHeadMax; i++) {
    if (tokens[i]!.text === '{') return catchHead.test(head) ? i : null
    head += tokens[i]!.text
  }
  return null
}

const catchHeadMax = 12
const catchHead = /^(?:\(\w+(?::\w+)?\)|\((?:async)?(?:\((?:\w+(?::\w+)?)?\)|\w+)=>)?$/

/** A test that is left out, or that leaves the others out. */
export function leftOutOffences(files: readonly SourceFile[]): readonly Offence[] {
  const verbs: ReadonlySet<string> = new Set(['only', 'skip', 'todo'])
  return files
    .filter(file => file.path.startsWith('test/'))
    .flatMap(file =>
      file.tokens.flatMap((token, i) => {
        const called = file.tokens[i - 1]?.text === '.' && /^[(.`]/.test(file.tokens[i + 1]?.text ?? '')
        return called && verbs.has(token.text) ? [offence(file, token.line, `.${token.text} leaves tests out`)] : []
      }),
    )
}

/** True for a word that is neither a member (`x.name`) nor a key (`name:` in an object or a type). */
function isGlobal(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]!
  const before = tokens[at - 1]?.text
  if (token.kind !== 'word' || before === '.' || before === '?.') return false
  const keyed = tokens[at + 1]?.text === ':' && (before === '{' || before === ',' || before === ';')
  return !keyed
}

/** The member read from the word at `at`: `env` of `process.env`; null if the word stands alone. */
function member(tokens: readonly Token[], at: number): string | null {
  const dot = tokens[at + 1]?.text
  return dot === '.' || dot === '?.' ? (tokens[at + 2]?.text ?? null) : null
}

function offence(file: SourceFile, line: number, text: string): Offence {
  return { path: file.path, line, text }
}
