/**
 * Words of the format that this version reads but does not serve, and words that stand at the wrong record. An option
 * that is read and ignored would be worse than a refusal, so each gets a sentence and a remedy of its own.
 */
import type { z } from 'zod'
import type { ErrorCode } from '../../base/problem.ts'

export interface Refusal {
  readonly code: ErrorCode
  readonly text: string
  readonly hint: string
}

const keys = new Map<z.ZodType, Readonly<Record<string, Refusal>>>()
const values = new Map<z.ZodType, Readonly<Record<string, Refusal>>>()

export function refuseKeys<S extends z.ZodType>(schema: S, refusals: Readonly<Record<string, Refusal>>): S {
  keys.set(schema, refusals)
  return schema
}

export function refuseValues<S extends z.ZodType>(schema: S, refusals: Readonly<Record<string, Refusal>>): S {
  values.set(schema, refusals)
  return schema
}

export function refusalOfKey(schema: z.ZodType | null, key: string): Refusal | null {
  return lookUp(keys, schema, key)
}

export function refusalOfValue(schema: z.ZodType | null, value: unknown): Refusal | null {
  return typeof value === 'string' ? lookUp(values, schema, value) : null
}

/** `what` begins the sentence: "`slow_start` is not served by this version". */
export function notServed(what: string, hint: string): Refusal {
  return { code: 'not-supported', text: `${what} is not served by this version`, hint }
}

function lookUp(
  table: ReadonlyMap<z.ZodType, Readonly<Record<string, Refusal>>>,
  schema: z.ZodType | null,
  word: string,
): Refusal | null {
  const refusals = schema === null ? undefined : table.get(schema)
  return refusals !== undefined && Object.hasOwn(refusals, word) ? refusals[word]! : null
}
