/**
 * A story: zone files, and steps on a fake clock. Unknown keys are refused, so that a misspelt expectation cannot pass.
 *
 *   zones    file name to text; served from the beginning of the story
 *   OUTCOME  how targets answer from now on: `address:port` (or that and a check's name) to `pass`, `fail`, `fail
 *            timeout`, `inconclusive no-permission` ... or `silent` for a probe that is never heard of again.
 *            What is not listed passes. A list is one word a probe; the last goes on.
 *   ELAPSE   time goes by, beat by beat: `50ms`, `13s`, `10m`
 *   EDIT     a zone file changes: `replace` by `with`; a file that does not validate is refused, as on the server
 *   EXPECT   rotations by `owner type`; tracks and probes started (in all) by target; the number of duties; and the
 *            events since the last EXPECT that names events, which must be these and no others
 *   QUERY    asks `name type`, `times` over; `first` is the first address of each answer, `answer` the sorted set of all
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { reasonCodes } from '../../src/core/health/types.ts'
import { rotationModes } from '../../src/core/rotation/types.ts'

const kinds = ['pass', 'fail', 'inconclusive'] as const

export type Word =
  | { readonly kind: 'silent' }
  | { readonly kind: (typeof kinds)[number]; readonly reason: (typeof reasonCodes)[number] }

const usualReason = { pass: 'ok', fail: 'refused', inconclusive: 'no-socket' } as const

const word = z.string().transform((text, context): Word => {
  if (text === 'silent') return { kind: 'silent' }
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
    fixed: z.boolean(),
  })
  .partial()

const track = z
  .strictObject({
    verdict: z.enum(['unknown', 'up', 'down']),
    against: z.number(),
    undecided: z.boolean(),
    last: z.enum(reasonCodes).nullable(),
    obstacle: z.enum(reasonCodes).nullable(),
  })
  .partial()

const expectation = z
  .strictObject({
    rotations: z.record(z.string(), rotation),
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
})

const step = z.union([
  z.strictObject({ OUTCOME: z.record(z.string(), z.union([z.array(word).min(1), word.transform(one => [one])])) }),
  z.strictObject({ ELAPSE: spanMs }),
  z.strictObject({ EDIT: z.strictObject({ file: z.string(), replace: z.string(), with: z.string() }) }),
  z.strictObject({ EXPECT: expectation }),
  z.strictObject({ QUERY: query }),
])

const story = z.strictObject({
  story: z.string(),
  zones: z.record(z.string(), z.string()),
  steps: z.array(step).min(1),
})

export type Story = z.output<typeof story>
export type Step = Story['steps'][number]
export type Expectation = z.output<typeof expectation>
export type Query = z.output<typeof query>

export function readStory(path: URL): Story {
  return story.parse(parse(readFileSync(path, 'utf8')))
}
