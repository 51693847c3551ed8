/**
 * Shapes of the header: what stands in a zone file beside its records.
 */
import { z } from 'zod'
import { checkRef } from './check.ts'
import { notServed, refuseKeys } from './later.ts'
import { policy } from './pools.ts'
import { duration, targetName, text } from './scalars.ts'

export const soa = z.strictObject({
  mname: targetName.describe('The primary nameserver, with its closing dot.'),
  rname: targetName.describe(
    'The mailbox of whoever is responsible: hostmaster.example.com. for hostmaster@example.com.',
  ),
  serial: z
    .union([z.int().meta({ minimum: 0, maximum: 0xffffffff }), z.literal('auto')], { error: 'a number or `auto`' })
    .optional()
    .describe('A number, or auto: given when the zone is installed (default auto).'),
  refresh: duration.optional().describe('How often secondaries look for a newer version (default 60).'),
  retry: duration.optional().describe('How soon they try again after a failure (default 15).'),
  expire: duration.optional().describe('How long they serve it without having reached us (default 86400).'),
  negative_ttl: duration.optional().describe('How long caches may keep a no (default 5).'),
  ttl: duration.optional().describe('TTL of the SOA record itself (default 300).'),
})

export const defaults = z.strictObject({
  ttl: duration.optional().describe('TTL of records that give none (default 10).'),
  policy: policy.optional(),
  check: checkRef.optional(),
})

/** The top of a file. Each part is judged by a schema of its own. */
export const header = refuseKeys(
  z.strictObject({
    zone: text.optional().describe('The name of the zone (default: the name of the file).'),
    soa: z.unknown().optional(),
    defaults: z.unknown().optional(),
    checks: z.unknown().optional(),
    transfer: z.unknown().optional(),
    records: z.unknown(),
    tests: z.unknown().optional(),
  }),
  {
    secondary: notServed('`secondary`', 'remove `secondary` from the file'),
  },
)

/** Words that make a file a Robin zone rather than a pure octoDNS zone, if their value is no record. */
export const headerKeys = ['zone', 'soa', 'defaults', 'checks', 'records', 'tests'] as const

export type SoaInput = z.infer<typeof soa>
