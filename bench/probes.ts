/**
 * Probing at scale: what a probe costs beside gdnsd, what twenty thousand endpoints cost in all and how late their
 * probes begin, and what becomes of five thousand deaths at once. Each part has a file of its own.
 */
import { print } from './print.ts'
import { benchProbeCost, type ProbeCost, printProbeCost } from './probe-cost.ts'
import { benchProbeDeaths, type DeathsReport, printProbeDeaths } from './probe-deaths.ts'
import { benchProbesMany, type ManyReport, printProbesMany } from './probe-many.ts'

export interface ProbesReport {
  readonly costs: readonly ProbeCost[]
  readonly many: ManyReport
  readonly deaths: DeathsReport
}

export async function benchProbes(): Promise<ProbesReport> {
  return { deaths: benchProbeDeaths(), many: await benchProbesMany(), costs: await benchProbeCost() }
}

export function printProbes({ costs, many, deaths }: ProbesReport): void {
  printProbeDeaths(deaths)
  printProbesMany(many)
  printProbeCost(costs)
  for (const [what, holds] of goals({ costs, many, deaths })) print(what, holds ? 'holds' : 'DOES NOT HOLD')
}

const ratioMost = { tcp: 0.9, http: 1 } as const
const coresMost = 0.5
const lateMostMs = 100

function goals({ costs, many, deaths }: ProbesReport): readonly (readonly [what: string, holds: boolean])[] {
  const ratios = costs.flatMap(({ kind, ratio }) =>
    ratio === null ? [] : [[`${kind} at most ${ratioMost[kind]} of gdnsd`, ratio <= ratioMost[kind]] as const],
  )
  return [
    ...ratios,
    [`at most ${coresMost} cores`, many.cores <= coresMost],
    [`late at most ${lateMostMs} ms at p99`, many.lateness.p99Ms <= lateMostMs],
    ['all deaths in one publish', deaths.publishes === 1 && deaths.changes === deaths.pools && deaths.wrong === 0],
  ]
}
