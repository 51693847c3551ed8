/**
 * What probing costs: 1000 owners with 4 members each, so 4000 endpoints, a third each by ICMP, TCP and HTTP, every
 * 5 s. Printed: the control thread's share of a core, and answer times with probes and without, in one run.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeQuery, type PaceReport, runPace } from './pace.ts'
import { describePace, mebibytes, percent, print } from './print.ts'
import { startRobin } from './robin.ts'
import { cpuBetween, readResidentBytes, readThreads, startChild } from './support.ts'
import { type BenchZone, benchZoneName, makeZone } from './zones.ts'

export interface HealthReport {
  readonly endpoints: number
  readonly probesPerSecond: number
  /** Of one core. */
  readonly controlShare: number
  readonly controlUserShare: number
  readonly residentBytes: number
  readonly withProbes: PaceReport
  readonly withoutProbes: PaceReport
}

const owners = 1000
const runSeconds = 15
const perSecond = 2000
const settleMs = 6_000
const targetsReadyMs = 60_000

export async function benchHealth(): Promise<HealthReport> {
  const { endpoints } = makeZone(owners, { tcp: 1, http: 1 })
  const folder = await mkdtemp(join(tmpdir(), 'robin-targets-'))
  const file = join(folder, 'targets.json')
  await writeFile(file, JSON.stringify({ tcp: endpoints.TCP, http: endpoints.HTTP }))
  const targets = await startChild(process.execPath, [new URL('./targets.ts', import.meta.url).pathname, file], {
    readyMs: targetsReadyMs,
    isReady: line => line.startsWith('{'),
  })
  try {
    const ports = JSON.parse(targets.lines().find(line => line.startsWith('{'))!) as { tcp: number; http: number }
    const quiet = await measure(makeZone(owners, null))
    const probing = await measure(makeZone(owners, ports))
    return {
      endpoints: owners * 4,
      probesPerSecond: (owners * 4) / 5,
      controlShare: probing.controlShare,
      controlUserShare: probing.controlUserShare,
      residentBytes: probing.residentBytes,
      withProbes: probing.pace,
      withoutProbes: quiet.pace,
    }
  } finally {
    await targets.stop(1_000)
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(zone: BenchZone) {
  const server = await startRobin({ [`${benchZoneName}.yaml`]: zone.text }, ['--log-level', 'info'])
  try {
    // The first round is over, but its start-up costs are not part of the steady state.
    await new Promise(resolve => setTimeout(resolve, settleMs))
    const before = readThreads(server.child.pid)
    const beganMs = performance.now()
    const pace = await runPace({
      port: server.port,
      queries: zone.names.map(makeQuery),
      perSecond,
      runSeconds,
      judge: response => response.length > 12 && (response[3]! & 0xf) === 0 && response[7] === 4,
    })
    const elapsedMs = performance.now() - beganMs
    const spent = cpuBetween(before, readThreads(server.child.pid))
    const control = spent.find(thread => thread.tid === server.child.pid)!
    return {
      pace,
      controlShare: (control.userMs + control.systemMs) / elapsedMs,
      controlUserShare: control.userMs / elapsedMs,
      residentBytes: readResidentBytes(server.child.pid),
    }
  } finally {
    await server.stop()
  }
}

export function printHealth(report: HealthReport): void {
  print('endpoints', `${report.endpoints}, ${report.probesPerSecond} probes a second`)
  print('control thread', `${percent(report.controlShare)} of a core (user ${percent(report.controlUserShare)})`)
  print('resident', mebibytes(report.residentBytes))
  print('answers, no probes', describePace(report.withoutProbes))
  print('answers, probing', describePace(report.withProbes))
}
