/**
 * The last versions of a zone as differences, from which IXFR answers (RFC 1995). Bounded twice, by versions and by
 * octets: what is forgotten costs a secondary that was away for long a whole transfer, and nobody else anything.
 * Invariant: the differences form one chain, each beginning where the one before it ends; serials only grow.
 */
import { assert } from '../base/assert.ts'
import { diffOctets, type ZoneDiff } from './diff.ts'
import { isLater } from './serial.ts'

export interface Journal {
  readonly diffs: readonly ZoneDiff[]
  readonly octets: number
}

export interface JournalLimits {
  readonly versionsMax: number
  readonly octetsMax: number
}

export const emptyJournal: Journal = { diffs: [], octets: 0 }

/** The journal with one more difference, without as many of the oldest as have to go. */
export function extendJournal(journal: Journal, diff: ZoneDiff, limits: JournalLimits): Journal {
  const last = journal.diffs.at(-1)
  assert(last === undefined || last.to === diff.from, 'a difference that does not go on from the last')
  assert(isLater(diff.to, diff.from), 'a serial that went back')
  const diffs = [...journal.diffs, diff]
  let octets = journal.octets + diffOctets(diff)
  let gone = 0
  while (gone < diffs.length && (diffs.length - gone > limits.versionsMax || octets > limits.octetsMax)) {
    octets -= diffOctets(diffs[gone]!)
    gone++
  }
  return { diffs: diffs.slice(gone), octets }
}

/** What leads from `serial` to the newest version, oldest first; null if the journal does not reach back so far. */
export function changesSince({ diffs }: Journal, serial: number): readonly ZoneDiff[] | null {
  const at = diffs.findIndex(({ from }) => from === serial)
  return at < 0 ? null : diffs.slice(at)
}
