/**
 * A zone that is not for everybody's questions (RFC 9432 section 7): only those who may have it by transfer may ask.
 */
import type { Name } from '../name/name.ts'
import type { TransferAccess } from './offer.ts'

export interface ReservedZone {
  /** Lowered. */
  readonly apex: Name
  readonly access: TransferAccess
}
