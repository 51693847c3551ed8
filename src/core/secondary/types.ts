/**
 * What is said between a secondary zone, which is pure, and whoever asks primaries for it: steps out, results in, news
 * for people. Reasons are a closed set, so that views, metrics and tests need no wording.
 */

/** What of an SOA matters here; seconds, as it has them. */
export interface ZoneTimes {
  readonly refresh: number
  readonly retry: number
  readonly expire: number
}

/**
 * Why a primary gave us nothing.
 *
 *   timeout             nothing came, or not in time
 *   no-source           the address to ask from is none of this machine
 *   unreachable         the system says that nobody is there
 *   refused             an rcode that says no; for a transfer the access list of the primary, mostly
 *   not-authoritative   it does not serve the zone, or not to us
 *   bad-signature       missing, wrong, by another key or from another time, on either side
 *   malformed           no transfer: not a message, another question, an end too early, names outside the zone …
 *   too-large           more octets, records, messages or time than a transfer may take
 *   serial-back         the primary has an older serial than we have
 *   signed              the primary signs the zone, whose signatures could not be kept up here
 *   unservable          whole, but with errors that keep it from being served
 *   not-kept            it could not be written to the disk
 *   fault               ours: whoever pulled it broke
 */
export const pullReasons = [
  ...(['timeout', 'no-source', 'unreachable', 'refused', 'not-authoritative', 'bad-signature', 'malformed'] as const),
  ...(['too-large', 'serial-back', 'signed', 'unservable', 'not-kept', 'fault'] as const),
] as const
export type PullReason = (typeof pullReasons)[number]

export interface Failure {
  readonly reason: PullReason
  /** One line for people. */
  readonly detail: string
}

/** What is to be done now. `primary` counts from 0. */
export type Step =
  | { readonly kind: 'ask'; readonly primary: number }
  | {
      readonly kind: 'pull'
      readonly primary: number
      /** What we have, to ask for changes since; null: the whole zone. */
      readonly since: number | null
      /** The result must be later than this; null: any will do. */
      readonly after: number | null
    }

export type AskResult =
  | { readonly kind: 'soa'; readonly serial: number }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** How a zone came in: as a whole, or as changes. */
export const pullKinds = ['axfr', 'ixfr'] as const
export type PullKind = (typeof pullKinds)[number]

export type PullResult =
  | {
      readonly kind: 'taken'
      readonly serial: number
      readonly times: ZoneTimes
      readonly how: PullKind
      /** Records of the zone as it is now. */
      readonly records: number
      /** Octets that came over the wire. */
      readonly octets: number
      readonly tookMs: number
    }
  /** The primary has nothing newer. What we have is confirmed. */
  | { readonly kind: 'current' }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** `refreshing`: due, or failing to be confirmed; served all the same. */
export const secondaryStates = ['new', 'current', 'refreshing', 'expired'] as const
export type SecondaryState = (typeof secondaryStates)[number]

export type SecondaryNews =
  | { readonly kind: 'taken'; readonly primary: number; readonly from: number | null; readonly result: Taken }
  /** What we have is the newest. */
  | { readonly kind: 'confirmed'; readonly primary: number; readonly wasExpired: boolean }
  | { readonly kind: 'failed'; readonly primary: number; readonly failure: Failure }

export type Taken = Extract<PullResult, { kind: 'taken' }>
