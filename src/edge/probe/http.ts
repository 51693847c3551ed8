/**
 * HTTP and HTTPS: one request on a new connection to the endpoint's address, with the Host and SNI that the check names
 * (RFC 9112; RFC 6066 section 3). The outcome is decided as soon as it can be: by the status line if nothing is asked
 * of the body and the time, else at the body's end or after its first `bodyOctetsMax` octets. Redirects are not
 * followed.
 *
 * Invariants, whatever a backend sends or withholds: at most `headerOctetsMax` of header and `bodyOctetsMax` of body
 * are kept; the connection ends with the probe; no `error` event goes without a listener.
 */
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import type { Endpoint, HttpCheck } from '../../core/health/types.ts'
import type { Clock, Probe } from '../../core/ports.ts'
import { attempt, type Elapsed, type Run } from './attempt.ts'
import { bodyOctetsMax, judgeResponse, judgeStatus } from './http-judge.ts'
import { requestHeaders } from './http-request.ts'
import { errorCode, type Settle, settleByError } from './outcome.ts'
import type { PatternSearch } from './pattern.ts'
import { connectTo, discard } from './tcp.ts'
import { judgeTlsCode, type Trust, type TrustStore } from './trust.ts'

export interface HttpProbeDeps {
  readonly clock: Clock
  readonly trust: TrustStore
  readonly search: PatternSearch
}

/** Octets of status line and header fields that are read before giving up. */
const headerOctetsMax = 16 * 1024

/** One request on its way. */
interface Exchange {
  readonly endpoint: Endpoint
  readonly spec: HttpCheck
  readonly settle: Settle
  readonly elapsedMs: Elapsed
  stage: 'before connecting' | 'while connecting' | 'in the TLS handshake' | 'waiting for the response' | 'in the body'
  stopped: boolean
  socket: Socket | null
  stream: TLSSocket | null
  request: ClientRequest | null
}

export function createHttpProbe(deps: HttpProbeDeps): Probe<HttpCheck> {
  return (endpoint, spec, signal) =>
    attempt(deps.clock, signal, (settle, elapsedMs) => begin(deps, endpoint, spec, settle, elapsedMs))
}

function begin(deps: HttpProbeDeps, endpoint: Endpoint, spec: HttpCheck, settle: Settle, elapsedMs: Elapsed): Run {
  const exchange: Exchange = {
    endpoint,
    spec,
    settle,
    elapsedMs,
    stage: 'before connecting',
    stopped: false,
    socket: null,
    stream: null,
    request: null,
  }
  if (spec.protocol === 'HTTP') open(deps, exchange, null)
  else {
    const found = deps.trust.find(spec.tls.caFile)
    if (found instanceof Promise) found.then(trust => openTrusting(deps, exchange, trust)).catch(failed(exchange))
    else openTrusting(deps, exchange, found)
  }
  return {
    stop: () => stop(exchange),
    stage: () => exchange.stage,
    lastLook: () => {
      if (exchange.socket === null) settle('inconclusive', 'no-prober', 'the ca file could not be read in time')
    },
  }
}

function openTrusting(deps: HttpProbeDeps, exchange: Exchange, trust: Trust): void {
  if (exchange.stopped) return
  if (trust.context === null) exchange.settle('inconclusive', 'no-prober', trust.trouble)
  else open(deps, exchange, trust.context)
}

function open(deps: HttpProbeDeps, exchange: Exchange, context: SecureContext | null): void {
  const { endpoint, spec } = exchange
  const port = endpoint.port ?? spec.port
  const onError = failed(exchange)
  const socket = connectTo(endpoint.address, port)
  exchange.socket = socket
  exchange.stage = 'while connecting'
  socket.on('error', onError)
  socket.on('connect', () => {
    exchange.stage = context === null ? 'waiting for the response' : 'in the TLS handshake'
  })
  const stream = context === null ? socket : secure(exchange, socket, context)
  stream.on('error', onError)
  const sent = request({
    createConnection: () => stream,
    method: spec.method,
    path: spec.path,
    headers: requestHeaders(spec, endpoint.address, port),
    maxHeaderSize: headerOctetsMax,
    insecureHTTPParser: false,
  })
  exchange.request = sent
  sent.on('error', onError)
  sent.on('response', response => read(deps, exchange, response))
  // 101 comes as this event; it is a status like any other.
  sent.on('upgrade', response => decideByStatus(exchange, response))
  sent.end()
}

/** Verifies by the name if the check has one, else by the address; an address is never sent as SNI (RFC 6066 3). */
function secure(exchange: Exchange, socket: Socket, context: SecureContext): TLSSocket {
  const { endpoint, spec } = exchange
  const name = spec.tls.serverName
  const stream = connect({
    socket,
    host: name ?? endpoint.address,
    ...(name !== null && isIP(name) === 0 ? { servername: name } : {}),
    secureContext: context,
    rejectUnauthorized: spec.tls.verify,
    ALPNProtocols: ['http/1.1'],
  })
  exchange.stream = stream
  stream.on('secureConnect', () => {
    exchange.stage = 'waiting for the response'
  })
  return stream
}

function read(deps: HttpProbeDeps, exchange: Exchange, response: IncomingMessage): void {
  const { spec, settle } = exchange
  exchange.stage = 'in the body'
  response.on('error', failed(exchange))
  const { body, regex, withinMs } = spec.expect
  const wantsEnd = body !== null || regex !== null || withinMs !== null
  if (!wantsEnd || judgeStatus(spec, response) !== null) {
    decideByStatus(exchange, response)
    return
  }
  const chunks: Buffer[] = []
  let octets = 0
  const finish = (): void => {
    if (exchange.stopped) return
    const { kind, reason, detail } = judgeResponse(
      spec,
      response,
      Buffer.concat(chunks),
      exchange.elapsedMs(),
      deps.search,
    )
    settle(kind, reason, detail)
  }
  response.on('data', (chunk: Buffer) => {
    if (octets >= bodyOctetsMax) return
    const taken = chunk.subarray(0, bodyOctetsMax - octets)
    chunks.push(taken)
    octets += taken.length
    if (octets >= bodyOctetsMax) finish()
  })
  response.on('end', finish)
}

function decideByStatus(exchange: Exchange, response: IncomingMessage): void {
  const { kind, reason, detail } = judgeStatus(exchange.spec, response) ?? {
    kind: 'pass',
    reason: 'ok',
    detail: `${response.statusCode} ${response.statusMessage}`,
  }
  exchange.settle(kind, reason, detail)
}

/** Tells garbage, an early end, a TLS fault and trouble of the path apart, by the code of the error. */
function failed(exchange: Exchange): (error: Error) => void {
  return error => {
    const { settle, stage } = exchange
    const code = errorCode(error)
    const tls = exchange.stream === null ? null : judgeTlsCode(code)
    if (tls !== null) settle('fail', tls, tlsText(error))
    // Node gives the peer's orderly end the code of a reset, but no system call with it.
    else if (code === 'HPE_INVALID_EOF_STATE' || (code === 'ECONNRESET' && !('syscall' in error))) {
      settle('fail', 'closed', stage)
    } else if (code.startsWith('HPE_')) settle('fail', 'protocol', error.message)
    else settleByError(settle, error)
  }
}

/** Node adds advice about its own flags after a semicolon. */
function tlsText(error: Error): string {
  return error.message.split('; ')[0] ?? error.message
}

function stop(exchange: Exchange): void {
  exchange.stopped = true
  const { socket, stream, request: sent } = exchange
  if (stream !== null) stream.destroy()
  else if (socket !== null) discard(socket)
  sent?.destroy()
  socket?.destroy()
}
