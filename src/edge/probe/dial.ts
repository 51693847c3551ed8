/**
 * Opens the connection that a probe speaks over, with TLS if it asks for it, and says what became of it. Invariants: no
 * callback after `hangUp`, and none before `dial` has returned but `onTrouble`; no `error` event goes without a
 * listener; trouble with the files of a check is ours and never the endpoint's.
 */
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Outcome, ReasonCode, TlsSpec } from '../../core/health/types.ts'
import type { Line, LineListener, Lines } from './direct/lines.ts'
import type { Direct } from './direct/open.ts'
import { describeError, errorCode, judgeErrno } from './outcome.ts'
import type { CertificateTerm, Secured, Securer } from './secure.ts'
import { connectTo, discard, isSelfConnected } from './socket.ts'
import { judgeTlsCode, type Trust, type TrustStore, tlsText } from './trust.ts'

export interface DialAsk {
  readonly address: string
  readonly port: number
  /** Local address to connect from, or null. */
  readonly source: string | null
  /** Null for clear text. */
  readonly tls: TlsSpec | null
  /** Offered by ALPN; empty offers nothing. */
  readonly protocols: readonly string[]
}

export interface DialListener {
  /** Connected and, if asked for, secure: may be written to. */
  onOpen(): void
  /** The first `octets` of a piece, which is valid until this returns. Null if somebody else reads the stream. */
  readonly onOctets: ((piece: Buffer, octets: number) => void) | null
  /** The other side will send no more. */
  onEnd(): void
  onTrouble(kind: Outcome['kind'], reason: ReasonCode, detail: string): void
}

export type Stage = 'before connecting' | 'while connecting' | 'in the TLS handshake' | 'connected'

export interface Connection {
  stage: Stage
  /** Null while the files of the check are read, and for a direct line. */
  socket: Socket | null
  /** What to write to: the socket itself in clear text. */
  stream: Socket | null
  /** In place of a socket, where the system allows it. */
  line: Line | null
  lines: Lines | null
  secured: Secured | null
  /** When the certificate begins and ends; null in clear text. */
  term: CertificateTerm | null
  mayReset: boolean
  isHungUp: boolean
}

export interface DialDeps {
  /** Without it every connection is Node's. */
  readonly direct?: Pick<Direct, 'lines'>
  readonly trust: TrustStore
  readonly securer: Securer
}

/** Octets taken from a socket at once. */
const landingOctets = 64 * 1024
/** Where octets of any connection land before they are read, in the same turn of the event loop. */
const landing = Buffer.allocUnsafeSlow(landingOctets)

export function createConnection(): Connection {
  return {
    stage: 'before connecting',
    socket: null,
    stream: null,
    line: null,
    lines: null,
    secured: null,
    term: null,
    mayReset: false,
    isHungUp: false,
  }
}

/** Fills a connection that was just created. */
export function dial(deps: DialDeps, ask: DialAsk, connection: Connection, listener: DialListener): void {
  if (ask.tls === null) {
    const lines = listener.onOctets === null ? null : (deps.direct?.lines() ?? null)
    if (lines === null || !dialDirect(lines, ask, connection, listener)) dialPlain(ask, connection, listener)
    return
  }
  const found = deps.trust.find(ask.tls)
  if (found instanceof Promise) {
    const failed = (error: unknown): void => {
      if (!connection.isHungUp) listener.onTrouble('inconclusive', 'no-prober', describeError(error))
    }
    found.then(trust => dialTrusting(deps, ask, connection, listener, trust)).catch(failed)
  } else dialTrusting(deps, ask, connection, listener, found)
}

/**
 * Closes whatever was opened. Safe at any time and more than once. By a reset only where nothing but this file has its
 * hand on the socket: TLS and HTTP/2 hold on to it in native code, and a reset from inside their callbacks takes the
 * process down.
 */
export function hangUp(connection: Connection): void {
  const { socket, stream, line } = connection
  connection.isHungUp = true
  if (line !== null) connection.lines?.close(line)
  if (socket === null) return
  if (connection.mayReset) {
    discard(socket)
    return
  }
  if (stream !== socket) stream?.destroy()
  socket.destroy()
}

/** To a connection that stands. */
export function write({ line, lines, stream }: Connection, octets: string | Buffer, encoding: 'latin1' | 'utf8'): void {
  if (line !== null) lines?.send(line, octets, encoding)
  else stream?.write(octets, encoding)
}

/** False while the files of the check are read. */
export function isBegun({ socket, line }: Connection): boolean {
  return socket !== null || line !== null
}

/** True if the connection may be used again. */
export function isWritable({ line, stream }: Connection): boolean {
  return line === null ? stream?.writable === true : line.fd >= 0 && line.isOpen
}

/** Whether nobody listens there and the connection met itself. */
export function hasMetItself({ line, lines, socket }: Connection, port: number): boolean {
  if (line !== null) return lines?.isSelfConnected(line) === true
  return socket !== null && isSelfConnected(socket, port)
}

/** Takes what has come and was not told yet. */
export function lookAgain({ lines }: Connection): void {
  lines?.look()
}

