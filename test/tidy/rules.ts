/**
 * The house rules in one list: a name that says what holds, and the function that finds what offends. tidy.test.ts runs
 * each on the tree, rules.test.ts runs each on a small tree made to offend.
 */
import {
  atomicsOffences,
  environmentOffences,
  fileSizeOffences,
  functionSizeOffences,
  type LongFunctions,
  leftOutOffences,
  lineLengthOffences,
  looseTypeOffences,
  purityOffences,
  swallowOffences,
} from './code.ts'
import {
  carriedOffences,
  circleOffences,
  orphanOffences,
  ownedPackageOffences,
  pageOffences,
  ringOffences,
} from './graph.ts'
import { type Offence, parseSource, type SourceFile, type TextFile } from './source.ts'
import {
  fileNameOffences,
  machinePathOffences,
  markOffences,
  openingOffences,
  packageHostOffences,
  symbolNameOffences,
} from './words.ts'

/** Functions that may exceed a screen, as `path name`: why. */
const longFunctions: LongFunctions = {}

export interface Tree {
  /** Everything that git would track. */
  readonly texts: readonly TextFile[]
  /** All TypeScript: src, test, bench, tools. */
  readonly sources: readonly SourceFile[]
  /** src only. */
  readonly product: readonly SourceFile[]
}

export interface Rule {
  readonly name: string
  readonly find: (tree: Tree) => readonly Offence[]
}

export const rules: readonly Rule[] = [
  { name: 'a file imports only what its room may', find: tree => ringOffences(tree.product) },
  { name: 'reserved packages stay in their places', find: tree => ownedPackageOffences(tree.product) },
  { name: 'a running server carries no parser', find: tree => carriedOffences(tree.product) },
  { name: 'the page takes from the core only', find: tree => pageOffences(tree.texts) },
  { name: 'imports do not go in circles', find: tree => circleOffences(tree.product) },
  { name: 'every file is reached', find: tree => orphanOffences(tree.sources) },
  { name: 'the core is pure and synchronous', find: tree => purityOffences(tree.product) },
  { name: 'Atomics is used only on the board', find: tree => atomicsOffences(tree.product) },
  { name: 'argv and env are read only in main', find: tree => environmentOffences(tree.product) },
  { name: 'a file is at most 400 lines', find: tree => fileSizeOffences(tree.sources) },
  { name: 'a function is at most 60 lines', find: tree => functionSizeOffences(shipped(tree), longFunctions) },
  { name: 'a line is at most 120 columns', find: tree => lineLengthOffences(shipped(tree)) },
  { name: 'no type is loose', find: tree => looseTypeOffences(tree.sources) },
  { name: 'no error is swallowed', find: tree => swallowOffences(tree.sources) },
  { name: 'no test is left out', find: tree => leftOutOffences(tree.sources) },
  { name: 'a file opens by saying why it exists', find: tree => openingOffences(tree.product) },
  { name: 'file names say something', find: tree => fileNameOffences(tree.texts) },
  { name: 'exported names say something', find: tree => symbolNameOffences(tree.sources) },
  { name: 'nothing is marked as unfinished', find: tree => markOffences(tree.texts) },
  { name: 'no path of one machine', find: tree => machinePathOffences(tree.texts) },
  { name: 'no name of a package host', find: tree => packageHostOffences(tree.texts) },
]

export function plantTree(texts: readonly TextFile[]): Tree {
  const sources = texts.filter(file => file.path.endsWith('.ts')).map(file => parseSource(file.path, file.text))
  return { texts, sources, product: sources.filter(file => file.path.startsWith('src/')) }
}

/** Code that people run: a test's table or recorded text may be as long as it needs. */
function shipped(tree: Tree): readonly SourceFile[] {
  return tree.sources.filter(file => !file.path.startsWith('test/'))
}

export function formatOffences(offences: readonly Offence[]): string {
  return offences.map(({ path, line, text }) => `${path}:${line}: ${text}`).join('\n')
}
