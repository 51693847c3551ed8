/**
 * What TCP clients may cost, the same for both TCP engines (RFC 7766 section 6.2, RFC 9210 section 4). Every limit that
 * ends a client is counted.
 */

export interface TcpLimits {
  /** Connections at a time; one more and the connection idle longest is ended. */
  readonly clientsMax: number
  /** Of them, from one address; one more and that address's own longest idle is ended. */
  readonly perAddressMax: number
  /** Longest time without a whole query, and longest time in which a client may leave its answers unread. */
  readonly idleMs: number
  /** Longest time from the first octet of a query to its last, however many octets arrive in between. */
  readonly messageMs: number
  /** Queries of one client taken up in a row before the other clients have their turn. */
  readonly inFlightMax: number
  /** Octets of answers that wait for one client; beyond it, no more is read from that client. */
  readonly unsentMax: number
  /** Longest time for an answer of many messages, first to last, however steadily the client takes them. */
  readonly feedMs: number
}

export const tcpLimitsDefault: TcpLimits = {
  clientsMax: 256,
  perAddressMax: 128,
  idleMs: 10_000,
  messageMs: 10_000,
  inFlightMax: 64,
  unsentMax: 64 * 1024,
  feedMs: 7_200_000,
}

/** How often deadlines are looked at. */
export const sweepMs = 500
/** Longest wait of `close` for answers that clients have not taken yet. */
export const closeWaitMs = 2000
/** The most that a two-octet length can say. */
export const answerOctetsMax = 0xffff

/** Calls `run` again and again; returns what stops it. */
export type Every = (run: () => void, intervalMs: number) => () => void

export function systemEvery(run: () => void, intervalMs: number): () => void {
  const timer = setInterval(run, intervalMs)
  return () => clearInterval(timer)
}
