/**
 * Twenty thousand endpoints probed every ten seconds, a third each by ICMP, TCP and HTTP: processor time of the whole
 * server in cores, how late probes begin, descriptors, memory, and how soon control answers on the admin port
 * meanwhile.
 */
import { besideServer, pin, serverCore } from './machine.ts'
import { mebibytes, ms, print } from './print.ts'
import { openProbeTargets } from './probe-cost.ts'
import { startRobin } from './robin.ts'
import {
  countDescriptors,
  cpuBetween,
  type Percentiles,
  readResidentBytes,
  readThreads,
  summarize,
  type ThreadCpu,
} from './support.ts'
import { addressOf, benchZoneName } from './zones.ts'

export interface ManyReport {
  readonly endpoints: number
  readonly perSecond: number
  /** Processor time of all threads, of one core. */
  readonly cores: number
  readonly controlCores: number
  readonly lateness: Lateness
  readonly descriptorsMax: number
  readonly residentBytes: number
  readonly admin: Percentiles
}

/** Upper ends of the buckets in which these shares of the probes lie. */
export interface Lateness {
  readonly probes: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** More than 100 ms. */
  readonly lateShare: number
}

const owners = 5000
const membersEach = 4
const kinds = ['icmp', 'tcp', 'http'] as const
/** The first round, the second one that spreads it, and what the server does some seconds after its start. */
const warmMs = 25_000
const windowMs = 30_000
const lookEveryMs = 50
const stopMs = 10_000

export async function benchProbesMany(): Promise<ManyReport> {
  const targets = await besideServer(openProbeTargets)
  try {
    const server = await startRobin({ [`${benchZoneName}.yaml`]: zoneOf(targets.ports) }, ['--workers', '1'])
    try {
      pin(server.child.pid, String(serverCore))
      const admin = server.events('listening').find(({ via }) => via === 'admin')!.port!
      await pause(warmMs)
      return await besideServer(() => measure(server.child.pid, admin))
    } finally {
      await server.stop()
    }
  } finally {
    await targets.child.stop(stopMs)
  }
}

async function measure(pid: number, admin: number): Promise<ManyReport> {
  const before = await readPage(admin)
  const cpuBefore = readThreads(pid)
  const beganMs = performance.now()
  let descriptorsMax = 0
  const times: number[] = []
  while (performance.now() - beganMs < windowMs) {
    const askedMs = performance.now()
    await fetch(`http://127.0.0.1:${admin}/livez`).then(response => response.text())
    times.push(performance.now() - askedMs)
    descriptorsMax = Math.max(descriptorsMax, countDescriptors(pid))
    await pause(lookEveryMs)
  }
  const spent = cpuBetween(cpuBefore, readThreads(pid))
  const elapsedMs = performance.now() - beganMs
  const after = await readPage(admin)
  const share = (threads: readonly ThreadCpu[]): number =>
    threads.reduce((sum, { userMs, systemMs }) => sum + userMs + systemMs, 0) / elapsedMs
  return {
    endpoints: owners * membersEach,
    perSecond: ((after.probes - before.probes) * 1000) / elapsedMs,
    cores: share(spent),
    controlCores: share(spent.filter(({ tid }) => tid === pid)),
    lateness: latenessBetween(before, after),
    descriptorsMax,
    residentBytes: readResidentBytes(pid),
    admin: summarize(Float64Array.from(times)),
  }
}

interface Page {
  readonly probes: number
  readonly late: number
  /** Cumulated, by upper end in seconds. */
  readonly buckets: readonly (readonly [le: number, count: number])[]
}

async function readPage(admin: number): Promise<Page> {
  const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text()
  const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
  const buckets = [...text.matchAll(/^robin_probe_lateness_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)]
  return {
    probes: value('robin_probes_total'),
    late: value('robin_probes_late_total'),
    buckets: buckets.map(([, le, count]) => [le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), Number(count)]),
  }
}

function latenessBetween(before: Page, after: Page): Lateness {
  const buckets = after.buckets.map(([le, count], i) => [le, count - (before.buckets[i]?.[1] ?? 0)] as const)
  const probes = buckets.at(-1)?.[1] ?? 0
  const below = (share: number): number =>
    (buckets.find(([, count]) => count >= probes * share)?.[0] ?? Number.NaN) * 1000
  return {
    probes,
    p50Ms: below(0.5),
    p99Ms: below(0.99),
    maxMs: below(1),
    lateShare: (after.late - before.late) / probes,
  }
}

function zoneOf(ports: { readonly tcp: number; readonly http: number }): string {
  const cadence = 'interval: 10s, timeout: 2s'
  const lines = Array.from({ length: owners }, (_, i) => {
    const addresses = Array.from({ length: membersEach }, (_, member) => addressOf(i * membersEach + member))
    return `  svc${i}: {type: A, check: ${kinds[i % kinds.length]}, values: [${addresses.join(', ')}]}`
  })
  return `soa: {mname: ns1.${benchZoneName}., rname: hostmaster.${benchZoneName}., serial: 1}
checks:
  icmp: {protocol: ICMP, ${cadence}}
  tcp: {protocol: TCP, port: ${ports.tcp}, ${cadence}}
  http: {protocol: HTTP, port: ${ports.http}, path: /healthz, ${cadence}}
records:
  '@': {type: NS, value: ns1.${benchZoneName}.}
  ns1: {type: A, value: 127.0.0.1}
${lines.join('\n')}
`
}

function pause(inMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, inMs))
}

export function printProbesMany(report: ManyReport): void {
  const { lateness, admin } = report
  print('endpoints', `${report.endpoints}, ${Math.round(report.perSecond)} probes a second`)
  print('processor time', `${report.cores.toFixed(3)} cores, ${report.controlCores.toFixed(3)} of them control`)
  const late = `p50 within ${lateness.p50Ms} ms, p99 within ${lateness.p99Ms} ms, all within ${lateness.maxMs} ms`
  print('probes begin late by', `${late}; ${(lateness.lateShare * 100).toFixed(3)} % by more than 100 ms`)
  print('descriptors, most', `${report.descriptorsMax}`)
  print('resident', mebibytes(report.residentBytes))
  print('admin answers meanwhile', `p50 ${ms(admin.p50Ms)}, p99 ${ms(admin.p99Ms)}, longest ${ms(admin.maxMs)}`)
}
