/**
 * One answer of the interface for operators, as a value: made by the pages, sent by the listener.
 */
import { jsonPieces } from '../../core/base/json.ts'
import type { Steps } from '../turns.ts'

export interface Page {
  readonly status: number
  readonly type: string
  /** One after the other where there are several. */
  readonly body: string | Uint8Array | readonly Uint8Array[]
  /** The Content-Security-Policy, if it is another than that nothing may be loaded. */
  readonly policy?: string
  /** The Allow header of a 405. */
  readonly allow?: string
  /** The WWW-Authenticate header of a 401. */
  readonly authenticate?: string
}

/** A page that takes long to make. */
export type PageSteps = Steps<Page>

/** Why a request was refused: a closed set, for scripts. */
export type RefusalCode =
  | 'bad-request'
  | 'bad-target'
  | 'fault'
  | 'host-not-allowed'
  | 'method-not-allowed'
  | 'no-such-member'
  | 'no-token'
  | 'not-found'
  | 'too-many'
  | 'writes-off'

/** A refusal in JSON: `error` is one of a closed set of codes, `text` a sentence for people. */
export function refusal(status: number, error: RefusalCode, sentence: string): Page {
  return json(status, { error, text: sentence })
}

export function json(status: number, value: unknown): Page {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}

/** The body of an answer in JSON that is long, a piece at a time. */
export function* jsonInSteps(
  plain: object,
  lists: Readonly<Record<string, readonly unknown[]>>,
): Generator<void, readonly Uint8Array[]> {
  const body: Uint8Array[] = []
  for (const piece of jsonPieces(plain, lists)) {
    body.push(Buffer.from(piece))
    yield
  }
  return [...body, Buffer.from('\n')]
}

export function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body }
}
