/**
 * A million owners with four addresses each, every one of them a pool, handed to `compile` by a generator on the
 * control thread of a server that answers 30,000 queries a second meanwhile: how long that takes, what it holds, and
 * what those who ask notice of it. The server has one half of the cores, the load the other.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runDnsperf } from './dnsperf.ts'
import { besideServer, needPrograms, pin, serverHalf } from './machine.ts'
import { describeTimes, mebibytes, percent, print } from './print.ts'
import { type Child, type Percentiles, readResidentBytes, startChild } from './support.ts'
import { middleTimes, type PacedRun, runPaced } from './turns.ts'
import { queryLines } from './zones.ts'

export interface ScaleReport {
  readonly owners: number
  readonly compileMs: number
  readonly proveMs: number
  /** Every rotation decided and put on the board. */
  readonly publishMs: number
  readonly snapshotOctetsPerOwner: number
  /** The same without the addresses themselves. */
  readonly overheadOctetsPerOwner: number
  /** With all of it in place, some time after; and the most at any time. */
  readonly residentBytes: number
  readonly residentPeakBytes: number
  /** A thousand owners, a million while the next million is compiled and put in place, a million after that. */
  readonly before: Answered
  readonly meanwhile: Answered
  readonly after: Answered
}

export interface Answered {
  /** Null if every run was void. */
  readonly times: Percentiles | null
  /** Of what was asked a second, the worst run; 0 for one that was void. */
  readonly answeredShare: number
}

interface Grown {
  readonly compileMs: number
  readonly proveMs: number
  readonly publishMs: number
  readonly snapshotOctets: number
  readonly pools: number
  /** Threads that did not take it in time. */
  readonly late: number
}

const ownersBefore = 1000
const owners = 1_000_000
const addressOctets = 16
const perSecond = 30_000
const runSeconds = 5
const rounds = 3
const readyMs = 30_000
const growMs = 120_000
/** A run during which a million is compiled lasts as long as that took before, and some more to see it put in place. */
const growTailSeconds = 2
const growSecondsMax = 60
const settleMs = 12_000
const lookMs = 50
const serverFile = new URL('./scale-server.ts', import.meta.url).pathname

export async function benchScale(): Promise<ScaleReport> {
  needPrograms('dnsperf', 'taskset')
  const folder = await mkdtemp(join(tmpdir(), 'robin-scale-'))
  const names = Array.from({ length: ownersBefore }, (_, i) => `svc${i}.bench.test`)
  const queryFile = join(folder, 'queries')
  await writeFile(queryFile, queryLines(names))
  try {
    return await besideServer(() => measure(queryFile))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(queryFile: string): Promise<ScaleReport> {
  const server = await startChild(process.execPath, [serverFile, String(ownersBefore), String(owners)], {
    readyMs,
    isReady: line => line.includes('"kind":"ready"'),
  })
  try {
    pin(server.pid, serverHalf)
    const { port } = linesOf(server, 'ready')[0] as unknown as { readonly port: number }
    const load = { queryFile, runSeconds, perSecondMax: perSecond, clients: 20, threads: 1, outstandingMax: 200 }
    await runDnsperf({ host: '127.0.0.1', port, ...load })
    const rounded = (): Promise<Answered> => timeRounds(() => runPaced({ port }, load))
    const before = await rounded()
    const grewMs = await grow(server)
    const growSeconds = Math.min(growSecondsMax, Math.ceil(grewMs / 1000) + growTailSeconds)
    const meanwhile = await timeRounds(async () => {
      const [run] = await Promise.all([runPaced({ port }, { ...load, runSeconds: growSeconds }), grow(server)])
      return run
    })
    await pause(settleMs)
    const after = await rounded()
    return {
      ...figuresOf(linesOf(server, 'grown')[0] as unknown as Grown),
      before,
      meanwhile,
      after,
      ...(await memoryOf(server)),
    }
  } finally {
    await server.stop(1_000)
  }
}

function figuresOf({ compileMs, proveMs, publishMs, snapshotOctets, pools, late }: Grown) {
  if (pools !== owners || late > 0) throw new Error(`${pools} pools of ${owners}, ${late} threads late`)
  const snapshotOctetsPerOwner = snapshotOctets / owners
  const overheadOctetsPerOwner = snapshotOctetsPerOwner - addressOctets
  return { owners, compileMs, proveMs, publishMs, snapshotOctetsPerOwner, overheadOctetsPerOwner }
}

async function memoryOf({ pid }: Child) {
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))
  return { residentBytes: readResidentBytes(pid), residentPeakBytes: Number(peak?.[1] ?? 0) * 1024 }
}

/** Has the server compile a million once more, and waits until they are in place. Yields how long that took. */
async function grow(server: Child): Promise<number> {
  const beganMs = Date.now()
  const before = linesOf(server, 'grown').length
  process.kill(server.pid, 'SIGUSR2')
  const endMs = Date.now() + growMs
  while (linesOf(server, 'grown').length === before) {
    if (Date.now() > endMs) throw new Error('a million owners that are never served')
    await pause(lookMs)
  }
  return Date.now() - beganMs
}

async function timeRounds(run: () => Promise<PacedRun>): Promise<Answered> {
  const runs: PacedRun[] = []
  for (let round = 0; round < rounds; round++) runs.push(await run())
  return answeredIn(runs)
}

export function answeredIn(runs: readonly PacedRun[]): Answered {
  const shares = runs.map(({ isVoid, perSecond: answered }) => (isVoid ? 0 : Math.min(1, answered / perSecond)))
  return {
    times: middleTimes(runs.map(({ isVoid, times }) => (isVoid ? null : times))),
    answeredShare: Math.min(...shares),
  }
}

function linesOf(server: Child, kind: string): readonly Record<string, unknown>[] {
  const lines = server.lines().filter(line => line.startsWith('{'))
  return lines.map(line => JSON.parse(line) as Record<string, unknown>).filter(line => line['kind'] === kind)
}

function pause(forMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, forMs))
}

export function printScale(report: ScaleReport): void {
  const describe = ({ times, answeredShare }: Answered): string =>
    times === null ? 'every run void' : `${percent(answeredShare)} of ${perSecond}/s: ${describeTimes(times)}`
  const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
  print('owners', `${report.owners}, four addresses each, all of them pools`)
  print('compile', `${seconds(report.compileMs)}, prove ${seconds(report.proveMs)}`)
  print('decide and publish', seconds(report.publishMs))
  const over = `${Math.round(report.overheadOctetsPerOwner)} over its addresses`
  print('snapshot', `${Math.round(report.snapshotOctetsPerOwner)} octets an owner, ${over}`)
  print('memory', `${mebibytes(report.residentBytes)}, at most ${mebibytes(report.residentPeakBytes)}`)
  print('a thousand owners', describe(report.before))
  print('a million, while compiling the next', describe(report.meanwhile))
  print('a million', describe(report.after))
}
