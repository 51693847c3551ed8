/**
 * A zone that others may have, as the threads that answer transfers hold it: one version, how it came about, and who
 * may ask. On the way between threads everything that grows with the zone is shared memory, so that an offer costs a
 * message of a few hundred octets.
 * Invariant: what is offered never changes; a newer version is another offer.
 */
import { type AddressTable, isAdmitted } from '../guard/access.ts'
import { equalNames, type Name } from '../name/name.ts'
import { openSnapshot } from '../zone/layout.ts'
import type { Journal } from './journal.ts'
import { openJournal, packJournal } from './pack-journal.ts'
import type { VersionContent } from './version.ts'

export interface Offer {
  /** Lowered. */
  readonly apex: Name
  readonly version: VersionContent
  readonly journal: Journal
  readonly access: TransferAccess
}

/** Who may have a zone: it is enough that one rule admits. */
export type TransferAccess = readonly AccessRule[]

export interface AccessRule {
  /** Lowered name of the key that must have signed; null: no signature is needed. */
  readonly key: Name | null
  /** Null: from anywhere. */
  readonly from: AddressTable | null
}

/** An offer in a message: all that grows with zone or journal is shared memory. */
export interface OfferMemory {
  readonly apex: Name
  readonly snapshot: SharedArrayBuffer
  readonly zone: number
  readonly serial: number
  /** Views of shared memory. */
  readonly soa: Uint8Array
  readonly records: Uint8Array
  readonly journal: SharedArrayBuffer
  readonly access: TransferAccess
}

/** `signer` is the lowered name of the key that a request was signed with, null if it was not. */
export function isOfferedTo(
  access: TransferAccess,
  signer: Name | null,
  octets: Uint8Array,
  octetsLength: number,
): boolean {
  return access.some(({ key, from }) => {
    const signed = key === null || (signer !== null && equalNames(key, signer))
    return signed && (from === null || isAdmitted(from, octets, octetsLength))
  })
}

export function packOffer({ apex, version, journal, access }: Offer): OfferMemory {
  const { snapshot, zone, serial } = version
  const soa = shareOctets(version.soa)
  const records = shareOctets(version.records)
  return { apex, snapshot: snapshot.memory, zone, serial, soa, records, journal: packJournal(journal), access }
}

export function openOffer({ apex, snapshot, journal, access, ...version }: OfferMemory): Offer {
  const opened = { ...version, snapshot: openSnapshot(snapshot) }
  return { apex, version: opened, journal: openJournal(journal), access }
}

/** The same octets in shared memory; no copy if they are there already. */
export function shareOctets(octets: Uint8Array): Uint8Array {
  if (octets.buffer instanceof SharedArrayBuffer) return octets
  const copy = new Uint8Array(new SharedArrayBuffer(octets.length))
  copy.set(octets)
  return copy
}
