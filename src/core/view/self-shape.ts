/**
 * The shape of what the server says of itself to those who ask every second whether it is fit. For those who write
 * schemas; no running server loads it.
 */
import { z } from 'zod'
import type { SelfView } from './self.ts'
import { shapeOf } from './shape-of.ts'

export const selfShape = shapeOf<SelfView>()(
  z
    .strictObject({
      ready: z.boolean().describe('True if every condition holds.'),
      conditions: z.array(
        z.strictObject({
          name: z.enum(['listening', 'zones', 'pulled', 'serving', 'removals']),
          ok: z.boolean(),
          note: z.string().nullable().describe('What people should know though it does not make the server unfit.'),
        }),
      ),
      zone: z.string().nullable().describe('A zone whose SOA can be asked for; null while there is none.'),
      listening: z.array(z.string()),
    })
    .meta({ id: 'Self' }),
)
