/**
 * The tree as the rules see it: every file that git would track, read once, with the tokens and imports of those that
 * are TypeScript. Rules take these and yield offences; nothing here judges.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { type Comment, lex, type Token } from './lexer.ts'

export interface TextFile {
  /** Relative to the root of the tree, with forward slashes. */
  readonly path: string
  readonly text: string
}

export interface SourceFile extends TextFile {
  readonly tokens: readonly Token[]
  readonly comments: readonly Comment[]
  readonly imports: readonly Import[]
}

export interface Import {
  readonly line: number
  readonly specifier: string
  /** The path imported, relative to the root, or null for a package or a part of Node. */
  readonly target: string | null
  /** `import type` or `export type`: gone at run time. Inline `type` does not count, since the module is still loaded. */
  readonly typesOnly: boolean
  /** `import(…)`: loaded when the code gets there, if ever. */
  readonly called: boolean
  /** What is taken by name, as the other file calls it; `*` for all of it, empty for a bare import. */
  readonly names: readonly string[]
}

export interface Offence {
  readonly path: string
  readonly line: number
  readonly text: string
}

/** Folders and files that git ignores, as .gitignore has them. */
function readIgnored(root: string): (path: string) => boolean {
  const lines = readFileSync(join(root, '.gitignore'), 'utf8').split('\n')
  const patterns = [...lines.filter(line => line !== '' && !line.startsWith('#')), '.git']
  return path => patterns.some(pattern => isIgnoredBy(path, pattern))
}

function isIgnoredBy(path: string, pattern: string): boolean {
  const bare = pattern.replace(/\/$/, '').replace(/^\//, '')
  const name = posix.basename(path)
  if (bare.startsWith('*')) return name.endsWith(bare.slice(1))
  return bare.includes('/') ? path === bare : name === bare
}

/** Every text file below `root`, sorted by path. Files with a NUL octet are pictures or the like and left out. */
export function readTree(root: string): readonly TextFile[] {
  const ignored = readIgnored(root)
  const files: TextFile[] = []
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of readdirSync(folder)) {
      const full = join(folder, name)
      const path = relative(root, full).replaceAll('\\', '/')
      if (ignored(path)) continue
      if (statSync(full).isDirectory()) folders.push(full)
      else files.push({ path, text: readFileSync(full, 'utf8') })
    }
  }
  return files
    .filter(file => !file.text.includes('\0'))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

export function parseSource(path: string, text: string): SourceFile {
  const { tokens, comments } = lex(text)
  return { path, text, tokens, comments, imports: readImports(path, tokens) }
}

/** Static and dynamic imports and re-exports. */
function readImports(path: string, tokens: readonly Token[]): readonly Import[] {
  const imports: Import[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (token.kind !== 'word' || (token.text !== 'import' && token.text !== 'export')) continue
    if (tokens[i - 1]?.text === '.') continue
    const called = token.text === 'import' && tokens[i + 1]?.text === '('
    const end = called ? i + 2 : clauseEnd(tokens, i)
    const from = end === null ? undefined : tokens[end]
    if (end === null || from?.kind !== 'string') continue
    const specifier = from.text.slice(1, -1)
    const clause = called ? [] : tokens.slice(i + 1, end)
    imports.push({
      line: token.line,
      specifier,
      target: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null,
      typesOnly: clause[0]?.text === 'type' && clause[1]?.text !== 'from' && clause[1]?.text !== ',',
      called,
      names: called ? ['*'] : namesIn(clause),
    })
  }
  return imports
}

/** Where the specifier of `import … from '…'` stands, or null if this is another kind of statement. */
function clauseEnd(tokens: readonly Token[], at: number): number | null {
  if (tokens[at + 1]?.kind === 'string') return at + 1
  for (let i = at + 1; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!
    if (text === 'from' && tokens[i + 1]?.kind === 'string') return i + 1
    if (text === 'import' || text === 'export') return null
    if (kind !== 'word' && !['{', '}', ',', '*'].includes(text)) return null
  }
  return null
}

function namesIn(clause: readonly Token[]): readonly string[] {
  const names: string[] = []
  for (let i = 0; i < clause.length; i++) {
    const { kind, text } = clause[i]!
    if (text === '*') names.push('*')
    if (kind !== 'word' || text === 'type' || text === 'from' || text === 'as' || text === 'default') continue
    if (clause[i - 1]?.text !== 'as') names.push(text)
  }
  return names
}
