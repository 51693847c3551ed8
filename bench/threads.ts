/**
 * One answering thread beside two, of Robin and of gdnsd in the same run. With four cores or more the server has two of
 * them and the load two, and queries per second tell how it scales.
 * With fewer they cannot, since load and threads share the cores; there the processor time of a query is compared: were
 * it the same with two threads, two cores would do twice the work. That figure is as much the machine's: threads lose
 * their core to the load, which costs time, and half of the packets stay on the core that sent them, which saves more,
 * so it can be above two. A server in C has the same, so a server is held to what gdnsd comes to in the same rounds.
 * One thread has a core of its own and the load the other, since what a packet costs depends on that most of all; two
 * threads have two loads, since with one to share they would mostly sleep and be woken.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  allCores,
  besideServer,
  cores,
  findFreePort,
  isInstalled,
  needPrograms,
  openTargets,
  pin,
  serverHalf,
  watchOthers,
} from './machine.ts'
import { gdnsdWith, type PeerZone, startPeer } from './peer-servers.ts'
import { peerZone } from './peers.ts'
import { percent, print } from './print.ts'
import { startRobinBeside } from './robin.ts'
import { median } from './support.ts'
import { type AloneReport, measureAlone } from './threads-alone.ts'
import { type Load, putLoad, type Subject, summarizeTurns, type Turn, type TurnSummary, takeTurn } from './turns.ts'
import { queryLines } from './zones.ts'

export interface ThreadsReport {
  readonly cores: number
  /** Whether the server and the load had two cores each. */
  readonly apart: boolean
  readonly robin: Scaling
  /** Null where it is not installed. */
  readonly gdnsd: Scaling | null
  /** Of the speedups by processor time, Robin's to gdnsd's; null where one of them has none. */
  readonly ratioToPeer: number | null
  /** What others took of all cores meanwhile. */
  readonly othersShare: number
  /** Without sockets and load; null on a single core. */
  readonly alone: AloneReport | null
}

export interface Scaling {
  readonly one: TurnSummary | null
  readonly two: TurnSummary | null
  /** Queries per second of two threads to those of one; null where the cores do not allow to tell. */
  readonly speedup: number | null
  /** Twice the work, less what a query costs more in processor time. Middle of the rounds. */
  readonly speedupByCpu: number | null
  /** The same of its part in user space. The kernel counts that in ticks, so it is rough. */
  readonly speedupByUser: number | null
  /** The least and the greatest of the rounds. */
  readonly spread: readonly [number, number] | null
}

interface Running extends Subject {
  readonly threads: 1 | 2
  stop(): Promise<unknown>
}

const rounds = 9
const runSeconds = 3
const coresApart = 4
const counts = [1, 2] as const

