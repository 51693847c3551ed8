/** What an HTTP check may look for in a response besides status and text: JSON, header fields, the certificate's days. */
import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { HttpCheck, Outcome } from '../../src/core/health/types.ts'
import { bodyOctetsMax } from '../../src/edge/probe/http-judge.ts'
import { detailCharactersMax } from '../../src/edge/probe/outcome.ts'
import { makeProbes } from './probe-makers.ts'
import { httpCheck, httpsCheck } from './probe-specs.ts'
import { createStillClock, createTargets, verdictOf } from './probe-targets.ts'

const dayMs = 86_400_000
/** When good.pem ends. */
const endMs = Date.parse('2119-01-01T00:00:00Z')

const targets = createTargets()
const { http } = makeProbes(createStillClock())
const never = new AbortController().signal

afterEach(() => targets.close())

async function ask(expectation: Partial<HttpCheck['expect']>, serve: RequestListener): Promise<Outcome> {
  const { endpoint } = await targets.http(serve)
  return http(endpoint, httpCheck({ expect: expectation }), never)
}

const says =
  (body: string | Buffer, headers: Record<string, string | string[]> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(200, headers).end(body)
  }

describe('JSON', () => {
  const health = '{"status": "UP", "n": 1.0, "ok": true, "none": null, "checks": [{"db": "DOWN"}], "a/b": {"": 0}}'

  it.each([
    [[['/status', 'UP']], 'pass ok'],
    [[['/status', 'up']], 'fail json'],
    [[['/n', 1]], 'pass ok'],
    [[['/n', '1']], 'fail json'],
    [[['/ok', true]], 'pass ok'],
    [[['/ok', 'true']], 'fail json'],
    [[['/none', null]], 'pass ok'],
    [[['/nowhere', null]], 'fail json'],
    [[['/checks/0/db', 'DOWN']], 'pass ok'],
    [[['/checks/1/db', 'DOWN']], 'fail json'],
    [[['/checks', 'DOWN']], 'fail json'],
    [[['/a~1b/', 0]], 'pass ok'],
    [[['/__proto__', null]], 'fail json'],
    [
      [
        ['/status', 'UP'],
        ['/checks/0/db', 'UP'],
      ],
      'fail json',
    ],
  ] as const)('%o: %s', async (json, verdict) => {
    expect(verdictOf(await ask({ json }, says(health)))).toBe(verdict)
  })

  it.each([
    ['no JSON', '<html>UP</html>'],
    ['nothing', ''],
    ['half of it', '{"status": "UP"'],
    ['more than it', '{"status": "UP"}{}'],
    ['another encoding', Buffer.from('{"status": "UP", "x": "\xe9"}', 'latin1')],
    ['too much of it', `{"status": "UP", "x": "${'a'.repeat(bodyOctetsMax)}"}`],
    ['something nested deeply', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
  ])('that is %s fails', async (_what, body) => {
    const outcome = await ask({ json: [['/status', 'UP']] }, says(body))
    expect(verdictOf(outcome)).toBe('fail json')
    expect(outcome.detail!.length).toBeLessThanOrEqual(detailCharactersMax)
  })

  it('with a mark of byte order is read', async () => {
    expect(verdictOf(await ask({ json: [['/a', 1]] }, says('\ufeff{"a": 1}')))).toBe('pass ok')
  })

  it('shows what is there instead, whatever it is', async () => {
    const outcome = await ask({ json: [['/status', 'UP']] }, says('{"status": "OUT_OF_SERVICE"}'))
    expect(outcome.detail).toMatch(/OUT_OF_SERVICE/)
    const hostile = await ask({ json: [['/status', 'UP']] }, says(JSON.stringify({ status: '\u202e'.repeat(5000) })))
    expect(hostile.detail).not.toMatch(/[\p{C}]/u)
    expect(hostile.detail!.length).toBeLessThanOrEqual(detailCharactersMax)
    const deep = await ask({ json: [['', 'UP']] }, says(`${'['.repeat(30_000)}${']'.repeat(30_000)}`))
    expect(verdictOf(deep)).toBe('fail json')
  })
})

describe('header fields', () => {
  const headers = { 'X-State': 'active', Server: 'nginx/1.22', 'X-Many': ['a', 'b'], 'X-Empty': '' }
  const text = (name: string, wanted: string) => [[name, { kind: 'text', text: wanted }]] as const
  const regex = (name: string, source: string) => [[name, { kind: 'regex', source }]] as const

  it.each([
    [text('x-state', 'active'), 'pass ok'],
    [text('x-state', 'Active'), 'fail header'],
    [text('x-state', 'act'), 'fail header'],
    [text('x-none', ''), 'fail header'],
    [text('x-empty', ''), 'pass ok'],
    [text('x-many', 'a, b'), 'pass ok'],
    [regex('server', '^nginx/'), 'pass ok'],
    [regex('server', '^apache'), 'fail header'],
    [regex('server', '('), 'inconclusive no-prober'],
    [[...text('x-state', 'active'), ...regex('server', '^apache')], 'fail header'],
  ] as const)('%o: %s', async (wanted, verdict) => {
    expect(verdictOf(await ask({ headers: wanted }, says('UP', headers)))).toBe(verdict)
  })

  it('are judged before the body, which is not waited for then', async () => {
    const { endpoint } = await targets.raw('HTTP/1.1 200 OK\r\nX-State: draining\r\nContent-Length: 9\r\n\r\n')
    const check = httpCheck({ expect: { body: 'UP', headers: text('x-state', 'active') } })
    expect(verdictOf(await http(endpoint, check, never))).toBe('fail header')
  })
})

describe('the days of a certificate', () => {
  const at = async (wallMs: number, certDays: HttpCheck['expect']['certDays'], changes = {}): Promise<Outcome> => {
    const clock = createStillClock(wallMs)
    const { endpoint } = await targets.https('good.pem', says('UP'))
    return makeProbes(clock).http(endpoint, httpsCheck({ ...changes, expect: { certDays } }), never)
  }

  it.each([
    [30.5, { warn: null, fail: 14 }, 'pass ok'],
    [30.5, { warn: 21, fail: 14 }, 'pass ok'],
    [20.5, { warn: 21, fail: 14 }, 'pass cert-days'],
    [14, { warn: 21, fail: 14 }, 'pass cert-days'],
    [13.9, { warn: 21, fail: 14 }, 'fail cert-days'],
    [13.9, { warn: 21, fail: null }, 'pass cert-days'],
    [0.5, { warn: null, fail: 1 }, 'fail cert-days'],
    [0.5, null, 'pass ok'],
  ])('%d left with %o: %s', async (days, certDays, verdict) => {
    const outcome = await at(endMs - days * dayMs, certDays)
    expect(verdictOf(outcome)).toBe(verdict)
    expect(outcome.detail).toMatch(new RegExp(`\\b${Math.floor(days)} days`))
  })

  it('count where nothing else of it is verified', async () => {
    const outcome = await at(endMs - 5.5 * dayMs, { warn: null, fail: 14 }, { tls: { verify: false, caFile: null } })
    expect(verdictOf(outcome)).toBe('fail cert-days')
  })
})
