/**
 * What control and the versions thread say to each other. Generations and what comes of them are shared memory; of a
 * change by health only the slots on the board are told.
 */
import type { Name } from '../core/name/name.ts'
import type { WantedSerial } from '../core/transfer/lineage.ts'
import type { OfferMemory, TransferAccess } from '../core/transfer/offer.ts'

/** A zone of a generation that others may have. */
export interface ZoneOrder {
  /** Lowered. */
  readonly apex: Name
  /** Absolute offset of its image. */
  readonly zone: number
  /** The serial of its first version, for a thread that knows none yet. */
  readonly first: number
  /** What the run before gave out with that serial, by its mark: with anything else, the next serial is the first. */
  readonly resumes: string | null
  /** What the image was made of: part of the mark. */
  readonly source: string
  /** It is given if it is later than what was given out. */
  readonly wanted: WantedSerial
  /** The very image that the last generation had, if the thread knows that. */
  readonly isSame: boolean
  readonly access: TransferAccess
}

export type VersionsOrder =
  | {
      readonly kind: 'generation'
      readonly snapshot: SharedArrayBuffer
      readonly board: SharedArrayBuffer
      readonly zones: readonly ZoneOrder[]
    }
  /** Rotations were published to these slots of the newest board. */
  | { readonly kind: 'changed'; readonly slots: Int32Array }

/** A version of a zone: a new one, or the one that was, where it stands in the newest snapshot. */
export interface VersionsReport {
  readonly kind: 'version'
  readonly offer: OfferMemory
  /** Tells its content from any other. */
  readonly mark: string
}
