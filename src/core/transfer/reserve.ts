/**
 * Serials over a restart. What is saved is a reserve: a serial that is later than any that was given out, so that
 * after a crash at any point the next run can go on above it. It is raised before it is reached, so that a save is
 * waited for only if serials come faster than the disk takes them.
 * Invariant: no serial is given out that is later than the reserve on the disk.
 */
import { addToSerial, isLater } from './serial.ts'

/** Serials between the one given out and a reserve that was just raised: a quarter of an hour of one a second. */
export const reserveStep = 1_000
/** Fewer than this many left: the reserve is raised beside everything else. */
const reserveLow = reserveStep / 2

export interface Reserve {
  /** What the next save says. */
  readonly wanted: number
  /** What the disk says; null: nothing yet. */
  readonly saved: number | null
}

/** `wait`: the serial may be given out only once `wanted` is saved. `raise`: it should be saved soon. */
export type Cover = 'covered' | 'raise' | 'wait'

export function cover(reserve: Reserve, serial: number): { readonly reserve: Reserve; readonly cover: Cover } {
  const { wanted, saved } = reserve
  const isCovered = saved !== null && !isLater(serial, saved)
  if (isCovered && !isLater(addToSerial(serial, reserveLow), saved)) return { reserve, cover: 'covered' }
  const next = addToSerial(serial, reserveStep)
  return { reserve: { wanted: isLater(next, wanted) ? next : wanted, saved }, cover: isCovered ? 'raise' : 'wait' }
}

/** The disk has taken `upTo`. */
export function noteSaved({ wanted, saved }: Reserve, upTo: number): Reserve {
  return { wanted, saved: saved === null || isLater(upTo, saved) ? upTo : saved }
}
