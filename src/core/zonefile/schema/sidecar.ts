/**
 * The shape of a sidecar: what a master file has no words for. Its parts are those of a zone file, so that what is
 * learned of one holds for the other.
 */
import { z } from 'zod'
import { checkRef, checkSchemas } from './check.ts'
import { type Refusal, refuseKeys } from './later.ts'
import { policy } from './pools.ts'
import { duration, listOf, text } from './scalars.ts'
import { zoneTest } from './tests.ts'
import { transferShape } from './transfer.ts'

const inMaster = (key: string): Refusal => ({
  code: 'unknown-key',
  text: `\`${key}\` stands in the master file, not beside it`,
  hint: `remove \`${key}\` here`,
})

const said = {
  check: checkRef.optional(),
  policy: policy.optional(),
}

export const sidecarDefaults = refuseKeys(z.strictObject(said), { ttl: inMaster('ttl') })

/** What is said of the address sets of one name; without a type of both. */
export const sidecarEntry = refuseKeys(
  z.strictObject({
    type: z.enum(['A', 'AAAA']).optional().describe('Only of this set (default: A and AAAA alike).'),
    ...said,
    failover_within: duration.optional().describe('Longest time until a dead address is gone from caches: 1s to 24h.'),
  }),
  { ttl: inMaster('ttl'), value: inMaster('value'), values: inMaster('values') },
)

/** The top. Each part is judged by a shape of its own. */
export const sidecarTop = refuseKeys(
  z.strictObject({
    checks: z.unknown().optional(),
    defaults: z.unknown().optional(),
    owners: z.unknown().optional(),
    transfer: z.unknown().optional(),
    tests: z.unknown().optional(),
  }),
  {
    records: {
      code: 'unknown-key',
      text: 'the records stand in the master file; here are only its owners',
      hint: 'write `owners: {www: {check: NAME}}`',
    },
    soa: inMaster('soa'),
    zone: inMaster('zone'),
  },
)

/** For editors. As an object; the caller writes it down. */
export function sidecarJsonSchema(): Readonly<Record<string, unknown>> {
  const owner = z.union([sidecarEntry, listOf(sidecarEntry)], { error: 'a map, or a list of maps' })
  const whole = z.strictObject({
    checks: z
      .record(text, z.union(Object.values(checkSchemas)).meta({ id: 'checkDefinition' }))
      .optional()
      .describe('Checks by name.'),
    defaults: sidecarDefaults.optional().describe('For all A and AAAA records of the zone.'),
    owners: z.record(text, owner).optional().describe("Owners relative to the zone; '@' is the zone itself."),
    transfer: transferShape.optional(),
    tests: z.array(zoneTest).optional().describe('Rehearsals, run by `robin test`.'),
  })
  const made: Record<string, unknown> = z.toJSONSchema(whole, { io: 'input', target: 'draft-7' })
  return { ...made, title: 'Health of a master file' }
}

export type SidecarEntry = z.infer<typeof sidecarEntry>
