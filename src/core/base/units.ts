/**
 * Branded numbers, so that a duration in seconds cannot be handed to a timer that counts milliseconds.
 * The brand exists only for the compiler; at run time these are plain numbers.
 */
declare const unit: unique symbol

/** A duration or a monotonic instant, in milliseconds. */
export type Millis = number & { readonly [unit]: 'ms' }

/** A TTL or a duration that DNS counts in whole seconds. */
export type Seconds = number & { readonly [unit]: 's' }

export function millis(value: number): Millis {
  return value as Millis
}

export function seconds(value: number): Seconds {
  return value as Seconds
}

/** The largest TTL: 2^31 - 1 (RFC 2181 section 8). */
export const ttlMax = 0x7fffffff as Seconds
