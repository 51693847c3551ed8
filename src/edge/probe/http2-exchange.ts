/**
 * One HTTP/2 request and its response (RFC 9113), by ALPN over TLS and by prior knowledge in clear text, on a
 * connection of its own or on one kept from an earlier exchange. Frames and header compression are node:http2's.
 *
 * Invariants, whatever a backend sends or withholds: at most `bodyOctetsMax` of body and what node:http2 allows of
 * header fields are kept; nothing that the server pushes is taken; `onResponse` is called at most once, and not after
 * `stop`; every connection ends with its exchange or is kept; no `error` event goes without a listener.
 */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import { TLSSocket } from 'node:tls'
import type { TlsSpec } from '../../core/health/types.ts'
import type { Clock } from '../../core/ports.ts'
import type { Run } from './attempt.ts'
import { type Connection, createConnection, type DialDeps, dial, hangUp } from './dial.ts'
import { createGathered, type Gathered, gather, gatheredOctets } from './gathered.ts'
import { type HttpField, type HttpHead, type HttpResponse, headOctetsMax } from './http-reader.ts'
import { createKept, type Kept } from './kept.ts'
import { loadHttp2 } from './late.ts'
import { describeError, errorCode, type Settle } from './outcome.ts'
import type { CertificateTerm } from './secure.ts'
import { type Carrier, createTalk, type Reuse, type Talk } from './talk.ts'

export interface Http2Ask {
  readonly address: string
  readonly port: number
  readonly source: string | null
  /** Null for clear text. */
  readonly tls: TlsSpec | null
  readonly method: string
  readonly path: string
  /** With Host, which becomes `:authority`. */
  readonly fields: readonly HttpField[]
  /** What is sent as body, or null for none. */
  readonly payload: Buffer | null
  /** How much of the body is wanted; 0: the response is there with its head. */
  readonly bodyOctetsMax: number
  /** Looks at the head as soon as it is there; false: the body does not matter any more. */
  readonly wantsBody: (head: HttpHead) => boolean
  readonly reuse: Reuse | null
}

export interface Http2Response extends HttpResponse {
  /** Fields behind the body; empty if the body was not read to its end. */
  readonly trailers: readonly HttpField[]
}

/** As `OnResponse`. */
export type OnHttp2Response = (response: Http2Response, term: CertificateTerm | null, begunMs: number) => void

export interface Http2Client {
  exchange(ask: Http2Ask, settle: Settle, onResponse: OnHttp2Response): Run
  close(): void
}

export interface Http2ClientDeps extends DialDeps {
  readonly clock: Clock
}

/** A connection, and the request under way on it. */
interface Line {
  readonly connection: Connection
  readonly openedMs: number
  /** When it was opened, or asked again. */
  begunMs: number
  session: ClientHttp2Session | null
  stream: ClientHttp2Stream | null
  /** Whom it works for; null while it is kept, and after its end. */
  turn: Turn | null
  /** True once the response of this turn was there to its end. */
  isDone: boolean
}

interface Turn {
  readonly ask: Http2Ask
  /** Null before it is made. */
  talk: Talk<Line> | null
  readonly onResponse: OnHttp2Response
}

/** What is being received. */
interface Reading {
  status: number
  fields: readonly HttpField[]
  trailers: readonly HttpField[]
  readonly body: Gathered
}

const http2 = ['h2']
const waiting = 'waiting for the response'

export function createHttp2Client(deps: Http2ClientDeps): Http2Client {
  const kept = createKept<Line>({ clock: deps.clock, end: endLine })
  const carrier: Carrier<Line, Turn> = {
    open: turn => open(deps, kept, turn),
    resume: (line, turn) => {
      line.turn = turn
      line.begunMs = deps.clock.now()
      request(line, turn)
    },
    rest,
    end: endLine,
    openedMs: line => line.openedMs,
    stage: ({ connection }) => (connection.stage === 'connected' ? waiting : connection.stage),
    isBegun: ({ connection }) => connection.socket !== null,
  }
  return {
    exchange: (ask, settle, onResponse) => {
      const turn: Turn = { ask, talk: null, onResponse }
      turn.talk = createTalk(carrier, turn, ask.reuse === null ? null : kept, ask.reuse, settle)
      turn.talk.begin()
      return turn.talk
    },
    close: kept.close,
  }
}

function open(deps: Http2ClientDeps, kept: Kept<Line>, turn: Turn): Line {
  const { address, port, source, tls } = turn.ask
  const connection = createConnection()
  const openedMs = deps.clock.now()
  const line: Line = { connection, openedMs, begunMs: openedMs, session: null, stream: null, turn, isDone: false }
  dial(deps, { address, port, source, tls, protocols: http2 }, connection, {
    onOpen: () => {
      const { stream } = connection
      if (stream instanceof TLSSocket && stream.alpnProtocol !== 'h2') {
        turn.talk?.fail(line, 'fail', 'protocol', 'the server does not speak HTTP/2')
      } else if (line.turn !== null) converse(line, kept, line.turn)
    },
    onOctets: null,
    onEnd: () => lost(line, kept),
    onTrouble: (kind, reason, detail) => {
      if (line.turn === null) kept.drop(line)
      else line.turn.talk?.fail(line, kind, reason, detail)
    },
  })
  return line
}

