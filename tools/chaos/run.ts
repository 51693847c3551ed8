/**
 * One run: the real server with its zones and backends is asked without a pause while everything happens to it, then
 * left in peace for a moment, looked at, and judged.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readResidentBytes } from '../../bench/support.ts'
import type { RecordedEvent } from '../../src/core/view/events.ts'
import { historyEventsMax } from '../../src/core/view/events.ts'
import type { StatusView } from '../../src/core/view/status.ts'
import { startBackends } from '../../test/live/backends.ts'
import { type LiveServer, startLiveServer } from '../../test/live/server.ts'
import { beginActs, type Deeds } from './acts.ts'
import { askAll } from './load.ts'
import { fileOf, firstCensus, planTown, zoneText } from './town.ts'
import { type Finding, judge } from './verdict.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly runSeconds: number
  readonly perSecond: number
  readonly zones: number
  readonly servicesPerZone: number
  readonly io: 'auto' | 'batch' | 'dgram'
}

export interface ChaosReport {
  readonly findings: readonly Finding[]
  readonly deeds: Deeds
  readonly queries: number
  readonly events: number
  readonly generations: number
  /** Between a query and its answer, in milliseconds. */
  readonly worstMs: number
  readonly residentMiB: { readonly before: number; readonly after: number }
}

const workers = 2
const settleMs = 30_000
const watchedMs = 5_000
const restMs = 10_000
const strikeFile = new URL('./strike.ts', import.meta.url).href

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, runSeconds, perSecond, zones, servicesPerZone, io } = options
  const town = planTown(zones, servicesPerZone)
  const census = firstCensus(town)
  const folder = await mkdtemp(join(tmpdir(), 'robin-chaos-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  try {
    const backends = await startBackends(town.services.flatMap(({ addresses }) => addresses))
    closers.push(backends.close)
    // What is judged here is the answer to single deaths, not whether it is us who are cut off.
    const config = join(folder, 'robin.yaml')
    await writeFile(config, 'limits: {freeze: 0s}\n')
    const stateFolder = join(folder, 'state')
    const texts = town.zones.map((_, zone) => [fileOf(town, zone), zoneText(town, zone, census, backends.port)])
    const flags = ['--config', config, '--state', stateFolder, '--workers', `${workers}`, '--io', io]
    const preload = `${process.env['NODE_OPTIONS'] ?? ''} --import ${strikeFile}`
    const env = { NODE_OPTIONS: preload, CHAOS_THREADS: `${workers + 1}` }
    const server = await startLiveServer(Object.fromEntries(texts), flags, env)
    closers.push(server.close)
    await settle(server)
    await watched(server)
    const before = { descriptors: listDescriptors(server.pid), resident: readResidentBytes(server.pid) }
    // Where Node reads the socket, it dies with its thread, and with it what has not been read.
    const threads = server.lines.some(line => line.event === 'engine' && line['io'] === 'batch') ? workers + 1 : 0
    const stage = { town, server, stateFolder, backends, census, seed, threads }
    const acts = await beginActs(stage)
    const load = await askAll(server.port, town.services, perSecond, runSeconds)
    await acts.stop()
    const status = await settle(server)
    const history = await historyOf(server)
    const logged = countLines(server)
    const findings = judge({
      ...{ town, census, deeds: acts.deeds, load, history, logged, status },
      descriptors: { before: before.descriptors, after: await descriptorsAtRest(server, before.descriptors.length) },
    })
    return {
      findings,
      deeds: acts.deeds,
      queries: load.sent,
      events: history.length,
      generations: status.reload.generation,
      worstMs: load.answers.reduce((worst, { askedAt, heardAt }) => Math.max(worst, heardAt - askedAt), 0),
      residentMiB: { before: before.resident / 2 ** 20, after: readResidentBytes(server.pid) / 2 ** 20 },
    }
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** The folder is watched a moment after the server is ready; where the system gives no notices, it never is. */
async function watched({ pid }: LiveServer): Promise<void> {
  const endMs = performance.now() + watchedMs
  while (performance.now() < endMs && !listDescriptors(pid).some(path => path.includes('inotify'))) {
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** The status once everybody is up again, at the latest after `settleMs`. */
async function settle(server: LiveServer): Promise<StatusView> {
  const endMs = performance.now() + settleMs
  for (;;) {
    const status = await fetchJson<StatusView>(server, 'status')
    const isCalm = status.pools.every(({ members }) =>
      members.every(({ verdict, pending }) => verdict === 'up' && !pending),
    )
    const isManned = status.threads.every(({ silentMs }) => silentMs !== null)
    if ((isCalm && isManned) || performance.now() > endMs) return status
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

/** Probes come and go: what counts is what does not go away. */
async function descriptorsAtRest({ pid }: LiveServer, before: number): Promise<readonly string[]> {
  const endMs = performance.now() + restMs
  for (;;) {
    const open = listDescriptors(pid)
    if (open.length <= before || performance.now() > endMs) return open
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

function listDescriptors(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap(number => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${number}`)]
    } catch {
      // Closed between the two looks.
      return []
    }
  })
}

async function historyOf(server: LiveServer): Promise<readonly RecordedEvent[]> {
  const page = await fetchJson<{ events: readonly RecordedEvent[] }>(server, `events?limit=${historyEventsMax}`)
  return page.events
}

async function fetchJson<T>({ adminUrl }: LiveServer, path: string): Promise<T> {
  const response = await fetch(`${adminUrl}/api/v1/${path}`, { headers: { connection: 'close' } })
  return (await response.json()) as T
}

function countLines({ lines }: LiveServer): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { event } of lines) if (event !== undefined) counts.set(event, (counts.get(event) ?? 0) + 1)
  return counts
}
