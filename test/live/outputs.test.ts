/**
 * What scripts depend on, held to what is published: every verb's JSON against its committed schema, and every answer
 * of the HTTP interface against the OpenAPI document. One real server, with a member that is down.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readGrammar } from '../../src/cli/grammar.ts'
import { outputShapes } from '../../src/cli/outputs-shape.ts'
import { createProgram, run } from '../../src/cli/program.ts'
import { knownPaths } from '../../src/edge/admin/pages.ts'
import { writePaths } from '../../src/edge/admin/writes.ts'
import { createDemo, type Demo, demoPlaces, isDemoFault } from '../../src/edge/demo/demo.ts'
import { createTerminal } from '../unit/cli/terminal.ts'
import { misfits, resolve } from '../unit/zonefile/json-schema.ts'
import { type Backends, startBackends } from './backends.ts'
import { type LiveServer, startLiveServer } from './server.ts'

type Json = Readonly<Record<string, unknown>>

const readSchema = (file: string): Json =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../schema/${file}`, import.meta.url)), 'utf8'))

const zoneFor = (port: number): string => `soa: {mname: ns1.ops.test., rname: hostmaster.ops.test., serial: 1}
defaults: {ttl: 1, policy: {min_healthy: 1}}
checks:
  web: {protocol: HTTP, port: ${port}, timeout: 1s, leak: 5/20}
records:
  '@': {type: NS, values: [ns1.ops.test., ns2.ops.test.]}
  ns1: {type: A, value: 127.0.0.1}
  ns2: {type: A, value: 127.0.0.2}
  www: {type: A, values: [127.0.0.11, 127.0.0.12], check: web}
  api:
    type: A
    check: web
    dynamic:
      pools: {one: {fallback: two, values: [{value: 127.0.0.11, weight: 3}]}, two: {values: [{value: 127.0.0.12}]}}
      rules: [{subnets: [10.8.0.0/16], pool: two}, {pool: one}]
    values: [127.0.0.11]
tests:
  - {given: {127.0.0.11: down}, ask: www A, expect: [127.0.0.12]}
`

let server: LiveServer
let backends: Backends
let state = ''
let token = ''

beforeAll(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12'])
  await backends.fail(1)
  state = await mkdtemp(join(tmpdir(), 'robin-outputs-'))
  server = await startLiveServer({ 'ops.test.yaml': zoneFor(backends.port) }, ['--state', join(state, 'robin')])
  token = readFileSync(join(state, 'robin/admin.token'), 'utf8').trim()
})
afterAll(async () => {
  await server.close()
  await backends.close()
  await rm(state, { recursive: true, force: true })
})

async function robin(...argv: readonly string[]) {
  const terminal = createTerminal({ adminUrl: server.adminUrl })
  const code = await run(argv, terminal)
  return { code, ...terminal.printed }
}

describe('the JSON of a verb', () => {
  const calls: readonly (readonly [verb: string, code: number, words: () => readonly string[]])[] = [
    ['status', 0, () => ['status', '--json']],
    ['states', 0, () => ['states', '--json']],
    ['states', 1, () => ['states', 'nobody.test', '--json']],
    ['explain', 0, () => ['explain', 'www.ops.test', '--json']],
    ['explain', 0, () => ['explain', 'api.ops.test', 'A', '--from', '10.8.1.1', '--json']],
    ['drain', 0, () => ['drain', '127.0.0.12', '--for', '30m', '--reason', 'new disk', '--json']],
    ['drain', 1, () => ['drain', '127.0.0.99', '--json']],
    ['force', 1, () => ['force', '127.0.0.11', 'down', '--json']],
    ['force', 0, () => ['force', '127.0.0.11', 'up', '--json']],
    ['status', 0, () => ['status', '--json']],
    ['release', 0, () => ['release', '127.0.0.12', '--json']],
    ['release', 1, () => ['release', '127.0.0.12', '--json']],
    ['release', 0, () => ['release', '127.0.0.11', '--json']],
    ['reload', 0, () => ['reload', '--json']],
    ['query', 0, () => ['query', 'www.ops.test', `@127.0.0.1:${server.port}`, '--json']],
    ['query', 0, () => ['query', 'ops.test', 'NS', `@127.0.0.1:${server.port}`, '--json', '--tcp']],
    ['probe', 1, () => ['probe', 'www.ops.test', '--zones', server.folder, '--json']],
    ['probe', 0, () => ['probe', '127.0.0.11', '--zones', server.folder, '--count', '2', '--json']],
    ['selfcheck', 0, () => ['selfcheck', '--admin', server.adminUrl, '--timeout', '5s', '--json']],
    ['check', 0, () => ['check', server.folder, '--format', 'json']],
    ['check', 1, () => ['check', '--config', join(server.folder, 'ops.test.yaml'), '--format', 'json']],
    ['test', 0, () => ['test', server.folder, '--json']],
    ['plan', 0, () => ['plan', server.folder, '--json']],
    ['rollback', 0, () => ['rollback', '--zones', server.folder, '--state', join(state, 'robin'), '--list', '--json']],
  ]

  it.each(calls)('%s, exit code %i, fits its schema', async (verb, code, words) => {
    const said = await robin(...words())
    expect({ code: said.code, err: said.err === '' || code !== 0 }).toEqual({ code, err: true })
    expect(misfits(readSchema(`output/${verb}.schema.json`), JSON.parse(said.out))).toEqual([])
  })

  it('fits when files are refused, and when they are put back', async () => {
    const zone = zoneFor(backends.port)
    await server.write('ops.test.yaml', zone.replace('serial: 1', 'serial: 2'))
    expect((await robin('reload', '--json')).code).toBe(0)
    await server.write('ops.test.yaml', zone.replace('type: NS', 'type: NSS'))
    const refused = await robin('reload', '--json')
    expect(refused.code).toBe(1)
    expect(misfits(readSchema('output/reload.schema.json'), JSON.parse(refused.out))).toEqual([])
    const judged = await robin('check', server.folder, '--format', 'json')
    expect(judged.code).toBe(1)
    expect(misfits(readSchema('output/check.schema.json'), JSON.parse(judged.out))).toEqual([])
    const back = await robin('rollback', '--zones', server.folder, '--state', join(state, 'robin'), '--json')
    expect(back.code).toBe(0)
    expect(misfits(readSchema('output/rollback.schema.json'), JSON.parse(back.out))).toEqual([])
    expect((await robin('reload', '--json')).code).toBe(0)
  })

  it('demo show fits its schema', async () => {
    const demo = await startDemo()
    try {
      const { code, out } = await robin('demo', 'show', '--json', '--backends-port', String(demo.control.port))
      expect(code).toBe(0)
      expect(misfits(readSchema('output/demo-show.schema.json'), JSON.parse(out))).toEqual([])
    } finally {
      await demo.close()
    }
  })

  it('has a schema wherever there is JSON', () => {
    const { verbs } = readGrammar(createProgram(createTerminal(), async () => undefined))
    const speaking = verbs
      .filter(({ options }) => options.some(({ flag }) => flag === '--json'))
      .map(({ path }) => path)
    expect(Object.keys(outputShapes).sort()).toEqual([...speaking, 'check'].sort())
  })

  it('does not fit another verb, so that a schema that takes everything would be seen', async () => {
    const { out } = await robin('selfcheck', '--admin', server.adminUrl, '--timeout', '5s', '--json')
    for (const verb of Object.keys(outputShapes).filter(each => each !== 'selfcheck')) {
      const schema = readSchema(`output/${verb.replaceAll(' ', '-')}.schema.json`)
      expect(misfits(schema, JSON.parse(out)), verb).not.toEqual([])
    }
  })
})

/** Its web servers listen on one port of several addresses; another is tried where somebody has one of them. */
async function startDemo(attempts = 20): Promise<Demo> {
  const probe = createServer()
  await new Promise<void>(resolve => {
    probe.listen(0, demoPlaces.control, resolve)
  })
  const { port } = probe.address() as AddressInfo
  await new Promise(resolve => {
    probe.close(resolve)
  })
  const demo = await createDemo({ ...demoPlaces, port })
  if (!isDemoFault(demo)) return demo
  if (attempts === 1) throw demo.error
  return startDemo(attempts - 1)
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

interface Call {
  readonly body?: string
  readonly type?: string
  readonly authorization?: string
  readonly host?: string
}

function ask(method: string, path: string, call: Call = {}): Promise<Answer> {
  const headers = {
    ...(call.body === undefined ? {} : { 'content-type': call.type ?? 'application/json' }),
    ...(call.authorization === undefined ? {} : { authorization: call.authorization }),
    ...(call.host === undefined ? {} : { host: call.host }),
  }
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, server.adminUrl), { method: method.toUpperCase(), headers }, response => {
      let body = ''
      const { statusCode: status = 0, headers: got } = response
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status, type: (got['content-type'] ?? '').split(';')[0]!, body }))
    })
    asked.on('error', reject)
    asked.end(call.body)
  })
}

