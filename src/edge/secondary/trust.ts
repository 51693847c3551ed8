/**
 * Whether messages of a primary are what the holder of the key sent (RFC 8945 section 5.3): the first and the last must
 * be signed, between two signed ones may be a bounded number that are not, whose octets the next signature covers.
 * Without a key everything is taken for what it says it is.
 */
import type { Failure } from '../../core/secondary/index.ts'
import { signRequest, type TsigSession, tsigError, verifyResponse } from '../../core/wire/tsig.ts'
import type { TsigKey } from '../../core/wire/tsig-key.ts'

export interface Trust {
  /** The signed query, whole. */
  readonly query: Uint8Array
  /** Null if the message may be looked at; whether it may be believed is known when a signed one was reached. */
  judge(message: Uint8Array): Failure | null
  /** True where everything that was judged is covered by a signature. */
  isCovered(): boolean
}

/** RFC 8945 section 5.3.1: 99 unsigned messages may come between two signed ones. */
const unsignedMax = 99

export function trustFor(
  { out, length }: { readonly out: Uint8Array; readonly length: number },
  key: TsigKey | null,
  nowSeconds: () => number,
): Trust {
  if (key === null) return { query: out.subarray(0, length), judge: () => null, isCovered: () => true }
  const signed = signRequest(key, out, length, nowSeconds())
  const { session } = signed
  let between: Uint8Array[] = []
  return {
    query: out.subarray(0, signed.length),
    judge: message => {
      const verdict = verifyResponse(session, message, between, nowSeconds())
      if (verdict === 'verified') {
        between = []
        return null
      }
      if (verdict !== 'unsigned') return describe(verdict)
      return passUnsigned(session, between, message)
    },
    isCovered: () => !session.isFirst && between.length === 0,
  }
}

function passUnsigned({ isFirst }: TsigSession, between: Uint8Array[], message: Uint8Array): Failure | null {
  if (isFirst) return { reason: 'bad-signature', detail: 'the answer is not signed' }
  if (between.length === unsignedMax) {
    return { reason: 'bad-signature', detail: `more than ${unsignedMax} messages without a signature` }
  }
  between.push(new Uint8Array(message))
  return null
}

/** What the two sides are to compare, by what the primary says of our signature. */
const remedies: Readonly<Record<string, string>> = {
  BADKEY: 'does it have a key of this name and algorithm?',
  BADSIG: 'is the secret the same there?',
  BADTIME: 'compare the two clocks',
}

function describe(verdict: Exclude<ReturnType<typeof verifyResponse>, 'verified' | 'unsigned'>): Failure {
  if (verdict === 'malformed') return { reason: 'malformed', detail: 'a signature that cannot be read' }
  const isTold = typeof verdict === 'object'
  const code = isTold ? verdict.error : verdict
  const word = Object.entries(tsigError).find(([, value]) => value === code)?.[0] ?? `error ${code}`
  const detail = isTold
    ? `the primary refuses our signature (${[word, remedies[word]].filter(Boolean).join(': ')})`
    : `the signature is wrong (${word})`
  return { reason: 'bad-signature', detail }
}
