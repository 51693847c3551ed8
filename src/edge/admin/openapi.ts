/**
 * The HTTP interface as an OpenAPI 3.1 document: every path, what it takes and what it answers, with schemas made from
 * the shapes of what is really sent. Whoever adds a path to pages.ts or writes.ts adds it here; a test compares both.
 */
import { z } from 'zod'
import { historyEventsMax } from '../../core/view/events.ts'
import { recordedShape } from '../../core/view/events-shape.ts'
import { explanationShape } from '../../core/view/explain-shape.ts'
import { liveChangeShape } from '../../core/view/live-shape.ts'
import { overrideRequestShape, releaseRequestShape, reloadRequestShape } from '../../core/view/orders-shape.ts'
import { selfShape } from '../../core/view/self-shape.ts'
import { cachedShape, reloadShape, statusShape } from '../../core/view/status-shape.ts'
import {
  eventsShape,
  nothingToReleaseShape,
  overrideReplyShape,
  refusalShape,
  releaseReplyShape,
  wouldHurtShape,
} from './replies-shape.ts'

type Json = Readonly<Record<string, unknown>>

interface Parameter {
  readonly name: string
  readonly description: string
  readonly schema: Json
  readonly required?: boolean
  /** For flags, whose presence is what counts. */
  readonly allowEmptyValue?: boolean
}

interface Answer {
  readonly description: string
  readonly type: string
  /** The shape of JSON; else the schema of another type. */
  readonly body: z.ZodType | Json
}

interface Route {
  readonly path: string
  readonly method: 'get' | 'post'
  readonly id: string
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly takes?: z.ZodType
  readonly answers: Readonly<Record<number, Answer>>
}

const jsonType = 'application/json'
const text: Json = { type: 'string' }
const json = (description: string, body: z.ZodType): Answer => ({ description, type: jsonType, body })
const plain = (description: string, type = 'text/plain'): Answer => ({ description, type, body: text })
const refused = (description: string, more: readonly z.ZodType[] = []): Answer =>
  json(description, more.length === 0 ? refusalShape : z.union([refusalShape, ...more]))
const badRequest = refused('A parameter or the body is not as it should be; `text` says which.')
const verbose: Parameter = {
  name: 'verbose',
  description: 'A line for each condition.',
  schema: text,
  allowEmptyValue: true,
}

/** One `event` line and one `data` line of JSON for each message. */
const streamText = [
  'Server-Sent Events. `event: status` carries a LiveChange: first all there is, then what differs, twice a second at',
  'most. `event: history` carries a list of RecordedEvent, first, and again in place of single ones where one moment',
  'brings ten thousand; `event: journal` one RecordedEvent, as it happens; `event: beat` an empty object, every five',
  'seconds.',
].join(' ')
const streamMessage = z
  .union([
    z.strictObject({ event: z.literal('status'), data: liveChangeShape }),
    z.strictObject({ event: z.literal('history'), data: z.array(recordedShape) }),
    z.strictObject({ event: z.literal('journal'), data: recordedShape }),
    z.strictObject({ event: z.literal('beat'), data: z.strictObject({}) }),
  ])
  .meta({ id: 'StreamMessage', description: 'One message of the stream, its data read as JSON.' })

const reading: readonly Route[] = [
  {
    ...{ path: '/', method: 'get', id: 'page', summary: 'The page for operators' },
    answers: { 200: plain('The page.', 'text/html') },
  },
  {
    ...{ path: '/livez', method: 'get', id: 'livez', summary: 'Does the process answer?', parameters: [verbose] },
    answers: { 200: plain('It does.') },
  },
  {
    ...{ path: '/readyz', method: 'get', id: 'readyz', summary: 'May it get traffic?', parameters: [verbose] },
    answers: { 200: plain('It may.'), 503: plain('Not yet, or no more.') },
  },
  {
    ...{ path: '/metrics', method: 'get', id: 'metrics', summary: 'Metrics in the text format of Prometheus' },
    answers: { 200: plain('All of them.') },
  },
  {
    ...{ path: '/api/v1/status', method: 'get', id: 'status', summary: 'The one picture of the server' },
    parameters: [
      { name: 'evidence', description: 'With the newest outcomes of each check.', schema: text, allowEmptyValue: true },
    ],
    answers: { 200: json('As it is now.', statusShape) },
  },
  {
    ...{ path: '/api/v1/self', method: 'get', id: 'self', summary: 'Is it fit? At the same cost with any zones' },
    answers: { 200: json('Fit or not.', selfShape) },
  },
  {
    ...{ path: '/api/v1/events', method: 'get', id: 'events', summary: 'The newest events of the journal' },
    parameters: [
      {
        name: 'limit',
        description: 'How many (default 100).',
        schema: { type: 'integer', minimum: 1, maximum: historyEventsMax },
      },
    ],
    answers: { 200: json('Oldest first.', eventsShape), 400: badRequest },
  },
  {
    ...{ path: '/api/v1/explain', method: 'get', id: 'explain', summary: 'Why a name is answered as it is' },
    parameters: [
      { name: 'name', description: 'A domain name.', schema: text, required: true },
      { name: 'type', description: 'A record type (default: every type that has pools).', schema: text },
      { name: 'from', description: 'As a client of this address would be answered.', schema: text },
    ],
    answers: { 200: json('Zone, pools and each member with the reason.', explanationShape), 400: badRequest },
  },
  {
    ...{ path: '/api/v1/caches', method: 'get', id: 'caches', summary: 'May a cache still hold it?' },
    parameters: [{ name: 'target', description: 'Whom, as orders name members.', schema: text, required: true }],
    answers: {
      200: json('Until when.', cachedShape),
      400: badRequest,
      404: refused('No record has such a member.'),
    },
  },
  {
    ...{ path: '/api/v1/stream', method: 'get', id: 'stream', summary: 'What happens, as it happens' },
    description: streamText,
    answers: {
      200: {
        description: 'One StreamMessage after another, until the client leaves.',
        type: 'text/event-stream',
        body: streamMessage,
      },
      503: refused('As many watch already as may.'),
    },
  },
]

