/**
 * TLS over a probe's connection: by which name the certificate is judged, until when it is valid, and how a session is
 * resumed so that not every probe costs a full handshake (RFC 8446 section 2.2).
 *
 * Invariants: an address is never sent as SNI (RFC 6066 section 3). A resumed session stands for a certificate that was
 * verified in full, by the same name and the same authorities, at most `sessionFreshMs` ago; its dates are judged again
 * each time. So a certificate that was exchanged is seen after that time at the latest, and at once where the server
 * forgot the session with it; the first trouble ends a session.
 */
import { isIP, type Socket } from 'node:net'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import type { TlsSpec } from '../../core/health/types.ts'
import type { Clock } from '../../core/ports.ts'

/** When a certificate begins and ends, Unix milliseconds. */
export interface CertificateTerm {
  readonly fromMs: number
  readonly toMs: number
}

export interface SecureAsk {
  readonly address: string
  readonly port: number
  readonly tls: TlsSpec
  /** What is offered by ALPN (RFC 7301), the best first; empty offers nothing. */
  readonly protocols: readonly string[]
}

export interface SecureListener {
  /** `term` is null if the server showed no certificate. */
  onSecure(term: CertificateTerm | null): void
  onExpired(term: CertificateTerm): void
}

export interface Secured {
  readonly stream: TLSSocket
  /** The next handshake with this server is to be a full one. */
  forget(): void
}

export interface Securer {
  /** Begins a handshake on a socket that need not be connected yet. Errors are the stream's. */
  over(socket: Socket, ask: SecureAsk, context: SecureContext, listener: SecureListener): Secured
}

/** How long a session is resumed before a certificate is asked for again. */
export const sessionFreshMs = 30_000
/** Sessions kept, of some 2 KiB each; the one used longest ago makes room. */
const sessionsMax = 4096

interface Session {
  readonly ticket: Buffer
  readonly term: CertificateTerm | null
  readonly verifiedMs: number
}

export function createSecurer({ clock }: { readonly clock: Clock }): Securer {
  const sessions = new Map<string, Session>()
  const contexts = new WeakMap<SecureContext, number>()
  let contextsSeen = 0

  /** Everything that a verification depends on; the context stands for the files. */
  const keyOf = ({ address, port, tls, protocols }: SecureAsk, context: SecureContext): string => {
    const number = contexts.get(context) ?? ++contextsSeen
    contexts.set(context, number)
    return `${address} ${port} ${tls.serverName ?? ''} ${tls.verify} ${protocols.join()} ${number}`
  }

  const findSession = (key: string): Session | null => {
    const found = sessions.get(key)
    if (found === undefined) return null
    if (clock.now() - found.verifiedMs < sessionFreshMs) return found
    sessions.delete(key)
    return null
  }

  const keepSession = (key: string, session: Session): void => {
    sessions.delete(key)
    for (const oldest of sessions.keys()) {
      if (sessions.size < sessionsMax) break
      sessions.delete(oldest)
    }
    sessions.set(key, session)
  }

  return {
    over: (socket, ask, context, listener) => {
      const key = keyOf(ask, context)
      const kept = findSession(key)
      const stream = begin(socket, ask, context, kept?.ticket ?? null)
      let { term, verifiedMs } = kept ?? { term: null, verifiedMs: 0 }
      stream.on('secureConnect', () => {
        if (kept === null || !stream.isSessionReused()) {
          term = termOf(stream)
          verifiedMs = clock.now()
        } else if (ask.tls.verify && term !== null && !covers(term, clock.wall())) {
          sessions.delete(key)
          listener.onExpired(term)
          return
        }
        listener.onSecure(term)
      })
      // Comes after the certificate was accepted, and again with each new ticket.
      stream.on('session', ticket => keepSession(key, { ticket, term, verifiedMs }))
      return { stream, forget: () => sessions.delete(key) }
    },
  }
}

function begin(
  socket: Socket,
  { address, tls, protocols }: SecureAsk,
  context: SecureContext,
  session: Buffer | null,
): TLSSocket {
  const name = tls.serverName
  return connect({
    socket,
    // Verified by the name if the check has one, else by the address.
    host: name ?? address,
    ...(name !== null && isIP(name) === 0 ? { servername: name } : {}),
    secureContext: context,
    rejectUnauthorized: tls.verify,
    ...(protocols.length > 0 && { ALPNProtocols: [...protocols] }),
    ...(session !== null && { session }),
  })
}

function termOf(stream: TLSSocket): CertificateTerm | null {
  const certificate = stream.getPeerX509Certificate()
  if (certificate === undefined) return null
  return { fromMs: certificate.validFromDate.getTime(), toMs: certificate.validToDate.getTime() }
}

function covers({ fromMs, toMs }: CertificateTerm, wallMs: number): boolean {
  return fromMs <= wallMs && wallMs <= toMs
}

const dayMs = 86_400_000

/** Whole days until the certificate ends; negative if it has ended. */
export function daysLeft({ toMs }: CertificateTerm, wallMs: number): number {
  return Math.floor((toMs - wallMs) / dayMs)
}
