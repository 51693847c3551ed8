/**
 * Gathers the one picture (core/view/status) from those who know its parts. It is made when someone asks and kept by
 * nobody; what it says of pools is drawn by core/view.
 */
import { sumCounters } from '../board/counters.ts'
import { readLatencies } from '../core/health/latency.ts'
import type { Clock, SocketAddress } from '../core/ports.ts'
import { countsOf, type Roster } from '../core/roster/index.ts'
import {
  type Drawing,
  drawFreeze,
  drawOverrides,
  drawPools,
  drawPoolsInSteps,
  drawSentinels,
  type Moment,
} from '../core/view/picture.ts'
import { drawSelf, type SelfView } from '../core/view/self.ts'
import type { DrawnStatus, PoolView, StatusView } from '../core/view/status.ts'
import type { Probes } from '../edge/probe/table.ts'
import { formatListen } from '../edge/transport/listen.ts'
import type { Control } from './control.ts'
import type { Crew } from './crew.ts'
import type { Keeper } from './keeper.ts'
import type { Pulling } from './pulling.ts'

export interface Listening extends SocketAddress {
  readonly via: 'udp' | 'tcp' | 'admin'
}

/** How far the start has come. */
export interface Stage {
  crew: Crew | null
  ready: boolean
  listening: readonly Listening[]
  readonly startedMs: number
  readonly startedAt: number
  readonly workers: number
  keeper: Keeper | null
  tokenFile: string | null
  readonly zonesFolder: string
  readonly maxChange: number
}

export interface StatusSources {
  readonly clock: Clock
  readonly control: Control
  readonly roster: Roster
  readonly probes: Pick<Probes, 'icmpMeans' | 'broken'>
  readonly pulling: Pick<Pulling, 'view'>
  readonly version: string
}

/** With `evidence`, also the newest outcomes of each check, which are many. */
export function drawStatus(sources: StatusSources, stage: Stage, evidence = false): StatusView {
  const { roster, control } = sources
  const pools = drawPools(roster, control.plans, drawingOf(sources, evidence))
  return drawAround(sources, stage, pools, momentOf(sources))
}

/** Generations that may come in between before the picture is drawn at once. */
const drawingsMax = 3

/**
 * The same in steps. Each pool is as it is when its turn comes, all pools are of one generation, and the rest is of the
 * end: what changes meanwhile is in this picture or in the next one.
 */
export function* drawStatusInSteps(
  sources: StatusSources,
  stage: Stage,
  evidence = false,
): Generator<void, DrawnStatus> {
  const { roster, control } = sources
  for (let drawing = 0; drawing < drawingsMax; drawing++) {
    const { plans } = control
    const steps = drawPoolsInSteps(roster, plans, drawingOf(sources, evidence))
    // Another generation has other pools: what was drawn so far is of none, and the next step would find nothing.
    while (control.plans === plans) {
      const step = steps.next()
      if (step.done === true) {
        const moment = momentOf(sources)
        const { pools, poolsAt } = step.value
        return { view: drawAround(sources, stage, pools, moment), at: moment.at, poolsAt }
      }
      yield
    }
  }
  const { at } = momentOf(sources)
  const view = drawStatus(sources, stage, evidence)
  return { view, at, poolsAt: view.pools.map(() => at) }
}

function drawingOf(sources: StatusSources, evidence: boolean): Drawing {
  const { ledger } = sources.control
  ledger.book()
  return { moment: () => momentOf(sources), served: ledger.served, evidence }
}

function momentOf({ clock }: Pick<StatusSources, 'clock'>): Moment {
  return { nowMs: clock.now(), at: clock.wall() }
}

function drawAround(
  { clock, control, roster, probes, pulling, version }: StatusSources,
  stage: Stage,
  pools: readonly PoolView[],
  moment: Moment,
): StatusView {
  const counts = countsOf(roster)
  return {
    server: {
      version,
      pid: process.pid,
      startedAt: stage.startedAt,
      uptimeMs: Math.round(clock.now() - stage.startedMs),
      ready: stage.ready,
      io: stage.crew?.engine.io ?? null,
      ioReason: stage.crew?.engine.reason ?? null,
      workers: stage.workers,
      listening: listeningTexts(stage),
      tokenFile: stage.tokenFile,
      zonesFolder: stage.zonesFolder,
      maxChange: stage.maxChange,
    },
    reload: control.reload,
    zones: control.zones,
    secondaries: pulling.view(),
    pools,
    checks: {
      total: counts.duties,
      inFlight: counts.inFlight,
      probes: counts.probes,
      late: counts.late,
      lateness: counts.lateness,
      latencies: readLatencies(roster.latencies),
      endpoints: counts.endpoints,
      endpointsDown: counts.endpointsDown,
      broken: probes.broken(),
      icmp: describeIcmp(probes),
    },
    threads: stage.crew?.threads() ?? [],
    freeze: drawFreeze(roster, moment),
    sentinels: drawSentinels(roster, moment),
    overrides: drawOverrides(roster, moment),
    state: stage.keeper?.view() ?? null,
    counters: stage.crew === null ? {} : sumCounters(stage.crew.counters),
  }
}

/** The little of it that costs the same however much is served. */
export function drawSelfView(
  sources: Pick<StatusSources, 'clock' | 'control' | 'roster' | 'pulling'>,
  stage: Stage,
): SelfView {
  const { clock, control, roster, pulling } = sources
  const freeze = drawFreeze(roster, momentOf({ clock }))
  const { zones } = control
  const secondaries = pulling.view()
  return drawSelf({ server: { listening: listeningTexts(stage) }, zones, secondaries, freeze }, stage.ready)
}

function listeningTexts({ listening }: Pick<Stage, 'listening'>): readonly string[] {
  return listening.map(one => `${one.via} ${formatListen(one)}`)
}

/** How echoes are sent, by family; null while nothing asked for one. */
function describeIcmp(probes: Pick<Probes, 'icmpMeans'>): string | null {
  const { v4, v6 } = probes.icmpMeans()
  const parts = [...(v4 === null ? [] : [`${v4} (IPv4)`]), ...(v6 === null ? [] : [`${v6} (IPv6)`])]
  return parts.length === 0 ? null : parts.join(', ')
}
