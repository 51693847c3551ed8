/**
 * The shape of the one picture, for those who read it from outside: schemas of `robin status --json`, `robin states
 * --json` and the HTTP interface are made from it. Loaded by whoever writes schemas, never by a running server.
 * Durations are milliseconds and end in Ms, instants Unix milliseconds and end in At, TTLs seconds.
 */
import { z } from 'zod'
import type { Histogram, LatencyHistogram } from '../health/latency.ts'
import { causes, type Outcome, reasonCodes } from '../health/types.ts'
import { answerPolicies, rotationModes } from '../rotation/types.ts'
import { pullReasons, secondaryStates } from '../secondary/types.ts'
import { notifyFaults } from '../transfer/notifying.ts'
import { problemShape } from './problem-shape.ts'
import { shapeOf } from './shape-of.ts'
import type {
  CachedView,
  ChecksView,
  FailureView,
  FreezeView,
  MemberView,
  OutcomeView,
  OverrideView,
  PoolView,
  ReloadView,
  SecondaryView,
  ServerView,
  StateView,
  StatusView,
  ThreadView,
  TrackView,
  ZoneView,
} from './status.ts'

export const verdict = z.enum(['unknown', 'up', 'down'])
const override = z.enum(['none', 'forced-up', 'forced-down', 'drained'])
export const protocol = z.enum(['ICMP', 'TCP', 'HTTP', 'HTTPS', 'DNS', 'GRPC', 'EXEC', 'METRICS'])
export const reason = z.enum(reasonCodes)
export const cause = z.enum(causes)
const kind = z.enum(['pass', 'fail', 'inconclusive'])
const share = z.number().min(0).max(1)
const ms = z.number()
const at = z.number()
const count = z.int().min(0)

export const outcomeShape = shapeOf<Outcome>()(
  z
    .strictObject({
      kind: kind.describe('inconclusive: the probe could not be run, which counts against nobody.'),
      reason: reason.describe('Why; a closed list.'),
      latencyMs: ms,
      detail: z.string().nullable().describe('For people: at most 200 printable characters.'),
      share: z.exactOptional(share).describe('What is left of the weight; absent: all of it.'),
      certDays: z.exactOptional(z.int()).describe('Days for which the certificate is valid; absent without one.'),
    })
    .meta({ id: 'Outcome', description: 'What one probe said.' }),
)

const failureShape = shapeOf<FailureView>()(
  z
    .strictObject({
      reason,
      detail: z.string().nullable().describe('Of the newest of them.'),
      count: count.describe('Failures in a row for that reason.'),
      firstAgoMs: ms,
      lastAgoMs: ms,
    })
    .meta({ id: 'Failures', description: 'Failures in a row for one reason.' }),
)

const outcomeViewShape = shapeOf<OutcomeView>()(
  z.strictObject({ kind, reason, latencyMs: ms, agoMs: ms }).meta({ id: 'PastOutcome' }),
)

/** What does not change with how time is told. */
export const trackParts = {
  check: z.string().describe('Name of the check.'),
  protocol,
  target: z
    .string()
    .describe('As probed.')
    .meta({ examples: ['10.0.0.1', '10.0.0.1:443', '[2001:db8::1]:443'] }),
  verdict,
  against: count.describe('Outcomes in a row against the verdict.'),
  needed: count.describe('How many it takes to overturn it.'),
  cause: cause.describe('The rule that gave the verdict.'),
  leak: z
    .strictObject({ seen: count, failures: count, window: count })
    .nullable()
    .describe('Failures among the newest outcomes, and how many of how many take it down; null without such a rule.'),
  share: share.describe('What the check leaves of the weight.'),
  last: outcomeShape.nullable(),
} as const

const trackShape = shapeOf<TrackView>()(
  z
    .strictObject({
      ...trackParts,
      sinceMs: ms.describe('How long the verdict has stood.'),
      lastAgoMs: ms.nullable(),
      failures: z.array(failureShape).describe('What failed last, the newest first, also long after it passed again.'),
      outcomes: z
        .exactOptional(z.array(outcomeViewShape))
        .describe('The newest outcomes, the newest first; only where evidence was asked for.'),
    })
    .meta({ id: 'Track', description: 'One check of one endpoint.' }),
)

export const overrideShape = shapeOf<OverrideView>()(
  z
    .strictObject({
      target: z.string(),
      override,
      reason: z.string(),
      author: z.string(),
      sinceAt: at,
      untilAt: at.nullable().describe('Null: until it is released.'),
    })
    .meta({ id: 'Override', description: "An operator's order." }),
)

