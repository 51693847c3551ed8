/**
 * `robin fmt`: the text of a zone file → the same zone in canonical form, comments kept. Words are never changed, only
 * where they stand: order of known keys, indentation, quotes, line breaks.
 * Invariant: formatting twice is formatting once; what the text means stays, which is looked at again before it is
 * handed out. A file with anchors keeps the order of its keys, since an alias must come after its anchor.
 */
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import { assert } from '../../base/assert.ts'
import type { Problem } from '../../base/problem.ts'
import { isMap as isPlainMap } from '../doc.ts'
import { isSidecar } from '../forms.ts'
import { parse } from '../yaml.ts'
import { isOctodnsForm } from '../zone.ts'
import { compareNaturally, naturalPlace, type Place, sidecarPlace, topPlace } from './order.ts'
import { printDocument } from './print.ts'
import { sameTrees } from './same.ts'

export type Formatted = { readonly text: string } | { readonly problems: readonly Problem[] }

/** Problems only of what is no YAML: a file that has other faults can be formatted as well. */
export function formatZoneFile(file: string, text: string): Formatted {
  const before = parse(file, text)
  if (before.doc === null) return { problems: before.problems }
  const { tree } = before.doc
  if (!isPlainMap(tree)) return { text }
  const document = parseDocument(text, { uniqueKeys: false })
  const place = isSidecar(file) ? sidecarPlace : isOctodnsForm(tree) ? naturalPlace : topPlace
  if (isMap(document.contents) && !hasAnchors(document)) {
    arrange(document.contents, tree, place, false)
    liftHeading(document)
  }
  const formatted = printDocument(document as unknown as Document)
  const after = parse(file, formatted)
  assert(after.doc !== null && sameTrees(tree, after.doc.tree), 'formatting would change what the file means')
  return { text: formatted }
}

function hasAnchors(document: ReturnType<typeof parseDocument>): boolean {
  let found = false
  visit(document, {
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined) found = true
      return found ? visit.BREAK : undefined
    },
  })
  return found
}

/** Puts the keys of the node and of all below it in order; `value` is what the node means. */
function arrange(node: Node | null, value: unknown, place: Place, isEntry: boolean): void {
  if (isMap<Node, Node | null>(node)) {
    sortKeys(node, place, isEntry)
    for (const { key, value: inner } of node.items) {
      const word = keyWord(key)
      const meant = isPlainMap(value) ? value[word] : null
      arrange(inner, meant, place.step(word, meant), false)
    }
  } else if (isSeq<Node | null>(node)) {
    node.items.forEach((item, i) => {
      const meant = Array.isArray(value) ? value[i] : null
      if (!isPair(item)) arrange(item, meant, place.step(i, meant), true)
    })
  }
}

function sortKeys(map: YAMLMap<Node, Node | null>, { order }: Place, isEntry: boolean): void {
  const [first] = map.items
  if (order === null || first === undefined) return
  const rank = (pair: Pair<Node, Node | null>) => {
    const at = order === 'natural' ? -1 : order.indexOf(keyWord(pair.key))
    return at < 0 ? order.length : at
  }
  const sorted = [...map.items].sort((a, b) =>
    order === 'natural' ? compareNaturally(keyWord(a.key), keyWord(b.key)) : rank(a) - rank(b),
  )
  if (sorted.every((pair, i) => pair === map.items[i])) return
  // A comment in front of the first key is the map's in the library's eyes and the key's in the reader's; of an entry
  // of a list it stands in front of the dash.
  if (map.commentBefore && !isEntry) {
    first.key.commentBefore = [map.commentBefore, first.key.commentBefore].filter(Boolean).join('\n')
    map.commentBefore = null
  }
  map.items = sorted
  // Nothing has a blank line in front of what comes first.
  const top = sorted[0]!.key
  if (top === first.key || !top.spaceBefore) return
  top.spaceBefore = false
  first.key.spaceBefore = true
}

/** As written if it is plain, as the reader of zone files takes it. */
function keyWord(key: Node): string {
  if (!isScalar(key)) return ''
  return key.type === 'PLAIN' ? (key.source ?? String(key.value)) : String(key.value)
}

/** What stands at the very top, such as the line for editors, stays there whichever key comes first. */
function liftHeading(document: ReturnType<typeof parseDocument>): void {
  const { contents } = document
  if (!isMap<Node, Node | null>(contents)) return
  const at = contents.items.findIndex(({ key }) => key.commentBefore?.startsWith(editorLine))
  if (at <= 0) return
  const { key } = contents.items[at]!
  const [line, ...rest] = key.commentBefore!.split('\n')
  document.commentBefore = [line, document.commentBefore].filter(Boolean).join('\n')
  key.commentBefore = rest.length === 0 ? null : rest.join('\n')
}

const editorLine = ' yaml-language-server:'
