/**
 * What changes the server: orders on members, their release, a reload. Each is a POST of one JSON object with the
 * token; the Host was looked at before. Browsers cannot send such a request from a foreign page without asking first
 * (Fetch standard, CORS-preflighted), and nobody here answers that question. RFC 9110 section 9.3.3, RFC 6750.
 */
import type { IncomingMessage } from 'node:http'
import { never } from '../../core/base/assert.ts'
import type { OverrideOutcome, ReleaseOutcome } from '../../core/roster/index.ts'
import {
  type OverrideRequest,
  type Reading,
  readOverrideRequest,
  readReleaseRequest,
  readReloadRequest,
} from '../../core/view/orders.ts'
import type { ReloadView } from '../../core/view/status.ts'
import { json, type Page, refusal } from './page.ts'
import { showsToken } from './token.ts'

/** Where orders go. */
export interface Desk {
  readonly token: string
  override(request: OverrideRequest): OverrideOutcome
  release(target: string, author: string): ReleaseOutcome
  /** Looks at the files now, and says what came of it. `force`: whatever they would take away. */
  reload(force: boolean): Promise<ReloadView>
}

/** Octets of a body. An order is some hundred. */
export const bodyOctetsMax = 1_048_576

export const writePaths: ReadonlySet<string> = new Set(['/api/v1/overrides', '/api/v1/release', '/api/v1/reload'])

/** `desk` is null where no token can be kept: then nothing can be ordered. */
export async function writePage(path: string, request: IncomingMessage, desk: Desk | null): Promise<Page> {
  if (desk === null) {
    return refusal(403, 'writes-off', 'start with --state FOLDER or set admin.token_file: orders need a token')
  }
  if (!showsToken(request.headers.authorization, desk.token)) {
    return { ...refusal(401, 'no-token', 'show the token as `Authorization: Bearer TOKEN`'), authenticate: 'Bearer' }
  }
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    return refusal(415, 'bad-request', 'the body is JSON: send `Content-Type: application/json`')
  }
  const body = await readBody(request)
  if (body === null) return refusal(413, 'bad-request', `a body has at most ${bodyOctetsMax} octets`)
  const value = parseJson(body)
  if (value === undefined) return refusal(400, 'bad-request', 'the body is not JSON')
  switch (path) {
    case '/api/v1/overrides':
      return withReading(readOverrideRequest(value), order => overridePage(desk.override(order)))
    case '/api/v1/release':
      return withReading(readReleaseRequest(value), ({ target, author }) => releasePage(desk.release(target, author)))
    case '/api/v1/reload': {
      const reading = readReloadRequest(value)
      if (reading.kind === 'bad') return refusal(400, 'bad-request', reading.text)
      const reload = await desk.reload(reading.value.force)
      return json(reload.ok ? 200 : 409, reload)
    }
    default:
      return refusal(404, 'not-found', 'nothing can be ordered there')
  }
}

function withReading<T>(reading: Reading<T>, obey: (value: T) => Page): Page {
  return reading.kind === 'ok' ? obey(reading.value) : refusal(400, 'bad-request', reading.text)
}

function overridePage(outcome: OverrideOutcome): Page {
  if (outcome.kind === 'set') {
    const { target, override, reason, author } = outcome.order
    return json(200, { target, override, reason, author, members: outcome.members })
  }
  switch (outcome.code) {
    case 'bad-target':
      return refusal(400, 'bad-target', 'a target is an address, address:port, a member name or owner=address')
    case 'no-such-member':
      return refusal(404, 'no-such-member', 'no record has a member of that name')
    case 'too-many':
      return refusal(409, 'too-many', 'so many orders stand already that no more are kept; release some')
    case 'would-hurt':
      return json(409, {
        error: 'would-hurt',
        text: 'these would be left with fewer healthy members than min_healthy; force it if that is meant',
        pools: outcome.pools,
      })
    default:
      return never(outcome.code)
  }
}

function releasePage(outcome: ReleaseOutcome): Page {
  if (outcome.kind === 'released') {
    return json(200, { orders: outcome.orders.map(({ target }) => target), pools: outcome.pools })
  }
  if (outcome.code === 'bad-target') {
    return refusal(400, 'bad-target', 'a target is an address, address:port, a member name or owner=address')
  }
  const text = outcome.by.length === 0 ? 'no order stands on it' : 'orders on a wider target name it; release those'
  return json(404, { error: 'nothing-to-release', text, by: outcome.by })
}

/** Null if it is too long; what is beyond is not kept. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    octets += chunk.length
    if (octets > bodyOctetsMax) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
