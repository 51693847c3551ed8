/**
 * One answering thread beside two. With four cores or more the server has two of them and the load two, and queries per
 * second tell how it scales. With fewer, load and threads share the cores, so that queries per second tell nothing;
 * then the processor time of a query does: were it the same with two threads, two cores would do twice the work.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allCores, cores, needPrograms, openTargets, pin } from './machine.ts'
import { peerZone } from './peers.ts'
import { print } from './print.ts'
import { startRobinBeside } from './robin.ts'
import { putLoad, type Subject, summarizeTurns, type Turn, type TurnSummary, takeTurn } from './turns.ts'
import { queryLines } from './zones.ts'

export interface ThreadsReport {
  /** Whether the server and the load had two cores each. */
  readonly apart: boolean
  readonly one: TurnSummary | null
  readonly two: TurnSummary | null
  /** Queries per second of two threads to those of one; null where the cores do not allow to tell. */
  readonly speedup: number | null
  /** What processor time alone would allow: twice the work, less what a query costs more. */
  readonly speedupByCpu: number | null
}

const rounds = 5
const runSeconds = 3
const coresApart = 4

export async function benchThreads(): Promise<ThreadsReport> {
  needPrograms('dnsperf', 'taskset')
  const apart = cores >= coresApart
  const folder = await mkdtemp(join(tmpdir(), 'robin-threads-'))
  const targets = await openTargets(peerZone(0).addresses)
  const zone = peerZone(targets.port)
  const queryFile = join(folder, 'queries')
  await writeFile(queryFile, queryLines(zone.owners.map(owner => `${owner}.${zone.origin}`)))
  const servers = new Map<string, Awaited<ReturnType<typeof startRobinBeside>>>()
  const turns: Turn[] = []
  try {
    for (const workers of ['1', '2']) {
      servers.set(workers, await startRobinBeside(zone, ['--workers', workers], apart ? '0-1' : allCores))
    }
    if (apart) pin(process.pid, '2-3')
    const load = { clients: 40, threads: apart ? 2 : 1, outstandingMax: 400, runSeconds, queryFile }
    for (let round = 0; round < rounds; round++) {
      for (const [name, { child, port }] of servers) {
        const subject: Subject = { name, pid: child.pid, port }
        turns.push(await takeTurn(subject, to => putLoad(to, load)))
      }
    }
  } finally {
    if (apart) pin(process.pid, allCores)
    for (const server of servers.values()) await server.stop()
    targets.close()
    await rm(folder, { recursive: true, force: true })
  }
  return report(apart, turns)
}

function report(apart: boolean, turns: readonly Turn[]): ThreadsReport {
  const one = summarizeTurns(turns, '1')
  const two = summarizeTurns(turns, '2')
  const both = one === null || two === null ? null : { one, two }
  return {
    apart,
    one,
    two,
    speedup: both === null || !apart ? null : both.two.perSecond / both.one.perSecond,
    speedupByCpu: both === null ? null : (2 * both.one.cpuMicros) / both.two.cpuMicros,
  }
}

export function printThreads({ apart, one, two, speedup, speedupByCpu }: ThreadsReport): void {
  const describe = (summary: TurnSummary | null): string => {
    if (summary === null) return 'every turn void'
    const { cpuMicros, userMicros, systemMicros, perSecond } = summary
    const parts = `${userMicros.toFixed(2)} + ${systemMicros.toFixed(2)}`
    return `${cpuMicros.toFixed(2)} = ${parts} us a query, ${Math.round(perSecond)} queries/s`
  }
  print('1 thread', describe(one))
  print('2 threads', describe(two))
  if (speedup !== null) print('speedup', `${speedup.toFixed(2)} in queries per second`)
  if (!apart) print('not told apart', `${cores} cores: the load shares them, so queries/s are the load's own`)
  if (speedupByCpu !== null) print('speedup by processor time', speedupByCpu.toFixed(2))
}