/** What every order may come to beside what is its own. */
const orderRefusals = {
  401: refused('The token is missing, or is not the right one.'),
  403: refused('No orders are taken: the server has nowhere to keep a token. Or the Host is not one of its own.'),
  413: refused('The body is too long.'),
  415: refused('The body is not said to be JSON.'),
}

const writing: readonly Route[] = [
  {
    ...{ path: '/api/v1/overrides', method: 'post', id: 'override', summary: 'Drain a member, or force it up or down' },
    takes: overrideRequestShape,
    answers: {
      200: json('The order stands.', overrideReplyShape),
      400: badRequest,
      404: refused('No record has such a member.'),
      409: refused('It would leave pools without their floor, or too many orders stand.', [wouldHurtShape]),
      ...orderRefusals,
    },
  },
  {
    ...{ path: '/api/v1/release', method: 'post', id: 'release', summary: 'End the orders on a member' },
    takes: releaseRequestShape,
    answers: {
      200: json('They ended.', releaseReplyShape),
      400: badRequest,
      404: json('No order stands on it.', nothingToReleaseShape),
      ...orderRefusals,
    },
  },
  {
    ...{ path: '/api/v1/reload', method: 'post', id: 'reload', summary: 'Look at the zone files now' },
    takes: reloadRequestShape,
    answers: {
      200: json('They are served.', reloadShape),
      400: badRequest,
      409: json('They were refused; what was served before still is.', reloadShape),
      ...orderRefusals,
    },
  },
]

const routes: readonly Route[] = [...reading, ...writing]

export function openApiDocument(version: string): Json {
  const schemas = new Map<string, unknown>()
  const paths = Map.groupBy(routes, ({ path }) => path)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Robin',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: [
        'What a running server tells of itself, and the orders that it takes. Anyone who reaches the listener may',
        'read; orders need the token. Every path may answer 400, 403, 404, 405 or 500 with a Refusal besides what is',
        'listed. HEAD is answered wherever GET is. Keys are added over time, never renamed or removed.',
      ].join(' '),
    },
    servers: [{ url: 'http://127.0.0.1:5380', description: 'The default listener.' }],
    paths: Object.fromEntries(
      [...paths].map(([path, own]) => [
        path,
        Object.fromEntries(own.map(route => [route.method, operationOf(route, schemas)])),
      ]),
    ),
    components: {
      schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'In the file that `server.tokenFile` names.' },
      },
    },
  }
}

function operationOf(route: Route, schemas: Map<string, unknown>): Json {
  const { id, summary, description, parameters = [], takes, method, answers } = route
  const content = ({ type, body }: Answer): Json => {
    return { [type]: { schema: body instanceof z.ZodType ? schemaOf(body, schemas) : body } }
  }
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(each => ({ in: 'query', ...each })) }),
    ...(takes === undefined
      ? {}
      : { requestBody: { required: true, content: { [jsonType]: { schema: schemaOf(takes, schemas) } } } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, each]) => [
        status,
        { description: each.description, content: content(each) },
      ]),
    ),
    ...(method === 'post' ? { security: [{ token: [] }] } : {}),
  }
}

/** A shape with a name becomes one of the document's own schemas, as do those within it. */
function schemaOf(shape: z.ZodType, schemas: Map<string, unknown>): unknown {
  const made = JSON.parse(
    JSON.stringify(z.toJSONSchema(z.strictObject({ shape }))).replaceAll('"#/$defs/', '"#/components/schemas/'),
  )
  for (const [name, schema] of Object.entries<Record<string, unknown>>(made.$defs ?? {})) {
    const { id: _, ...rest } = schema
    schemas.set(name, rest)
  }
  return made.properties.shape
}
