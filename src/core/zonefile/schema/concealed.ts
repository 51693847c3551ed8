/**
 * Places where a secret may stand by mistake: a key given as its secret alone, say. What is wrong there is told without
 * the value, since problems go to logs and into pull requests.
 */
import type { z } from 'zod'

const concealed = new WeakSet<z.ZodType>()

export function conceal<S extends z.ZodType>(schema: S): S {
  concealed.add(schema)
  return schema
}

export function isConcealed(schema: z.ZodType | null): boolean {
  return schema !== null && concealed.has(schema)
}
