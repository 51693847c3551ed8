/**
 * Shapes of single values. They say of which kind a value is and what an editor may complete; what it means (is this
 * an address, a name, a time within bounds?) is judged in one place, by code that knows the codes of Problems.
 * The `error` of a union is a phrase: it completes the sentence `must be …`.
 */
import { z } from 'zod'
import { ttlMax } from '../../base/units.ts'
import { durationPattern } from '../duration.ts'

const wholeSeconds = z.number().meta({ type: 'integer', minimum: 0, maximum: ttlMax, description: 'Seconds.' })
const durationText = z.string().meta({ pattern: durationPattern, examples: ['30s', '5m', '1h30m'] })

/** A duration or a TTL. */
export const duration = z
  .union([wholeSeconds, durationText], { error: 'a time such as 30, 30s or 5m' })
  .meta({ id: 'duration' })

/** A domain name that a record points at. */
export const targetName = z.string().meta({ pattern: '\\.$', description: 'A full domain name with its closing dot.' })

export const port = z.int().min(1).max(65535)
export const u8 = z.int().min(0).max(255)
export const u16 = z.int().min(0).max(65535)
export const text = z.string()

// The library's own bounds of length also look at a map that has a key `length`, and throw at what they find there;
// a refinement is asked only about what is a text or a list already.

/** A text of one character or more. */
export const someText = z
  .string()
  .refine(given => given.length > 0)
  .meta({ minLength: 1 })

/** A list of one entry or more, and of at most `entriesMax`. */
export function listOf<S extends z.ZodType>(entry: S, entriesMax = Number.POSITIVE_INFINITY) {
  const bounds = Number.isFinite(entriesMax) ? { minItems: 1, maxItems: entriesMax } : { minItems: 1 }
  return z
    .array(entry)
    .refine(list => list.length > 0 && list.length <= entriesMax)
    .meta(bounds)
}
