/**
 * What work beside the answers does to answer times: 100,000 owners in 1,000 zones, 30,000 queries a second. First a
 * server that probes nothing and reloads nothing; then one that makes 2,000 probes a second, and the same while every
 * file is replaced again and again, so that all 100,000 owners are read anew without a pause.
 * Then the server with all its threads has one half of the cores, the load and what is probed the other.
 * Before it, with all cores: how long the folder takes to load cold, and edits of one file to be served, the first and
 * the slowest of them too: a middle would hide an edit that waits for something.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runDnsperf } from './dnsperf.ts'
import { besideServer, needPrograms, pin, serverHalf } from './machine.ts'
import { describeTimes, mebibytes, print } from './print.ts'
import { type BenchServer, startRobin } from './robin.ts'
import { median, type Percentiles, readResidentBytes, startChild } from './support.ts'
import { middleTimes, timeAnswers } from './turns.ts'
import { addressOf, type FolderOptions, makeFolder, makeFolderZone, queryLines } from './zones.ts'

export interface LatencyReport {
  readonly owners: number
  readonly probesPerSecond: number
  readonly idle: Percentiles | null
  readonly probing: Percentiles | null
  readonly reloading: Percentiles | null
  /** Of the last percentile but one thousandth: reloading and probing to idle. */
  readonly ratio: number | null
  /** Whole folders read while answers were timed. */
  readonly reloads: number
  /** From its start to the first generation, and to ready: the first round of probes lies between. */
  readonly coldLoadMs: number
  readonly readyMs: number
  readonly edits: EditsReport
  readonly residentBytes: number
}

/** Edits of one file, each from its beginning to the generation that has it. */
export interface EditsReport {
  /** In order, with the quiet before each. */
  readonly all: readonly EditTime[]
  /** The first since the start. */
  readonly firstMs: number
  readonly medianMs: number
  readonly slowestMs: number
}

export interface EditTime {
  readonly quietMs: number
  readonly tookMs: number
}

const zones = 1000
const ownersPerZone = 100
const endpoints = 10_000
const intervalSeconds = 5
const rounds = 3
const runSeconds = 5
/**
 * Quiet before each edit. After twelve seconds the server has given back what the load before took, so that nothing is
 * warm; some follow each other without a pause, some with one.
 */
const quietsMs = [12_000, 0, 0, 3_000, 3_000, 12_000] as const
const perSecond = 30_000
const asked = 1000
const readyMs = 120_000
const waitMs = 20

const shape = { zones, ownersPerZone, endpoints }

