/**
 * Robin beside the C servers: processor time for each answered query, which says more than queries per second on a
 * machine that others use as well. Every server is pinned to one core with one answering thread, dnsperf to the other;
 * they take turns within one run and the medians count, as ratios to the best of the peers. A turn in which dnsperf
 * loses more than a thousandth is void. The zone: a thousand names with four addresses each, rotated where the server
 * can, and probed by TCP where it can; they share the four addresses, so that probing is next to nothing.
 */
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isInstalled, type PeerServer, type PeerZone, recipes, startPeer } from './peer-servers.ts'
import { startRobin } from './robin.ts'
import { cpuBetween, median, readResidentBytes, readThreads, runDnsperf, type ThreadCpu } from './support.ts'
import { queryLines } from './zones.ts'

/** One turn of one server. */
export interface PeerTurn {
  readonly server: string
  readonly userMicros: number
  readonly systemMicros: number
  readonly perSecond: number
  readonly meanMs: number
  readonly lostShare: number
  readonly isVoid: boolean
}

/** Medians over the turns that count. */
export interface PeerReport {
  readonly server: string
  readonly cpuMicros: number
  readonly userMicros: number
  readonly systemMicros: number
  readonly perSecond: number
  readonly meanMs: number
  readonly residentBytes: number
  /** To the least processor time of the C servers; null where none is installed. */
  readonly ratio: number | null
  /** To each of them. */
  readonly ratios: Readonly<Record<string, number>>
  readonly turns: number
  readonly voidTurns: number
}

export interface PeersReport {
  readonly pinned: boolean
  readonly missing: readonly string[]
  readonly servers: readonly PeerReport[]
  readonly turns: readonly PeerTurn[]
}

const rounds = 3
const runSeconds = 5
const owners = 1000
const addresses = ['127.0.1.1', '127.0.1.2', '127.0.1.3', '127.0.1.4']
const lostShareMax = 0.001
const serverCore = 0
const loadCore = 1
const robinEngines = ['batch', 'dgram'] as const

