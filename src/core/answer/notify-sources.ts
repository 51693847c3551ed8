/**
 * Who may tell of changes in zones that are pulled, as answering threads hold it, and who hears of what is believed.
 */
import type { AddressTable } from '../guard/access.ts'
import type { Name } from '../name/name.ts'

/** Who may tell of changes in one zone. */
export interface NotifySource {
  /** Lowered. */
  readonly apex: Name
  readonly from: AddressTable
  /** Lowered name of the key that must have signed; null: none needs to. */
  readonly key: Name | null
}

/** By the octets of the apex, lowered, one character each: `nameKey`. */
export type NotifySources = ReadonlyMap<string, NotifySource>

/** Told of a NOTIFY; false if there were too many lately. */
export type NotifyEar = (apex: Name, from: Uint8Array) => boolean
