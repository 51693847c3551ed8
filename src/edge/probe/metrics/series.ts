/**
 * Finds a few series in a page of the Prometheus text format while it streams by. A page of node_exporter has a
 * thousand lines of which a handful is wanted, so a line is looked at only as far as its name may still be one of
 * those; the wanted names are one tree of octets:
 *
 *   node_ ─┬─ load1
 *          └─ memory_Mem ─┬─ Available_bytes
 *                         └─ Total_bytes
 *
 * Invariants: the same octets give the same sums however they are cut into pieces; of a page at most one line of
 * `lineOctetsMax` is held; a line that is not well formed is no sample.
 */
import { assert } from '../../../core/base/assert.ts'

export interface SeriesWish {
  readonly metric: string
  /** Which of the metric's series count, by their labels. */
  accepts(labels: Labels): boolean
}

/** Values unescaped. */
export type Labels = ReadonlyMap<string, string>

/** All series that a wish accepts, added up. */
export interface SeriesSum {
  sum: number
  count: number
}

/** What is looked for, prepared once for many pages. */
export interface SeriesPlan {
  readonly wishes: readonly SeriesWish[]
  /** The tree: for node n and octet o, at n * 128 + o, the next node; 0 if no wanted name goes on like this. */
  readonly steps: Uint16Array
  /** By node, the indexes of the wishes whose metric ends there. */
  readonly ends: readonly (readonly number[])[]
}

export interface SeriesReader {
  /** One for each wish, in their order. */
  readonly sums: readonly SeriesSum[]
  /** Takes the octets of a piece from `from` to before `to`; none is referred to afterwards. */
  push(piece: Buffer, from: number, to: number): void
  /** The page is over: its last line may lack an end. */
  end(): void
}

/** Octets of all wanted names together. */
const namesOctetsMax = 16_384
export const lineOctetsMax = 64 * 1024

const lineEnd = 0x0a
const blank = 0x20
const tab = 0x09
const brace = 0x7b
const none: Labels = new Map()

export function planSeries(wishes: readonly SeriesWish[]): SeriesPlan {
  const octets = wishes.reduce((sum, { metric }) => sum + metric.length, 0)
  assert(octets <= namesOctetsMax, 'names that were bounded where they were read')
  const steps = new Uint16Array((octets + 1) * 128)
  const ends: number[][] = [[]]
  wishes.forEach(({ metric }, i) => {
    let node = 0
    for (const octet of Buffer.from(metric, 'latin1')) {
      const at = node * 128 + (octet & 0x7f)
      if (steps[at] === 0) steps[at] = ends.push([]) - 1
      node = steps[at]!
    }
    ends[node]!.push(i)
  })
  return { wishes, steps: steps.slice(0, ends.length * 128), ends }
}

export function createSeriesReader(plan: SeriesPlan): SeriesReader {
  const sums = plan.wishes.map((): SeriesSum => ({ sum: 0, count: 0 }))
  const held = Buffer.allocUnsafe(0)
  const state = { held, length: 0, lost: false }
  const take = (line: Buffer, from: number, to: number): void => readLine(plan, sums, line, from, to)

  /** Keeps the beginning of a line; one that is too long is lost as a whole. */
  const hold = (piece: Buffer, from: number, to: number): void => {
    const length = state.length + to - from
    if (state.lost || length > lineOctetsMax) {
      state.lost = true
      return
    }
    if (length > state.held.length) {
      const room = Buffer.allocUnsafe(Math.min(lineOctetsMax, Math.max(512, 2 * length)))
      room.set(state.held.subarray(0, state.length))
      state.held = room
    }
    state.held.set(piece.subarray(from, to), state.length)
    state.length = length
  }

  const finishHeld = (): void => {
    if (!state.lost) take(state.held, 0, state.length)
    state.length = 0
    state.lost = false
  }

  return {
    sums,
    push: (piece, from, to) => {
      let at = from
      while (at < to) {
        const end = findLineEnd(piece, at, to)
        if (end === to) {
          hold(piece, at, to)
          return
        }
        if (state.length > 0 || state.lost) {
          hold(piece, at, end)
          finishHeld()
        } else take(piece, at, end)
        at = end + 1
      }
    },
    end: finishHeld,
  }
}

function findLineEnd(piece: Buffer, from: number, to: number): number {
  const at = piece.indexOf(lineEnd, from)
  return at < 0 || at > to ? to : at
}

function readLine(plan: SeriesPlan, sums: readonly SeriesSum[], line: Buffer, from: number, to: number): void {
  const { steps, ends, wishes } = plan
  let node = 0
  let at = from
  for (; at < to; at++) {
    const octet = line[at]!
    const next = octet < 128 ? steps[node * 128 + octet]! : 0
    if (next === 0) break
    node = next
  }
  const ended = ends[node]!
  if (ended.length === 0 || at === to) return
  const sign = line[at]!
  if (sign !== brace && sign !== blank && sign !== tab) return
  const sample = readSample(line.toString('utf8', at, to))
  if (sample === null) return
  for (const wish of ended) {
    if (!wishes[wish]!.accepts(sample.labels)) continue
    sums[wish]!.sum += sample.value
    sums[wish]!.count++
  }
}

const label = /[\t ]*([a-zA-Z_][a-zA-Z0-9_]*)[\t ]*=[\t ]*"((?:[^"\\]|\\.)*)"[\t ]*(,|(?=\}))/sy
const labelsEnd = /[\t ]*\}/y
/** The value, then a timestamp and what OpenMetrics may add, which are left alone. */
const number = /[\t ]*([^\t \r]+)(?=[\t \r]|$)/y

/** What follows the name on a line; null if that is no sample. */
function readSample(text: string): { readonly labels: Labels; readonly value: number } | null {
  const labels = text.startsWith('{') ? new Map<string, string>() : null
  let at = 0
  if (labels !== null) {
    label.lastIndex = 1
    for (let found = label.exec(text); found !== null; found = label.exec(text)) {
      labels.set(found[1]!, unescapeValue(found[2]!))
      at = label.lastIndex
    }
    labelsEnd.lastIndex = Math.max(at, 1)
    if (labelsEnd.exec(text) === null) return null
    at = labelsEnd.lastIndex
  }
  number.lastIndex = at
  const value = readNumber(number.exec(text)?.[1] ?? '')
  return value === null ? null : { labels: labels ?? none, value }
}

function unescapeValue(value: string): string {
  return value.includes('\\')
    ? value.replace(/\\([\\"n])/g, (_all, sign: string) => (sign === 'n' ? '\n' : sign))
    : value
}

/** NaN is a number here: it was told, and says nothing. */
function readNumber(text: string): number | null {
  switch (text.toLowerCase()) {
    case 'nan':
      return Number.NaN
    case '+inf':
    case 'inf':
      return Number.POSITIVE_INFINITY
    case '-inf':
      return Number.NEGATIVE_INFINITY
    default:
      return /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text) ? Number(text) : null
  }
}
