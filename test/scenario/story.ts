/**
 * A story: zone files, and steps on a fake clock. Unknown keys are refused, so that a misspelt expectation cannot pass.
 *
 *   zones    file name to text; served from the beginning of the story
 *   sentinels addresses that the server judges itself by, by ICMP; `freeze` is how long it doubts itself without them
 *   OUTCOME  how targets answer from now on: `address:port` (or that and a check's name) to `pass`, `fail`, `fail
 *            timeout`, `inconclusive no-permission` ... or `silent` for a probe that is never heard of again; `pass 40%`
 *            passes and leaves that much of the weight.
 *            What is not listed passes. A list is one word a probe; the last goes on.
 *   ELAPSE   time goes by, beat by beat: `50ms`, `13s`, `10m`
 *   OVERRIDE an operator's word on a `target`: `as` drained, forced-up or forced-down, `for` a time or until released;
 *            `refused` says why it is not obeyed, `hurts` which pools it would leave without their floor
 *   RELEASE  ends it; of an owner, lets its pools go back to their first tier (`failback: manual`)
 *   RESTART  the server ends, and another begins `after` a while, with the `state` kept, torn, foreign or gone
 *   EDIT     a zone file changes: `replace` by `with`; a file that does not validate is refused, as on the server
 *   EXPECT   rotations by `owner type`; members by `owner type address`; tracks and probes started (in all) by target;
 *            the number of duties; whether removals are `frozen` (and why), whether the sockets are `open`; and the
 *            events since the last EXPECT that names events, which must be these and no others
 *   QUERY    asks `name type`, `times` over; `first` is the first address of each answer, `answer` the sorted set of all;
 *            `subnet` is the client's network (ECS), `scope` what comes back with it
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { causes, reasonCodes } from '../../src/core/health/types.ts'
import { answerPolicies, rotationModes } from '../../src/core/rotation/types.ts'

const kinds = ['pass', 'fail', 'inconclusive'] as const

export type Word =
  | { readonly kind: 'silent' }
  | { readonly kind: (typeof kinds)[number]; readonly reason: (typeof reasonCodes)[number]; readonly share?: number }

const usualReason = { pass: 'ok', fail: 'refused', inconclusive: 'no-socket' } as const

const word = z.string().transform((text, context): Word => {
  if (text === 'silent') return { kind: 'silent' }
  const [, percent] = /^pass ([0-9]{1,3})%$/.exec(text) ?? []
  if (percent !== undefined) return { kind: 'pass', reason: 'ok', share: Number(percent) / 100 }
  const [first, second, ...rest] = text.split(' ')
  const kind = kinds.find(known => known === first)
  if (kind !== undefined && rest.length === 0) {
    const reason = second === undefined ? usualReason[kind] : reasonCodes.find(code => code === second)
    if (reason !== undefined) return { kind, reason }
  }
  context.addIssue(`'${text}' is no outcome`)
  return z.NEVER
})

const spanUnits: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

const spanMs = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? []
  if (amount !== undefined) return Number(amount) * spanUnits[unit!]!
  context.addIssue(`'${text}' is no span of time`)
  return z.NEVER
})

const rotation = z
  .strictObject({
    mode: z.enum(rotationModes),
    order: z.array(z.string()),
    ttl: z.number(),
    tier: z.number().nullable(),
    eligible: z.number(),
    members: z.number(),
    answer: z.enum(answerPolicies),
    weights: z.array(z.number()),
  })
  .partial()

const track = z
  .strictObject({
    verdict: z.enum(['unknown', 'up', 'down']),
    against: z.number(),
    undecided: z.boolean(),
    cause: z.enum(causes),
    last: z.enum(reasonCodes).nullable(),
    obstacle: z.enum(reasonCodes).nullable(),
  })
  .partial()

const override = z.enum(['drained', 'forced-up', 'forced-down'])

const member = z
  .strictObject({
    verdict: z.enum(['unknown', 'up', 'down']),
    override: z.enum(['none', ...override.options]),
    by: z.string().nullable(),
    share: z.number(),
    held: z.boolean(),
  })
  .partial()

const expectation = z
  .strictObject({
    rotations: z.record(z.string(), rotation),
    members: z.record(z.string(), member),
    frozen: z.union([z.literal(false), z.enum(['sentinels', 'many-down'])]),
    open: z.boolean(),
    overrides: z.array(z.string()),
    tracks: z.record(z.string(), track),
    probes: z.record(z.string(), z.number()),
    duties: z.number(),
    events: z.array(z.string()),
  })
  .partial()

const query = z.strictObject({
  ask: z.string().regex(/^\S+ [A-Z]+$/),
  times: z.number().int().positive().default(1),
  rcode: z.string().optional(),
  answer: z.array(z.string()).optional(),
  first: z.array(z.string()).optional(),
  ttl: z.number().optional(),
  subnet: z.string().optional(),
  scope: z.number().optional(),
})

const step = z.union([
  z.strictObject({ OUTCOME: z.record(z.string(), z.union([z.array(word).min(1), word.transform(one => [one])])) }),
  z.strictObject({ ELAPSE: spanMs }),
  z.strictObject({
    OVERRIDE: z.strictObject({
      target: z.string(),
      as: override,
      for: spanMs.optional(),
      reason: z.string().default('maintenance'),
      force: z.boolean().default(false),
      refused: z.string().optional(),
      hurts: z.array(z.string()).optional(),
    }),
  }),
  z.strictObject({ RELEASE: z.strictObject({ target: z.string(), refused: z.string().optional() }) }),
  z.strictObject({
    RESTART: z.strictObject({ after: spanMs, state: z.enum(['kept', 'torn', 'foreign', 'gone']).default('kept') }),
  }),
  z.strictObject({ EDIT: z.strictObject({ file: z.string(), replace: z.string(), with: z.string() }) }),
  z.strictObject({ EXPECT: expectation }),
  z.strictObject({ QUERY: query }),
])

const story = z.strictObject({
  story: z.string(),
  zones: z.record(z.string(), z.string()),
  sentinels: z.array(z.string()).optional(),
  freeze: spanMs.optional(),
  steps: z.array(step).min(1),
})

export type Story = z.output<typeof story>
export type Step = Story['steps'][number]
export type Expectation = z.output<typeof expectation>
export type Query = z.output<typeof query>

export function readStory(path: URL): Story {
  return story.parse(parse(readFileSync(path, 'utf8')))
}