export async function benchThreads(): Promise<ThreadsReport> {
  needPrograms('dnsperf', 'taskset')
  const apart = cores >= coresApart
  const folder = await mkdtemp(join(tmpdir(), 'robin-threads-'))
  const targets = await openTargets(peerZone(0).addresses)
  const zone = peerZone(targets.port)
  const queryFile = join(folder, 'queries')
  await writeFile(queryFile, queryLines(zone.owners.map(owner => `${owner}.${zone.origin}`)))
  const running: Running[] = []
  try {
    const alone = await measureAlone(zone)
    await startAll(zone, threads => (apart ? '0-1' : threads === 1 ? serverHalf : allCores), running)
    if (apart) pin(process.pid, '2-3')
    const others = watchOthers()
    const turns = await takeRounds(running, apart, queryFile)
    return report(apart, turns, { othersShare: others(), alone })
  } finally {
    if (apart) pin(process.pid, allCores)
    for (const server of running) await server.stop()
    targets.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function startAll(zone: PeerZone, where: (threads: number) => string, running: Running[]): Promise<void> {
  for (const threads of counts) {
    const { child, port, stop } = await startRobinBeside(zone, ['--workers', String(threads)], where(threads))
    running.push({ name: 'robin', threads, pid: child.pid, port, stop })
  }
  if (!isInstalled('gdnsd')) return
  for (const threads of counts) {
    const { child, port, stop } = await startPeer(gdnsdWith(threads), zone, await findFreePort(), where(threads))
    running.push({ name: 'gdnsd', threads, pid: child.pid, port, stop })
  }
}

async function takeRounds(running: readonly Running[], apart: boolean, queryFile: string): Promise<readonly Turn[]> {
  const turns: Turn[] = []
  for (let round = 0; round < rounds; round++) {
    for (const { threads, name, ...subject } of running) {
      const loads = apart ? 2 : threads
      const load: Load = { clients: 20 * loads, threads: loads, outstandingMax: 200 * loads, runSeconds, queryFile }
      const turn = () => takeTurn({ ...subject, name: turnName(name, threads) }, to => putLoad(to, load))
      turns.push(await (apart || threads === 2 ? turn() : besideServer(turn)))
    }
  }
  return turns
}

function turnName(server: string, threads: number): string {
  return `${server} ${threads}`
}

type Beside = Pick<ThreadsReport, 'othersShare' | 'alone'>

function report(apart: boolean, turns: readonly Turn[], beside: Beside): ThreadsReport {
  const robin = scalingOf(turns, 'robin', apart)
  const gdnsd = scalingOf(turns, 'gdnsd', apart)
  const isThere = turns.some(({ server }) => server === turnName('gdnsd', 1))
  return {
    cores,
    apart,
    robin,
    gdnsd: isThere ? gdnsd : null,
    ratioToPeer: robin.speedupByCpu && gdnsd.speedupByCpu && robin.speedupByCpu / gdnsd.speedupByCpu,
    ...beside,
  }
}

/** How a server scales, from its turns with one thread and with two, which took place side by side. */
export function scalingOf(turns: readonly Turn[], server: string, apart: boolean): Scaling {
  const [ones, twos] = counts.map(threads => turns.filter(turn => turn.server === turnName(server, threads)))
  const pairs = ones!.flatMap((one, round) => {
    const two = twos![round]
    return two === undefined || one.isVoid || two.isVoid ? [] : [{ one, two }]
  })
  const middle = (of: (pair: { readonly one: Turn; readonly two: Turn }) => number): number | null =>
    pairs.length === 0 ? null : median(pairs.map(of))
  const byCpu = pairs.map(({ one, two }) => (2 * cpuMicros(one)) / cpuMicros(two))
  return {
    one: summarizeTurns(turns, turnName(server, 1)),
    two: summarizeTurns(turns, turnName(server, 2)),
    speedup: apart ? middle(({ one, two }) => two.perSecond / one.perSecond) : null,
    speedupByCpu: byCpu.length === 0 ? null : median(byCpu),
    speedupByUser: middle(({ one, two }) => (2 * one.userMicros) / two.userMicros),
    spread: byCpu.length === 0 ? null : [Math.min(...byCpu), Math.max(...byCpu)],
  }
}

function cpuMicros({ userMicros, systemMicros }: Turn): number {
  return userMicros + systemMicros
}

export function printThreads({ apart, cores: count, robin, gdnsd, ratioToPeer, ...beside }: ThreadsReport): void {
  if (!apart)
    print('not told apart', `${count} cores: the load shares them, so processor time is compared, not queries/s`)
  printScaling('robin', robin)
  if (gdnsd === null) print('gdnsd', 'not installed')
  else printScaling('gdnsd', gdnsd)
  if (ratioToPeer !== null) print("speedup by processor time, to gdnsd's", ratioToPeer.toFixed(3))
  print('others meanwhile', `${percent(beside.othersShare)} of all cores`)
  if (beside.alone === null) return
  const { oneNanos, twoNanos, speedup } = beside.alone
  print('without sockets', `${Math.round(oneNanos)} ns an answer, ${Math.round(twoNanos)} ns beside a second thread`)
  print('  speedup', `${speedup.toFixed(2)} in answers per second`)
}

function printScaling(server: string, scaling: Scaling): void {
  const { one, two, speedup, speedupByCpu, speedupByUser, spread } = scaling
  print(`${server}, 1 thread`, describe(one))
  print(`${server}, 2 threads`, describe(two))
  if (speedup !== null) print('  speedup', `${speedup.toFixed(2)} in queries per second`)
  if (speedupByCpu === null || spread === null) return
  const range = spread.map(value => value.toFixed(2)).join('-')
  const userPart = `user part alone ${speedupByUser?.toFixed(2)}`
  print('  speedup by processor time', `${speedupByCpu.toFixed(2)}, rounds ${range}; ${userPart}`)
}

function describe(summary: TurnSummary | null): string {
  if (summary === null) return 'every turn void'
  const { cpuMicros: total, userMicros, systemMicros, perSecond, switches, turns, voidTurns } = summary
  const parts = `${total.toFixed(2)} = ${userMicros.toFixed(2)} + ${systemMicros.toFixed(2)} us a query`
  const gone = voidTurns === 0 ? '' : `; ${voidTurns} of ${turns} turns void`
  return `${parts}, ${Math.round(perSecond)} queries/s, ${switches.toFixed(0)} context switches in 1000 queries${gone}`
}
