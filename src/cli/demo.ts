/**
 * `robin demo`: three small web servers on 127.0.0.11-13 and a server whose zones point at them, so that a newcomer
 * sees within a minute how an address leaves the answer and returns. `demo fail`, `heal` and `show` (demo-ask.ts) talk
 * to it from another terminal.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDemo, type DemoPlaces, demoPlaces, isDemoFault } from '../edge/demo/demo.ts'
import { explainListenError } from '../edge/transport/listen.ts'
import { tokenName } from '../shell/orders-desk.ts'
import { readBackendsPort } from './demo-ask.ts'
import { exitCodes, type Io } from './io.ts'
import { type DemoPlace, renderBanner } from './render-demo.ts'
import { type Start, serveUntilStopped } from './serve.ts'
import { readSettings, type ServeFlags } from './serve-flags.ts'

export interface DemoFlags extends ServeFlags {
  readonly backendsPort?: string
}

/** The zones that came with this program; the demo's own is among them. */
const zonesHere = fileURLToPath(new URL('../../zones', import.meta.url))

/** `places` and `start` are for tests; the port of the flags wins. */
export async function runDemo(
  flags: DemoFlags,
  io: Io,
  start?: Start,
  places: DemoPlaces = demoPlaces,
): Promise<number> {
  const port = flags.backendsPort === undefined ? places.port : readBackendsPort(flags.backendsPort)
  const settings = await readSettings({ ...flags, ...zonesOf(flags) }, io)
  if (typeof settings === 'number') return settings
  const demo = await createDemo({ ...places, port })
  if (isDemoFault(demo)) {
    io.err(`robin: the demo's web servers: ${explainListenError(demo.error, demo.at)}\n`)
    return exitCodes.failed
  }
  const place: DemoPlace = { command: commandHere(), port }
  // Orders need a token, and a demo should leave nothing behind that a token could be kept in.
  const folder = await mkdtemp(join(tmpdir(), 'robin-demo-'))
  const adminTokenFile =
    settings.stateFolder === null && settings.adminTokenFile === null
      ? join(folder, tokenName)
      : settings.adminTokenFile
  try {
    return await serveUntilStopped({ ...settings, adminTokenFile }, io, start, running => {
      io.err(renderBanner(demo.states(), running.listening, place))
    })
  } finally {
    await demo.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A config file may name the zones; otherwise the demo brings its own, wherever it is started from. */
function zonesOf(flags: DemoFlags): { readonly zones?: string } {
  return flags.zones === undefined && flags.config === undefined ? { zones: zonesHere } : {}
}

/** How this program is called again from another terminal: as source by npm, or by its own name. */
function commandHere(): string {
  return import.meta.url.endsWith('.ts') ? 'npm run -s robin --' : 'robin'
}
