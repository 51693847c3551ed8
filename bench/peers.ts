/**
 * Robin beside the C servers, by UDP and by TCP: processor time for each answered query, answer times at an even pace,
 * memory. Every server is pinned to one core with one answering thread, dnsperf to the other; they take turns within
 * one run and the medians count, as ratios to the best of the peers. The zone: a thousand names with four addresses
 * each, rotated where the server can, and probed by TCP where it can; they share the four addresses, so that probing is
 * next to nothing.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { besideServer, cores, findFreePort, isInstalled, needPrograms, openTargets, serverCore } from './machine.ts'
import { makeQuery } from './pace.ts'
import { type PeerZone, recipes, startPeer } from './peer-servers.ts'
import { mebibytes, ms, print, printCells } from './print.ts'
import { startRobinBeside } from './robin.ts'
import { type Percentiles, readResidentBytes } from './support.ts'
import {
  type Load,
  middleTimes,
  putChurn,
  putLoad,
  type Subject,
  summarizeTurns,
  type Turn,
  type TurnSummary,
  takeTurn,
  timeAnswers,
} from './turns.ts'
import { queryLines } from './zones.ts'

export type LoadName = (typeof loads)[number]['name']

export interface PeerReport extends TurnSummary {
  readonly server: string
  readonly load: LoadName
  /** At an even pace well below what any of the servers can do. */
  readonly times: Percentiles | null
  /** After the load. */
  readonly residentBytes: number
  /** To the least processor time of the C servers; null where none is installed. */
  readonly ratio: number | null
  /** To each of them. */
  readonly ratios: Readonly<Record<string, number>>
}

export interface PeersReport {
  readonly pinned: boolean
  readonly missing: readonly string[]
  readonly servers: readonly PeerReport[]
  readonly turns: Readonly<Record<string, readonly Turn[]>>
}

const runSeconds = 3
const timedRounds = 3
const timedSeconds = 2
const timedPerSecond = 30_000
const owners = 1000
const addresses = ['127.0.1.1', '127.0.1.2', '127.0.1.3', '127.0.1.4']

/**
 * Ten queries under way on each connection; by TCP also one on each, where nothing can be done for many at once, and
 * connections that ask once and leave.
 */
const loads = [
  { name: 'udp', via: 'udp', outstandingMax: 200, rounds: 5 },
  { name: 'tcp', via: 'tcp', outstandingMax: 200, rounds: 3 },
  { name: 'tcp, one at a time', via: 'tcp', outstandingMax: 20, rounds: 3 },
  { name: 'tcp, one a connection', via: 'tcp', outstandingMax: null, rounds: 3 },
] as const
const common = { clients: 20, threads: 1, runSeconds } as const

/** Names of Robin's rows: with the engines that talk to the kernel themselves, and with node:dgram and node:net. */
export const robinBatch = 'robin batch'
const robinDgram = 'robin dgram'

interface Running extends Subject {
  stop(): Promise<unknown>
}

