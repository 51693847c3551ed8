/**
 * `npm run bench [scenario…]`: runs the scenarios in turn, prints a table each and writes all figures as JSON to
 * bench/results. Loopback only; every run is bounded.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { type AnswerReport, benchAnswer } from './answer.ts'
import { benchHealth, type HealthReport } from './health.ts'
import type { PaceReport } from './pace.ts'
import { benchPeers, type PeersReport } from './peers.ts'
import { benchReload, type ReloadReport } from './reload.ts'

const scenarios = { answer: benchAnswer, health: benchHealth, reload: benchReload, peers: benchPeers } as const
type Scenario = keyof typeof scenarios

const asked = process.argv.slice(2)
const chosen = (asked.length === 0 ? Object.keys(scenarios) : asked) as Scenario[]
const unknown = chosen.filter(name => !Object.hasOwn(scenarios, name))
if (unknown.length > 0) {
  process.stderr.write(`bench: no scenario ${unknown.join(', ')}; there are: ${Object.keys(scenarios).join(', ')}\n`)
  process.exit(2)
}

const results: Record<string, unknown> = {
  machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
}
for (const name of chosen) {
  process.stdout.write(`\n${name}\n`)
  switch (name) {
    case 'answer':
      results[name] = printAnswers(benchAnswer())
      break
    case 'health':
      results[name] = printHealth(await benchHealth())
      break
    case 'reload':
      results[name] = printReload(await benchReload())
      break
    case 'peers':
      results[name] = printPeers(await benchPeers())
  }
}
const folder = new URL('./results/', import.meta.url)
await mkdir(folder, { recursive: true })
await writeFile(new URL('latest.json', folder), `${JSON.stringify(results, null, 2)}\n`)

function printAnswers(reports: readonly AnswerReport[]): readonly AnswerReport[] {
  for (const { phenomenon, nanoseconds, octetsPerMillion } of reports) {
    const memory = `${(octetsPerMillion / 2 ** 20).toFixed(2)} MiB allocated in a million`
    print(phenomenon, `${Math.round(nanoseconds)} ns, ${memory}`)
  }
  return reports
}

function printHealth(report: HealthReport): HealthReport {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  print('endpoints', `${report.endpoints}, ${report.probesPerSecond} probes a second`)
  print('control thread', `${percent(report.controlShare)} of a core (user ${percent(report.controlUserShare)})`)
  print('resident', `${Math.round(report.residentBytes / 2 ** 20)} MiB`)
  print('answers, no probes', describePace(report.withoutProbes))
  print('answers, probing', describePace(report.withProbes))
  return report
}

function printReload(report: ReloadReport): ReloadReport {
  const { dnsperf } = report
  print('reloads', `${report.reloads}`)
  print('dnsperf', `${dnsperf.completed} answered, ${dnsperf.lost} lost, ${JSON.stringify(dnsperf.rcodes)}`)
  print('judged', `${describePace(report.judged)}, ${report.judged.wrong} wrong`)
  return report
}

function printPeers(report: PeersReport): PeersReport {
  if (!report.pinned) print('not pinned', 'one core only: servers and load share it')
  if (report.missing.length > 0) print('not installed', report.missing.join(', '))
  print('server', 'CPU us/query (user + system)    queries/s   mean     resident   ratio to the best peer')
  for (const row of report.servers) {
    const cpu = `${row.cpuMicros.toFixed(2)} (${row.userMicros.toFixed(2)} + ${row.systemMicros.toFixed(2)})`
    const ratio = row.ratio === null ? '-' : row.ratio.toFixed(2)
    const others = Object.entries(row.ratios).map(([server, value]) => `${value.toFixed(2)} ${server}`)
    const resident = `${Math.round(row.residentBytes / 2 ** 20)} MiB`
    const speed = `${Math.round(row.perSecond)}`.padEnd(12)
    const gone = row.voidTurns === 0 ? '' : `; ${row.voidTurns} of ${row.turns} turns void`
    print(
      row.server,
      `${cpu.padEnd(32)}${speed}${ms(row.meanMs)}  ${resident.padEnd(11)}${ratio} (${others.join(', ')})${gone}`,
    )
  }
  return report
}

function describePace(pace: PaceReport): string {
  const times = `p50 ${ms(pace.p50Ms)}, p99 ${ms(pace.p99Ms)}, p99.9 ${ms(pace.p999Ms)}, longest ${ms(pace.maxMs)}`
  return `${pace.answered} of ${pace.sent}, ${times}`
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}

function print(label: string, text: string): void {
  process.stdout.write(`  ${label.padEnd(24)}${text}\n`)
}
