/**
 * GRPC: asks `grpc.health.v1.Health/Check` over HTTP/2, for one service or for the server as a whole, and passes on
 * SERVING. Sees what the program says of its own services; does not see a service that says SERVING whatever happens.
 * A server without the health service answers with grpc-status 12 (UNIMPLEMENTED), one that does not know the service
 * with 5 (NOT_FOUND). Invariants are those of the HTTP/2 exchange.
 */
import type { Endpoint, GrpcCheck, ReasonCode } from '../../core/health/types.ts'
import type { Clock, Probe } from '../../core/ports.ts'
import { attempt, type Run } from './attempt.ts'
import { decodeResponse, encodeRequest, responseOctetsMax } from './grpc-message.ts'
import { type Finding, termText } from './http-judge.ts'
import { authorityOf } from './http-request.ts'
import type { Http2Client, Http2Response } from './http2-exchange.ts'
import type { Settle } from './outcome.ts'
import { daysLeft } from './secure.ts'

export interface GrpcProbeDeps {
  readonly clock: Clock
  readonly http2: Http2Client
}

const checkPath = '/grpc.health.v1.Health/Check'

export function createGrpcProbe(deps: GrpcProbeDeps): Probe<GrpcCheck> {
  return (endpoint, spec, signal) => attempt(deps.clock, signal, settle => begin(deps, endpoint, spec, settle))
}

function begin({ clock, http2 }: GrpcProbeDeps, endpoint: Endpoint, spec: GrpcCheck, settle: Settle): Run {
  const { address } = endpoint
  const port = endpoint.port ?? spec.port
  const ask = {
    address,
    port,
    source: spec.source ?? null,
    tls: spec.tls,
    method: 'POST',
    path: checkPath,
    fields: [
      ['host', spec.host ?? authorityOf(address, port, spec.tls !== null)],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['user-agent', 'grpc-robin-health'],
    ],
    payload: encodeRequest(spec.service),
    bodyOctetsMax: responseOctetsMax,
    wantsBody: () => true,
    reuse: null,
  } as const
  return http2.exchange(ask, settle, (response, term) => {
    const { kind, reason, detail } = judge(response)
    const certDays = term === null ? null : daysLeft(term, clock.wall())
    settle(kind, reason, `${detail ?? ''}${termText(certDays)}`, { certDays })
  })
}

/** The trailers decide, then the message (gRPC over HTTP/2: a response without a message has them in its only head). */
function judge(response: Http2Response): Finding {
  if (response.status !== 200) return fail('status', `${response.status}`)
  if (!response.whole) return fail('protocol', `a response of more than ${responseOctetsMax} octets`)
  const all = [...response.trailers, ...response.fields]
  const code = all.find(([name]) => name === 'grpc-status')?.[1]
  if (code === undefined || !/^[0-9]{1,3}$/.test(code)) return fail('protocol', 'no grpc-status')
  if (code !== '0') {
    const message = all.find(([name]) => name === 'grpc-message')?.[1] ?? ''
    return fail('grpc-status', message === '' ? code : `${code} ${message}`)
  }
  const said = decodeResponse(response.body)
  if (said === null) return fail('protocol', 'not a HealthCheckResponse')
  if (said === 'SERVING') return { kind: 'pass', reason: 'ok', detail: said }
  return fail('not-serving', `${said}`)
}

function fail(reason: ReasonCode, detail: string): Finding {
  return { kind: 'fail', reason, detail }
}