export const memberParts = {
  address: z.string().describe('The address; of a pool of names the name.'),
  answered: z.boolean().describe('True if the next answers may carry it.'),
  verdict,
  pending: z.boolean().describe('True while a check is on its way to another verdict.'),
  override,
  status: override.describe('What the zone file says.'),
  order: overrideShape.nullable().describe('The order behind `override`.'),
  share: share.describe('What it gets of its weight.'),
  held: z.boolean().describe('True while it is down and only a freeze keeps it in the answers.'),
  tier: count,
  pool: z.string().nullable().describe('The pool of the zone file that it is in; null for a plain record.'),
  weight: z.number(),
  answers: z
    .strictObject({ carried: count, first: count })
    .describe('Of the answers of its pool, those that carried the address, and those that began with it.'),
  follows: z.array(z.string()).nullable().describe('Pools that its target answers from; null for an address.'),
} as const

export const memberShape = shapeOf<MemberView>()(
  z.strictObject({ ...memberParts, checks: z.array(trackShape) }).meta({ id: 'Member' }),
)

export const poolParts = {
  owner: z.string().describe('With its closing dot.'),
  type: z.string(),
  rule: z
    .strictObject({
      pool: z.string().describe('The pool that serves first.'),
      subnets: z.array(z.string()),
      geos: z.array(z.string()).exactOptional().describe('Places, by the GeoIP file.'),
      others: z.boolean().describe('True if it serves everyone whom no rule names.'),
    })
    .nullable()
    .describe('Whom it serves; null where all clients get the same pool.'),
  mode: z.enum(rotationModes).describe('normal, or what `on_all_down` made of it.'),
  answer: z.enum(answerPolicies),
  ttl: count.describe('Of answers given now.'),
  eligible: count.describe('Members that are.'),
  onAllDown: z.string(),
  worstRemovalMs: ms.describe('From death to absence from our answers, without the TTL.'),
  failoverWithinMs: ms.nullable(),
  answers: count.describe('Given from it since the start; by ALIAS and beside other records not counted.'),
  waitsForRelease: z.boolean().describe("True while an earlier tier could serve and waits for the operator's word."),
} as const

export const poolShape = shapeOf<PoolView>()(
  z.strictObject({ ...poolParts, members: z.array(memberShape) }).meta({ id: 'Pool' }),
)

const histogramParts = {
  counts: z.array(count).describe('In each bucket, not cumulated; the last has no end.'),
  sumSeconds: z.number(),
}
const histogramShape = shapeOf<Histogram>()(z.strictObject(histogramParts).meta({ id: 'Histogram' }))
const latencyShape = shapeOf<LatencyHistogram>()(
  z.strictObject({ protocol, kind, ...histogramParts }).meta({ id: 'LatencyHistogram' }),
)

export const serverParts = {
  version: z.string(),
  pid: count,
  startedAt: at,
  ready: z.boolean(),
  io: z.enum(['dgram', 'batch']).nullable().describe('How UDP is read; null until the listeners are open.'),
  ioReason: z.string().nullable(),
  workers: count,
  listening: z.array(z.string()).meta({ examples: [['udp 127.0.0.1:5300', 'tcp 127.0.0.1:5300']] }),
  tokenFile: z.string().nullable().describe('File of the token that orders must show; null where none can be given.'),
  zonesFolder: z.string().describe('Where its zone files lie.'),
  maxChange: share.describe('Of all answers; a reload that would take away more is refused unless forced.'),
} as const
const serverShape = shapeOf<ServerView>()(z.strictObject({ ...serverParts, uptimeMs: ms }).meta({ id: 'Server' }))

const notified = z
  .strictObject({
    to: z.string().meta({ examples: ['192.0.2.53:53'] }),
    state: z.enum(['told', 'waiting', 'lost']).describe('Lost: given up; the next version is told to it again.'),
    acknowledged: count.nullable().describe('The newest serial that it acknowledged; null: none yet.'),
    acknowledgedAt: at.nullable(),
    fault: z.enum(notifyFaults).nullable().describe('Why it was given up.'),
  })
  .meta({ id: 'Notified', description: 'A server that is told of new versions (NOTIFY).' })

export const reloadParts = {
  generation: count.describe('The one that is served.'),
  installedAt: at,
  ok: z.boolean().describe('False while the files on disk were refused and an older generation is served.'),
  triedAt: at,
  problems: z.array(problemShape),
} as const
export const reloadShape = shapeOf<ReloadView>()(
  z.strictObject(reloadParts).meta({ id: 'Reload', description: 'What became of the last look at the zone files.' }),
)