export async function benchLatency(): Promise<LatencyReport> {
  needPrograms('dnsperf', 'taskset')
  const folder = await mkdtemp(join(tmpdir(), 'robin-latency-'))
  const queryFile = join(folder, 'queries')
  const names = Array.from({ length: asked }, (_, i) => `svc${i % ownersPerZone}.z${i % zones}.test`)
  await writeFile(queryFile, queryLines(names))
  try {
    return await measure(folder, queryFile)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(folder: string, queryFile: string): Promise<LatencyReport> {
  const targets = await startTargets(folder)
  try {
    const idle = await measureIdle(queryFile)
    const busy = await measureBusy(queryFile, targets.port)
    const ratio = idle === null || busy.reloading === null ? null : busy.reloading.p999Ms / idle.p999Ms
    return { owners: zones * ownersPerZone, probesPerSecond: endpoints / intervalSeconds, idle, ratio, ...busy }
  } finally {
    await targets.child.stop(1_000)
  }
}

async function startTargets(folder: string) {
  const file = join(folder, 'targets.json')
  const hosts = Array.from({ length: endpoints }, (_, i) => addressOf(i))
  await writeFile(file, JSON.stringify({ tcp: hosts, http: [] }))
  const child = await startChild(process.execPath, [new URL('./targets.ts', import.meta.url).pathname, file], {
    readyMs,
    isReady: line => line.startsWith('{'),
  })
  const { tcp } = JSON.parse(child.lines().find(line => line.startsWith('{'))!) as { tcp: number }
  return { child, port: tcp }
}

async function measureIdle(queryFile: string): Promise<Percentiles | null> {
  const server = await startRobin(makeFolder({ ...shape, check: null }), ['--workers', '1'])
  try {
    pin(server.child.pid, serverHalf)
    return await besideServer(async () => {
      await warmUp(server, queryFile)
      return await timeRounds(server, queryFile)
    })
  } finally {
    await server.stop()
  }
}

async function measureBusy(queryFile: string, port: number) {
  const check = `protocol: TCP, port: ${port}, interval: ${intervalSeconds}s, timeout: 2s`
  const options: FolderOptions = { ...shape, check }
  const server = await startRobin(makeFolder(options), ['--workers', '1'])
  try {
    const readyAfterMs = Date.now() - server.startedMs
    const coldLoadMs = server.events('installed')[0]!.time - server.startedMs
    const edits: EditTime[] = []
    for (const quietMs of quietsMs) {
      await pause(quietMs)
      edits.push({ quietMs, tookMs: await editOnce(server, options, edits.length) })
    }
    pin(server.child.pid, serverHalf)
    const timed = await besideServer(() => timeBusy(server, queryFile, options))
    const residentBytes = readResidentBytes(server.child.pid)
    return { ...timed, coldLoadMs, readyMs: readyAfterMs, edits: reportEdits(edits), residentBytes }
  } finally {
    await server.stop()
  }
}

export function reportEdits(all: readonly EditTime[]): EditsReport {
  const times = all.map(({ tookMs }) => tookMs)
  return { all, firstMs: times[0] ?? Number.NaN, medianMs: median(times), slowestMs: Math.max(...times) }
}

async function timeBusy(server: BenchServer, queryFile: string, options: FolderOptions) {
  await warmUp(server, queryFile)
  const probing = await timeRounds(server, queryFile)
  const rewriting = keepRewriting(server, options)
  const reloading = await timeRounds(server, queryFile)
  return { probing, reloading, reloads: await rewriting.stop() }
}

function warmUp({ port }: BenchServer, queryFile: string) {
  return runDnsperf({ host: '127.0.0.1', port, queryFile, runSeconds: 2, perSecondMax: perSecond, clients: 20 })
}

async function timeRounds(server: BenchServer, queryFile: string): Promise<Percentiles | null> {
  const runs: (Percentiles | null)[] = []
  for (let round = 0; round < rounds; round++) {
    const load = { queryFile, runSeconds, perSecondMax: perSecond, clients: 20, threads: 1, outstandingMax: 200 }
    runs.push(await timeAnswers(server, load))
  }
  return middleTimes(runs)
}

/** Milliseconds from the edit to its generation. */
async function editOnce(server: BenchServer, options: FolderOptions, edit: number): Promise<number> {
  const beganMs = Date.now()
  const before = latestGeneration(server)
  await server.write('z0.test.yaml', makeFolderZone({ ...options, ttl: 60 + edit }, 0))
  process.kill(server.child.pid, 'SIGHUP')
  await installedAfter(server, before)
  return server.events('installed').at(-1)!.time - beganMs
}

/** Replaces all files as soon as the last are served, with pauses between files to leave dnsperf its core. */
function keepRewriting(server: BenchServer, options: FolderOptions) {
  let going = true
  let reloads = 0
  const work = async (): Promise<void> => {
    for (let ttl = 11; going; ttl++) {
      const before = latestGeneration(server)
      for (let zone = 0; zone < zones; zone++) {
        await server.write(`z${zone}.test.yaml`, makeFolderZone({ ...options, ttl: 10 + (ttl % 50) }, zone))
        await pause(1)
      }
      process.kill(server.child.pid, 'SIGHUP')
      await installedAfter(server, before)
      reloads++
    }
  }
  const over = work()
  return {
    stop: async (): Promise<number> => {
      going = false
      await over
      return reloads
    },
  }
}

function latestGeneration(server: BenchServer): number {
  return server.events('installed').at(-1)?.generation ?? 0
}

async function installedAfter(server: BenchServer, generation: number): Promise<void> {
  const endMs = Date.now() + readyMs
  while (latestGeneration(server) <= generation) {
    if (Date.now() > endMs) throw new Error('an edit that is never served')
    await pause(waitMs)
  }
}

function pause(forMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, forMs))
}

export function printLatency(report: LatencyReport): void {
  const { idle, probing, reloading, ratio } = report
  const describe = (times: Percentiles | null): string => (times === null ? 'every run void' : describeTimes(times))
  print('owners', `${report.owners} in ${zones} zones, ${perSecond} queries/s`)
  print('idle', describe(idle))
  print('probing', `${describe(probing)}; ${report.probesPerSecond} probes/s`)
  print('probing and reloading', `${describe(reloading)}; ${report.reloads} times all files`)
  if (ratio !== null) print('p99.9 to idle', ratio.toFixed(2))
  print('cold load', `${(report.coldLoadMs / 1000).toFixed(1)} s, ready after ${(report.readyMs / 1000).toFixed(1)} s`)
  const { all, firstMs, medianMs, slowestMs } = report.edits
  print('edit of one file', `first ${firstMs} ms, middle ${medianMs} ms, slowest ${slowestMs} ms of ${all.length}`)
  for (const { quietMs, tookMs } of all) print(`  after ${quietMs / 1000} s of quiet`, `${tookMs} ms`)
  print('resident', mebibytes(report.residentBytes))
}
