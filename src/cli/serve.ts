/**
 * `robin serve`: settings from flags and file, then the server until it is told to stop. SIGTERM and SIGINT end it
 * cleanly with exit code 0, a second one at once; SIGHUP reads the zone files again. Everything that serving needs is
 * loaded here and not before, since other verbs should start fast.
 */
import type { RunningServer } from '../shell/serve.ts'
import type { ServeSettings } from '../shell/settings.ts'
import { exitCodes, type Io } from './io.ts'
import { createProgress } from './progress.ts'
import { readSettings, type ServeFlags } from './serve-flags.ts'

/** What this verb needs of a running server. */
export type Running = Pick<RunningServer, 'listening' | 'stopped' | 'stop' | 'reload'>

/** Rejects with one sentence if the server cannot be started. */
export type Start = (settings: ServeSettings) => Promise<Running>

export async function runServe(
  flags: ServeFlags,
  io: Io,
  start: Start = settings => startHere(settings, io),
): Promise<number> {
  const settings = await readSettings(flags, io)
  return typeof settings === 'number' ? settings : serveUntilStopped(settings, io, start)
}

/**
 * The same signal again within this time is the same wish: at Ctrl-C the terminal signals this process, and npm, which
 * got it too, passes it on.
 */
const echoMs = 500

/** `started` is called once the server serves. */
export async function serveUntilStopped(
  settings: ServeSettings,
  io: Io,
  start: Start = settings => startHere(settings, io),
  started: (running: Running) => void = () => undefined,
): Promise<number> {
  let running: Running | null = null
  let stopping: { readonly signal: string; readonly atMs: number } | null = null
  let reloadWanted = false
  const stop = (signal: string): void => {
    // Nothing has been answered yet, so there is nothing to finish.
    if (running === null) {
      io.quit(exitCodes.ok)
    } else if (stopping === null) {
      stopping = { signal, atMs: io.now() }
      running.stop(signal)
    } else if (signal !== stopping.signal || io.now() - stopping.atMs > echoMs) {
      io.quit(exitCodes.failed)
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
    // Once stopping, the ears stay on to the very end: an echo that comes late must not kill a process that is done.
    if (stopping === null) for (const end of deafen) end()
  }
}

async function startHere(settings: ServeSettings, io: Io): Promise<Running> {
  const [{ startServer }, { createLog, createLogJournal }, { openStdout }] = await Promise.all([
    import('../shell/serve.ts'),
    import('../edge/log.ts'),
    import('../edge/outlet.ts'),
  ])
  const outlet = await openStdout()
  const { logLevel, pretty } = settings
  const log = createLog({ level: logLevel, pretty, color: io.color, destination: outlet })
  const progress = createProgress(io)
  try {
    const { supervision } = io
    return await startServer(settings, { journal: createLogJournal(log, outlet), progress: progress.tell, supervision })
  } finally {
    progress.end()
  }
}
