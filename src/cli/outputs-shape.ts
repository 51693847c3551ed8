/**
 * What each verb prints with `--json`, as shapes: the schemas that are committed for scripts are made from them, and
 * the tests hold what is printed to those. An output that is the server's own answer has the shape of that answer. Keys
 * are added over time, never renamed or removed.
 */
import { z } from 'zod'
import { explanationShape } from '../core/view/explain-shape.ts'
import { flatProblemShape } from '../core/view/problem-shape.ts'
import { outcomeShape, poolShape, protocol, reloadShape, statusShape } from '../core/view/status-shape.ts'
import {
  nothingToReleaseShape,
  overrideReplyShape,
  refusalShape,
  releaseReplyShape,
  wouldHurtShape,
} from '../edge/admin/replies-shape.ts'
import { ailments } from '../edge/demo/backend.ts'
import { planShape } from './plan-shape.ts'
import { selfcheckShape } from './selfcheck-shape.ts'
import { testShape } from './test-shape.ts'

const count = z.int().min(0)
const ms = z.number().min(0)
const at = z.number()

const checkOutput = z.strictObject({
  files: count.describe('Files that were judged, the config file among them.'),
  zones: count.describe('Zones that would be served: none if there are errors.'),
  errors: count,
  warnings: count,
  problems: z.array(flatProblemShape),
  pools: z.array(
    z.strictObject({
      owner: z.string(),
      type: z.string(),
      pool: z.string().nullable().describe('The pool that serves first, where rules tell clients apart.'),
      ttl: count,
      members: count,
      worstRemovalMs: ms.nullable().describe('From death to absence from answers, without the TTL; null: not checked.'),
      failoverWithinMs: ms.nullable(),
    }),
  ),
})

const probeOutput = z.strictObject({
  target: z.string().describe('As it was given.'),
  pass: count.describe('Probes that passed; one that members share counts for each.'),
  fail: count,
  inconclusive: count.describe('Probes that could not be run here.'),
  members: z.array(
    z.strictObject({
      owner: z.string(),
      type: z.string(),
      address: z.string(),
      checks: z.array(
        z.strictObject({
          check: z.string(),
          protocol,
          target: z.string(),
          probes: z
            .array(
              z.strictObject({
                ...outcomeShape.shape,
                share: z.number().min(0).max(1).describe('What it leaves of the weight.'),
                certDays: z.int().nullable().describe('Days for which the certificate is valid; null without one.'),
              }),
            )
            .describe('In the order in which they were run.'),
        }),
      ),
    }),
  ),
})

const record = z
  .looseObject({ NAME: z.string(), TYPE: count, TYPEname: z.string(), CLASS: count, CLASSname: z.string(), TTL: count })
  .meta({ id: 'Record', description: 'With the data as `rdataTYPE`, in presentation form.' })
const bit = z.literal([0, 1])

const queryOutput = z.strictObject({
  server: z.string(),
  via: z.enum(['udp', 'tcp']),
  elapsedMs: ms,
  octets: count,
  responseMessage: z
    .strictObject({
      ID: count,
      QR: bit,
      Opcode: count,
      AA: bit,
      TC: bit,
      RD: bit,
      RA: bit,
      RCODE: count,
      RCODEname: z.string(),
      QDCOUNT: count,
      ANCOUNT: count,
      NSCOUNT: count,
      ARCOUNT: count,
      questionRRs: z.array(
        z.strictObject({
          NAME: z.string(),
          TYPE: count,
          TYPEname: z.string(),
          CLASS: count,
          CLASSname: z.string(),
        }),
      ),
      answerRRs: z.array(record),
      authorityRRs: z.array(record),
      additionalRRs: z.array(record),
      EDNS: z
        .strictObject({
          version: count,
          udp: count,
          DO: bit,
          EDE: z.array(z.strictObject({ code: count, name: z.string(), text: z.string() })),
        })
        .nullable(),
    })
    .describe('In the words of RFC 8427.'),
})

const keptSet = { generation: z.int().describe('0: never served.'), keptAt: at }
const rollbackOutput = z.union([
  z.strictObject({ ...keptSet, restored: z.array(z.string()), removed: z.array(z.string()) }),
  z
    .array(z.strictObject({ ...keptSet, files: count, isPresent: z.boolean().describe('As the files are now.') }))
    .describe('With --list.'),
])

const demoOutput = z.strictObject({
  backends: z.array(
    z.strictObject({
      number: count,
      host: z.string(),
      port: count,
      ailment: z.enum(ailments).nullable().describe('Null while it is well.'),
      requests: count,
    }),
  ),
})

const override = z.union([overrideReplyShape, wouldHurtShape, refusalShape])

/** By verb, as it is called. */
export const outputShapes: Readonly<Record<string, z.ZodType>> = {
  check: checkOutput,
  'demo show': demoOutput,
  drain: override,
  explain: z.strictObject({
    explanations: z.array(explanationShape).describe('Of the name, then of those that its answer leads to.'),
    answer: z.array(z.string()).describe('The answer section of this moment, a line a record.'),
  }),
  force: override,
  plan: planShape,
  probe: probeOutput,
  query: queryOutput,
  release: z.union([releaseReplyShape, nothingToReleaseShape, refusalShape]),
  reload: z.union([reloadShape, refusalShape]),
  rollback: rollbackOutput,
  selfcheck: selfcheckShape,
  states: z.strictObject({ pools: z.array(poolShape) }),
  status: statusShape,
  test: testShape,
}

/** Draft 7, like the other schemas; by verb. */
export function outputJsonSchemas(): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map(
    Object.entries(outputShapes).map(([verb, shape]) => {
      const json = verb === 'check' ? '--format json' : '--json'
      return [verb, { title: `Output of robin ${verb} ${json}`, ...z.toJSONSchema(shape, { target: 'draft-7' }) }]
    }),
  )
}
