/**
 * octoDNS's split layout: a folder called as the zone with its closing dot, in it a file for each name or for several,
 * the odd ones in `$<zone>.yaml`. The files are joined to one document before anything is judged, so that a set written
 * twice is found wherever it stands, and every problem is told at its file and line.
 */
import type { Problem, Span } from '../base/problem.ts'
import { type Doc, isMap, type Path } from './doc.ts'
import type { OpenGeo } from './geo-desk.ts'
import { parse } from './yaml.ts'
import { isOctodnsForm, lostZone, validateZone, type ZoneReading } from './zone.ts'

/** `parts` are the texts of its files by path. */
export function readSplitZone(
  folder: string,
  parts: ReadonlyMap<string, string>,
  geo: OpenGeo | null = null,
): ZoneReading {
  const problems: Problem[] = []
  const docs: Doc[] = []
  for (const [file, text] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { doc, problems: found } = parse(file, text)
    problems.push(...found)
    if (doc === null) continue
    const fault = judgePart(doc)
    if (fault === null) docs.push(doc)
    else problems.push(fault)
  }
  return problems.length > 0 ? lostZone(folder, problems) : validateZone(join(folder, docs), geo)
}

/** Null for a map of owners, or for nothing. */
function judgePart(doc: Doc): Problem | null {
  const { tree } = doc
  if (tree === null || (isMap(tree) && isOctodnsForm(tree))) return null
  const hint = 'write owners with their records; the header of a zone needs a file of its own, not a folder'
  const text = 'a file of a split zone holds records by owner and nothing else'
  return { code: 'wrong-type', severity: 'error', span: doc.valueSpan([]), text, hint }
}

/** Where an owner's records stand: which file, and which of its list there, null if there is no list. */
interface Source {
  readonly doc: Doc
  readonly entry: number | null
}

/** One map of owners. What stands in several files becomes one list. */
function join(folder: string, docs: readonly Doc[]): Doc {
  const tree: Record<string, unknown> = Object.create(null)
  const sources = new Map<string, readonly Source[]>()
  for (const doc of docs) {
    for (const [owner, value] of Object.entries(isMap(doc.tree) ? doc.tree : {})) {
      const own = sourcesOf(doc, value)
      const before = sources.get(owner)
      sources.set(owner, before === undefined ? own : [...before, ...own])
      tree[owner] = before === undefined ? value : [...listOf(tree[owner]), ...listOf(value)]
    }
  }
  return {
    file: folder,
    tree,
    keySpan: path => locate(folder, tree, sources, path, 'keySpan'),
    valueSpan: path => locate(folder, tree, sources, path, 'valueSpan'),
    written: path => {
      const place = placeOf(tree, sources, path)
      return place === null ? null : place.doc.written(place.path)
    },
  }
}

function sourcesOf(doc: Doc, value: unknown): readonly Source[] {
  return Array.isArray(value) ? value.map((_, entry) => ({ doc, entry })) : [{ doc, entry: null }]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function locate(
  folder: string,
  tree: Readonly<Record<string, unknown>>,
  sources: ReadonlyMap<string, readonly Source[]>,
  path: Path,
  part: 'keySpan' | 'valueSpan',
): Span {
  const place = placeOf(tree, sources, path)
  return place === null ? { file: folder, line: 1, column: 1, endColumn: 2 } : place.doc[part](place.path)
}

/** The file that a path leads into, and the path in there. */
function placeOf(
  tree: Readonly<Record<string, unknown>>,
  sources: ReadonlyMap<string, readonly Source[]>,
  path: Path,
): { readonly doc: Doc; readonly path: Path } | null {
  const [owner, second, ...rest] = path
  const found = sources.get(String(owner))
  if (owner === undefined || found === undefined) return null
  const at = Array.isArray(tree[owner]) && typeof second === 'number' ? second : 0
  const { doc, entry } = found[at] ?? found[0]!
  const inList = Array.isArray(tree[owner]) ? rest : path.slice(1)
  if (second === undefined) return { doc, path: [owner] }
  return { doc, path: entry === null ? [owner, ...inList] : [owner, entry, ...inList] }
}
