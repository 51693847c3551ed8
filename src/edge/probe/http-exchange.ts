/**
 * One HTTP/1.1 request and its response, on a connection of its own or on one kept from an earlier exchange. Written on
 * node:net, since most of what a probe by node:http costs is node:http.
 *
 *   attempt(clock, signal, settle => client.exchange(ask, settle, response => settle('pass', 'ok', null)))
 *
 * Invariants, whatever a backend sends or withholds: at most `headOctetsMax` of head and `bodyOctetsMax` of body are
 * kept; `onResponse` is called at most once, and not after `stop`; every connection ends with its exchange or is kept.
 */
import type { Outcome, ReasonCode, TlsSpec } from '../../core/health/types.ts'
import type { Clock } from '../../core/ports.ts'
import type { Run } from './attempt.ts'
import {
  createConnection,
  type DialDeps,
  type DialListener,
  dial,
  hangUp,
  hasMetItself,
  isBegun,
  isWritable,
  lookAgain,
  write,
} from './dial.ts'
import {
  createReader,
  cutShort,
  type HttpHead,
  type HttpResponse,
  isOver,
  type OnBody,
  type ResponseReader,
  readEnd,
  readOctets,
  responseOf,
} from './http-reader.ts'
import { createKept, type Kept } from './kept.ts'
import type { Settle } from './outcome.ts'
import type { CertificateTerm } from './secure.ts'
import { type Carrier, createTalk, type Reuse, type Talk } from './talk.ts'

export interface HttpAsk {
  readonly address: string
  readonly port: number
  /** Local address to connect from, or null. */
  readonly source: string | null
  /** Null for clear text. */
  readonly tls: TlsSpec | null
  /** The whole request in Latin-1, as `requestText` writes it. */
  readonly request: string
  /** True for the method HEAD, whose response has no body whatever it says. */
  readonly isHead: boolean
  /** How much of the body is wanted; 0: the response is there with its head. */
  readonly bodyOctetsMax: number
  /** Looks at the head as soon as it is there; false: the body does not matter any more. */
  readonly wantsBody: (head: HttpHead) => boolean
  /** Takes the body piece by piece, so that none of it need be held; the response's is empty then. */
  readonly onBody?: OnBody
  /** Null: a connection of its own. */
  readonly reuse: Reuse | null
}

/**
 * `term` is that of the certificate that was shown; null in clear text. `begunMs` is when the connection that answered
 * was opened for this exchange, or asked again: what another one kept silent about before is no time of the endpoint's.
 */
export type OnResponse = (response: HttpResponse, term: CertificateTerm | null, begunMs: number) => void

export interface HttpClient {
  /** Begins; for use with `attempt`. Trouble is settled; a response is handed over, for the caller to settle by. */
  exchange(ask: HttpAsk, settle: Settle, onResponse: OnResponse): Run
  /** Ends the connections that are kept. */
  close(): void
}

export interface HttpClientDeps extends DialDeps {
  readonly clock: Clock
}

/** One exchange. */
interface Turn {
  readonly ask: HttpAsk
  /** Null before it is made. */
  talk: Talk<Line> | null
  readonly onResponse: OnResponse
}

export function createHttpClient(deps: HttpClientDeps): HttpClient {
  const kept = createKept<Line>({ clock: deps.clock, end: endLine })
  const carrier: Carrier<Line, Turn> = {
    open: turn => open(deps, kept, turn),
    resume: (line, turn) => resume(line, turn, deps.clock.now()),
    rest,
    end: endLine,
    openedMs: line => line.openedMs,
    stage: ({ connection }) => (connection.stage === 'connected' ? waiting : connection.stage),
    isBegun: ({ connection }) => isBegun(connection),
    look: ({ connection }) => lookAgain(connection),
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

const waiting = 'waiting for the response'
const http1 = ['http/1.1']

/** A connection, what is being read from it, and what happens on it. */
class Line implements DialListener {
  readonly connection = createConnection()
  readonly openedMs: number
  /** When it was opened, or asked again. */
  begunMs: number
  isAskedAgain = false
  reader: ResponseReader
  /** Whom it works for; null while it is kept, and after its end. */
  turn: Turn | null
  isHeadSeen = false
  private readonly kept: Kept<Line>
  private readonly request: string

  constructor(openedMs: number, kept: Kept<Line>, turn: Turn) {
    this.openedMs = openedMs
    this.begunMs = openedMs
    this.kept = kept
    this.turn = turn
    this.request = turn.ask.request
    this.reader = readerFor(turn)
  }

  onOpen(): void {
    write(this.connection, this.request, 'latin1')
  }

  onOctets(piece: Buffer, octets: number): void {
    if (this.turn === null) {
      this.onUnasked()
      return
    }
    readOctets(this.reader, piece, octets)
    conclude(this, this.turn)
  }

  onEnd(): void {
    if (this.turn === null) {
      this.onUnasked()
      return
    }
    readEnd(this.reader)
    conclude(this, this.turn)
  }

  onTrouble(kind: Outcome['kind'], reason: ReasonCode, detail: string): void {
    if (this.turn === null) this.onUnasked()
    else this.turn.talk?.fail(this, kind, reason, detail)
  }

  /** What is said to the next request could not be told from this, so the connection is of no more use. */
  private onUnasked(): void {
    this.kept.drop(this)
  }
}

function open(deps: HttpClientDeps, kept: Kept<Line>, turn: Turn): Line {
  const { address, port, source, tls } = turn.ask
  const line = new Line(deps.clock.now(), kept, turn)
  dial(deps, { address, port, source, tls, protocols: http1 }, line.connection, line)
  return line
}

function resume(line: Line, turn: Turn, nowMs: number): void {
  line.turn = turn
  line.begunMs = nowMs
  line.isAskedAgain = true
  line.reader = readerFor(turn)
  line.isHeadSeen = false
  write(line.connection, turn.ask.request, 'latin1')
}

function readerFor({ ask }: Turn): ResponseReader {
  return createReader(ask.isHead, ask.bodyOctetsMax, ask.onBody ?? null)
}

function conclude(line: Line, turn: Turn): void {
  const { reader, connection } = line
  if (reader.head !== null && !line.isHeadSeen && !isOver(reader)) {
    line.isHeadSeen = true
    if (!turn.ask.wantsBody(reader.head)) cutShort(reader)
  }
  if (!isOver(reader)) return
  if (isAboutIdling(line)) turn.talk?.fail(line, 'fail', 'closed', 'it was idle for too long')
  else if (reader.phase === 'done') turn.onResponse(responseOf(reader), connection.term, line.begunMs)
  else if (reader.phase === 'cut') turn.talk?.fail(line, 'fail', 'closed', waiting)
  else if (hasMetItself(connection, turn.ask.port)) turn.talk?.fail(line, 'fail', 'refused', 'nobody listens')
  else turn.talk?.fail(line, 'fail', 'protocol', reader.fault)
}

/** A server that gives up a kept connection may say so at the moment of our request (RFC 9110 section 15.5.9). */
function isAboutIdling({ reader, isAskedAgain }: Line): boolean {
  return isAskedAgain && reader.phase === 'done' && reader.head?.status === timedOut
}

const timedOut = 408

function rest(line: Line): boolean {
  const { reader, connection } = line
  line.turn = null
  return reader.phase === 'done' && reader.reusable && isWritable(connection)
}

function endLine(line: Line): void {
  line.turn = null
  hangUp(line.connection)
}
