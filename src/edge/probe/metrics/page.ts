/**
 * What a page tells of a host, by the format of the check. Each reading takes the page as it comes and judges it once
 * it is over. Invariant: a page of the text format is never held as a whole, and at most `pageOctetsMax` of it are
 * read; of a JSON document at most `jsonOctetsMax`, since it must be held and parsed in one go on a thread that others
 * wait for.
 */
import { never } from '../../../core/base/assert.ts'
import { parsePointer, resolvePointer } from '../../../core/health/pointer.ts'
import type { MetricsCheck, Watermark } from '../../../core/health/types.ts'
import type { HttpResponse, OnBody } from '../http-reader.ts'
import { agentOctetsMax, judgeAgent } from './agent.ts'
import { type Judged, judgeMarks } from './judge.ts'
import { evaluate, type Measure, type Measured, measureOf } from './measures.ts'
import { createSeriesReader, planSeries, type SeriesPlan } from './series.ts'

/** A page being read. */
export interface PageReading {
  readonly octetsMax: number
  /** Null: the body is to be held, and comes with the response. */
  readonly onBody: OnBody | null
  judge(response: Pick<HttpResponse, 'body' | 'whole'>): Judged
}

/** What counters grow by in a second since this endpoint's last page. */
export type Grow = (counters: readonly number[]) => readonly (number | null)[]

export const pageOctetsMax = 4 * 1024 * 1024
export const jsonOctetsMax = 256 * 1024
/** Plans kept, each for one set of limits; the one made longest ago makes room. */
const plansMax = 256

/** Which series the marks of a check are made of. */
interface Plan {
  readonly series: SeriesPlan
  readonly measures: readonly { readonly measure: Measure; readonly from: number }[]
}

export function createPages(): (spec: MetricsCheck, grow: Grow) => PageReading {
  const plans = new Map<string, Plan>()
  const planFor = ({ limits }: MetricsCheck): Plan => {
    const key = JSON.stringify(limits)
    const known = plans.get(key)
    if (known !== undefined) return known
    for (const oldest of plans.keys()) {
      if (plans.size < plansMax) break
      plans.delete(oldest)
    }
    const plan = planMarks(limits)
    plans.set(key, plan)
    return plan
  }
  return (spec, grow) => {
    switch (spec.format) {
      case 'prometheus':
        return readText(spec, planFor(spec), grow)
      case 'json':
        return { octetsMax: jsonOctetsMax, onBody: null, judge: response => judgeJson(spec.limits, response) }
      case 'agent':
        return {
          octetsMax: agentOctetsMax,
          onBody: null,
          judge: ({ body }) => judgeAgent(body.toString('utf8')),
        }
      default:
        return never(spec.format)
    }
  }
}

function planMarks(marks: readonly Watermark[]): Plan {
  let from = 0
  const measures = marks.flatMap(({ reading }) => {
    if (reading.kind === 'pointer') return []
    const measure = measureOf(reading)
    from += measure.wishes.length
    return [{ measure, from: from - measure.wishes.length }]
  })
  return { series: planSeries(measures.flatMap(({ measure }) => measure.wishes)), measures }
}

function readText({ limits }: MetricsCheck, { series, measures }: Plan, grow: Grow): PageReading {
  const reader = createSeriesReader(series)
  const sumsOf = ({ measure, from }: Plan['measures'][number]) => reader.sums.slice(from, from + measure.wishes.length)
  return {
    octetsMax: pageOctetsMax,
    onBody: (piece, from, to) => reader.push(piece, from, to),
    judge: ({ whole }) => {
      if (!whole) return unread(`the page is longer than ${pageOctetsMax} octets`)
      reader.end()
      const counters = measures.flatMap(each =>
        each.measure.isRate ? sumsOf(each).map(({ sum, count }) => (count === 0 ? Number.NaN : sum)) : [],
      )
      const rates = counters.length === 0 ? [] : grow(counters)
      let at = 0
      const values = measures.map(each => {
        const begin = at
        if (each.measure.isRate) at += each.measure.wishes.length
        return evaluate(each.measure, sumsOf(each), each.measure.isRate ? rates.slice(begin, at) : null)
      })
      return judgeMarks(limits, values)
    },
  }
}

function judgeJson(marks: readonly Watermark[], { body, whole }: Pick<HttpResponse, 'body' | 'whole'>): Judged {
  if (!whole) return unread(`the document is longer than ${jsonOctetsMax} octets`)
  const document = parseJson(body)
  if (document === undefined) return unread('the page is not JSON')
  const values = marks.map(({ reading }): Measured => {
    if (reading.kind !== 'pointer') return 'missing'
    return numberIn(resolvePointer(document, parsePointer(reading.pointer) ?? []))
  })
  return judgeMarks(marks, values)
}

/** A number, or a text that is one, as some APIs write it to keep its digits. */
function numberIn(value: unknown): Measured {
  if (typeof value === 'number') return value
  const isNumber = typeof value === 'string' && /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(value)
  return isNumber ? Number(value) : 'missing'
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A page that cannot be read says nothing of the host. */
function unread(detail: string): Judged {
  return { kind: 'inconclusive', reason: 'no-metric', detail, share: 1 }
}
