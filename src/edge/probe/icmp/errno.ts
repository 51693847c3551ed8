/**
 * The system's error numbers by name, as Node knows them for this machine. Invariant: every number has a name, an
 * unknown one its own digits; the map is bounded by how many errors the system has.
 */
import { getSystemErrorName } from 'node:util'

const names = new Map<number, string>()

/** `EACCES` for 13. */
export function errnoName(errno: number): string {
  const known = names.get(errno)
  if (known !== undefined) return known
  const name = getSystemErrorName(-errno) ?? `E${errno}`
  names.set(errno, name)
  return name
}
