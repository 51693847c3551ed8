/**
 * The shape of `transfer`, which stands in the header of a zone, in a sidecar, and for all zones in the settings.
 */
import { z } from 'zod'
import { listOf, someText } from './scalars.ts'

/** Rules of one zone, prefixes of one rule, and secondaries of one zone. */
const rulesMax = 1_000
const prefixesMax = 10_000
const notifiedMax = 256

const prefix = someText.meta({ examples: ['192.0.2.0/24', '2001:db8::/32', '192.0.2.53'] })
const keyName = someText.describe('The name of a key in the settings.')

const allowRule = z.strictObject({
  key: keyName.optional(),
  from: z
    .union([prefix, listOf(prefix, prefixesMax)], { error: 'a prefix or a list of them' })
    .optional()
    .describe('Addresses and prefixes, `!` in front excludes (default: from anywhere).'),
})

const notifyTarget = z.strictObject({
  to: someText
    .meta({ examples: ['192.0.2.53', '192.0.2.53:5300', '[2001:db8::53]:53'] })
    .describe('An address, or address and port (default 53).'),
  key: keyName.optional(),
  source: someText.optional().describe('Local address that it is told from (default: as `source` of the settings).'),
})

export const transferMap = z.strictObject({
  allow: listOf(allowRule, rulesMax)
    .optional()
    .describe('Who may have the zone by AXFR and IXFR: whoever fits a rule, by its key, its address, or both.'),
  notify: listOf(notifyTarget, notifiedMax)
    .optional()
    .describe('Secondaries that are told of each new version (NOTIFY), signed where a key is named.'),
})

/** The word for a zone that nobody gets, whatever the settings allow. */
export const transferNone = 'none'

export const transferShape = z
  .union([transferMap, z.literal(transferNone)], { error: 'a map with `allow` and `notify`, or `none`' })
  .describe('Transfers to secondaries. What a zone says of it replaces all that the settings say.')
