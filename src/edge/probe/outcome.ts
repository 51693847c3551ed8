/**
 * Outcomes and how trouble becomes one. Invariant: trouble of ours (no descriptor, no port, no permission, no route
 * family, a request that cannot be made) is inconclusive; only what the other side or the path to it did is a fail.
 * `detail` is printable and at most `detailCharactersMax` long whatever a backend sends.
 */
import type { Outcome, ReasonCode } from '../../core/health/types.ts'

/** What some probes learn beside the verdict. */
export interface Besides {
  /** What is left of the weight, all of it unless said. */
  readonly share?: number
  /** Whole days until the certificate ends; null if none was shown. */
  readonly certDays?: number | null
}

/** Ends a probe; only the first call counts. */
export type Settle = (kind: Outcome['kind'], reason: ReasonCode, detail: string | null, besides?: Besides) => void

export interface Judgement {
  readonly kind: Outcome['kind']
  readonly reason: ReasonCode
}

export const detailCharactersMax = 200

/** What the system says about itself rather than about the backend. */
const localTrouble: Readonly<Record<string, ReasonCode>> = {
  EMFILE: 'no-socket',
  ENFILE: 'no-socket',
  ENOBUFS: 'no-socket',
  ENOMEM: 'no-socket',
  EAGAIN: 'no-socket',
  EADDRNOTAVAIL: 'no-socket',
  EADDRINUSE: 'no-socket',
  EACCES: 'no-permission',
  EPERM: 'no-permission',
  ENETDOWN: 'no-prober',
  EAFNOSUPPORT: 'no-prober',
  EPROTONOSUPPORT: 'no-prober',
  EINVAL: 'no-prober',
}

const remoteTrouble: Readonly<Record<string, ReasonCode>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'closed',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENONET: 'unreachable',
  ENOPROTOOPT: 'unreachable',
  EPROTO: 'unreachable',
}

/** What an error code of the system means for the endpoint. A code that nobody thought of is not held against it. */
export function judgeErrno(code: string): Judgement {
  const remote = remoteTrouble[code]
  if (remote !== undefined) return { kind: 'fail', reason: remote }
  return { kind: 'inconclusive', reason: localTrouble[code] ?? 'no-prober' }
}

/** Settles a probe by an error that a socket or a call gave. */
export function settleByError(settle: Settle, error: unknown): void {
  const code = errorCode(error)
  const { kind, reason } = judgeErrno(code)
  settle(kind, reason, code === '' ? describeError(error) : code)
}

export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}

export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function inconclusive(reason: ReasonCode, detail: string): Outcome {
  return { kind: 'inconclusive', reason, latencyMs: 0, detail: printable(detail) }
}

/** Plain ASCII and letters of any script pass; everything that can move a cursor, hide or reorder text does not. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu
const quicklyPrintable = /^[\x20-\x7e]*$/

/** Text of unknown origin, made safe to show on a terminal, in a log and in a page, and cut to size. */
export function printable(text: string): string {
  if (text.length <= detailCharactersMax && quicklyPrintable.test(text)) return text
  let shown = ''
  // Escaping only lengthens, so what lies beyond the limit can never be shown.
  for (const character of text.slice(0, detailCharactersMax + 1)) {
    const safe = character.replace(unprintable, escapeCharacter)
    if (shown.length + safe.length > detailCharactersMax) return cut(shown)
    shown += safe
  }
  return shown
}

function cut(shown: string): string {
  return shown.length < detailCharactersMax ? `${shown}…` : `${shown.slice(0, -1).replace(/[\ud800-\udbff]$/, '')}…`
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code === 10) return '\\n'
  if (code === 13) return '\\r'
  if (code === 9) return '\\t'
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