/** False if it has to be done by Node. */
function dialDirect(lines: Lines, ask: DialAsk, connection: Connection, listener: DialListener): boolean {
  connection.stage = 'while connecting'
  const line = lines.open(ask.address, ask.port, ask.source, new DirectEars(connection, listener))
  connection.line = line
  connection.lines = lines
  if (line !== null && connection.isHungUp) lines.close(line)
  return line !== null
}

/** A class, since an object of closures would be built anew for each of thousands of probes a second. */
class DirectEars implements LineListener {
  private readonly connection: Connection
  private readonly listener: DialListener

  constructor(connection: Connection, listener: DialListener) {
    this.connection = connection
    this.listener = listener
  }

  onOpen(): void {
    this.connection.stage = 'connected'
    this.listener.onOpen()
  }

  onOctets(piece: Buffer, octets: number): void {
    this.listener.onOctets?.(piece, octets)
  }

  onEnd(): void {
    this.listener.onEnd()
  }

  onError(code: string): void {
    judgeTrouble(this.listener, code, code)
  }
}

function dialPlain(ask: DialAsk, connection: Connection, listener: DialListener): void {
  const { address, port, source } = ask
  const callback = (octets: number): boolean => {
    if (!connection.isHungUp) listener.onOctets?.(landing, octets)
    return !connection.isHungUp
  }
  const socket = connectTo(address, port, {
    source,
    onRead: listener.onOctets === null ? null : { buffer: landing, callback },
  })
  connection.socket = socket
  connection.stream = socket
  connection.mayReset = listener.onOctets !== null
  connection.stage = 'while connecting'
  socket.on('error', error => troubled(connection, listener, error))
  socket.on('connect', () => {
    if (connection.isHungUp) return
    connection.stage = 'connected'
    listener.onOpen()
  })
  socket.on('end', () => {
    if (!connection.isHungUp) listener.onEnd()
  })
}

function dialTrusting(
  deps: DialDeps,
  ask: DialAsk,
  connection: Connection,
  listener: DialListener,
  trust: Trust,
): void {
  if (connection.isHungUp) return
  if (trust.context === null) listener.onTrouble('inconclusive', 'no-prober', trust.trouble)
  else dialSecure(deps, ask, connection, listener, trust.context)
}

function dialSecure(
  { securer }: DialDeps,
  ask: DialAsk,
  connection: Connection,
  listener: DialListener,
  context: SecureContext,
): void {
  const { address, port, source } = ask
  const socket = connectTo(address, port, { source })
  connection.socket = socket
  connection.stage = 'while connecting'
  const secured = handshake(securer, ask, connection, listener, context)
  const { stream } = secured
  connection.secured = secured
  connection.stream = stream
  socket.on('error', error => troubled(connection, listener, error))
  socket.on('connect', () => {
    if (connection.isHungUp) return
    connection.stage = 'in the TLS handshake'
    if (isSelfConnected(socket, port)) listener.onTrouble('fail', 'refused', 'nobody listens')
  })
  stream.on('error', error => troubled(connection, listener, error))
  stream.on('end', () => {
    if (!connection.isHungUp) listener.onEnd()
  })
  if (listener.onOctets === null) return
  stream.on('data', (piece: Buffer) => {
    if (!connection.isHungUp) listener.onOctets?.(piece, piece.length)
  })
}

/** Begins the handshake; a socket for which that is not possible is closed. */
function handshake(
  securer: Securer,
  { address, port, tls, protocols }: DialAsk,
  connection: Connection,
  listener: DialListener,
  context: SecureContext,
): Secured {
  const onSecure = (term: CertificateTerm | null): void => {
    if (connection.isHungUp) return
    connection.term = term
    connection.stage = 'connected'
    listener.onOpen()
  }
  const onExpired = (): void => {
    if (connection.isHungUp) return
    listener.onTrouble('fail', 'tls-expired', 'certificate is not valid at this time')
  }
  try {
    return securer.over(connection.socket!, { address, port, tls: tls!, protocols }, context, { onSecure, onExpired })
  } catch (error) {
    hangUp(connection)
    throw error
  }
}

/** Tells an early end, a TLS fault and trouble of the path apart, by the code of the error. */
function troubled(connection: Connection, listener: DialListener, error: Error): void {
  if (connection.isHungUp) return
  connection.secured?.forget()
  const { stage } = connection
  const code = errorCode(error)
  const tls = connection.secured === null ? null : judgeTlsCode(code)
  if (tls !== null) listener.onTrouble('fail', tls, tlsText(error))
  // Node gives the peer's orderly end in a handshake the code of a reset, but no system call with it.
  else if (code === 'ECONNRESET' && !('syscall' in error)) listener.onTrouble('fail', 'closed', stage)
  else judgeTrouble(listener, code, code === '' ? describeError(error) : code)
}

function judgeTrouble(listener: DialListener, code: string, detail: string): void {
  const { kind, reason } = judgeErrno(code)
  listener.onTrouble(kind, reason, detail)
}
