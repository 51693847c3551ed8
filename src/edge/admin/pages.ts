/**
 * One function from a request target to a page, without sockets: the whole address space of the read-only interface.
 * /livez and /readyz speak the plain text that Kubernetes probes expect (`?verbose`: one `[+]name ok` a line); the
 * rest is JSON. Unknown paths are 404 in JSON. Nothing here keeps state.
 */
import { historyEventsMax, type RecordedEvent } from '../../core/view/events.ts'
import { explain, isClientAddress } from '../../core/view/explain.ts'
import { type EventTotals, metricsPieces } from '../../core/view/metrics.ts'
import type { SelfView } from '../../core/view/self.ts'
import type { CachedView, DrawnStatus } from '../../core/view/status.ts'
import type { Steps } from '../turns.ts'
import { json, jsonInSteps, type Page, type PageSteps, refusal, text } from './page.ts'
import type { PageFiles } from './page-files.ts'
import type { Desk } from './writes.ts'

/** The path that `pageFor` leaves to the streams. */
export const streamPath = '/api/v1/stream'
export const streamType = 'text/event-stream; charset=utf-8'

export interface AdminSources {
  /** With `evidence`, also the newest outcomes of each check. */
  readonly statusInSteps: (evidence?: boolean) => Steps<DrawnStatus>
  /** Not ready until the first round of probes is over, and again while stopping. */
  readonly self: () => SelfView
  /** History, oldest first. */
  readonly events: () => readonly RecordedEvent[]
  /** What the journal was told so far, in numbers. */
  readonly totals: () => EventTotals
  /** Until when caches may hold what a target names; null if it names no member. */
  readonly cached: (target: string) => CachedView | null
  /** Tells of each event from now on; returns how to stop. */
  readonly follow: (ear: (recorded: RecordedEvent) => void) => () => void
  /** Null where no token can be kept, so that nothing can be ordered. */
  readonly desk: Desk | null
  /** The folder of the built page; null: none. */
  readonly pageFolder: string | null
}

export const knownPaths: readonly string[] = [
  ...['/', '/livez', '/readyz', '/metrics', '/api/v1/status', '/api/v1/self', '/api/v1/events', '/api/v1/explain'],
  ...['/api/v1/caches', streamPath],
]

/** Events in one answer where `limit` is not given. */
const eventsDefault = 100

/** `target` is the request target in origin form (RFC 9112 section 3.2.1): path and query. */
export function pageFor(target: string, sources: AdminSources, files: PageFiles): Page | PageSteps {
  if (!target.startsWith('/')) return refusal(400, 'bad-request', 'the request target must be a path')
  const questionMark = target.indexOf('?')
  const path = questionMark < 0 ? target : target.slice(0, questionMark)
  const query = new URLSearchParams(questionMark < 0 ? '' : target.slice(questionMark))
  switch (path) {
    case '/livez':
      return text(200, query.has('verbose') ? '[+]ping ok\nlivez check passed\n' : 'ok\n')
    case '/readyz':
      return readyPage(sources, query.has('verbose'))
    case '/metrics':
      return metricsPage(sources)
    case '/api/v1/status':
      return statusPage(sources, query.has('evidence'))
    case '/api/v1/self':
      return json(200, sources.self())
    case '/api/v1/events':
      return eventsPage(sources, query.get('limit'))
    case '/api/v1/explain':
      return explainPage(sources, query)
    case '/api/v1/caches':
      return cachesPage(sources, query.get('target'))
    case streamPath:
      // What HEAD is told; a GET never comes here.
      return { status: 200, type: streamType, body: '' }
    default:
      return files.get(path) ?? refusal(404, 'not-found', `try ${knownPaths.join(', ')}`)
  }
}

function* metricsPage({ statusInSteps, totals }: AdminSources): PageSteps {
  const { view } = yield* statusInSteps()
  const body: Uint8Array[] = []
  for (const piece of metricsPieces(view, totals())) {
    body.push(Buffer.from(piece))
    yield
  }
  return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body }
}

function* statusPage({ statusInSteps }: AdminSources, evidence: boolean): PageSteps {
  const { view } = yield* statusInSteps(evidence)
  const { pools, zones, ...rest } = view
  return { ...json(200, null), body: yield* jsonInSteps(rest, { zones, pools }) }
}

function readyPage(sources: AdminSources, verbose: boolean): Page {
  const { ready, conditions } = sources.self()
  const status = ready ? 200 : 503
  if (!verbose) return text(status, ready ? 'ok\n' : 'not ready\n')
  const listed = conditions.map(({ name, ok, note }) => {
    const noted = note === null ? '' : ` (${note})`
    return ok ? `[+]${name} ok${noted}\n` : `[-]${name} failed${noted}\n`
  })
  return text(status, `${listed.join('')}readyz check ${ready ? 'passed' : 'failed'}\n`)
}

/** The newest `limit` events, oldest of them first, with the number that history holds. */
function eventsPage(sources: AdminSources, limitText: string | null): Page | PageSteps {
  const limit = limitText === null ? eventsDefault : readLimit(limitText)
  if (limit === null) {
    return refusal(400, 'bad-request', `limit must be a whole number from 1 to ${historyEventsMax}`)
  }
  return newestPage(sources.events(), limit)
}

function* newestPage(events: readonly RecordedEvent[], limit: number): PageSteps {
  const body = yield* jsonInSteps({ total: events.length }, { events: events.slice(-limit) })
  return { ...json(200, null), body }
}

function explainPage(sources: AdminSources, query: URLSearchParams): Page | PageSteps {
  const name = query.get('name')
  const from = query.get('from')
  if (name === null) return refusal(400, 'bad-request', 'say which: ?name=NAME, and if you like type and from')
  if (from !== null && !isClientAddress(from)) return refusal(400, 'bad-request', 'from is an address')
  return explanationPage(sources, name, query.get('type'), from)
}

function* explanationPage(
  { statusInSteps }: AdminSources,
  name: string,
  type: string | null,
  from: string | null,
): PageSteps {
  return json(200, explain((yield* statusInSteps(true)).view, name, type, from))
}

function cachesPage(sources: AdminSources, target: string | null): Page {
  if (target === null) return refusal(400, 'bad-request', 'say whom: ?target=ADDRESS')
  const cached = sources.cached(target)
  return cached === null ? refusal(404, 'no-such-member', 'no record has a member of that name') : json(200, cached)
}

function readLimit(limitText: string): number | null {
  if (!/^[1-9][0-9]{0,5}$/.test(limitText)) return null
  const limit = Number(limitText)
  return limit <= historyEventsMax ? limit : null
}
