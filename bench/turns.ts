/**
 * Servers that take turns under one load: processor time for each answered query, which says more than queries per
 * second on a machine that others use as well, and answer times at an even pace. A turn in which dnsperf loses more
 * than a thousandth, or is answered with anything but NOERROR, is void; the middle of the others counts.
 */
import { type ChurnOptions, runChurn } from './churn.ts'
import { type DnsperfOptions, type DnsperfReport, runDnsperf, runTimedDnsperf } from './dnsperf.ts'
import { readTree } from './machine.ts'
import { countSwitches, cpuBetween, median, type Percentiles, type ThreadCpu } from './support.ts'

export interface Subject {
  readonly name: string
  readonly pid: number
  readonly port: number
}

export type Load = Omit<DnsperfOptions, 'host' | 'port'>

/** One turn of one server. */
export interface Turn {
  readonly server: string
  readonly userMicros: number
  readonly systemMicros: number
  /** Context switches in a thousand queries: how often a thread of the server slept, or lost its core. */
  readonly switches: number
  readonly perSecond: number
  readonly lostShare: number
  readonly isVoid: boolean
}

/** Medians over the turns that count. */
export interface TurnSummary {
  readonly cpuMicros: number
  readonly userMicros: number
  readonly systemMicros: number
  readonly switches: number
  readonly perSecond: number
  /** Least and greatest processor time of a turn: how much the machine itself swung. */
  readonly cpuMicrosSpread: readonly [number, number]
  readonly turns: number
  readonly voidTurns: number
}

const lostShareMax = 0.001

/** What a load came to. */
export interface LoadOutcome {
  readonly completed: number
  readonly perSecond: number
  readonly lostShare: number
  readonly isVoid: boolean
}

/** Lets a load run on a server and sees what that cost it. */
export async function takeTurn(
  { name, pid, port }: Subject,
  run: (port: number) => Promise<LoadOutcome>,
): Promise<Turn> {
  const before = readTree(pid)
  const switchesBefore = countSwitches(before)
  const { completed, ...outcome } = await run(port)
  const after = readTree(pid)
  const spent = cpuBetween(before, after)
  const micros = (part: (thread: ThreadCpu) => number): number =>
    (spent.reduce((total, thread) => total + part(thread), 0) * 1000) / completed
  return {
    server: name,
    userMicros: micros(thread => thread.userMs),
    systemMicros: micros(thread => thread.systemMs),
    switches: ((countSwitches(after) - switchesBefore) * 1000) / completed,
    ...outcome,
  }
}

export async function putLoad(port: number, load: Load): Promise<LoadOutcome> {
  const dnsperf = await runDnsperf({ host: '127.0.0.1', port, ...load })
  const { completed, perSecond, lost, sent } = dnsperf
  return { completed, perSecond, lostShare: lost / sent, isVoid: isVoid(dnsperf) }
}

/** Connections that ask once each. */
export async function putChurn(port: number, options: Omit<ChurnOptions, 'port'>): Promise<LoadOutcome> {
  const { completed, failed, perSecond } = await runChurn({ port, ...options })
  const lostShare = failed / (completed + failed)
  return { completed, perSecond, lostShare, isVoid: lostShare > lostShareMax }
}

/** Null if no turn counts. */
export function summarizeTurns(all: readonly Turn[], server: string): TurnSummary | null {
  const own = all.filter(turn => turn.server === server)
  const counting = own.filter(turn => !turn.isVoid)
  if (counting.length === 0) return null
  const middle = (of: (turn: Turn) => number): number => median(counting.map(of))
  const totals = counting.map(turn => turn.userMicros + turn.systemMicros)
  return {
    cpuMicros: median(totals),
    userMicros: middle(turn => turn.userMicros),
    systemMicros: middle(turn => turn.systemMicros),
    switches: middle(turn => turn.switches),
    perSecond: middle(turn => turn.perSecond),
    cpuMicrosSpread: [Math.min(...totals), Math.max(...totals)],
    turns: own.length,
    voidTurns: own.length - counting.length,
  }
}

/** One run at an even pace. */
export interface PacedRun {
  readonly times: Percentiles
  /** Answered. */
  readonly perSecond: number
  readonly isVoid: boolean
}

export async function runPaced({ port }: Pick<Subject, 'port'>, load: Load): Promise<PacedRun> {
  const { report, times } = await runTimedDnsperf({ host: '127.0.0.1', port, ...load })
  return { times, perSecond: report.perSecond, isVoid: isVoid(report) }
}

/** How long answers take at an even pace. Null for a run that does not count. */
export async function timeAnswers(subject: Pick<Subject, 'port'>, load: Load): Promise<Percentiles | null> {
  const run = await runPaced(subject, load)
  return run.isVoid ? null : run.times
}

/** Each figure's own middle over several runs. Null if there is none. */
export function middleTimes(runs: readonly (Percentiles | null)[]): Percentiles | null {
  const counting = runs.filter(run => run !== null)
  if (counting.length === 0) return null
  const middle = (of: (times: Percentiles) => number): number => median(counting.map(of))
  return {
    p50Ms: middle(times => times.p50Ms),
    p99Ms: middle(times => times.p99Ms),
    p999Ms: middle(times => times.p999Ms),
    maxMs: middle(times => times.maxMs),
  }
}

function isVoid({ sent, lost, completed, rcodes }: DnsperfReport): boolean {
  return lost > sent * lostShareMax || rcodes['NOERROR'] !== completed
}
