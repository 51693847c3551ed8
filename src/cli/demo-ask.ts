/**
 * `robin demo fail | heal | show`: words from another terminal to a running demo. Kept apart from the demo itself, so
 * that they start fast.
 */
import { type Ailment, ailments, type BackendState } from '../edge/demo/backend.ts'
import { demoPlaces } from '../edge/demo/demo.ts'
import { explainFailure, fetchJson } from './client.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'
import { renderBackends } from './render-demo.ts'
import { createPaint } from './render-text.ts'

/** What `demo fail`, `heal` and `show` ask of a running demo. */
export type DemoAsk =
  | { readonly kind: 'fail'; readonly number: string; readonly how: string }
  | { readonly kind: 'heal'; readonly number: string }
  | { readonly kind: 'show' }

export interface DemoAskOptions {
  readonly backendsPort?: string
  readonly json?: boolean
}

export async function runDemoAsk(
  ask: DemoAsk,
  options: DemoAskOptions,
  io: Io,
  controlHost: string = demoPlaces.control,
): Promise<number> {
  const port = options.backendsPort === undefined ? demoPlaces.port : readBackendsPort(options.backendsPort)
  const origin = `http://${controlHost}:${port}`
  const path = pathOf(ask)
  const fetched = await fetchJson(new URL(path, origin), ask.kind === 'show' ? 'GET' : 'POST')
  if (fetched.kind !== 'json') return explainFailure(`no demo is running here (${origin})`, fetched, io)
  const { backends, error } = (fetched.value ?? {}) as { backends?: readonly BackendState[]; error?: string }
  if (!Array.isArray(backends)) {
    io.err(`robin: ${error ?? `what answers at ${origin} is not a demo (HTTP status ${fetched.status})`}\n`)
    return exitCodes.failed
  }
  io.out(
    options.json === true
      ? `${JSON.stringify({ backends }, null, 2)}\n`
      : renderBackends(backends, createPaint(io.color)),
  )
  return exitCodes.ok
}

function pathOf(ask: DemoAsk): string {
  if (ask.kind === 'show') return '/backends'
  if (!/^[1-9][0-9]?$/.test(ask.number)) {
    throw new UsageFault(`which web server? a number such as 2, not ${JSON.stringify(ask.number)}`)
  }
  if (ask.kind === 'heal') return `/backends/${ask.number}/heal`
  return `/backends/${ask.number}/fail?how=${readHow(ask.how)}`
}

function readHow(text: string): Ailment {
  const how = ailments.find(ailment => ailment === text)
  if (how === undefined) throw new UsageFault(`--how takes ${ailments.join(', ')}, not ${JSON.stringify(text)}`)
  return how
}

/** Throws `UsageFault` for what is not a port. */
export function readBackendsPort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new UsageFault(`--backends-port takes a port, not ${JSON.stringify(text)}`)
  return port
}
