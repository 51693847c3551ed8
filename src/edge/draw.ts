/**
 * Chance for jitter: it keeps probes from marching in step. `Math.random` is good enough because nobody gains by
 * guessing when a probe starts, and it is cheaper than the system's generator. Not for cookies, tokens or anything
 * else that must not be guessed.
 */
import type { Draw } from '../core/ports.ts'

export function createDraw(): Draw {
  return () => Math.random()
}