/** Begins to speak HTTP/2 on a connection that stands. */
function converse(line: Line, kept: Kept<Line>, turn: Turn): void {
  const { stream } = line.connection
  const session = loadHttp2().connect(turn.ask.tls === null ? 'http://probe' : 'https://probe', {
    createConnection: () => stream!,
    settings: { enablePush: false, maxHeaderListSize: headOctetsMax },
    maxSessionMemory: sessionMegabytesMax,
    maxReservedRemoteStreams: 1,
  })
  line.session = session
  session.on('error', error => troubled(line, kept, error))
  session.on('goaway', () => {
    if (line.turn === null) kept.drop(line)
  })
  session.on('close', () => lost(line, kept))
  request(line, turn)
}

const sessionMegabytesMax = 1

function request(line: Line, turn: Turn): void {
  const { ask } = turn
  const reading: Reading = { status: 0, fields: [], trailers: [], body: createGathered(ask.bodyOctetsMax) }
  const mine = (act: () => void) => (): void => {
    if (line.turn === turn && !line.isDone) act()
  }
  const finish = (whole: boolean): void => {
    const { status, fields, trailers, body } = reading
    line.isDone = whole
    const response = { status, phrase: '', fields, trailers, body: gatheredOctets(body), whole }
    turn.onResponse(response, line.connection.term, line.begunMs)
  }
  line.isDone = false
  let stream: ClientHttp2Stream
  try {
    stream = line.session!.request(headersOf(ask), { endStream: ask.payload === null })
  } catch (error) {
    // A connection that was kept may have been ended meanwhile; the fields of a check are judged by the front end.
    turn.talk?.fail(line, 'inconclusive', 'no-prober', describeError(error))
    return
  }
  line.stream = stream
  stream.on('error', error => mine(() => streamTroubled(line, turn, error))())
  stream.on('response', headers =>
    mine(() => {
      reading.status = Number(headers[':status'])
      reading.fields = fieldsOf(headers)
      if (ask.bodyOctetsMax === 0 || !ask.wantsBody({ ...reading, phrase: '' })) finish(false)
    })(),
  )
  stream.on('data', (piece: Buffer) =>
    mine(() => {
      if (gather(reading.body, piece, 0, piece.length) < piece.length) finish(false)
    })(),
  )
  stream.on('trailers', headers =>
    mine(() => {
      reading.trailers = fieldsOf(headers)
    })(),
  )
  stream.on(
    'end',
    mine(() => {
      // A stream that the other side gave up ends like one that it brought to its end.
      if (stream.rstCode !== 0) turn.talk?.fail(line, 'fail', 'reset', `the stream was reset, code ${stream.rstCode}`)
      else if (reading.status === 0) turn.talk?.fail(line, 'fail', 'closed', waiting)
      else finish(true)
    }),
  )
  // Aborted by the other side without an error, as GOAWAY and RST_STREAM(NO_ERROR) do.
  stream.on(
    'close',
    mine(() => turn.talk?.fail(line, 'fail', 'closed', waiting)),
  )
  if (ask.payload !== null) stream.end(ask.payload)
}

function headersOf({ method, path, fields, tls }: Http2Ask): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {
    ':method': method,
    ':path': path,
    ':scheme': tls === null ? 'http' : 'https',
  }
  for (const [name, value] of fields) {
    const lowered = name.toLowerCase() === 'host' ? ':authority' : name.toLowerCase()
    headers[lowered] = value
  }
  return headers
}

function fieldsOf(headers: IncomingHttpHeaders): readonly HttpField[] {
  return Object.entries(headers).flatMap(([name, value]): readonly HttpField[] => {
    if (name.startsWith(':') || value === undefined) return []
    return (Array.isArray(value) ? value : [value]).map(each => [name, each])
  })
}

/** The other side ended the connection, or node:http2 did after an error that was told. */
function lost(line: Line, kept: Kept<Line>): void {
  if (line.turn === null) kept.drop(line)
  else if (!line.isDone) line.turn.talk?.fail(line, 'fail', 'closed', waiting)
}

function troubled(line: Line, kept: Kept<Line>, error: Error): void {
  if (line.turn === null) {
    kept.drop(line)
    return
  }
  // The socket's own errors come by way of the connection as well, with what they mean.
  if ('syscall' in error || line.isDone) return
  const code = errorCode(error)
  const reason = code === 'ERR_HTTP2_SESSION_ERROR' || code === 'ECONNRESET' ? 'closed' : 'protocol'
  line.turn.talk?.fail(line, 'fail', reason, error.message)
}

function streamTroubled(line: Line, turn: Turn, error: Error): void {
  const code = errorCode(error)
  if (code === 'ERR_HTTP2_STREAM_ERROR') turn.talk?.fail(line, 'fail', 'reset', error.message)
  // What ends the whole connection is told by the connection.
  else if (!('syscall' in error)) turn.talk?.fail(line, 'fail', 'protocol', error.message)
}

function rest(line: Line): boolean {
  const { session, isDone } = line
  line.turn = null
  return isDone && session !== null && !session.closed && !session.destroyed
}

function endLine(line: Line): void {
  line.turn = null
  line.stream?.destroy()
  line.session?.destroy()
  hangUp(line.connection)
}
