/**
 * Shapes of records, one for each type, in octoDNS syntax with the sugar. The one to judge a record by is chosen by its
 * `type`, since a union over all of them could only say that none fits. Shapes of their values have files of their own.
 */
import { z } from 'zod'
import { checkRef, healthcheck } from './check.ts'
import { notServed, type Refusal, refuseKeys } from './later.ts'
import { dynamic, member, policy } from './pools.ts'
import { duration, listOf, targetName, text } from './scalars.ts'
import { svcb } from './svcb.ts'
import { caa, ds, generic, mx, naptr, srv, sshfp, tlsa } from './values.ts'

const octodnsKeys: Readonly<Record<string, Refusal>> = {
  excluded: notServed('`octodns.excluded`', 'remove it; this file is served as it stands'),
  included: notServed('`octodns.included`', 'remove it; this file is served as it stands'),
  ignored: notServed('`octodns.ignored`', 'remove it, or the record'),
  lenient: notServed('`octodns.lenient`', 'remove it, and mend what it excuses'),
}
const octodns = refuseKeys(
  z
    .strictObject({ healthcheck: healthcheck.optional().describe('A check in octoDNS form.') })
    .meta({ id: 'octodns', description: 'What octoDNS says of a record.' }),
  octodnsKeys,
)
const plainOctodns = refuseKeys(z.strictObject({}).describe('Nothing of it has a meaning here.'), {
  ...octodnsKeys,
  healthcheck: {
    code: 'check-not-possible',
    text: 'only A and AAAA records can be checked',
    hint: 'remove `healthcheck`',
  },
})

const laterOfAll: Readonly<Record<string, Refusal>> = {
  geo: notServed('`geo`', 'remove it; `dynamic` with pools can take its place'),
}
const notPooled = (key: string): Refusal => ({
  code: 'check-not-possible',
  text: `\`${key}\` works on A and AAAA records only`,
  hint: `remove \`${key}\` here; an address that this record leads to can have it`,
})
const laterOfPlain: Readonly<Record<string, Refusal>> = {
  ...laterOfAll,
  check: notPooled('check'),
  failover_within: notPooled('failover_within'),
  policy: notPooled('policy'),
  dynamic: {
    code: 'check-not-possible',
    text: '`dynamic` works on A, AAAA and CNAME records only',
    hint: 'remove it, and write `value` or `values`; SRV, SVCB and HTTPS follow their targets by themselves',
  },
}

const failoverWithin = duration.describe(
  'From the death of a member to the last cache that still has it, 1s to 24h; what cannot keep to it is refused.',
)

const head = <T extends string>(type: T) => ({
  type: z.literal(type).describe('The record type.'),
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
      failover_within: failoverWithin.optional(),
      dynamic: dynamic.optional(),
      octodns: octodns.optional(),
    }),
    laterOfAll,
  )

/** Its pools hold names; one of them is answered. */
const cname = refuseKeys(
  z.strictObject({
    ...head('CNAME'),
    value: targetName.optional().describe('The name that it is an alias of; with `dynamic`, the last resort.'),
    values: listOf(targetName).optional().describe('The same as a list of one.'),
    check: checkRef.optional(),
    policy: policy.optional(),
    failover_within: failoverWithin.optional(),
    dynamic: dynamic.optional(),
    octodns: plainOctodns.optional(),
  }),
  laterOfAll,
)

/** Answers A and AAAA as its target does; no type of the wire. */
const alias = refuseKeys(
  z.strictObject({
    ...head('ALIAS'),
    ...oneOrMore(targetName),
    octodns: plainOctodns.optional(),
  }),
  laterOfPlain,
)

export const recordSchemas = {
  A: address('A'),
  AAAA: address('AAAA'),
  NS: plain('NS', targetName),
  CNAME: cname,
  ALIAS: alias,
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
    type: text.meta({ pattern: '^TYPE[0-9]{1,5}$' }).describe('The record type, by number.'),
    ttl: duration.optional().describe('How long caches may keep it (default: defaults.ttl, else 10).'),
    ...oneOrMore(generic),
    octodns: plainOctodns.optional(),
  }),
  laterOfPlain,
)

export type RecordType = keyof typeof recordSchemas
export type AddressInput = z.infer<(typeof recordSchemas)['A']> | z.infer<(typeof recordSchemas)['AAAA']>
export type CnameInput = z.infer<(typeof recordSchemas)['CNAME']>
export type PlainInput =
  | z.infer<(typeof recordSchemas)[Exclude<RecordType, 'A' | 'AAAA' | 'CNAME'>]>
  | z.infer<typeof genericSchema>