export async function benchPeers(): Promise<PeersReport> {
  const pinned = cpus().length > 1
  for (const program of ['dnsperf', 'taskset']) if (!isInstalled(program)) throw new Error(`needs ${program}`)
  const folder = await mkdtemp(join(tmpdir(), 'robin-peers-'))
  const targets = await openTargets()
  const zone: PeerZone = {
    origin: 'bench.test',
    owners: Array.from({ length: owners }, (_, i) => `svc${i}`),
    addresses,
    probePort: targets.port,
  }
  const queryFile = join(folder, 'queries')
  await writeFile(queryFile, queryLines(zone.owners.map(owner => `${owner}.${zone.origin}`)))
  const missing = recipes.filter(({ program }) => !isInstalled(program)).map(({ name }) => name)
  const servers: PeerServer[] = []
  try {
    for (const recipe of recipes) {
      if (missing.includes(recipe.name)) continue
      servers.push(await startPeer(recipe, zone, await findFreePort(), pinned ? serverCore : 0))
    }
    for (const io of robinEngines) servers.push(await startPinnedRobin(zone, io))
    if (pinned) pinOurselves(loadCore)
    const turns: PeerTurn[] = []
    for (let round = 0; round < rounds; round++) {
      for (const server of servers) turns.push(await takeTurn(server, queryFile))
    }
    return { pinned, missing, servers: report(servers, turns), turns }
  } finally {
    if (pinned) unpinOurselves()
    for (const server of servers) await server.stop()
    targets.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function takeTurn({ name, port, child }: PeerServer, queryFile: string): Promise<PeerTurn> {
  const before = readTree(child.pid)
  const load = { clients: 20, threads: 1, outstandingMax: 200, runSeconds }
  const dnsperf = await runDnsperf({ host: '127.0.0.1', port, queryFile, ...load })
  const spent = cpuBetween(before, readTree(child.pid))
  const micros = (part: (thread: ThreadCpu) => number): number =>
    (spent.reduce((total, thread) => total + part(thread), 0) * 1000) / dnsperf.completed
  const lostShare = dnsperf.lost / dnsperf.sent
  return {
    server: name,
    userMicros: micros(thread => thread.userMs),
    systemMicros: micros(thread => thread.systemMs),
    perSecond: dnsperf.perSecond,
    meanMs: dnsperf.meanMs,
    lostShare,
    isVoid: lostShare > lostShareMax || dnsperf.rcodes['NOERROR'] !== dnsperf.completed,
  }
}

function report(servers: readonly PeerServer[], turns: readonly PeerTurn[]): readonly PeerReport[] {
  const rows = servers.flatMap(({ name, child }) => {
    const own = turns.filter(turn => turn.server === name)
    const counting = own.filter(turn => !turn.isVoid)
    if (counting.length === 0) return []
    const middle = (of: (turn: PeerTurn) => number): number => median(counting.map(of))
    const row = {
      server: name,
      cpuMicros: middle(turn => turn.userMicros + turn.systemMicros),
      userMicros: middle(turn => turn.userMicros),
      systemMicros: middle(turn => turn.systemMicros),
      perSecond: middle(turn => turn.perSecond),
      meanMs: middle(turn => turn.meanMs),
      residentBytes: readResidentBytes(child.pid),
      turns: own.length,
      voidTurns: own.length - counting.length,
    }
    return [row]
  })
  const peers = rows.filter(({ server }) => recipes.some(({ name }) => name === server))
  const best = peers.length === 0 ? null : Math.min(...peers.map(({ cpuMicros }) => cpuMicros))
  return rows.map(row => ({
    ...row,
    ratio: best === null ? null : row.cpuMicros / best,
    ratios: Object.fromEntries(peers.map(peer => [peer.server, row.cpuMicros / peer.cpuMicros])),
  }))
}

async function startPinnedRobin(zone: PeerZone, io: (typeof robinEngines)[number]): Promise<PeerServer> {
  const values = addresses.join(', ')
  const text = `zone: ${zone.origin}
soa: {mname: ns1.${zone.origin}., rname: hostmaster.${zone.origin}., serial: 1}
checks: {port: {protocol: TCP, port: ${zone.probePort}, interval: 5s}}
records:
  '@': {type: NS, value: ns1.${zone.origin}.}
  ns1: {type: A, value: 127.0.0.1}
${zone.owners.map(owner => `  ${owner}: {type: A, check: port, values: [${values}]}`).join('\n')}
`
  const flags = ['--workers', '1', '--io', io]
  const { child, port, stop } = await startRobin({ [`${zone.origin}.yaml`]: text }, flags)
  execFileSync('taskset', ['-a', '-c', '-p', String(serverCore), String(child.pid)])
  return { name: `robin ${io}`, port, child, stop }
}

/** All threads of a process and of those it started: NSD answers from a child. */
function readTree(pid: number): readonly ThreadCpu[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parent = readParent(Number(entry))
    if (parent !== null) parents.set(Number(entry), parent)
  }
  const family = new Set([pid])
  for (let grown = true; grown; ) {
    grown = false
    for (const [child, parent] of parents) {
      if (family.has(child) || !family.has(parent)) continue
      family.add(child)
      grown = true
    }
  }
  return [...family].flatMap(readThreads)
}

function readParent(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    // It ended while we looked.
    return null
  }
}

/** Ourselves, and so dnsperf, which we start. */
function pinOurselves(core: number): void {
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)])
}

function unpinOurselves(): void {
  execFileSync('taskset', ['-a', '-c', '-p', `0-${cpus().length - 1}`, String(process.pid)])
}

/** What is probed: a listener on each address, all on one port. */
async function openTargets(): Promise<{ readonly port: number; close(): void }> {
  const open: Server[] = []
  let port = 0
  for (const host of addresses) {
    const server = createServer(socket => socket.on('error', () => socket.destroy()).resume())
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, resolve)
    })
    open.push(server)
    port = (server.address() as { port: number }).port
  }
  return {
    port,
    close: () => {
      for (const server of open) server.close()
    },
  }
}

/** Free a moment ago, which has to do for servers that cannot choose one themselves. */
function findFreePort(): Promise<number> {
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}
