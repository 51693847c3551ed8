/**
 * The shapes of what may be ordered over HTTP, for those who write schemas. The server reads orders by hand (orders.ts)
 * and refuses what does not fit; a test holds the two together.
 */
import { z } from 'zod'
import type { OverrideRequest, ReleaseRequest, ReloadRequest } from './orders.ts'
import { shapeOf } from './shape-of.ts'

const target = z
  .string()
  .describe('An address, address:port, a member name or owner=address.')
  .meta({ examples: ['10.0.0.1', '10.0.0.1:443', 'www.example.com=10.0.0.1'] })
const author = z.string().describe('Who gives the order, for the journal.')

export const overrideRequestShape = shapeOf<OverrideRequest>()(
  z
    .strictObject({
      target,
      override: z.enum(['drained', 'forced-up', 'forced-down']),
      reason: z.string().describe('Why, for whoever asks.'),
      author,
      forMs: z.exactOptional(z.number().positive()).describe('How long it stands; absent: until it is released.'),
      force: z.exactOptional(z.boolean()).describe('Obey even where a pool would be left without its floor.'),
    })
    .meta({ id: 'OverrideRequest', required: ['target', 'override'] }),
)

export const releaseRequestShape = shapeOf<ReleaseRequest>()(
  z.strictObject({ target, author }).meta({ id: 'ReleaseRequest', required: ['target'] }),
)

export const reloadRequestShape = shapeOf<ReloadRequest>()(
  z
    .strictObject({
      force: z
        .boolean()
        .describe('Take the files even where they would take away more than max_change (default false).'),
    })
    .meta({ id: 'ReloadRequest', required: [] }),
)
