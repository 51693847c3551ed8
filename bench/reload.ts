/**
 * What a reload does to those who ask meanwhile: dnsperf for 5 s while the zone file is replaced again and again, each
 * time by one whose addresses are all others. An answer is wrong if it has addresses of two files, or too few.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DnsperfReport, runDnsperf } from './dnsperf.ts'
import { makeQuery, type PaceReport, runPace } from './pace.ts'
import { describePace, print } from './print.ts'
import { startRobin } from './robin.ts'
import { benchZoneName, queryLines } from './zones.ts'

export interface ReloadReport {
  readonly reloads: number
  readonly dnsperf: DnsperfReport
  readonly judged: PaceReport
}

const owners = 1000
const runSeconds = 5
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
  let edits = 0
  const timer = setInterval(() => {
    void server.write(`${benchZoneName}.yaml`, zoneOf(++edits)).then(() => process.kill(server.child.pid, 'SIGHUP'))
  }, editEveryMs)
  try {
    const [dnsperf, judged] = await Promise.all([
      runDnsperf({ host: '127.0.0.1', port: server.port, queryFile, runSeconds, perSecondMax: dnsperfPerSecond }),
      runPace({
        port: server.port,
        queries: names.map(makeQuery),
        perSecond: judgedPerSecond,
        runSeconds,
        judge: isOfOneGeneration,
      }),
    ])
    clearInterval(timer)
    const reloads = server.events('installed').length - 1
    if (reloads === 0) throw new Error('no edit was served')
    return { reloads, dnsperf, judged }
  } finally {
    clearInterval(timer)
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Every address of a file has the file's number in its third octet. */
function zoneOf(edit: number): string {
  const group = edit % 200
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
  const groups = [0, 1, 2, 3].map(i => response[response.length - 64 + i * 16 + 14])
  return groups.every(group => group === groups[0])
}

export function printReload({ reloads, dnsperf, judged }: ReloadReport): void {
  print('reloads', `${reloads}`)
  print('dnsperf', `${dnsperf.completed} answered, ${dnsperf.lost} lost, ${JSON.stringify(dnsperf.rcodes)}`)
  print('judged', `${describePace(judged)}, ${judged.wrong} wrong`)
}
