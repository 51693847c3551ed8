/**
 * TCP: the endpoint passes once the three-way handshake is done, or the TLS handshake if the check wants one, or once
 * what the check expects has come back. A bare connect sees a dead host, a closed port, a full backlog; it does not see
 * a program that accepts and then hangs. Invariants: one descriptor a probe, closed whatever happens; at most
 * `expectOctetsMax` are read, and the expression is tried on them a bounded number of times however small the pieces.
 */
import type { Endpoint, TcpCheck, TextMatch } from '../../core/health/types.ts'
import type { Clock, Probe } from '../../core/ports.ts'
import { attempt, type Run } from './attempt.ts'
import { createConnection, type DialDeps, dial, hangUp, hasMetItself, isBegun, lookAgain, write } from './dial.ts'
import type { Line, LineListener, Lines } from './direct/lines.ts'
import { createGathered, type Gathered, gather, gatheredOctets } from './gathered.ts'
import { termText } from './http-judge.ts'
import { judgeErrno, type Settle, settleByError } from './outcome.ts'
import type { PatternSearch } from './pattern.ts'
import { daysLeft } from './secure.ts'
import { connectTo, discard, isSelfConnected } from './socket.ts'

export interface TcpProbeDeps extends DialDeps {
  readonly clock: Clock
  readonly search: PatternSearch
}

/** How much of what the other side says is looked at. */
export const expectOctetsMax = 64 * 1024
/** After this many looks the next one waits until there is half as much again to look at. */
const looksMax = 8
/** Octets of what was said that a detail shows. */
const shownOctets = 80

export function createTcpProbe(deps: TcpProbeDeps): Probe<TcpCheck> {
  return (endpoint, spec, signal) =>
    attempt(deps.clock, signal, settle => {
      const isBare = spec.send === null && spec.expect === null && spec.tls === null
      return isBare ? open(deps, endpoint, spec, settle) : converse(deps, endpoint, spec, settle)
    })
}

function open({ direct }: TcpProbeDeps, endpoint: Endpoint, spec: TcpCheck, settle: Settle): Run {
  const port = endpoint.port ?? spec.port
  const lines = direct?.lines() ?? null
  return (lines && openLine(lines, endpoint, port, spec, settle)) ?? openSocket(endpoint, port, spec, settle)
}

/** Null if it has to be done by Node. */
function openLine(lines: Lines, { address }: Endpoint, port: number, spec: TcpCheck, settle: Settle): Run | null {
  const knock = new Knock(lines, settle)
  knock.line = lines.open(address, port, spec.source ?? null, knock)
  return knock.line === null ? null : knock
}

/** A bare connect. A class, since thousands of them a second are made. */
class Knock implements LineListener, Run {
  line: Line | null = null
  private readonly lines: Lines
  private readonly settle: Settle

  constructor(lines: Lines, settle: Settle) {
    this.lines = lines
    this.settle = settle
  }

  onOpen(): void {
    settleOpen(this.settle, this.line !== null && this.lines.isSelfConnected(this.line))
  }

  onOctets(): void {
    // Whatever it says, it said so after it accepted.
  }

  onEnd(): void {
    // As above.
  }

  onError(code: string): void {
    const { kind, reason } = judgeErrno(code)
    this.settle(kind, reason, code)
  }

  stop(): void {
    if (this.line !== null) this.lines.close(this.line)
  }

  stage(): string {
    return 'while connecting'
  }

  lastLook(): void {
    this.lines.look()
  }
}

function openSocket({ address }: Endpoint, port: number, spec: TcpCheck, settle: Settle): Run {
  const socket = connectTo(address, port, { source: spec.source ?? null })
  socket.on('error', error => settleByError(settle, error))
  socket.on('connect', () => settleOpen(settle, isSelfConnected(socket, port)))
  return { stop: () => discard(socket), stage: () => 'while connecting' }
}

function settleOpen(settle: Settle, hasMetItself: boolean): void {
  if (hasMetItself) settle('fail', 'refused', 'nobody listens')
  else settle('pass', 'ok', null)
}

function converse(deps: TcpProbeDeps, endpoint: Endpoint, spec: TcpCheck, settle: Settle): Run {
  const { send, expect, tls } = spec
  const port = endpoint.port ?? spec.port
  const connection = createConnection()
  const received = createGathered(expectOctetsMax)
  const look = expect === null ? null : createLook(expect, received, deps.search)
  const pass = (): void => {
    const { term } = connection
    const certDays = term === null ? null : daysLeft(term, deps.clock.wall())
    settle('pass', 'ok', certDays === null ? null : `secure${termText(certDays)}`, { certDays })
  }
  const judge = (isLast: boolean): void => {
    const verdict = look === null ? 'no-match' : look(isLast)
    if (verdict === 'match') pass()
    else if (verdict === 'invalid') settle('inconclusive', 'no-prober', 'not a regular expression')
    else if (verdict === 'gave-up') settle('fail', 'expect', 'gave up matching')
    else if (isLast && received.length > 0) settle('fail', 'expect', `got "${beginningOf(received)}"`)
    else if (isLast) settle('fail', 'closed', 'before a word was said')
  }
  const ask = { address: endpoint.address, port, source: spec.source ?? null, tls, protocols: [] }
  dial(deps, ask, connection, {
    onOpen: () => {
      if (tls === null && hasMetItself(connection, port)) {
        settle('fail', 'refused', 'nobody listens')
        return
      }
      if (send !== null) write(connection, send, 'utf8')
      if (look === null) pass()
    },
    onOctets: (piece, octets) => {
      const isCut = gather(received, piece, 0, octets) < octets
      judge(isCut || received.length === expectOctetsMax)
    },
    onEnd: () => judge(true),
    onTrouble: settle,
  })
  return {
    stop: () => hangUp(connection),
    stage: () => (connection.stage === 'connected' ? 'waiting for the expected text' : connection.stage),
    lastLook: () => {
      lookAgain(connection)
      if (!isBegun(connection)) {
        settle('inconclusive', 'no-prober', 'the files of the check could not be read in time')
      } else if (received.length > 0) judge(true)
    },
  }
}

type Look = (isLast: boolean) => ReturnType<PatternSearch>

/** Looks for what is expected in what has come so far; may put it off while more can come. */
function createLook(expect: TextMatch, received: Gathered, search: PatternSearch): Look {
  if (expect.kind === 'text') {
    const wanted = Buffer.from(expect.text, 'utf8')
    let seen = 0
    return () => {
      const from = Math.max(0, seen - wanted.length + 1)
      seen = received.length
      return gatheredOctets(received).includes(wanted, from) ? 'match' : 'no-match'
    }
  }
  let looks = 0
  let nextLength = 0
  return isLast => {
    if (!isLast && received.length < nextLength) return 'no-match'
    if (++looks >= looksMax) nextLength = received.length * 1.5
    return search(expect.source, gatheredOctets(received).toString('utf8'))
  }
}

function beginningOf(received: Gathered): string {
  return gatheredOctets(received).toString('utf8', 0, Math.min(received.length, shownOctets))
}
