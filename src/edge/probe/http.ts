/**
 * HTTP and HTTPS: one request to the endpoint's address, with the Host and SNI that the check names (RFC 9110; RFC
 * 6066 section 3), on a connection of its own unless the check keeps one. The outcome is decided as soon as it can be:
 * by the head if nothing is asked of the body and the time, else at the body's end or after its first `bodyOctetsMax`
 * octets. A connection that is to be kept is read to the end, so that the next response can be told from this one.
 * Redirects are not followed. Sees what the service says of itself; does not see what it does not look at.
 */
import { targetKey } from '../../core/health/identity.ts'
import type { Endpoint, HttpCheck } from '../../core/health/types.ts'
import type { Clock, Probe } from '../../core/ports.ts'
import { attempt, type Run } from './attempt.ts'
import type { HttpAsk, HttpClient, OnResponse } from './http-exchange.ts'
import { bodyOctetsMax, judgeHead, judgeResponse, needsBody } from './http-judge.ts'
import { createRequests, isWritable, requestFields } from './http-request.ts'
import type { Http2Client } from './http2-exchange.ts'
import type { Settle } from './outcome.ts'
import type { PatternSearch } from './pattern.ts'
import { daysLeft } from './secure.ts'
import type { Reuse } from './talk.ts'

export interface HttpProbeDeps {
  readonly clock: Clock
  readonly http1: HttpClient
  readonly http2: Http2Client
  readonly search: PatternSearch
}

export function createHttpProbe(deps: HttpProbeDeps): Probe<HttpCheck> {
  const own = { ...deps, requestFor: createRequests() }
  return (endpoint, spec, signal) => attempt(deps.clock, signal, settle => begin(own, endpoint, spec, settle))
}

interface OwnDeps extends HttpProbeDeps {
  readonly requestFor: ReturnType<typeof createRequests>
}

function begin(deps: OwnDeps, endpoint: Endpoint, spec: HttpCheck, settle: Settle): Run {
  const { clock, search } = deps
  const onResponse: OnResponse = (response, term, begunMs) => {
    const days = term === null ? null : daysLeft(term, clock.wall())
    const circumstances = { elapsedMs: clock.now() - begunMs, daysLeft: days, search }
    const { kind, reason, detail } = judgeResponse(spec, response, circumstances)
    settle(kind, reason, detail, { certDays: days })
  }
  const port = endpoint.port ?? spec.port
  const request = spec.http2 ? '' : deps.requestFor(spec, endpoint.address, port)
  if (request === null) return unwritable(settle)
  const ask: HttpAsk = {
    address: endpoint.address,
    port,
    source: spec.source ?? null,
    tls: spec.protocol === 'HTTPS' ? spec.tls : null,
    request,
    isHead: spec.method === 'HEAD',
    bodyOctetsMax: spec.reuse || needsBody(spec) ? bodyOctetsMax : 0,
    wantsBody: head => judgeHead(spec, head, search) === null,
    reuse: spec.reuse ? reuseOf(endpoint, spec) : null,
  }
  if (!spec.http2) return deps.http1.exchange(ask, settle, onResponse)
  const fields = requestFields(spec, ask.address, ask.port)
  if (!isWritable(spec.method, spec.path, fields)) return unwritable(settle)
  const { method, path } = spec
  return deps.http2.exchange({ ...ask, method, path, fields, payload: null }, settle, onResponse)
}

function reuseOf(endpoint: Endpoint, spec: HttpCheck): Reuse {
  return { key: targetKey(endpoint, spec), patienceMs: spec.timeoutMs / 2 }
}

/** The front end lets no such check pass, so this one was not read by it. */
function unwritable(settle: Settle): Run {
  settle('inconclusive', 'no-prober', 'the request cannot be written')
  return { stop: () => {}, stage: () => null }
}
