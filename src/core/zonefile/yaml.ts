/**
 * YAML 1.2 text → Doc. The only file that knows the YAML library: beyond it there are plain values and places.
 * Invariant: nothing here throws, whatever the text. What the library would say late or never is a Problem here:
 * keys written twice (compared as text, so `1.1` and `1.10` are two owners), aliases without an anchor or that hold
 * themselves, few lines that unfold into millions (alias bombs), tags, a second document.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { ErrorCode, Problem, Span } from '../base/problem.ts'
import { type Doc, type Path, shown } from './doc.ts'
import { type SyntaxFault, syntaxHint } from './yaml-hints.ts'

/** Values that aliases may add to a file. Anchors are for a handful of repeated settings. */
const aliasedValuesMax = 100_000
/** Maps and lists inside one another. A zone file needs eight. */
const depthMax = 32
/** From this many keys on, a map is worth an index. */
const indexedKeysMin = 8

type ParsedPair = Pair<Node | null, Node | null>

interface Anchored {
  readonly value: unknown
  readonly values: number
}

/** One file on its way from nodes to plain values. */
interface Walk {
  readonly source: Source
  readonly problems: Problem[]
  /** Null while the anchored node is still being read. */
  readonly anchors: Map<string, Anchored | null>
  readonly places: Places
  values: number
  aliasedValues: number
}

interface Source {
  readonly file: string
  readonly text: string
  readonly lines: LineCounter
}

/** Which node each map and list came from, and which pair each key of a map. */
interface Places {
  readonly nodes: WeakMap<object, YAMLMap | YAMLSeq>
  readonly pairs: WeakMap<object, Map<string, ParsedPair>>
}

export function parse(file: string, text: string): { doc: Doc | null; problems: Problem[] } {
  const source: Source = { file, text, lines: new LineCounter() }
  const problems: Problem[] = []
  const options = { uniqueKeys: false, prettyErrors: false, lineCounter: source.lines } as const
  let document: ReturnType<typeof parseDocument>
  try {
    document = parseDocument(text, options)
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault)
    report(source, problems, 'yaml-syntax', 0, 1, `this cannot be read as YAML: ${shown(reason)}`, null)
    return { doc: null, problems }
  }
  const faults: SyntaxFault[] = [...document.errors, ...document.warnings.filter(({ code }) => code === 'BAD_ALIAS')]
  const first = faults.sort((a, b) => a.pos[0] - b.pos[0])[0]
  if (first !== undefined) {
    const { at, end, sentence, hint } = syntaxHint(text, first)
    report(source, problems, 'yaml-syntax', at, end, sentence, hint)
    return { doc: null, problems }
  }
  const places: Places = { nodes: new WeakMap(), pairs: new WeakMap() }
  const walk: Walk = { source, problems, anchors: new Map(), places, values: 0, aliasedValues: 0 }
  const tree = readNode(walk, document.contents as Node | null, 0)
  return problems.length > 0 ? { doc: null, problems } : { doc: docOf(source, places, tree), problems }
}

function docOf(source: Source, places: Places, tree: unknown): Doc {
  return {
    file: source.file,
    tree,
    keySpan: path => locate(source, places, tree, path, 'key'),
    valueSpan: path => locate(source, places, tree, path, 'value'),
    written: path => {
      const { valueNode } = findNodes(places, tree, path)
      return isScalar(valueNode) && valueNode.type === 'PLAIN' ? (valueNode.source ?? null) : null
    },
  }
}

function locate(source: Source, places: Places, tree: unknown, path: Path, part: 'key' | 'value'): Span {
  const { keyNode, valueNode } = findNodes(places, tree, path)
  const node: Node | null = part === 'key' ? (keyNode ?? valueNode) : nodeOrKey(valueNode, keyNode)
  return node?.range ? spanOf(source, node.range[0], node.range[1]) : spanOf(source, 0, 1)
}

/** Where a path leads, or ends early. */
function findNodes(
  places: Places,
  tree: unknown,
  path: Path,
): { readonly keyNode: Node | null; readonly valueNode: Node | null } {
  let value = tree
  let keyNode: Node | null = null
  let valueNode = typeof tree === 'object' && tree !== null ? (places.nodes.get(tree) ?? null) : null
  for (const step of path) {
    if (typeof value !== 'object' || value === null) break
    if (typeof step === 'number') {
      const items = Array.isArray(value) ? (places.nodes.get(value) as YAMLSeq<Node | null>).items : []
      if (step >= items.length) break
      keyNode = null
      valueNode = (items[step] ?? null) as typeof valueNode
    } else {
      const pair: ParsedPair | undefined = Array.isArray(value) ? undefined : findPair(places, value, step)
      if (pair === undefined) break
      keyNode = pair.key
      valueNode = pair.value as typeof valueNode
    }
    value = (value as Record<string | number, unknown>)[step]
  }
  return { keyNode, valueNode }
}

/** An empty value (`ttl:` and nothing after it) has no place of its own that people would see. */
function nodeOrKey(valueNode: Node | null, keyNode: Node | null): Node | null {
  const isEmpty = valueNode === null || !valueNode.range || valueNode.range[0] === valueNode.range[1]
  return isEmpty ? (keyNode ?? valueNode) : valueNode
}

function findPair(places: Places, container: object, key: string): ParsedPair | undefined {
  const indexed = places.pairs.get(container)
  if (indexed !== undefined) return indexed.get(key)
  const items = (places.nodes.get(container) as YAMLMap<Node | null, Node | null>).items as ParsedPair[]
  if (items.length < indexedKeysMin) return items.find(pair => keyText(pair.key) === key)
  const pairs = new Map(items.map(pair => [keyText(pair.key) ?? '', pair]))
  places.pairs.set(container, pairs)
  return pairs.get(key)
}

