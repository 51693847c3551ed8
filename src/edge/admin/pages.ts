/**
 * One function from a request target to a page, without sockets: the whole address space of the read-only interface.
 * /livez and /readyz speak the plain text that Kubernetes probes expect (`?verbose`: one `[+]name ok` a line); the
 * rest is JSON. Unknown paths are 404 in JSON. Nothing here keeps state.
 */
import { historyEventsMax, type RecordedEvent } from '../../core/view/events.ts'
import { readinessOf } from '../../core/view/readiness.ts'
import type { StatusView } from '../../core/view/status.ts'

export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
  /** The Allow header of a 405. */
  readonly allow?: string
}

export interface AdminSources {
  readonly status: () => StatusView
  /** False until the first round of probes is over, and again while stopping. */
  readonly ready: () => boolean
  /** History, oldest first. */
  readonly events: () => readonly RecordedEvent[]
}

/** Events in one answer where `limit` is not given. */
const eventsDefault = 100

/** `target` is the request target in origin form (RFC 9112 section 3.2.1): path and query. */
export function pageFor(target: string, sources: AdminSources): Page {
  if (!target.startsWith('/')) return refusal(400, 'bad-request', 'the request target must be a path')
  const questionMark = target.indexOf('?')
  const path = questionMark < 0 ? target : target.slice(0, questionMark)
  const query = new URLSearchParams(questionMark < 0 ? '' : target.slice(questionMark))
  switch (path) {
    case '/livez':
      return text(200, query.has('verbose') ? '[+]ping ok\nlivez check passed\n' : 'ok\n')
    case '/readyz':
      return readyPage(sources, query.has('verbose'))
    case '/api/v1/status':
      return json(200, sources.status())
    case '/api/v1/events':
      return eventsPage(sources, query.get('limit'))
    default:
      return refusal(404, 'not-found', 'try /livez, /readyz, /api/v1/status or /api/v1/events')
  }
}

/** A refusal in JSON: `error` is one of a closed set of codes, `text` a sentence for people. */
export function refusal(
  status: number,
  error: 'bad-request' | 'host-not-allowed' | 'method-not-allowed' | 'not-found' | 'fault',
  sentence: string,
): Page {
  return json(status, { error, text: sentence })
}

function readyPage(sources: AdminSources, verbose: boolean): Page {
  const lines = readinessOf(sources.status(), sources.ready())
  const ok = lines.every(line => line.ok)
  const status = ok ? 200 : 503
  if (!verbose) return text(status, ok ? 'ok\n' : 'not ready\n')
  const listed = lines.map(line => (line.ok ? `[+]${line.name} ok\n` : `[-]${line.name} failed\n`)).join('')
  return text(status, `${listed}readyz check ${ok ? 'passed' : 'failed'}\n`)
}

/** The newest `limit` events, oldest of them first, with the number that history holds. */
function eventsPage(sources: AdminSources, limitText: string | null): Page {
  const limit = limitText === null ? eventsDefault : readLimit(limitText)
  if (limit === null) {
    return refusal(400, 'bad-request', `limit must be a whole number from 1 to ${historyEventsMax}`)
  }
  const events = sources.events()
  return json(200, { total: events.length, events: events.slice(-limit) })
}

function readLimit(limitText: string): number | null {
  if (!/^[1-9][0-9]{0,5}$/.test(limitText)) return null
  const limit = Number(limitText)
  return limit <= historyEventsMax ? limit : null
}

function json(status: number, value: unknown): Page {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}

function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body }
}
