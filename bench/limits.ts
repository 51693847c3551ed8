/**
 * What must hold, and whether it did in this run. A figure that the machine cannot tell (a peer that is not installed,
 * too few cores, a scenario that was not asked for) is left out rather than guessed.
 */
import { type AnswerReport, rotatedWithCookie, rotatedWithEdns } from './answer.ts'
import type { InstallReport } from './install.ts'
import type { LatencyReport } from './latency.ts'
import { type LoadName, type PeersReport, robinBatch } from './peers.ts'
import { print } from './print.ts'
import type { ProbeKind } from './probe-cost.ts'
import type { ProbesReport } from './probes.ts'
import type { ReloadReport } from './reload.ts'
import type { ScaleReport } from './scale.ts'
import type { SoakReport } from './soak.ts'
import type { ThreadsReport } from './threads.ts'
import type { VerdictReport } from './verdict.ts'

/** What the scenarios that ran have found. */
export interface Found {
  readonly peers?: PeersReport
  readonly threads?: ThreadsReport
  readonly latency?: LatencyReport
  readonly verdict?: VerdictReport
  readonly answer?: readonly AnswerReport[]
  readonly install?: InstallReport
  readonly reload?: ReloadReport
  readonly scale?: ScaleReport
  readonly probes?: ProbesReport
  readonly soak?: SoakReport
}

export interface Judged {
  readonly what: string
  readonly value: number
  readonly limit: number
  readonly unit: string
  /** Whether the value may not be above the limit, or not below it. */
  readonly bound: 'most' | 'least'
  readonly holds: boolean
}

const mebibyte = 2 ** 20

export function judge(found: Found): readonly Judged[] {
  const { peers, latency, verdict, answer, install, reload, soak } = found
  const verdictMs = verdict?.rows.map(({ maxMs }) => maxMs)
  return [
    ratioTo(peers, 'udp', 'gdnsd', 1.05),
    ratioTo(peers, 'udp', 'knot', 1),
    ratioTo(peers, 'udp', 'nsd', 0.95),
    ratioTo(peers, 'tcp', 'knot', 1.5),
    ratioTo(peers, 'tcp, one at a time', 'knot', 1.5),
    most('memory with 1000 owners', residentOf(peers), 90, 'MiB'),
    scaling(found.threads),
    most('p99.9 while reloading, to idle', latency?.ratio, 2, ''),
    most('cold load of 100,000 owners', seconds(latency?.coldLoadMs), 12, 's'),
    most('slowest edit of one of 1000 files', seconds(latency?.edits.slowestMs), 1, 's'),
    most('verdict to all answers', verdictMs && Math.max(...verdictMs), 50, 'ms'),
    most('wrong answers while reloading', reload?.judged.wrong, 0, ''),
    most('rotated answer with EDNS', nanosecondsOf(answer, rotatedWithEdns), 600, 'ns'),
    most('the same with a cookie', nanosecondsOf(answer, rotatedWithCookie), 1000, 'ns'),
    most('snapshot an owner, over its addresses', install?.overheadOctetsPerOwner, 160, 'octets'),
    ...judgeScale(found.scale),
    ...judgeProbes(found.probes),
    most('growth of memory in the soak', soak && soak.growth.residentBytes / mebibyte, 5, 'MiB'),
    most('growth of descriptors in the soak', soak?.growth.descriptors, 5, ''),
  ].filter(judged => judged !== null)
}

/** Where the cores do not allow to tell, a server is held to what they leave gdnsd of its second thread. */
function scaling(threads: ThreadsReport | undefined): Judged | null {
  if (threads === undefined) return null
  const { apart, robin, ratioToPeer } = threads
  if (apart) return least('two threads to one', robin.speedup, 1.7, '')
  return least(`two threads to one, to gdnsd's (${threads.cores} cores)`, ratioToPeer, 0.97, '')
}

function judgeScale(scale: ScaleReport | undefined): readonly (Judged | null)[] {
  if (scale === undefined) return []
  return [
    most('compile of a million owners', seconds(scale.compileMs), 10, 's'),
    most('snapshot of a million, over its addresses', scale.overheadOctetsPerOwner, 160, 'octets'),
    most('memory with a million owners', scale.residentBytes / mebibyte, 900, 'MiB'),
    least('answered of asked while it is compiled', scale.meanwhile.answeredShare, 0.99, ''),
    least('answered of asked after it', scale.after.answeredShare, 0.99, ''),
  ]
}

function judgeProbes(probes: ProbesReport | undefined): readonly (Judged | null)[] {
  if (probes === undefined) return []
  const { costs, many, deaths } = probes
  const ratio = (kind: ProbeKind): number | null | undefined => costs.find(cost => cost.kind === kind)?.ratio
  return [
    most("tcp probe: processor time to gdnsd's", ratio('tcp'), 0.9, ''),
    most("http probe: processor time to gdnsd's", ratio('http'), 1, ''),
    most(`${many.endpoints} endpoints every ten seconds`, many.cores, 0.5, 'cores'),
    most('probes late, p99', many.lateness.p99Ms, 100, 'ms'),
    most(`publishes for ${deaths.died} deaths`, deaths.publishes, 1, ''),
    least('rotations in them', deaths.changes, deaths.pools, ''),
    most('pools answered with the dead', deaths.wrong, 0, ''),
  ]
}

function ratioTo(peers: PeersReport | undefined, load: LoadName, peer: string, limit: number): Judged | null {
  const row = peers?.servers.find(one => one.server === robinBatch && one.load === load)
  return most(`${load}: processor time to ${peer}'s`, row?.ratios[peer], limit, '')
}

function residentOf(peers: PeersReport | undefined): number | undefined {
  const row = peers?.servers.find(one => one.server === robinBatch && one.load === 'udp')
  return row && row.residentBytes / mebibyte
}

function nanosecondsOf(reports: readonly AnswerReport[] | undefined, phenomenon: string): number | undefined {
  return reports?.find(report => report.phenomenon === phenomenon)?.nanoseconds
}

function seconds(inMs: number | undefined): number | undefined {
  return inMs === undefined ? undefined : inMs / 1000
}

function most(what: string, value: number | null | undefined, limit: number, unit: string): Judged | null {
  return value == null ? null : { what, value, limit, unit, bound: 'most', holds: value <= limit }
}

function least(what: string, value: number | null | undefined, limit: number, unit: string): Judged | null {
  return value == null ? null : { what, value, limit, unit, bound: 'least', holds: value >= limit }
}

export function printJudged(all: readonly Judged[]): void {
  for (const { what, value, limit, unit, bound, holds } of all) {
    const figures = `${Number(value.toFixed(2))} of at ${bound} ${limit} ${unit}`.trimEnd()
    print(what, `${holds ? 'holds         ' : 'DOES NOT HOLD '} ${figures}`)
  }
}