function readNode(walk: Walk, node: Node | null, depth: number): unknown {
  if (node === null) return null
  walk.values++
  if (isAlias(node)) return readAlias(walk, node)
  const anchor = node.anchor
  const valuesBefore = walk.values
  if (anchor !== undefined) walk.anchors.set(anchor, null)
  const value = readPlain(walk, node, depth)
  if (anchor !== undefined) walk.anchors.set(anchor, { value, values: walk.values - valuesBefore + 1 })
  return value
}

function readPlain(walk: Walk, node: Node, depth: number): unknown {
  if (node.tag !== undefined && !coreTags.has(node.tag)) {
    return complain(
      walk,
      'not-supported',
      node,
      `the tag ${shown(node.tag)} is not known here`,
      'write the value itself',
    )
  }
  if (isScalar(node)) return node.value
  if (depth === depthMax) return complain(walk, 'yaml-syntax', node, `more than ${depthMax} levels inside one another`)
  if (isSeq<Node | null>(node)) {
    const list = node.items.map(item => readNode(walk, item, depth + 1))
    walk.places.nodes.set(list, node)
    return list
  }
  if (isMap<Node | null, Node | null>(node)) return readMap(walk, node, depth)
  return null
}

function readMap(walk: Walk, node: YAMLMap<Node | null, Node | null>, depth: number): unknown {
  const map: Record<string, unknown> = Object.create(null)
  walk.places.nodes.set(map, node)
  const merged: ParsedPair[] = []
  for (const pair of node.items as ParsedPair[]) {
    if (isMergeKey(pair.key)) {
      merged.push(pair)
      continue
    }
    const key = keyText(pair.key)
    if (key === null) {
      complain(walk, 'wrong-type', pair.key ?? node, 'a key must be plain text', "an empty one is written '' in quotes")
      continue
    }
    if (key in map) {
      complain(
        walk,
        'duplicate-key',
        pair.key ?? node,
        `the key ${shown(key)} is written twice`,
        'join the two, or remove one',
      )
      continue
    }
    map[key] = readNode(walk, pair.value, depth + 1)
  }
  for (const pair of merged) mergeKeys(walk, map, pair, depth)
  return map
}

/** `<<: *defaults`: takes over the keys that the map does not have itself; of several sources the first wins. */
function mergeKeys(walk: Walk, map: Record<string, unknown>, pair: ParsedPair, depth: number): void {
  const given = readNode(walk, pair.value, depth + 1)
  const pairs = new Map<string, ParsedPair>()
  for (const key of Object.keys(map)) {
    const own = findPair(walk.places, map, key)
    if (own !== undefined) pairs.set(key, own)
  }
  for (const from of Array.isArray(given) ? given : [given]) {
    if (typeof from !== 'object' || from === null || Array.isArray(from)) {
      complain(walk, 'wrong-type', pair.key!, 'only a map can be merged', 'write `<<: *name` with the anchor of a map')
      return
    }
    for (const key of Object.keys(from)) {
      const place = findPair(walk.places, from, key)
      if (key in map || place === undefined) continue
      map[key] = (from as Record<string, unknown>)[key]
      pairs.set(key, place)
    }
  }
  walk.places.pairs.set(map, pairs)
}

function readAlias(walk: Walk, node: Alias): unknown {
  const anchored = walk.anchors.get(node.source)
  const name = shown(`*${node.source}`)
  if (anchored === undefined) {
    const hint = `put it in quotes if it is a text; an anchor would be \`&${node.source}\` above it`
    return complain(walk, 'yaml-syntax', node, `the alias ${name} has no anchor`, hint)
  }
  if (anchored === null) return complain(walk, 'yaml-syntax', node, `the alias ${name} stands inside its own anchor`)
  const allowedBefore = walk.aliasedValues <= aliasedValuesMax
  walk.values += anchored.values
  walk.aliasedValues += anchored.values
  if (walk.aliasedValues <= aliasedValuesMax) return anchored.value
  if (!allowedBefore) return null
  return complain(
    walk,
    'yaml-syntax',
    node,
    `aliases unfold into more than ${aliasedValuesMax} values`,
    'write them out',
  )
}

/** The text of a key: as written if it is plain, so that `1.10` and `012` stay as they are. Null if it is no scalar. */
function keyText(key: Node | null): string | null {
  if (!isScalar(key)) return null
  const { source, value, type } = key as Scalar
  if (type !== 'PLAIN') return typeof value === 'string' ? value : null
  return source === undefined || source === '' ? null : source
}

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<'
}

/** Records a problem at a node; yields the value that stands in for it. */
function complain(walk: Walk, code: ErrorCode, node: Node, text: string, hint: string | null = null): null {
  const [at, end] = node.range ?? [0, 1]
  report(walk.source, walk.problems, code, at, end, text, hint)
  return null
}

function report(
  source: Source,
  problems: Problem[],
  code: ErrorCode,
  at: number,
  end: number,
  text: string,
  hint: string | null,
): void {
  problems.push({ code, severity: 'error', span: spanOf(source, at, end), text, hint })
}

/** From offsets to line and columns; what goes on over several lines is shown by its first. */
function spanOf(source: Source, at: number, end: number): Span {
  const { line, col } = source.lines.linePos(Math.min(at, source.text.length))
  const newline = source.text.indexOf('\n', at)
  const lineEnd = newline === -1 ? source.text.length : newline
  const length = source.text.slice(at, Math.min(end, lineEnd)).trimEnd().length
  const column = Math.max(1, col)
  return { file: source.file, line: Math.max(1, line), column, endColumn: column + Math.max(1, length) }
}

const coreTags: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map(name => `tag:yaml.org,2002:${name}`),
)
