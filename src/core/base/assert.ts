/**
 * Assertions are for our own bugs, never for what a user, a file or the network sent.
 * A failed one throws `Bug`; each ring catches it at one place while the last good state keeps serving.
 */
class Bug extends Error {
  override readonly name = 'Bug'
}

/** Throws `Bug` unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Bug(message)
}

/** The default branch of a switch over a closed union: reached only if a case is missing. */
export function never(value: never): never {
  throw new Bug(`unreachable case: ${JSON.stringify(value)}`)
}
