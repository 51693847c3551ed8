/**
 * `npm run bench soak [seconds]`: does anything grow? UDP and TCP load, connections that ask once and leave, probes of
 * every kind of which some fail in turn, and an edit every ten seconds, while memory and descriptors are looked at. The
 * first fifth of the time is for heaps to find their size; growth is between the middle of what was seen in the next
 * fifth and in the last, and the trend is that of all samples between. Only what is seen shortly before an edit counts.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChurnReport, runChurn } from './churn.ts'
import { type DnsperfReport, runDnsperf } from './dnsperf.ts'
import { needPrograms } from './machine.ts'
import { makeQuery } from './pace.ts'
import { print } from './print.ts'
import { type BenchServer, startRobin } from './robin.ts'
import { countDescriptors, median, readResidentBytes, readThreads, startChild } from './support.ts'
import { type BenchZone, benchZoneName, makeZone, queryLines } from './zones.ts'

export interface SoakReport {
  readonly seconds: number
  readonly edits: number
  readonly reloads: number
  readonly udp: DnsperfReport
  readonly tcp: DnsperfReport
  readonly churn: ChurnReport
  readonly samples: readonly Sample[]
  readonly growth: Growth
}

export interface Sample {
  readonly atSeconds: number
  readonly residentBytes: number
  readonly descriptors: number
  readonly threads: number
}

export interface Growth {
  readonly residentBytes: number
  readonly descriptors: number
  readonly threads: number
  /** Least squares over the samples behind the first fifth. */
  readonly bytesPerMinute: number
}

export const soakSecondsDefault = 180
const soakSecondsMin = 30
const owners = 1000
const udpPerSecond = 10_000
const tcpPerSecond = 2_000
const churnPerSecond = 100
const editEveryMs = 10_000
const sampleEveryMs = 1_000
/** Before the next edit. */
const calmMs = 4_000
const targetsReadyMs = 60_000
/** Edits leave the names as they are and change a TTL. */
const ttls = [10, 9] as const