export async function benchPeers(): Promise<PeersReport> {
  needPrograms('dnsperf', 'taskset')
  const folder = await mkdtemp(join(tmpdir(), 'robin-peers-'))
  const targets = await openTargets(addresses)
  const zone = peerZone(targets.port)
  const queryFile = join(folder, 'queries')
  const names = zone.owners.map(owner => `${owner}.${zone.origin}`)
  await writeFile(queryFile, queryLines(names))
  const missing = recipes.filter(({ program }) => !isInstalled(program)).map(({ name }) => name)
  const running: Running[] = []
  try {
    await startAll(zone, missing, running)
    const { reports, turns } = await besideServer(() => takeAllTurns(running, queryFile, names.map(makeQuery)))
    return { pinned: cores > 1, missing, servers: reports, turns }
  } finally {
    for (const server of running) await server.stop()
    targets.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A thousand names that share four addresses, which are probed on one port. */
export function peerZone(probePort: number): PeerZone {
  return {
    origin: 'bench.test',
    owners: Array.from({ length: owners }, (_, i) => `svc${i}`),
    addresses,
    probePort,
  }
}

async function startAll(zone: PeerZone, missing: readonly string[], running: Running[]): Promise<void> {
  for (const recipe of recipes) {
    if (missing.includes(recipe.name)) continue
    const { child, ...peer } = await startPeer(recipe, zone, await findFreePort(), String(serverCore))
    running.push({ ...peer, pid: child.pid })
  }
  for (const [name, io] of Object.entries({ [robinBatch]: 'batch', [robinDgram]: 'dgram' })) {
    const { child, port, stop } = await startRobinBeside(zone, ['--workers', '1', '--io', io], String(serverCore))
    running.push({ name, pid: child.pid, port, stop })
  }
}

async function takeAllTurns(running: readonly Running[], queryFile: string, queries: readonly Uint8Array[]) {
  const turns: Record<string, readonly Turn[]> = {}
  const reports: PeerReport[] = []
  for (const { name, rounds, outstandingMax, via } of loads) {
    const taken: Turn[] = []
    const load: Load | null = outstandingMax === null ? null : { ...common, via, outstandingMax, queryFile }
    for (let round = 0; round < rounds; round++) {
      for (const subject of running) {
        taken.push(
          await takeTurn(subject, port =>
            load === null ? putChurn(port, { ...common, queries }) : putLoad(port, load),
          ),
        )
      }
    }
    turns[name] = taken
    const paced = load === null ? null : { ...load, runSeconds: timedSeconds, perSecondMax: timedPerSecond }
    const times = paced === null ? new Map() : await timeAll(running, paced)
    reports.push(...report(running, name, taken, times))
  }
  return { reports, turns }
}

async function timeAll(subjects: readonly Subject[], load: Load): Promise<ReadonlyMap<string, Percentiles | null>> {
  const runs = new Map<string, (Percentiles | null)[]>(subjects.map(({ name }) => [name, []]))
  for (let round = 0; round < timedRounds; round++) {
    for (const subject of subjects) runs.get(subject.name)!.push(await timeAnswers(subject, load))
  }
  return new Map([...runs].map(([name, times]) => [name, middleTimes(times)]))
}

function report(
  subjects: readonly Subject[],
  load: LoadName,
  turns: readonly Turn[],
  times: ReadonlyMap<string, Percentiles | null>,
): readonly PeerReport[] {
  const rows = subjects.flatMap(({ name, pid }) => {
    const summary = summarizeTurns(turns, name)
    if (summary === null) return []
    const beside = { server: name, load, times: times.get(name) ?? null, residentBytes: readResidentBytes(pid) }
    return [{ ...summary, ...beside }]
  })
  const peers = rows.filter(({ server }) => recipes.some(({ name }) => name === server))
  const best = peers.length === 0 ? null : Math.min(...peers.map(({ cpuMicros }) => cpuMicros))
  return rows.map(row => ({
    ...row,
    ratio: best === null ? null : row.cpuMicros / best,
    ratios: Object.fromEntries(peers.map(peer => [peer.server, row.cpuMicros / peer.cpuMicros])),
  }))
}

const widths = [25, 14, 11, 31, 11, 0] as const

export function printPeers({ pinned, missing, servers }: PeersReport): void {
  if (!pinned) print('not pinned', 'one core only: servers and load share it')
  if (missing.length > 0) print('not installed', missing.join(', '))
  for (const { name } of loads) {
    const heads = [
      'us/query user + system',
      'spread',
      'queries/s',
      `p50 p99 p99.9 at ${timedPerSecond}/s`,
      'resident',
      'ratio',
    ]
    printCells(name, heads, widths)
    for (const row of servers.filter(({ load }) => load === name)) printCells(row.server, cellsOf(row), widths)
  }
}

function cellsOf(row: PeerReport): readonly string[] {
  const { times, cpuMicrosSpread: spread } = row
  const others = Object.entries(row.ratios).map(([server, value]) => `${value.toFixed(2)} ${server}`)
  const gone = row.voidTurns === 0 ? '' : `; ${row.voidTurns} of ${row.turns} turns void`
  return [
    `${row.cpuMicros.toFixed(2)} = ${row.userMicros.toFixed(2)} + ${row.systemMicros.toFixed(2)}`,
    `${spread[0].toFixed(2)}-${spread[1].toFixed(2)}`,
    String(Math.round(row.perSecond)),
    times === null ? 'none counts' : [times.p50Ms, times.p99Ms, times.p999Ms].map(ms).join(' '),
    mebibytes(row.residentBytes),
    `${row.ratio === null ? '-' : row.ratio.toFixed(2)} to the best (${others.join(', ')})${gone}`,
  ]
}
