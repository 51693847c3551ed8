/**
 * The comparison itself: draws cases from a seed, puts them to Robin, Knot and NSD at the same time, and counts by
 * phenomenon who agreed with whom. Cases go in portions, so memory stays bounded however many there are.
 */
import type { Case, Contender } from './ask.ts'
import { hear } from './compare.ts'
import type { Corpus } from './corpus.ts'
import { compareReplies, type Dispute, isAgreed } from './dispute.ts'
import { createDraw } from './draw.ts'
import { type Explanation, explanations } from './explained.ts'
import { type Fault, findFaults } from './faults.ts'
import { drawHostile } from './hostile.ts'
import { listedPackets } from './listed.ts'
import { drawQuestions } from './questions.ts'

export interface Contenders {
  readonly robin: Contender
  readonly knot: Contender
  readonly nsd: Contender
}

export interface Row {
  readonly phenomenon: string
  queries: number
  /** Robin, Knot and NSD say the same. */
  unanimous: number
  /** Knot and NSD differ, and Robin says what one of them says. */
  withOne: number
  explained: number
  unexplained: number
}

export interface Verdict {
  readonly rows: readonly Row[]
  readonly explained: ReadonlyMap<Explanation, number>
  /** The first of them, with their packets. */
  readonly unexplained: readonly Dispute[]
  /** Faults of Robin's answers by themselves, whatever the others say. */
  readonly faults: readonly Fault[]
}

const portion = 4_000
const keptMax = 500
/** One spoilt packet to two sound questions. */
const hostileShare = 3

export async function runComparison(
  contenders: Contenders,
  corpus: Corpus,
  options: { readonly seed: number; readonly questions: number },
): Promise<Verdict> {
  const rows = new Map<string, Row>()
  const explained = new Map<Explanation, number>()
  const unexplained: Dispute[] = []
  const faults: Fault[] = []
  const draw = createDraw(options.seed)
  for (let left = options.questions, first = true; left > 0; left -= portion, first = false) {
    const count = Math.min(left, portion)
    const spoilt = Math.floor(count / hostileShare)
    const cases = [
      ...(first ? listedPackets() : []),
      ...drawQuestions(draw, corpus, count - spoilt),
      ...drawHostile(draw, drawQuestions(draw, corpus, spoilt)),
    ]
    const disputes = await judge(contenders, cases)
    for (const dispute of disputes) {
      const row = rowOf(rows, dispute.one.phenomenon)
      row.queries++
      if (isAgreed(dispute)) {
        if (dispute.betweenPeers.length === 0) row.unanimous++
        else row.withOne++
        continue
      }
      const explanation = explanations.find(({ fits }) => fits(dispute))
      if (explanation === undefined) {
        row.unexplained++
        if (unexplained.length < keptMax) unexplained.push(dispute)
      } else {
        row.explained++
        explained.set(explanation, (explained.get(explanation) ?? 0) + 1)
      }
    }
    faults.push(...(await findFaults(contenders.robin, disputes)).slice(0, keptMax - faults.length))
  }
  return { rows: [...rows.values()], explained, unexplained, faults }
}

async function judge({ robin, knot, nsd }: Contenders, cases: readonly Case[]): Promise<Dispute[]> {
  const [ours, knots, nsds] = await Promise.all([robin.ask(cases), knot.ask(cases), nsd.ask(cases)])
  return cases.map((one, i) => {
    const { packet } = one
    return compareReplies(one, hear(ours[i]!, packet), hear(knots[i]!, packet), hear(nsds[i]!, packet))
  })
}

function rowOf(rows: Map<string, Row>, phenomenon: string): Row {
  const known = rows.get(phenomenon)
  if (known !== undefined) return known
  const row = { phenomenon, queries: 0, unanimous: 0, withOne: 0, explained: 0, unexplained: 0 }
  rows.set(phenomenon, row)
  return row
}
