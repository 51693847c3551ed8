/**
 * The shapes of what the event stream sends: the picture with instants in place of ages, and changes of it. For those
 * who write schemas; no running server loads them.
 */
import { z } from 'zod'
import type { LiveChange, LiveMember, LivePool, LiveSections, LiveTrack } from './live.ts'
import { shapeOf } from './shape-of.ts'
import {
  checksParts,
  freezeCause,
  memberParts,
  overrideShape,
  poolParts,
  reason,
  reloadParts,
  serverParts,
  stateShape,
  trackParts,
  zoneShape,
} from './status-shape.ts'

const at = z.number()
const count = z.int().min(0)

const trackShape = shapeOf<LiveTrack>()(
  z
    .strictObject({
      ...trackParts,
      sinceAt: at,
      lastAt: at.nullable(),
      failures: z.array(z.strictObject({ reason, detail: z.string().nullable(), count, firstAt: at, lastAt: at })),
    })
    .meta({ id: 'LiveTrack' }),
)

const { answers: _counted, ...calmMemberParts } = memberParts
const memberShape = shapeOf<LiveMember>()(
  z.strictObject({ ...calmMemberParts, checks: z.array(trackShape) }).meta({ id: 'LiveMember' }),
)

const { answers: _given, ...calmPoolParts } = poolParts
const poolShape = shapeOf<LivePool>()(
  z
    .strictObject({
      key: z.string().describe('Names the pool as long as its record stands.'),
      ...calmPoolParts,
      members: z.array(memberShape),
    })
    .meta({ id: 'LivePool' }),
)

const sections = {
  server: z.strictObject(serverParts),
  reload: z.strictObject({ ...reloadParts, problemsTotal: count }),
  zones: z.strictObject({ total: count, shown: z.array(zoneShape) }),
  freeze: z.strictObject({ cause: freezeCause, sinceAt: at, thawAt: at.nullable() }).nullable(),
  sentinels: z.array(trackShape),
  checks: z.strictObject(checksParts),
  state: stateShape.nullable(),
  overrides: z.array(overrideShape),
  queries: count.describe('Since the start.'),
  answers: z.strictObject({
    at,
    firsts: z
      .record(z.string(), z.array(count))
      .describe('By key of the pool: for each member the answers since the start that began with it.'),
  }),
  pools: z.strictObject({ total: count, shown: count }),
} as const

/** Each section is sent whole when anything in it differs. */
const sectionsShape = shapeOf<Partial<LiveSections>>()(
  z
    .strictObject({
      server: z.exactOptional(sections.server),
      reload: z.exactOptional(sections.reload),
      zones: z.exactOptional(sections.zones),
      freeze: z.exactOptional(sections.freeze),
      sentinels: z.exactOptional(sections.sentinels),
      checks: z.exactOptional(sections.checks),
      state: z.exactOptional(sections.state),
      overrides: z.exactOptional(sections.overrides),
      queries: z.exactOptional(sections.queries),
      answers: z.exactOptional(sections.answers),
      pools: z.exactOptional(sections.pools),
    })
    .meta({ id: 'LiveSections' }),
)

export const liveChangeShape = shapeOf<LiveChange>()(
  z
    .strictObject({
      at,
      whole: z.boolean().describe('True if it says everything there is: what was known before is void.'),
      sections: sectionsShape.describe('Those in which anything differs.'),
      pools: z.array(poolShape).describe('Those that are new or differ.'),
      gone: z.array(z.string()).describe('Keys of pools that are shown no more.'),
    })
    .meta({ id: 'LiveChange', description: 'What turns the picture that was sent before into that of now.' }),
)
