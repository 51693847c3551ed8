/**
 * Starts the server under measurement on a folder of zones, with its ports read from its own log, and tells what it has
 * logged since. UDP and TCP have the same port.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pin } from './machine.ts'
import type { PeerZone } from './peer-servers.ts'
import { type Child, startChild } from './support.ts'

export interface BenchServer {
  readonly child: Child
  readonly port: number
  readonly folder: string
  /** When its process was started, Unix time. */
  readonly startedMs: number
  /** What it has logged under this name, the latest `eventsMax`. */
  events(name: string): readonly LoggedEvent[]
  /** Replaces a zone file in one step. */
  write(file: string, text: string): Promise<void>
  stop(): Promise<void>
}

/** A line of its log. */
export interface LoggedEvent {
  readonly event: string
  /** Unix time in milliseconds. */
  readonly time: number
  readonly via?: string
  readonly port?: number
  readonly generation?: number
  readonly tookMs?: number
  readonly to?: string
}

const eventsMax = 1000

/** What the package ships: a program that strips types at its start takes more memory than people will see. */
const mainFile = new URL('../dist/main.js', import.meta.url).pathname
const buildFile = new URL('../tools/build.ts', import.meta.url).pathname
const readyMs = 120_000
const stopMs = 10_000

/** Builds the program that `startRobin` starts. Throws if it cannot be built. */
export function buildRobin(): void {
  execFileSync(process.execPath, [buildFile], { stdio: 'inherit' })
}

export async function startRobin(
  zones: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-bench-'))
  for (const [file, text] of Object.entries(zones)) await writeFile(join(folder, file), text)
  let port = 0
  const listens = ['--zones', folder, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
  const events = new Map<string, LoggedEvent[]>()
  const startedMs = Date.now()
  const child = await startChild(process.execPath, [mainFile, 'serve', ...listens, ...flags], {
    readyMs,
    isReady: line => {
      const event = readLine(line)
      if (event === null) return false
      const kept = events.get(event.event) ?? []
      if (kept.push(event) > eventsMax) kept.shift()
      events.set(event.event, kept)
      if (event.event === 'listening' && event.via === 'udp') port = event.port ?? 0
      return event.event === 'ready'
    },
  })
  let drafts = 0
  return {
    child,
    port,
    folder,
    startedMs,
    events: name => events.get(name) ?? [],
    write: async (file, text) => {
      const draft = join(folder, `.draft-${drafts++}`)
      await writeFile(draft, text)
      await rename(draft, join(folder, file))
    },
    stop: async () => {
      await child.stop(stopMs)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** On some cores, with the zone that the peers serve, each address probed by TCP. */
export async function startRobinBeside(zone: PeerZone, flags: readonly string[], where: string): Promise<BenchServer> {
  const server = await startRobin({ [`${zone.origin}.yaml`]: zoneBeside(zone) }, flags)
  pin(server.child.pid, where)
  return server
}

/** The file of that zone. */
export function zoneBeside(zone: PeerZone): string {
  const values = zone.addresses.join(', ')
  return `zone: ${zone.origin}
soa: {mname: ns1.${zone.origin}., rname: hostmaster.${zone.origin}., serial: 1}
checks: {port: {protocol: TCP, port: ${zone.probePort}, interval: 5s}}
records:
  '@': {type: NS, value: ns1.${zone.origin}.}
  ns1: {type: A, value: 127.0.0.1}
${zone.owners.map(owner => `  ${owner}: {type: A, check: port, values: [${values}]}`).join('\n')}
`
}

function readLine(line: string): LoggedEvent | null {
  if (!line.startsWith('{')) return null
  const { time, ...rest } = JSON.parse(line) as Omit<LoggedEvent, 'time'> & { time: string }
  return { ...rest, time: Date.parse(time) }
}
