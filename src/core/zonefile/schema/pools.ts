/**
 * Shapes of what makes a record a pool: members with weight and status, pools with fallback, rules by client network,
 * and the policy by which answers are chosen among them.
 */
import { z } from 'zod'
import { answerPolicies, rrsetRecordsMax } from '../../rotation/types.ts'
import { duration, listOf, text } from './scalars.ts'

const sticky = z
  .strictObject({
    v4: z.int().min(1).max(32).optional().describe('Bits of an IPv4 address (default 24).'),
    v6: z.int().min(1).max(128).optional().describe('Bits of an IPv6 address (default 56).'),
  })
  .meta({ id: 'sticky' })

export const policy = z
  .strictObject({
    answer: z
      .enum(answerPolicies)
      .optional()
      .describe(
        'rotate: each answer begins one member further. weighted: the same by weight, in a smooth order. ' +
          'random: drawn by weight. failover: always in the order of the file. ' +
          "sticky: a client's network keeps its member (default rotate; weighted where weights differ).",
      ),
    max_answers: z.int().min(1).max(rrsetRecordsMax).optional().describe('Most members in one answer (default 8).'),
    on_all_down: z
      .enum(['all', 'values', 'last_healthy', 'nodata', 'servfail', 'refused'])
      .optional()
      .describe('What is answered when too few members are up (default all).'),
    min_healthy: z
      .union([z.int().meta({ minimum: 1 }), text.meta({ pattern: '^[0-9]{1,3}%$', examples: ['50%'] })], {
        error: 'a count such as 1 or a share such as 50%',
      })
      .optional()
      .describe('Fewer members up than this, and on_all_down applies (default 1).'),
    slow_start: duration
      .optional()
      .describe(
        'Over how long the share of a recovered member grows from nothing to the whole: up to 1h (default 0: at once).',
      ),
    sticky: sticky.optional().describe('How much of an address makes one client of `answer: sticky`.'),
    failback: z
      .enum(['auto', 'manual'])
      .optional()
      .describe('auto: a recovered pool serves again at once. manual: it waits for the operator (default auto).'),
  })
  .meta({ id: 'policy', description: 'How answers are chosen among the members.' })

const memberStatus = z
  .enum(['up', 'down', 'obey'])
  .optional()
  .describe('up or down whatever the checks say (default obey).')
const weight = z
  .number()
  .meta({ type: 'integer', minimum: 1, maximum: 100 })
  .optional()
  .describe("Part of the answers beside the others' (default 1).")
const memberObject = z.strictObject({
  value: text.describe('The address; for a CNAME the name.'),
  weight,
  status: memberStatus,
  check_address: text.optional().describe('Address that is probed instead, for this member alone.'),
})

export const member = z
  .union([text, memberObject], { error: 'an address, or {value: ADDRESS, weight: 1, status: up | down | obey}' })
  .meta({ id: 'member' })

const rule = z.strictObject({
  subnets: listOf(text).optional().describe('Whom it is for, as 10.8.0.0/16; the longest match of all rules counts.'),
  geos: listOf(text)
    .optional()
    .describe('Whom it is for by place, as EU, NA-US or NA-US-CA, where `subnets` do not say; needs a GeoIP file.'),
  pool: text.describe('The pool that serves.'),
})

export const dynamic = z
  .strictObject({
    pools: z
      .record(
        text,
        z.strictObject({
          fallback: text.optional().describe('The pool that serves while this one cannot.'),
          values: listOf(memberObject).describe('The members.'),
        }),
      )
      .describe('Pools by name.'),
    rules: z.array(rule).describe('Which pool serves whom; the last rule is for everyone.'),
  })
  .meta({ id: 'dynamic', description: 'Pools of members, each with a fallback.' })

export type MemberInput = z.infer<typeof member>
export type DynamicInput = z.infer<typeof dynamic>
export type PolicyInput = z.infer<typeof policy>
