/**
 * The versions of one zone as time goes on: the newest, and the journal that leads to it. What is captured becomes a
 * version only if it differs from the newest; its serial is the next, or the one that its file asks for if that is
 * later (RFC 1982). A difference that is too large is not kept: then the journal begins anew, and clients that are
 * behind get the whole zone.
 * Invariant: no two contents have one serial, and serials only grow.
 */
import { equalBytes } from '../base/bytes.ts'
import { diffVersions, type ZoneDiff } from './diff.ts'
import { emptyJournal, extendJournal, type Journal, type JournalLimits } from './journal.ts'
import { shareOctets } from './offer.ts'
import { isLater, laterSerial } from './serial.ts'
import { withSerial, type ZoneVersion } from './version.ts'

export interface Lineage {
  readonly version: ZoneVersion
  readonly journal: Journal
}

/** The serial that an edited file asks for. */
export interface WantedSerial {
  readonly serial: number
  /** It stands in the file, which then gets it whatever else the edit changed. */
  readonly isFixed: boolean
}

export function beginLineage(capture: ZoneVersion, serial: number): Lineage {
  return { version: shared(withSerial(capture, serial)), journal: emptyJournal }
}

/**
 * Goes on with what was captured. The result has the serial it had if nothing differs; its version stands in the
 * snapshot of the capture all the same, so that an older one can go. `wanted` is null where there was no edit.
 */
export function continueLineage(
  { version, journal }: Lineage,
  capture: ZoneVersion,
  wanted: WantedSerial | null,
  limits: JournalLimits,
): Lineage {
  const fresh = withSerial(capture, laterSerial(version.serial, wanted?.serial ?? 0))
  const diff = diffVersions(version, fresh, limits.octetsMax)
  const isAsked = wanted?.isFixed === true && isLater(wanted.serial, version.serial)
  if (!isAsked && diff !== null && isSame(version, fresh, diff)) {
    return { version: shared(withSerial(capture, version.serial)), journal }
  }
  const extended = diff === null ? emptyJournal : extendJournal(journal, diff, limits)
  return { version: shared(fresh), journal: extended }
}

/** Whatever the serials, which the SOAs differ in by themselves. */
function isSame(before: ZoneVersion, { soa }: ZoneVersion, { gone, come }: ZoneDiff): boolean {
  if (gone.length > 0 || come.length > 0) return false
  const at = soa.length - soaNumbersOctets
  return (
    before.soa.length === soa.length &&
    equalBytes(before.soa.subarray(0, at), soa.subarray(0, at)) &&
    equalBytes(before.soa.subarray(at + 4), soa.subarray(at + 4))
  )
}

const soaNumbersOctets = 20

function shared(version: ZoneVersion): ZoneVersion {
  return { ...version, soa: shareOctets(version.soa), records: shareOctets(version.records) }
}
