/**
 * The command line's way to a running server: one JSON request over HTTP to a listener for operators.
 * Node's own client rather than fetch, which takes longer to load than the whole request. Invariant: ends within the
 * deadline, keeps at most `bodyOctetsMax`, never throws for what the far side does.
 */
import { readFile } from 'node:fs/promises'
import type { StatusView } from '../core/view/status.ts'
import { request } from '../edge/node-http.ts'
import { parseAdminUrl } from './admin-url.ts'
import { exitCodes, type Io } from './io.ts'

const deadlineDefaultMs = 5000
/** A status of a hundred thousand members stays below this. */
const bodyOctetsMax = 128 * 1024 * 1024

export type Fetched =
  | { readonly kind: 'json'; readonly status: number; readonly value: unknown }
  | { readonly kind: 'unreachable' | 'timeout' | 'nonsense'; readonly text: string }

/** What goes with a POST. */
export interface Order {
  readonly token: string
  readonly value: unknown
}

export function fetchJson(
  url: URL,
  method: 'GET' | 'POST' = 'GET',
  deadlineMs: number = deadlineDefaultMs,
  order: Order | null = null,
): Promise<Fetched> {
  const body = order === null ? null : JSON.stringify(order.value)
  const headers = {
    accept: 'application/json',
    ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    ...(order === null ? {} : { authorization: `Bearer ${order.token}` }),
  }
  return new Promise(resolve => {
    const finish = (fetched: Fetched): void => {
      clearTimeout(deadline)
      resolve(fetched)
      asked.destroy()
    }
    const asked = request(url, { method, agent: false, headers }, response => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        chunks.push(chunk)
        if (length > bodyOctetsMax) finish({ kind: 'nonsense', text: 'the answer is too long' })
      })
      response.on('end', () => finish(readBody(response.statusCode ?? 0, Buffer.concat(chunks))))
      response.on('error', error => finish({ kind: 'unreachable', text: error.message }))
    })
    const deadline = setTimeout(() => {
      finish({ kind: 'timeout', text: `no answer within ${deadlineMs / 1000} s` })
    }, deadlineMs)
    // Still listened to after `finish`, where destroying the request may raise one more.
    asked.on('error', (error: NodeJS.ErrnoException) => finish(readError(error)))
    asked.end(body ?? undefined)
  })
}

/**
 * The status of the server, with `evidence` also the newest outcomes of each check, or the exit code after saying on
 * standard error why there is none.
 */
export async function fetchStatus(adminUrl: string, io: Io, evidence = false): Promise<StatusView | number> {
  const url = parseAdminUrl(adminUrl)
  const fetched = await fetchJson(new URL(evidence ? 'api/v1/status?evidence' : 'api/v1/status', url))
  if (fetched.kind !== 'json') return explainFailure(`no Robin at ${url.origin}`, fetched, io)
  if (fetched.status !== 200 || !isStatusView(fetched.value)) {
    io.err(`robin: what answers at ${url.origin} is not a Robin of this version (HTTP status ${fetched.status})\n`)
    return exitCodes.failed
  }
  return fetched.value
}

/** Where and with which token orders are given. */
export interface Counter {
  readonly url: URL
  readonly token: string
}

/**
 * Asks the server where its token lies and reads it there; `tokenFile` is for a server on another machine. Returns the
 * exit code after saying on standard error why there is none.
 */
export async function findCounter(adminUrl: string, tokenFile: string | null, io: Io): Promise<Counter | number> {
  const url = parseAdminUrl(adminUrl)
  const view = tokenFile === null ? await fetchStatus(adminUrl, io) : null
  if (typeof view === 'number') return view
  const file = tokenFile ?? view?.server.tokenFile ?? null
  if (file === null) {
    io.err('robin: this server takes no orders: start it with --state FOLDER, or set admin.token_file\n')
    return exitCodes.failed
  }
  try {
    return { url, token: (await readFile(file, 'utf8')).trim() }
  } catch (error) {
    const reason = describeSystemError(error as NodeJS.ErrnoException)
    io.err(`robin: the token in ${file} cannot be read (${reason}); run this as the server's user, or as root\n`)
    return exitCodes.failed
  }
}

/** Gives an order. What the server says against it is said on standard error, and the exit code returned. */
export async function giveOrder(
  { url, token }: Counter,
  path: string,
  value: unknown,
  io: Io,
  deadlineMs: number = deadlineDefaultMs,
): Promise<{ readonly status: number; readonly value: unknown } | number> {
  const fetched = await fetchJson(new URL(path, url), 'POST', deadlineMs, { token, value })
  return fetched.kind === 'json' ? fetched : explainFailure(`no Robin at ${url.origin}`, fetched, io)
}

/** Says what went wrong and returns the exit code for it. */
export function explainFailure(lead: string, fetched: Exclude<Fetched, { kind: 'json' }>, io: Io): number {
  io.err(`robin: ${lead}: ${fetched.text}\n`)
  switch (fetched.kind) {
    case 'unreachable':
      return exitCodes.unreachable
    case 'timeout':
      return exitCodes.timeout
    case 'nonsense':
      return exitCodes.failed
  }
}

function readBody(status: number, body: Buffer): Fetched {
  try {
    return { kind: 'json', status, value: JSON.parse(body.toString('utf8')) }
  } catch {
    return { kind: 'nonsense', text: `the answer (HTTP status ${status}) is not JSON` }
  }
}

/** What speaks something else than HTTP is there, but not ours; all else means that nothing usable is there. */
function readError(error: NodeJS.ErrnoException): Fetched {
  if (error.code?.startsWith('HPE_')) return { kind: 'nonsense', text: 'what listens there does not speak HTTP' }
  if (error.code === 'ETIMEDOUT') return { kind: 'timeout', text: 'no connection in time' }
  return { kind: 'unreachable', text: describeSystemError(error) }
}

/** Words for the errors that people meet; the system's own for the rest. */
export function describeSystemError(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused'
    case 'ECONNRESET':
      return 'connection closed before an answer'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no such host'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no route to it'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address'
    case 'EACCES':
      return 'permission denied'
    default:
      return error.message
  }
}

/** The parts that the verbs read are there; a newer server may have more. */
export function isStatusView(value: unknown): value is StatusView {
  if (typeof value !== 'object' || value === null) return false
  const view = value as Partial<Record<keyof StatusView, unknown>>
  const objects = [view.server, view.reload, view.checks, view.counters]
  return (
    objects.every(part => typeof part === 'object' && part !== null) &&
    Array.isArray(view.zones) &&
    Array.isArray(view.pools)
  )
}
