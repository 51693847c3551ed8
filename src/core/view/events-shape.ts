/**
 * The shapes of the journal's events, as history, the event stream and `GET /api/v1/events` give them. One for each
 * kind; a kind that is recorded and not listed here is an error of the compiler.
 */
import { z } from 'zod'
import { catalogFaultCodes } from '../catalog/news.ts'
import { answerPolicies, rotationModes } from '../rotation/types.ts'
import { pullKinds, pullReasons, secondaryStates } from '../secondary/types.ts'
import { notifyFaults } from '../transfer/notifying.ts'
import type { JournalEvent, RecordedEvent } from './events.ts'
import { problemShape } from './problem-shape.ts'
import { shapeOf } from './shape-of.ts'
import { cause, freezeCause, outcomeShape, protocol, reason, verdict } from './status-shape.ts'

const text = z.string()
const count = z.int().min(0)
const ms = z.number()
const at = z.number()
const target = text.describe('As probed, or as an order names it.')

const rotation = z
  .strictObject({
    mode: z.enum(rotationModes),
    order: z.array(count).describe('Members that may be answered, by number.'),
    weights: z.array(count),
    ttl: count,
    maxAnswers: count,
    answer: z.enum(answerPolicies),
    sticky: z.strictObject({ v4: count, v6: count }),
    eligible: count,
    members: count,
    tier: count.nullable(),
  })
  .meta({ id: 'Rotation' })

const kinds = {
  listening: { via: z.enum(['udp', 'tcp', 'admin']), host: text, port: count },
  engine: { io: z.enum(['batch', 'dgram']), reason: text.nullable() },
  installed: { generation: count, zones: count, rrsets: count, checks: count, tookMs: ms },
  refused: { generation: count, problems: z.array(problemShape) },
  transition: {
    target,
    check: text,
    from: verdict,
    to: verdict,
    cause,
    leak: z.strictObject({ failures: count, window: count }).nullable(),
    outcome: outcomeShape,
  },
  rotation: { owner: text, type: text, from: rotation.nullable(), to: rotation },
  override: {
    action: z.enum(['set', 'released', 'expired']),
    target,
    override: z.enum(['forced-up', 'forced-down', 'drained']),
    reason: text,
    author: text,
    untilAt: at.nullable(),
  },
  failback: { pools: z.array(text), author: text },
  freeze: { cause: freezeCause, endpoints: count, down: count },
  thaw: {
    cause: z.enum(['sentinels-back', 'recovered', 'believed', 'too-long']),
    endpoints: count,
    down: count,
    frozenMs: ms,
  },
  sentinels: { targets: z.array(text), missing: z.array(text) },
  inconclusive: { protocol, reason, count, target, detail: text.nullable() },
  late: { voided: count, worstMs: ms },
  'state-restored': { file: text, ageMs: ms, generation: count, verdicts: count, overrides: count },
  'state-aside': { file: text, to: text.nullable(), fault: text },
  'state-lost': { folder: text, reason: text },
  'state-kept': { folder: text },
  'last-good': { generation: count, keptAt: at },
  'check-broken': { protocol: text, reason: text, remedy: text },
  'check-mended': { protocol: text },
  ready: { firstRoundMs: ms, worstRemovalMs: ms },
  'worker-lost': { worker: count, text },
  fault: { where: text, text },
  account: { user: text, uid: count, gid: count, kept: z.array(text) },
  notify: {
    zone: text,
    secondary: text.describe('Address and port.'),
    serial: count,
    fault: z.enum(notifyFaults).nullable().describe('Why it was given up; null: it acknowledged the serial.'),
  },
  transfer: {
    zone: text,
    form: z.enum(['axfr', 'ixfr', 'current']).describe('What was sent, or asked for where it was refused.'),
    serial: count,
    address: text,
    key: text.nullable().describe('Name of the key that signed.'),
    messages: count,
    octets: count,
    outcome: z.enum(['done', 'failed', 'refused']),
    reason: z.enum(['no-rule', 'too-many', 'bad-key', 'bad-signature', 'bad-time', 'broken-off', 'fault']).nullable(),
    ms,
    untold: count.describe('Others with this outcome since the last that was told.'),
  },
  'catalog-members': { catalog: text, added: count, dropped: count, reset: count, zones: z.array(text) },
  'catalog-broken': { catalog: text, fault: z.enum(catalogFaultCodes), text },
  'catalog-mended': { catalog: text },
  'catalog-clash': { catalog: text, zone: text, holder: text.nullable().describe('Another catalog; null: settings.') },
  'catalog-not-kept': { text },
  'zone-pulled': {
    zone: text,
    primary: text,
    how: z.enum(pullKinds),
    from: count.nullable().describe('Serial of what we had.'),
    serial: count,
    records: count,
    octets: count,
    tookMs: ms,
  },
  'zone-not-pulled': {
    zone: text,
    primary: text,
    reason: z.enum(pullReasons),
    detail: text,
    state: z.enum(secondaryStates),
  },
  'zone-confirmed': { zone: text, primary: text, serial: count },
  'zone-expired': { zone: text, serial: count, confirmedAt: at },
  stopping: { signal: text },
} as const

type Kinds = typeof kinds
type Parts = { [K in keyof Kinds]: { kind: z.ZodLiteral<K> } & Kinds[K] }
type EventShape = { [K in keyof Kinds]: z.ZodObject<Parts[K], z.core.$strict> }[keyof Kinds]

const shapes = Object.entries(kinds).map(([kind, parts]) =>
  z.strictObject({ kind: z.literal(kind), ...parts }),
) as unknown as [EventShape, ...EventShape[]]

const eventShape = shapeOf<JournalEvent>()(
  z.discriminatedUnion('kind', shapes).meta({ id: 'Event', description: 'A fact worth recording.' }),
)

export const recordedShape = shapeOf<RecordedEvent>()(
  z.strictObject({ at: at.describe('Unix milliseconds.'), event: eventShape }).meta({ id: 'RecordedEvent' }),
)
