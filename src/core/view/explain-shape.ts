/**
 * The shape of an explanation: what `GET /api/v1/explain` answers and `robin explain --json` prints. For those who
 * write schemas; no running server loads it.
 */
import { z } from 'zod'
import { type ExplainedMember, type Explanation, memberReasons } from './explain.ts'
import { shapeOf } from './shape-of.ts'
import { memberShape, poolShape } from './status-shape.ts'

const explainedMember = shapeOf<ExplainedMember>()(
  z
    .strictObject({
      member: memberShape,
      reason: z.enum(memberReasons).describe('Why it is answered or not; a closed list.'),
    })
    .meta({ id: 'ExplainedMember' }),
)

export const explanationShape = shapeOf<Explanation>()(
  z
    .strictObject({
      name: z.string().describe('As asked, with its final dot.'),
      zone: z.string().nullable().describe('The deepest zone served here that it lies in; null: REFUSED.'),
      owner: z.string().nullable().describe('The name itself, or the wildcard that covers it; null without pools.'),
      pools: z.array(z.strictObject({ pool: poolShape, members: z.array(explainedMember) })),
    })
    .meta({ id: 'Explanation', description: 'Why a name is answered as it is.' }),
)
