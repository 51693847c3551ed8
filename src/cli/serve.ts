/**
 * `robin serve`: settings from flags and file, then the server until it is told to stop. SIGTERM and SIGINT end it
 * cleanly with exit code 0, a second one at once; SIGHUP reads the zone files again. Everything that serving needs is
 * loaded here and not before, since other verbs should start fast.
 */
import { createClock } from '../edge/clock.ts'
import { createZoneFolder } from '../edge/disk/zone-folder.ts'
import { createDraw } from '../edge/draw.ts'
import type { IcmpMeans } from '../edge/probe/icmp/prober.ts'
import type { ServeSettings } from '../shell/settings.ts'
import { exitCodes, type Io } from './io.ts'
import { readVersion } from './program-version.ts'
import { readSettings, type ServeFlags } from './serve-flags.ts'

/** What this verb needs of a running server. */
export interface Running {
  readonly listening: readonly { readonly via: 'udp' | 'tcp' | 'admin'; readonly host: string; readonly port: number }[]
  /** The exit code, once the server has ended. */
  readonly stopped: Promise<number>
  stop(signal: string): void
  /** Never rejects. */
  reload(): Promise<void>
}

/** Rejects with one sentence if the server cannot be started. */
export type Start = (settings: ServeSettings) => Promise<Running>

export async function runServe(flags: ServeFlags, io: Io, start: Start = startHere): Promise<number> {
  const settings = await readSettings(flags, io)
  return typeof settings === 'number' ? settings : serveUntilStopped(settings, io, start)
}

/** `started` is called once the server serves. */
export async function serveUntilStopped(
  settings: ServeSettings,
  io: Io,
  start: Start = startHere,
  started: (running: Running) => void = () => undefined,
): Promise<number> {
  let running: Running | null = null
  let stopping = false
  let reloadWanted = false
  const stop = (signal: string): void => {
    // Nothing has been answered yet, so there is nothing to finish.
    if (running === null) {
      io.quit(exitCodes.ok)
    } else if (stopping) {
      io.quit(exitCodes.failed)
    } else {
      stopping = true
      running.stop(signal)
    }
  }
  const deafen = [
    io.hear('SIGTERM', () => stop('SIGTERM')),
    io.hear('SIGINT', () => stop('SIGINT')),
    io.hear('SIGHUP', () => {
      if (running === null) reloadWanted = true
      else void running.reload()
    }),
  ]
  try {
    running = await start(settings)
    if (reloadWanted) void running.reload()
    started(running)
    return await running.stopped
  } catch (error) {
    // A StartError is written for people; anything else is a fault of ours and shows where it came from.
    const expected = error instanceof Error && error.name === 'StartError'
    io.err(expected ? `${error.message}\n` : `robin: fault at start: ${error instanceof Error ? error.stack : error}\n`)
    return exitCodes.failed
  } finally {
    for (const end of deafen) end()
  }
}

/** The server with this machine's clock, disk, network and standard output. */
async function startHere(settings: ServeSettings): Promise<Running> {
  const [{ startServer }, { createLog, createLogJournal, stdoutDestination }, { createProbes }] = await Promise.all([
    import('../shell/serve.ts'),
    import('../edge/log.ts'),
    import('../edge/probe/table.ts'),
  ])
  const { logLevel, pretty, zonesFolder } = settings
  const clock = createClock()
  const probes = createProbes({ clock })
  const log = createLog({ level: logLevel, pretty, destination: stdoutDestination() })
  return startServer(settings, {
    clock,
    draw: createDraw(),
    journal: createLogJournal(log),
    source: createZoneFolder({}, { folder: zonesFolder }),
    probes: { ...probes, icmpMeans: () => describeMeans(probes.icmpMeans()) },
    version: readVersion(),
  })
}

/** One word where both families of addresses go the same way or only one is used. */
function describeMeans({ v4, v6 }: IcmpMeans): string | null {
  if (v4 === null || v6 === null || v4 === v6) return v4 ?? v6
  return `${v4} for IPv4, ${v6} for IPv6`
}
