/**
 * Shapes of records, one for each type, in octoDNS syntax with the sugar. The one to judge a record by is chosen by its
 * `type`, since a union over all of them could only say that none fits. Shapes of their values have files of their own.
 */
import { z } from 'zod'
import { rrsetRecordsMax } from '../../rotation/types.ts'
import { checkRef, healthcheck } from './check.ts'
import { notServed, type Refusal, refuseKeys, refuseValues } from './later.ts'
import { duration, listOf, targetName, text } from './scalars.ts'
import { svcb } from './svcb.ts'
import { caa, ds, generic, mx, naptr, srv, sshfp, tlsa } from './values.ts'

export const policy = refuseKeys(
  z
    .strictObject({
      answer: refuseValues(z.enum(['rotate', 'failover']), {
        weighted: notServed('`answer: weighted`', 'write `answer: rotate`'),
        random: notServed('`answer: random`', 'write `answer: rotate`'),
        sticky: notServed('`answer: sticky`', 'write `answer: rotate`'),
      })
        .optional()
        .describe('rotate: each answer begins one member further. failover: always in the order of the file.'),
      max_answers: z.int().min(1).max(rrsetRecordsMax).optional().describe('Most addresses in one answer (default 8).'),
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
      failback: refuseValues(z.enum(['auto']), {
        manual: notServed('`failback: manual`', 'write `failback: auto`, or leave it out'),
      })
        .optional()
        .describe('auto: a recovered pool serves again at once.'),
    })
    .meta({ id: 'policy', description: 'How answers are chosen among the members.' }),
  {
    slow_start: notServed('`slow_start`', 'remove it; a recovered member gets its full share at once'),
    sticky: notServed('`sticky`', 'remove it; clients are not told apart'),
  },
)

const memberStatus = z
  .enum(['up', 'down', 'obey'])
  .optional()
  .describe('up or down whatever the checks say (default obey).')
const weight = z.number().meta({ type: 'integer', minimum: 1, maximum: 100 }).optional().describe('Share (only 1 yet).')
const memberObject = z.strictObject({ value: text.describe('The address.'), weight, status: memberStatus })
const member = z
  .union([text, memberObject], { error: 'an address, or {value: ADDRESS, status: up | down | obey}' })
  .meta({ id: 'member' })

const dynamic = z
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
    rules: z
      .array(
        refuseKeys(z.strictObject({ pool: text.describe('The pool that serves.') }), {
          subnets: notServed('a rule with `subnets`', 'remove the rule; all clients get the same pools'),
          geos: notServed('a rule with `geos`', 'remove the rule; all clients get the same pools'),
        }),
      )
      .describe('Which pool serves whom; the last rule is for everyone.'),
  })
  .meta({ id: 'dynamic', description: 'Pools of members, each with a fallback.' })

const octodnsKeys: Readonly<Record<string, Refusal>> = {
  excluded: notServed('`octodns.excluded`', 'remove it; this file is served as it stands'),
  included: notServed('`octodns.included`', 'remove it; this file is served as it stands'),
  ignored: notServed('`octodns.ignored`', 'remove it, or the record'),
  lenient: notServed('`octodns.lenient`', 'remove it, and mend what it excuses'),
}
const octodns = refuseKeys(
  z.strictObject({ healthcheck: healthcheck.optional().describe('A check in octoDNS form.') }).meta({ id: 'octodns' }),
  octodnsKeys,
)
const plainOctodns = refuseKeys(z.strictObject({}), {
  ...octodnsKeys,
  healthcheck: {
    code: 'check-not-possible',
    text: 'only A and AAAA records can be checked',
    hint: 'remove `healthcheck`',
  },
})

const laterOfAll: Readonly<Record<string, Refusal>> = {
  geo: notServed('`geo`', 'remove it; `dynamic` with pools can take its place'),
  failover_within: notServed('`failover_within`', 'remove it; `robin check` prints the time to remove'),
}
const notPooled = (key: string): Refusal => ({
  code: 'check-not-possible',
  text: `\`${key}\` works on A and AAAA records only`,
  hint: `remove \`${key}\` here; an address that this record leads to can have it`,
})
const laterOfPlain: Readonly<Record<string, Refusal>> = {
  ...laterOfAll,
  check: notPooled('check'),
  policy: notPooled('policy'),
  dynamic: notServed('`dynamic` on other types than A and AAAA', 'remove it, and write `value` or `values`'),
}

const head = <T extends string>(type: T) => ({
  type: z.literal(type),
  ttl: duration.optional().describe('How long caches may keep it (default: defaults.ttl, else 10).'),
})
const oneOrMore = <S extends z.ZodType>(value: S) => ({
  value: value.optional().describe('The only value.'),
  values: listOf(value).optional().describe('The values.'),
})
const plain = <T extends string, S extends z.ZodType>(type: T, value: S) =>
  refuseKeys(z.strictObject({ ...head(type), ...oneOrMore(value), octodns: plainOctodns.optional() }), laterOfPlain)

const address = <T extends string>(type: T) =>
  refuseKeys(
    z.strictObject({
      ...head(type),
      ...oneOrMore(member),
      check: checkRef.optional(),
      policy: policy.optional(),
      dynamic: dynamic.optional(),
      octodns: octodns.optional(),
    }),
    laterOfAll,
  )

export const recordSchemas = {
  A: address('A'),
  AAAA: address('AAAA'),
  NS: plain('NS', targetName),
  CNAME: plain('CNAME', targetName),
  DNAME: plain('DNAME', targetName),
  PTR: plain('PTR', targetName),
  MX: plain('MX', mx),
  TXT: plain('TXT', text),
  SRV: plain('SRV', srv),
  NAPTR: plain('NAPTR', naptr),
  SVCB: plain('SVCB', svcb),
  HTTPS: plain('HTTPS', svcb),
  CAA: plain('CAA', caa),
  DS: plain('DS', ds),
  TLSA: plain('TLSA', tlsa),
  SSHFP: plain('SSHFP', sshfp),
} as const

/** A type by number (RFC 3597). */
export const genericSchema = refuseKeys(
  z.strictObject({
    type: text.meta({ pattern: '^TYPE[0-9]{1,5}$' }),
    ttl: duration.optional(),
    ...oneOrMore(generic),
    octodns: plainOctodns.optional(),
  }),
  laterOfPlain,
)

export type RecordType = keyof typeof recordSchemas
export type AddressInput = z.infer<(typeof recordSchemas)['A']> | z.infer<(typeof recordSchemas)['AAAA']>
export type PlainInput =
  | z.infer<(typeof recordSchemas)[Exclude<RecordType, 'A' | 'AAAA'>]>
  | z.infer<typeof genericSchema>
export type MemberInput = z.infer<typeof member>
export type DynamicInput = z.infer<typeof dynamic>
export type PolicyInput = z.infer<typeof policy>
