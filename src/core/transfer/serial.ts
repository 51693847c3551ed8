/**
 * Serials of zones (RFC 1982): 32 bits that wrap, so "later" means "less than half the circle ahead". A serial half the
 * circle away is neither earlier nor later, and nothing is said about it.
 */

/** The most that a serial may grow in one step (RFC 1982 section 3.1). */
export const serialStepMax = 0x7fff_ffff

/** True if `a` is later than `b`. */
export function isLater(a: number, b: number): boolean {
  const ahead = (a - b) >>> 0
  return ahead > 0 && ahead <= serialStepMax
}

export function addToSerial(serial: number, step: number): number {
  return (serial + step) >>> 0
}

/**
 * The serial after `before` that is at least `wanted`: `wanted` itself where it is later, else the next. So a clock or
 * a file that went back never takes the serial back with it.
 */
export function nextSerial(before: number, wanted: number): number {
  return isLater(wanted, before) ? wanted >>> 0 : addToSerial(before, 1)
}

/**
 * The same without 0, which some take for "no serial" and the board for "as compiled". `wanted` 0 asks for nothing.
 */
export function laterSerial(before: number, wanted: number): number {
  const next = wanted === 0 ? addToSerial(before, 1) : nextSerial(before, wanted)
  return next === 0 ? 1 : next
}
