/**
 * The shapes of what the HTTP interface answers beside the views themselves: events, what became of an order, and why
 * something was refused.
 */
import { z } from 'zod'
import type { OverrideOrder } from '../../core/roster/types.ts'
import { recordedShape } from '../../core/view/events-shape.ts'
import { shapeOf } from '../../core/view/shape-of.ts'
import type { RefusalCode } from './page.ts'

export const eventsShape = z
  .strictObject({
    total: z.int().min(0).describe('Events that history holds.'),
    events: z.array(recordedShape).describe('The newest of them, oldest first.'),
  })
  .meta({ id: 'Events' })

const orderWord = shapeOf<OverrideOrder['override']>()(z.enum(['forced-up', 'forced-down', 'drained']))

export const overrideReplyShape = z
  .strictObject({
    target: z.string().describe('As it is written everywhere.'),
    override: orderWord,
    reason: z.string(),
    author: z.string(),
    members: z
      .array(z.strictObject({ owner: z.string(), type: z.string(), address: z.string() }))
      .describe('Whom it names.'),
  })
  .meta({ id: 'OverrideReply', description: 'The order as it stands now.' })

export const releaseReplyShape = z
  .strictObject({
    orders: z.array(z.string()).describe('Targets of the orders that ended.'),
    pools: z.array(z.string()).describe('Pools that may go back to their first tier.'),
  })
  .meta({ id: 'ReleaseReply' })

const refusalCode = shapeOf<RefusalCode>()(
  z.enum([
    ...(['bad-request', 'bad-target', 'fault', 'host-not-allowed', 'method-not-allowed', 'no-such-member'] as const),
    ...(['no-token', 'not-found', 'too-many', 'writes-off'] as const),
  ]),
)
const sentence = z.string().describe('For people.')

export const refusalShape = z
  .strictObject({ error: refusalCode.describe('A closed list, for scripts.'), text: sentence })
  .meta({ id: 'Refusal' })

export const wouldHurtShape = z
  .strictObject({ error: z.literal('would-hurt'), text: sentence, pools: z.array(z.string()) })
  .meta({
    id: 'WouldHurt',
    description: 'Pools that the order would leave with fewer healthy members than their floor.',
  })

export const nothingToReleaseShape = z
  .strictObject({ error: z.literal('nothing-to-release'), text: sentence, by: z.array(z.string()) })
  .meta({ id: 'NothingToRelease', description: '`by` are the targets of wider orders that name the member.' })
