/** Orders over HTTP: who may give them, what is understood, and what each outcome is answered with. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchJson } from '../../../src/cli/client.ts'
import type { OverrideRequest } from '../../../src/core/view/orders.ts'
import { drawSelf } from '../../../src/core/view/self.ts'
import { type Admin, createAdmin } from '../../../src/edge/admin/http.ts'
import { readToken, showsToken } from '../../../src/edge/admin/token.ts'
import { bodyOctetsMax, type Desk } from '../../../src/edge/admin/writes.ts'
import { statusInSteps, statusView } from '../cli/views.ts'

const token = 'a-token-of-some-length'
const open: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(open.splice(0).map(close => close())))

const order = {
  target: '10.0.0.1',
  override: 'drained',
  reason: 'disk',
  author: 'tess',
  sinceAt: 0,
  untilMs: null,
} as const

interface Given extends Desk {
  readonly requests: OverrideRequest[]
}

function desk(changes: Partial<Desk> = {}): Given {
  const requests: OverrideRequest[] = []
  return {
    requests,
    token,
    override: request => {
      requests.push(request)
      return { kind: 'set', order, members: [{ owner: 'www.example.com.', type: 'A', address: '10.0.0.1' }] }
    },
    release: target => ({ kind: 'released', orders: [{ ...order, target }], pools: [] }),
    reload: () => Promise.resolve(statusView().reload),
    ...changes,
  }
}

async function start(given: Desk | null): Promise<Admin> {
  const cached = (target: string) => (target === '10.0.0.1' ? { answered: [], heldForMs: 1500 } : null)
  const sources = {
    statusInSteps: () => statusInSteps(),
    self: () => drawSelf(statusView(), true),
    events: () => [],
    totals: () => ({ transitions: { up: 0, down: 0 }, refusals: 0 }),
    cached,
    follow: () => () => undefined,
    desk: given,
    pageFolder: null,
  }
  const admin = await createAdmin(sources, { host: '127.0.0.1', port: 0 })
  open.push(() => admin.close())
  return admin
}

function post(admin: Admin, path: string, value: unknown, shown: string = token) {
  return fetchJson(new URL(`http://127.0.0.1:${admin.port}${path}`), 'POST', 5000, { token: shown, value })
}

const drain = { target: '10.0.0.1', override: 'drained' }

describe('an order over HTTP', () => {
  it('is obeyed with the token, and answered with whom it names', async () => {
    const given = desk()
    const reply = await post(await start(given), '/api/v1/overrides', { ...drain, reason: 'disk', forMs: 60_000 })
    expect(reply).toMatchObject({ status: 200, value: { target: '10.0.0.1', members: [{ address: '10.0.0.1' }] } })
    expect(given.requests).toEqual([{ ...drain, reason: 'disk', author: '', forMs: 60_000 }])
  })

  it('is refused without the token or with another, before its body is looked at', async () => {
    const given = desk()
    const admin = await start(given)
    for (const shown of ['wrong-token-of-this-length', `${token}x`, token.slice(1)]) {
      expect(await post(admin, '/api/v1/overrides', drain, shown)).toMatchObject({
        status: 401,
        value: { error: 'no-token' },
      })
    }
    const reply = await fetch(`http://127.0.0.1:${admin.port}/api/v1/overrides`, { method: 'POST', body: '{' })
    expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(given.requests).toEqual([])
  })

  it('cannot be given where no token can be kept', async () => {
    expect(await post(await start(null), '/api/v1/overrides', drain)).toMatchObject({
      status: 403,
      value: { error: 'writes-off' },
    })
  })

  it.each([
    ['no object', [drain]],
    ['an unknown key', { ...drain, until: 5 }],
    ['no target', { override: 'drained' }],
    ['a target that is no text', { ...drain, target: 7 }],
    ['another word', { ...drain, override: 'up' }],
    ['a time that is none', { ...drain, forMs: -1 }],
    ['force that is neither', { ...drain, force: 'yes' }],
    ['a reason without an end', { ...drain, reason: 'x'.repeat(1001) }],
  ])('with %s is a bad request', async (_, value) => {
    const given = desk()
    expect(await post(await start(given), '/api/v1/overrides', value)).toMatchObject({
      status: 400,
      value: { error: 'bad-request' },
    })
    expect(given.requests).toEqual([])
  })

  it('must be JSON and say so, and has a limit', async () => {
    const admin = await start(desk())
    const url = `http://127.0.0.1:${admin.port}/api/v1/release`
    const authorization = `Bearer ${token}`
    const plain = await fetch(url, { method: 'POST', body: '{}', headers: { authorization } })
    expect(plain.status).toBe(415)
    const headers = { authorization, 'content-type': 'application/json' }
    expect((await fetch(url, { method: 'POST', body: '{', headers })).status).toBe(400)
    const long = JSON.stringify({ target: 'x'.repeat(bodyOctetsMax) })
    const reply = await fetch(url, { method: 'POST', body: long, headers }).catch(() => null)
    expect(reply === null || reply.status === 413).toBe(true)
  })

  it.each([
    ['bad-target', 400],
    ['no-such-member', 404],
    ['too-many', 409],
    ['would-hurt', 409],
  ] as const)('that is refused as %s is answered with %i', async (code, status) => {
    const given = desk({ override: () => ({ kind: 'refused', code, pools: ['www.example.com. A'] }) })
    const reply = await post(await start(given), '/api/v1/overrides', drain)
    expect(reply).toMatchObject({ status, value: { error: code } })
    if (code === 'would-hurt') expect(reply).toMatchObject({ value: { pools: ['www.example.com. A'] } })
  })

  it('takes releases and reloads too, and says what came of them', async () => {
    const admin = await start(desk())
    expect(await post(admin, '/api/v1/release', { target: '10.0.0.1' })).toMatchObject({
      status: 200,
      value: { orders: ['10.0.0.1'] },
    })
    expect(await post(admin, '/api/v1/reload', {})).toMatchObject({ status: 200, value: { generation: 3, ok: true } })
    const forced: boolean[] = []
    const listening = desk({
      reload: force => {
        forced.push(force)
        return Promise.resolve(statusView().reload)
      },
    })
    const other = await start(listening)
    for (const value of [{}, { force: true }, { force: false }]) await post(other, '/api/v1/reload', value)
    for (const value of [{ force: 1 }, { forced: true }]) {
      expect(await post(other, '/api/v1/reload', value)).toMatchObject({ status: 400, value: { error: 'bad-request' } })
    }
    expect(forced).toEqual([false, true, false])
    const nothing = desk({ release: () => ({ kind: 'refused', code: 'nothing-to-release', by: ['10.0.0.1'] }) })
    expect(await post(await start(nothing), '/api/v1/release', { target: 'a=10.0.0.1' })).toMatchObject({
      status: 404,
      value: { error: 'nothing-to-release', by: ['10.0.0.1'] },
    })
    const refused = desk({ reload: () => Promise.resolve({ ...statusView().reload, ok: false }) })
    expect(await post(await start(refused), '/api/v1/reload', {})).toMatchObject({ status: 409, value: { ok: false } })
  })

  it('is not given by GET, and nothing else takes a POST', async () => {
    const admin = await start(desk())
    const origin = `http://127.0.0.1:${admin.port}`
    expect((await fetch(`${origin}/api/v1/overrides`)).status).toBe(405)
    expect(await post(admin, '/api/v1/status', {})).toMatchObject({ status: 405 })
  })

  it('that throws is our fault and says so', async () => {
    const broken = desk({ reload: () => Promise.reject(new Error('no')) })
    expect(await post(await start(broken), '/api/v1/reload', {})).toMatchObject({ status: 500 })
  })

  it('leaves a look at caches to everyone', async () => {
    const url = `http://127.0.0.1:${(await start(null)).port}/api/v1/caches`
    expect(await fetchJson(new URL(`${url}?target=10.0.0.1`))).toMatchObject({
      status: 200,
      value: { heldForMs: 1500 },
    })
    expect(await fetchJson(new URL(`${url}?target=10.0.0.9`))).toMatchObject({ status: 404 })
    expect(await fetchJson(new URL(url))).toMatchObject({ status: 400 })
  })
})

describe('the token', () => {
  it('is made once, for the owner of the server only, and read again after that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'robin-token-'))
    open.push(() => rm(folder, { recursive: true }))
    const file = join(folder, 'state', 'admin.token')
    const made = await readToken(file)
    expect(made).toMatch(/^[\w-]{43}$/)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readToken(file)).toBe(made)
    expect((await readFile(file, 'utf8')).trim()).toBe(made)
    await writeFile(file, 'short\n')
    await expect(readToken(file)).rejects.toThrow(file)
  })

  it('is shown whole or not at all', () => {
    expect(showsToken(`Bearer ${token}`, token)).toBe(true)
    expect(showsToken(`bearer ${token}`, token)).toBe(true)
    for (const header of [undefined, '', token, `Basic ${token}`, `Bearer ${token} `, 'Bearer ']) {
      expect(showsToken(header, token)).toBe(false)
    }
  })
})