/** What the stream said until it was enough; `then` is done once it has begun. */
function watch(isEnough: (heard: string) => boolean, then: () => Promise<unknown>): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL('/api/v1/stream', server.adminUrl), response => {
      let heard = ''
      let begun = false
      response.setEncoding('utf8').on('data', (text: string) => {
        heard += text
        if (!begun && heard.includes('event: history')) {
          begun = true
          then().catch(reject)
        }
        if (!isEnough(heard)) return
        resolve(heard)
        response.destroy()
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

const document = readSchema('openapi.json')
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Json>>>>

/** The schema of an answer, as the document has it. */
function schemaFor(path: string, method: string, { status, type }: Answer): Json {
  const responses = paths[path]![method]!['responses'] as Readonly<Record<string, Json>>
  const content = (responses[status]?.['content'] ?? {}) as Readonly<Record<string, { readonly schema: Json }>>
  const found = content[type]
  if (found === undefined) throw new Error(`${method} ${path} does not tell of ${status} ${type}`)
  return found.schema
}

describe('the OpenAPI document', () => {
  it('has every path of the server, and no other', () => {
    const own = [...knownPaths.map(path => `get ${path}`), ...[...writePaths].map(path => `post ${path}`)]
    const told = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map(each => `${each} ${path}`))
    expect(told.sort()).toEqual(own.sort())
  })

  it('leads nowhere in vain, and has no schema that nothing leads to', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(found => found[1]!)
    for (const reference of references) expect(resolve(document, reference)).toBeTypeOf('object')
    const schemas = (document['components'] as { readonly schemas: Json }).schemas
    const led = new Set(references.map(reference => reference.split('/').at(-1)!))
    expect(Object.keys(schemas).filter(name => !led.has(name))).toEqual([])
  })

  it('names each operation once, and the parameters of each', () => {
    const operations = Object.values(paths).flatMap(methods => Object.values(methods))
    const ids = operations.map(each => each['operationId'])
    expect(new Set(ids).size).toBe(ids.length)
    for (const { parameters = [] } of operations) {
      for (const each of parameters as readonly Json[]) expect(Object.keys(each)).toContain('schema')
    }
  })

  const bearer = (): Call => ({ authorization: `Bearer ${token}` })
  const plainly = (): Call => ({})
  const order = (value: unknown): Call => ({ ...bearer(), body: JSON.stringify(value) })
  const calls: readonly (readonly [path: string, method: string, status: number, query: string, call: () => Call])[] = [
    ['/livez', 'get', 200, '', plainly],
    ['/readyz', 'get', 200, '?verbose', plainly],
    ['/metrics', 'get', 200, '', plainly],
    ['/api/v1/status', 'get', 200, '', plainly],
    ['/api/v1/status', 'get', 200, '?evidence', plainly],
    ['/api/v1/self', 'get', 200, '', plainly],
    ['/api/v1/events', 'get', 200, '?limit=1000', plainly],
    ['/api/v1/events', 'get', 400, '?limit=none', plainly],
    ['/api/v1/explain', 'get', 200, '?name=api.ops.test', plainly],
    ['/api/v1/explain', 'get', 400, '', plainly],
    ['/api/v1/caches', 'get', 200, '?target=127.0.0.11', plainly],
    ['/api/v1/caches', 'get', 404, '?target=127.0.0.99', plainly],
    ['/api/v1/overrides', 'post', 200, '', () => order({ target: '127.0.0.12', override: 'drained' })],
    ['/api/v1/overrides', 'post', 400, '', () => order({ target: '127.0.0.12' })],
    ['/api/v1/overrides', 'post', 404, '', () => order({ target: '127.0.0.99', override: 'drained' })],
    ['/api/v1/overrides', 'post', 409, '', () => order({ target: '127.0.0.11', override: 'forced-down' })],
    ['/api/v1/overrides', 'post', 401, '', () => ({ body: '{}' })],
    ['/api/v1/overrides', 'post', 415, '', () => ({ ...bearer(), body: '{}', type: 'text/plain' })],
    ['/api/v1/overrides', 'post', 403, '', () => ({ ...order({}), host: 'evil.test' })],
    ['/api/v1/release', 'post', 200, '', () => order({ target: '127.0.0.12' })],
    ['/api/v1/release', 'post', 404, '', () => order({ target: '127.0.0.12' })],
    ['/api/v1/reload', 'post', 200, '', () => order({})],
    ['/api/v1/reload', 'post', 400, '', () => order({ force: 'yes' })],
  ]

  const told = calls.map(([path, method, status, query, call]) => ({ path, method, status, query, call }))
  it.each(told)('$method $path $query: $status is as it says', async ({ path, method, status, query, call }) => {
    const answer = await ask(method, `${path}${query}`, call())
    expect(answer.status).toBe(status)
    const schema = schemaFor(path, method, answer)
    const value = answer.type === 'application/json' ? JSON.parse(answer.body) : answer.body
    expect(misfits(document, value, schema)).toEqual([])
  })

  it('tells how orders are written: what fits is taken, what does not is refused', async () => {
    const { content } = paths['/api/v1/overrides']!['post']!['requestBody'] as Json
    const { schema } = (content as Readonly<Record<string, { schema: Json }>>)['application/json']!
    const bodies = [
      [{ target: '127.0.0.12', override: 'drained', reason: 'x', author: 'tess', forMs: 1000, force: true }, true],
      [{ target: '127.0.0.12', override: 'none' }, false],
      [{ target: '127.0.0.12', override: 'drained', forMs: 0 }, false],
      [{ target: '127.0.0.12', override: 'drained', until: 0 }, false],
    ] as const
    for (const [body, fits] of bodies) {
      expect(misfits(document, body, schema).length === 0, JSON.stringify(body)).toBe(fits)
      expect((await ask('post', '/api/v1/overrides', order(body))).status === 200).toBe(fits)
    }
  })

  it('tells what the stream sends, first and later', async () => {
    const kinds = ['status', 'history', 'journal', 'beat']
    const text = await watch(
      heard => kinds.every(kind => heard.includes(`event: ${kind}\n`)) && heard.includes('"whole":false'),
      () => ask('post', '/api/v1/overrides', order({ target: '127.0.0.12', override: 'drained' })),
    )
    const schema = schemaFor('/api/v1/stream', 'get', { status: 200, type: 'text/event-stream', body: '' })
    const messages = [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event, data]) => {
      return { event, data: JSON.parse(data!) }
    })
    expect(messages.slice(0, 2).map(({ event }) => event)).toEqual(['status', 'history'])
    for (const message of messages) expect(misfits(document, message, schema), message.event!).toEqual([])
  })
})