const secondaryShape = shapeOf<SecondaryView>()(
  z
    .strictObject({
      zone: z.string(),
      state: z
        .enum(secondaryStates)
        .describe('new: never had; refreshing: due or not confirmed; expired: too old, answered with SERVFAIL.'),
      serial: count.nullable().describe('As the primary has it.'),
      primaries: z.array(z.string()),
      checkedAt: at.nullable(),
      confirmedAt: at.nullable().describe('When a primary last said that this is the newest.'),
      pulledAt: at.nullable().describe('When it last came in, in this run.'),
      nextInMs: ms.nullable(),
      expiresInMs: ms.nullable(),
      failure: z
        .strictObject({ primary: z.string(), reason: z.enum(pullReasons), detail: z.string(), at })
        .nullable()
        .describe('Why it is not confirmed.'),
    })
    .meta({ id: 'Secondary', description: 'A zone that is pulled from primaries.' }),
)

export const zoneShape = shapeOf<ZoneView>()(
  z
    .strictObject({
      name: z.string(),
      file: z.string(),
      serial: count.describe('As it is answered now.'),
      rrsets: count,
      digest: z
        .exactOptional(z.string())
        .describe('Of the file as served, hex SHA-256; absent without a file of people.'),
      withheld: z.exactOptional(z.literal(true)).describe('To be pulled, and not there or too old: SERVFAIL.'),
      transfer: z
        .strictObject({ secondaries: z.array(notified) })
        .exactOptional()
        .describe('Absent: nobody else may have it.'),
    })
    .meta({ id: 'Zone' }),
)

const brokenShape = z
  .strictObject({ protocol: z.string(), reason: z.string(), remedy: z.string() })
  .meta({ id: 'BrokenCheck', description: 'A kind of probe that cannot be run on this host.' })

export const checksParts = {
  total: count.describe('Endpoint and check pairs, each probed once however many records share it.'),
  late: count.describe('Probes that began more than 100 ms after their time.'),
  endpoints: count,
  endpointsDown: count,
  broken: z.array(brokenShape),
} as const
const checksShape = shapeOf<ChecksView>()(
  z
    .strictObject({
      ...checksParts,
      inFlight: count,
      probes: count,
      lateness: histogramShape,
      latencies: z.array(latencyShape),
      icmp: z.string().nullable().describe('How ICMP is done here; null while no ICMP check is configured.'),
    })
    .meta({ id: 'Checks' }),
)

export const freezeCause = z.enum(['sentinels', 'many-down'])
const freezeShape = shapeOf<FreezeView>()(
  z
    .strictObject({ cause: freezeCause, sinceMs: ms, thawInMs: ms.nullable() })
    .meta({ id: 'Freeze', description: 'While removals are frozen.' }),
)

export const stateShape = shapeOf<StateView>()(
  z
    .strictObject({ folder: z.string(), savedAt: at.nullable(), trouble: z.string().nullable() })
    .meta({ id: 'State', description: 'What is kept over a restart.' }),
)

const threadShape = shapeOf<ThreadView>()(
  z
    .strictObject({
      worker: count,
      via: z.array(z.enum(['udp', 'tcp'])),
      silentMs: ms.nullable().describe('Since its last sign of life; null while it is lost and being replaced.'),
      stalls: count.describe('Silences of more than a second.'),
      replaced: count.describe('Threads that were lost here and replaced.'),
      generation: count.describe('The one that it serves.'),
      servedMs: ms,
      installs: histogramShape.describe("From a generation's order to the word that it is served."),
    })
    .meta({ id: 'Thread', description: 'An answering thread.' }),
)

export const statusShape = shapeOf<StatusView>()(
  z
    .strictObject({
      server: serverShape,
      reload: reloadShape,
      zones: z.array(zoneShape),
      secondaries: z.array(secondaryShape),
      pools: z.array(poolShape),
      checks: checksShape,
      threads: z.array(threadShape),
      freeze: freezeShape.nullable(),
      sentinels: z.array(trackShape),
      overrides: z.array(overrideShape),
      state: stateShape.nullable().describe('Null where nothing is kept over a restart.'),
      counters: z.record(z.string(), count).describe('Totals since start, over all workers.'),
    })
    .meta({ id: 'Status', description: 'The one picture of the server.' }),
)

export const cachedShape = shapeOf<CachedView>()(
  z
    .strictObject({
      answered: z.array(z.string()).describe('Record sets that may be answered with it at this moment.'),
      heldForMs: ms.describe('Until the last cache has let go, if it is answered no more; 0 where none holds it.'),
    })
    .meta({ id: 'Cached', description: 'Whether answers may carry a target, and until when caches may hold it.' }),
)
