/**
 * What holds for any answer of a primary, to a question about its zone or to a transfer: it is a response to what was
 * asked, and its rcode.
 */
import { equalNames, type Name } from '../../core/name/name.ts'
import type { Failure } from '../../core/secondary/index.ts'
import type { PrimaryMessage } from '../../core/secondary/message.ts'
import { classIn, flag, opcodeMask, rcode } from '../../core/wire/header.ts'

export interface Asked {
  readonly id: number
  readonly apex: Name
  readonly type: number
}

/** True if the message answers that question. `isLater`: of a stream, where the question need not be repeated. */
export function isAnswerTo({ id, apex, type }: Asked, message: PrimaryMessage, isLater: boolean): boolean {
  if (message.id !== id || (message.flags & flag.QR) === 0 || (message.flags & opcodeMask) !== 0) return false
  const { question } = message
  // Errors may come without it (RFC 1035 section 4.1.1 leaves that open, and servers differ).
  if (question === null) return isLater || message.rcode !== 0
  return question.type === type && question.klass === classIn && equalNames(question.name, apex)
}

/** Null for NOERROR. */
export function failureOf(code: number): Failure | null {
  switch (code) {
    case rcode.NOERROR:
      return null
    case rcode.NOTAUTH:
      return { reason: 'not-authoritative', detail: 'the primary does not serve the zone, or not to us (NOTAUTH)' }
    case rcode.REFUSED:
      return { reason: 'refused', detail: 'the primary refuses (REFUSED)' }
    case rcode.SERVFAIL:
      return { reason: 'refused', detail: 'the primary cannot answer (SERVFAIL)' }
    case rcode.NXDOMAIN:
      return { reason: 'not-authoritative', detail: 'the primary does not know the zone (NXDOMAIN)' }
    case rcode.NOTIMP:
      return { reason: 'refused', detail: 'the primary does not do that (NOTIMP)' }
    case rcode.FORMERR:
      return { reason: 'refused', detail: 'the primary does not understand (FORMERR)' }
    default:
      return { reason: 'refused', detail: `the primary answers with rcode ${code}` }
  }
}