export async function benchSoak(seconds: number = soakSecondsDefault): Promise<SoakReport> {
  if (!(seconds >= soakSecondsMin)) throw new Error(`a soak takes ${soakSecondsMin} seconds at least`)
  needPrograms('dnsperf')
  const folder = await mkdtemp(join(tmpdir(), 'robin-soak-'))
  const targets = await startTargets(folder)
  try {
    const zone = makeZone(owners, targets.ports)
    const queryFile = join(folder, 'queries')
    await writeFile(queryFile, queryLines(zone.names))
    const server = await startRobin({ [`${benchZoneName}.yaml`]: zone.text })
    try {
      return await soak(server, zone, queryFile, seconds)
    } finally {
      await server.stop()
    }
  } finally {
    await targets.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function startTargets(folder: string) {
  const { endpoints } = makeZone(owners, { tcp: 1, http: 1 })
  const file = join(folder, 'targets.json')
  await writeFile(file, JSON.stringify({ tcp: endpoints.TCP, http: endpoints.HTTP }))
  const child = await startChild(process.execPath, [new URL('./targets.ts', import.meta.url).pathname, file], {
    readyMs: targetsReadyMs,
    isReady: line => line.startsWith('{'),
  })
  const ports = JSON.parse(child.lines().find(line => line.startsWith('{'))!) as { tcp: number; http: number }
  return { ports, stop: () => child.stop(1_000) }
}

async function soak(server: BenchServer, zone: BenchZone, queryFile: string, seconds: number): Promise<SoakReport> {
  const load = { host: '127.0.0.1', port: server.port, queryFile, runSeconds: seconds, clients: 20 } as const
  const queries = zone.names.map(makeQuery)
  const watching = watch(server.child.pid)
  const editing = keepEditing(server, zone)
  try {
    const [udp, tcp, churn] = await Promise.all([
      runDnsperf({ ...load, perSecondMax: udpPerSecond }),
      runDnsperf({ ...load, via: 'tcp', perSecondMax: tcpPerSecond }),
      runChurn({ port: server.port, queries, clients: 10, runSeconds: seconds, perSecondMax: churnPerSecond }),
    ])
    const reloads = server.events('installed').length - 1
    const samples = watching.stop()
    return {
      seconds,
      edits: editing.stop(),
      reloads,
      udp,
      tcp,
      churn,
      samples,
      growth: growthOf(samples.filter(isCalm)),
    }
  } finally {
    watching.stop()
    editing.stop()
  }
}

/** The thread that read an edit rests for some seconds, with memory and descriptors of its own, and then ends. */
function isCalm({ atSeconds }: Sample): boolean {
  return (atSeconds * 1_000) % editEveryMs >= editEveryMs - calmMs
}

function watch(pid: number) {
  const samples: Sample[] = []
  const beganMs = performance.now()
  const timer = setInterval(() => {
    samples.push({
      atSeconds: Math.round((performance.now() - beganMs) / 1000),
      residentBytes: readResidentBytes(pid),
      descriptors: countDescriptors(pid),
      threads: readThreads(pid).length,
    })
  }, sampleEveryMs)
  return {
    stop: (): readonly Sample[] => {
      clearInterval(timer)
      return samples
    },
  }
}

function keepEditing(server: BenchServer, zone: BenchZone) {
  let edits = 0
  const timer = setInterval(() => {
    const text = zone.text.replace('records:', `defaults: {ttl: ${ttls[edits++ % ttls.length]}}\nrecords:`)
    void server.write(`${benchZoneName}.yaml`, text)
  }, editEveryMs)
  return {
    stop: (): number => {
      clearInterval(timer)
      return edits
    },
  }
}

/** Exported for its test. */
export function growthOf(samples: readonly Sample[]): Growth {
  const fifth = Math.floor(samples.length / 5)
  const early = samples.slice(fifth, 2 * fifth)
  const late = samples.slice(-fifth)
  const grown = (of: (sample: Sample) => number): number => median(late.map(of)) - median(early.map(of))
  return {
    residentBytes: grown(sample => sample.residentBytes),
    descriptors: grown(sample => sample.descriptors),
    threads: grown(sample => sample.threads),
    bytesPerMinute: slopeOf(samples.slice(fifth)) * 60,
  }
}

/** Octets a second. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const meanAt = mean(sample => sample.atSeconds)
  const meanBytes = mean(sample => sample.residentBytes)
  const spread = mean(sample => (sample.atSeconds - meanAt) ** 2)
  return mean(sample => (sample.atSeconds - meanAt) * (sample.residentBytes - meanBytes)) / spread
}

export function printSoak(report: SoakReport): void {
  const { udp, tcp, churn, samples, growth } = report
  const mib = (octets: number): string => `${(octets / 2 ** 20).toFixed(1)} MiB`
  print('soaked', `${report.seconds} s, ${report.edits} edits, ${report.reloads} reloads`)
  print('udp', `${udp.completed} answered, ${udp.lost} lost, ${JSON.stringify(udp.rcodes)}`)
  print('tcp', `${tcp.completed} answered, ${tcp.lost} lost, ${JSON.stringify(tcp.rcodes)}`)
  print('connections of one query', `${churn.completed} answered, ${churn.failed} not`)
  const step = Math.max(1, Math.floor(samples.length / 10))
  const course = samples.filter((_, i) => i % step === 0 || i === samples.length - 1)
  print('resident, MiB', course.map(({ residentBytes }) => Math.round(residentBytes / 2 ** 20)).join(' '))
  print('descriptors', course.map(({ descriptors }) => descriptors).join(' '))
  print('growth', `${mib(growth.residentBytes)}, ${growth.descriptors} descriptors, ${growth.threads} threads`)
  print('trend', `${mib(growth.bytesPerMinute)} a minute`)
}
