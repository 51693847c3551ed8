/**
 * What a reload does to those who ask meanwhile: dnsperf for 8 s while the zone file is replaced again and again, each
 * time by one whose addresses are all others. An answer is wrong if it has addresses of two files, or too few.
 * Edits come faster than they are served, as from somebody who saves often: one that another overtook counts as
 * answered when the other is.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DnsperfReport, runDnsperf } from './dnsperf.ts'
import { makeQuery, type PaceReport, runPace } from './pace.ts'
import { describePace, ms, print } from './print.ts'
import { startRobin } from './robin.ts'
import { median } from './support.ts'
import { benchZoneName, queryLines } from './zones.ts'

export interface ReloadReport {
  /** Files written. */
  readonly edits: number
  /** Generations put in place. */
  readonly reloads: number
  /** From the beginning of an edit to the first answer that has it, or one behind it. */
  readonly answered: EditAnswers
  readonly dnsperf: DnsperfReport
  readonly judged: PaceReport
}

/** Edits by their number, from 1. */
export interface EditAnswers {
  /** How many were answered with, themselves or what overtook them. */
  readonly count: number
  readonly overtaken: number
  readonly medianMs: number | null
  readonly maxMs: number | null
}

const owners = 1000
const runSeconds = 8
/** Edits end before the questions do, so that the last one can be answered. */
const editSeconds = 6
const groups = 200
const dnsperfPerSecond = 20_000
const judgedPerSecond = 1_000
const editEveryMs = 300

export async function benchReload(): Promise<ReloadReport> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-reload-'))
  const names = Array.from({ length: owners }, (_, i) => `svc${i}.${benchZoneName}`)
  const queryFile = join(folder, 'queries')
  await writeFile(queryFile, queryLines(names))
  // Each edit takes away every address, which a server refuses unless told that it may be.
  const config = join(folder, 'robin.yaml')
  await writeFile(config, 'limits: {max_change: 100%}\n')
  const server = await startRobin({ [`${benchZoneName}.yaml`]: zoneOf(0) }, ['--config', config])
  const writtenMs: number[] = []
  const seenMs = new Map<number, number>()
  const timer = setInterval(() => {
    if (writtenMs.length * editEveryMs >= editSeconds * 1000) return clearInterval(timer)
    const edit = writtenMs.push(performance.now())
    void server.write(`${benchZoneName}.yaml`, zoneOf(edit)).then(() => process.kill(server.child.pid, 'SIGHUP'))
  }, editEveryMs)
  const judge = (response: Uint8Array): boolean => {
    if (!isOfOneGeneration(response)) return false
    const edit = groupOf(response)
    if (!seenMs.has(edit)) seenMs.set(edit, performance.now())
    return true
  }
  try {
    const [dnsperf, judged] = await Promise.all([
      runDnsperf({ host: '127.0.0.1', port: server.port, queryFile, runSeconds, perSecondMax: dnsperfPerSecond }),
      runPace({ port: server.port, queries: names.map(makeQuery), perSecond: judgedPerSecond, runSeconds, judge }),
    ])
    clearInterval(timer)
    const reloads = server.events('installed').length - 1
    if (reloads === 0) throw new Error('no edit was served')
    return { edits: writtenMs.length, reloads, answered: answersOf(writtenMs, seenMs), dnsperf, judged }
  } finally {
    clearInterval(timer)
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** When edits were written, in order from the first, and when each that was ever answered with was so first. */
export function answersOf(writtenMs: readonly number[], seenMs: ReadonlyMap<number, number>): EditAnswers {
  const times: number[] = []
  let overtaken = 0
  let firstMs = Number.POSITIVE_INFINITY
  for (let edit = writtenMs.length; edit > 0; edit--) {
    const ownMs = seenMs.get(edit)
    if (ownMs === undefined && firstMs < Number.POSITIVE_INFINITY) overtaken++
    firstMs = Math.min(firstMs, ownMs ?? Number.POSITIVE_INFINITY)
    if (firstMs < Number.POSITIVE_INFINITY) times.push(firstMs - writtenMs[edit - 1]!)
  }
  const isNone = times.length === 0
  return {
    count: times.length,
    overtaken,
    medianMs: isNone ? null : median(times),
    maxMs: isNone ? null : Math.max(...times),
  }
}

/** Every address of a file has the file's number in its third octet. */
function zoneOf(edit: number): string {
  const group = edit % groups
  const lines = Array.from({ length: owners }, (_, i) => {
    const addresses = [0, 1, 2, 3].map(n => `127.${i >> 8}.${group}.${n + ((i & 63) << 2)}`)
    return `  svc${i}: {type: A, values: [${addresses.join(', ')}]}`
  })
  return [
    `soa: {mname: ns1.${benchZoneName}., rname: hostmaster.${benchZoneName}., serial: auto}`,
    'records:',
    `  '@': {type: NS, value: ns1.${benchZoneName}.}`,
    '  ns1: {type: A, value: 127.0.0.1}',
    ...lines,
    '',
  ].join('\n')
}

/** Four records of sixteen octets at the end of the message; the third octet of each address tells the file. */
function isOfOneGeneration(response: Uint8Array): boolean {
  if ((response[3]! & 0xf) !== 0 || response[7] !== 4) return false
  const group = groupOf(response)
  return [1, 2, 3].every(i => response[response.length - 64 + i * 16 + 14] === group)
}

/** That of the first of them. Fewer edits than groups are made, so it is the edit's number. */
function groupOf(response: Uint8Array): number {
  return response[response.length - 64 + 14]!
}

export function printReload({ edits, reloads, answered, dnsperf, judged }: ReloadReport): void {
  const { count, overtaken, medianMs, maxMs } = answered
  print('edits', `${edits} written, ${reloads} reloads, ${overtaken} edits overtaken by a later one`)
  const times =
    medianMs === null || maxMs === null ? '' : `middle ${ms(medianMs)}, longest ${ms(maxMs)}; ${count} of ${edits} seen`
  print('from an edit to its answers', times)
  print('dnsperf', `${dnsperf.completed} answered, ${dnsperf.lost} lost, ${JSON.stringify(dnsperf.rcodes)}`)
  print('judged', `${describePace(judged)}, ${judged.wrong} wrong`)
}
