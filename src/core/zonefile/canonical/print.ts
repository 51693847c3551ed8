/**
 * YAML nodes → canonical text: two spaces a level, `{a: b}` without padding, quotes only where YAML 1.1 or 1.2 could
 * take the text for something else (octoDNS reads 1.1), and lines of at most 120 columns: what was written on one line
 * and does not fit is broken into block form, and nothing else is. Comments and single blank lines stay.
 * Invariant: what is printed depends on values, comments and on which collections were in block form, not on spacing.
 */
import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  stringify,
  visit,
} from 'yaml'

const columnsMax = 120
const indentStep = 2

/** Changes the nodes of the document on the way. */
export function printDocument(document: Document): string {
  visit(document, { Scalar: (place, scalar) => settleQuotes(scalar, place === 'key') })
  if (isCollection(document.contents)) {
    document.contents.flow = false
    breakLong(document.contents, 0, 0)
  }
  const text = document.toString({
    indent: indentStep,
    lineWidth: 0,
    flowCollectionPadding: false,
    singleQuote: true,
    nullStr: '~',
  })
  return text.endsWith('\n') ? text : `${text}\n`
}

/** Block texts (`|`, `>`) stay what they are; others get the quotes that they need. */
function settleQuotes(scalar: Scalar, isKey: boolean): void {
  if (isKey && scalar.type === 'PLAIN') {
    if (scalar.source === mergeKey) return
    // A key is the text that was written, whatever YAML makes of it.
    if (typeof scalar.value !== 'string' && scalar.source) scalar.value = scalar.source
  }
  if (typeof scalar.value !== 'string' || scalar.type?.startsWith('BLOCK')) return
  if (!isPrintable(scalar.value)) scalar.type = 'QUOTE_DOUBLE'
  else scalar.type = simpleWord.test(scalar.value) && !isMisread(scalar.value) ? 'PLAIN' : 'QUOTE_SINGLE'
}

/** Names, numbers with units, prefixes, paths, percentages. All other texts are in quotes, needed or not. */
const simpleWord = /^[A-Za-z0-9_./%+-]+$/

/** True if YAML 1.1, which octoDNS reads, takes it for something else than text. */
function isMisread(text: string): boolean {
  return /^["'|>]/.test(stringify(text, { ...plainStyle, version: '1.1' }))
}

const mergeKey = '<<'

/** Others need double quotes and escapes. */
function isPrintable(text: string): boolean {
  return /^[\x20-\x7e\u00a0-\ud7ff]*$/.test(text)
}

const plainStyle = { lineWidth: 0, singleQuote: true } as const

/** `indent`: where its lines begin in block form; `column`: where it begins if it stays on the line of its key. */
function breakLong(node: Node | null, indent: number, column: number): void {
  if (!isCollection(node)) return
  if (node.flow === true) {
    if (node.items.length === 0 || (column + flowWidth(node) <= columnsMax && !hasComments(node))) return
    node.flow = false
  }
  for (const item of node.items) {
    if (!isPair(item)) {
      breakLong(item as Node, indent + indentStep, indent + indentStep)
      continue
    }
    const { key, value } = item as Pair<Node, Node | null>
    breakLong(value, indent + indentStep, indent + flowWidth(key) + separatorColumns)
  }
}

const separatorColumns = 2

/** Columns of a node on one line. */
function flowWidth(node: Node | null): number {
  if (node === null) return 1
  if (isMap(node)) {
    return node.items.reduce(
      (sum, { key, value }) => {
        const both = flowWidth(key as Node) + (value === null ? 0 : separatorColumns + flowWidth(value as Node | null))
        return sum + both + separatorColumns
      },
      node.items.length === 0 ? 2 : 0,
    )
  }
  if (isSeq(node)) {
    return node.items.reduce<number>(
      (sum, item) => sum + flowWidth(item as Node) + separatorColumns,
      node.items.length === 0 ? 2 : 0,
    )
  }
  if (isScalar(node)) return stringify(node.value, plainStyle).trimEnd().length
  return node.toString().length
}

/** True if there are comments inside, each of which ends its line. */
function hasComments(node: Node): boolean {
  let found = false
  visit(node, {
    Node: (_, inner) => {
      if (inner !== node && (inner.commentBefore || inner.comment)) found = true
      return found ? visit.BREAK : undefined
    },
  })
  return found
}
