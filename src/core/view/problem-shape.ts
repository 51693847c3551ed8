/**
 * The shape of what is wrong with a user's file, as everyone who reads JSON gets it. The codes are not listed in it:
 * versions add some, and whoever switches on them has a default branch anyway.
 */
import { z } from 'zod'
import type { Problem, ProblemCode, Span } from '../base/problem.ts'
import { shapeOf } from './shape-of.ts'

const code = z.string().meta({ examples: ['unknown-key', 'bad-ttl'] }) as z.ZodType as z.ZodType<ProblemCode>

const place = {
  file: z.string(),
  line: z.int().min(1),
  column: z.int().min(1).describe('In UTF-16 units, as editors count.'),
  endColumn: z.int().min(1).describe('Exclusive.'),
}

const spanShape = shapeOf<Span>()(z.strictObject(place).meta({ id: 'Span' }))

const problemParts = {
  code,
  severity: z.enum(['error', 'warning']),
  text: z.string().describe('What is wrong.'),
  hint: z.string().nullable().describe('What to write instead.'),
}

export const problemShape = shapeOf<Problem>()(
  z.strictObject({ ...problemParts, span: spanShape }).meta({ id: 'Problem', description: 'A fault found in a file.' }),
)

/** With its place beside the rest, as `robin check` prints it. */
export const flatProblemShape = z.strictObject({ ...problemParts, ...place }).meta({ id: 'FlatProblem' })
