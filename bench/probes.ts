/**
 * Probing at scale: what a probe costs beside gdnsd, what twenty thousand endpoints cost in all and how late their
 * probes begin, and what becomes of five thousand deaths at once. Each part has a file of its own.
 */
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
}
