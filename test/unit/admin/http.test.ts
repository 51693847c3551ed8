/** The read-only interface on a real socket: methods, hosts, bounds, and how it ends. */
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../../../src/core/view/events.ts'
import { drawSelf } from '../../../src/core/view/self.ts'
import { type Admin, adminLimits, createAdmin } from '../../../src/edge/admin/http.ts'
import type { AdminSources } from '../../../src/edge/admin/pages.ts'
import { statusInSteps, statusView } from '../cli/views.ts'

const selfView = (serving: boolean) => drawSelf(statusView(), serving)

const admins: Admin[] = []
afterEach(() => Promise.all(admins.splice(0).map(admin => admin.close())))

const plainSources: AdminSources = {
  statusInSteps: () => statusInSteps(),
  self: () => selfView(true),
  events: () => [],
  totals: () => ({ transitions: { up: 3, down: 4 }, refusals: 1 }),
  cached: () => null,
  follow: () => () => undefined,
  desk: null,
  pageFolder: null,
}

const eventAt = (at: number): RecordedEvent => ({ at, event: { kind: 'check-mended', protocol: 'ICMP' } })

async function start(
  sources: Partial<AdminSources> = {},
  limits: Partial<Record<keyof typeof adminLimits, number>> = {},
  host = '127.0.0.1',
): Promise<Admin> {
  const whole: AdminSources = { ...plainSources, ...sources }
  const admin = await createAdmin(whole, { host, port: 0 }, { ...adminLimits, ...limits })
  admins.push(admin)
  return admin
}

interface Reply {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Writes raw octets and reads to the end of the connection. */
function talk(admin: Admin, text: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(admin)
    socket.setEncoding('utf8').on('data', (piece: string) => {
      received += piece
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const [head = '', ...body] = received.split('\r\n\r\n')
      resolve({ status: Number(head.split(' ')[1] ?? 0), head: head.toLowerCase(), body: body.join('\r\n\r\n') })
    })
    socket.write(text)
  })
}

function get(admin: Admin, target: string, headers = 'Host: 127.0.0.1\r\n', method = 'GET'): Promise<Reply> {
  return talk(admin, `${method} ${target} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)
}

/** A connection that has got one answer and stays open. */
async function openIdle(admin: Admin): Promise<{ socket: Socket; closed: Promise<void> }> {
  const socket = connect(admin)
  const closed = new Promise<void>(resolve => socket.on('error', () => undefined).once('close', () => resolve()))
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await new Promise(resolve => socket.once('data', resolve))
  socket.resume()
  return { socket, closed }
}

describe('pages', () => {
  it('/livez is ok', async () => {
    expect(await get(await start({ self: () => selfView(false) }), '/livez')).toMatchObject({
      status: 200,
      body: 'ok\n',
    })
  })

  it('/readyz follows readiness', async () => {
    let ready = false
    const admin = await start({ self: () => selfView(ready) })
    expect(await get(admin, '/readyz')).toMatchObject({ status: 503 })
    ready = true
    expect(await get(admin, '/readyz')).toMatchObject({ status: 200, body: 'ok\n' })
  })

  it('/readyz?verbose tells each condition', async () => {
    const admin = await start({ self: () => drawSelf(statusView({ zones: [] }), false) })
    const { status, body } = await get(admin, '/readyz?verbose')
    expect(status).toBe(503)
    expect(body.split('\n')).toEqual([
      '[+]listening ok',
      '[-]zones failed',
      '[-]serving failed',
      '[+]removals ok',
      'readyz check failed',
      '',
    ])
  })

  it('/api/v1/status is the picture as it stands, never stored, never guessed at', async () => {
    const { status, head, body } = await get(await start(), '/api/v1/status')
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual(statusView())
    expect(head).toContain('content-type: application/json')
    expect(head).toContain('cache-control: no-store')
    expect(head).toContain('x-content-type-options: nosniff')
    expect(head).not.toContain('access-control')
  })

  it('/api/v1/self says whether to be asked, where, and for what', async () => {
    const { status, body } = await get(await start({ self: () => selfView(false) }), '/api/v1/self')
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({
      ready: false,
      conditions: [
        { name: 'listening', ok: true, note: null },
        { name: 'zones', ok: true, note: null },
        { name: 'serving', ok: false, note: null },
        { name: 'removals', ok: true, note: null },
      ],
      zone: 'demo.test.',
      listening: statusView().server.listening,
    })
  })

  it('/api/v1/events gives the newest, oldest of them first', async () => {
    const admin = await start({ events: () => [1, 2, 3].map(eventAt) })
    const { body } = await get(admin, '/api/v1/events?limit=2')
    expect(JSON.parse(body)).toEqual({ total: 3, events: [eventAt(2), eventAt(3)] })
  })

  it('/api/v1/events gives a hundred unless told', async () => {
    const admin = await start({ events: () => Array.from({ length: 150 }, (_, at) => eventAt(at)) })
    expect(JSON.parse((await get(admin, '/api/v1/events')).body).events).toHaveLength(100)
  })

  it.each(['0', '-1', '1.5', '10001', 'all', ''])('limit=%s is refused', async limit => {
    expect(await get(await start(), `/api/v1/events?limit=${limit}`)).toMatchObject({ status: 400 })
  })

  it.each(['/index.html', '/api', '/api/v1/status/', '/api/v1/../v1/status', '//api/v1/status', '/livez%00'])(
    '%s is not there',
    async path => {
      const { status, body } = await get(await start(), path)
      expect(status).toBe(404)
      expect(JSON.parse(body)).toMatchObject({ error: 'not-found' })
    },
  )

  it('a fault of ours is 500 and ends nothing', async () => {
    const admin = await start({
      statusInSteps: () => {
        throw new Error('drawn wrong')
      },
    })
    expect(await get(admin, '/api/v1/status')).toMatchObject({ status: 500 })
    expect(await get(admin, '/livez')).toMatchObject({ status: 200 })
  })
})

describe('methods', () => {
  it('HEAD has the head of GET and no body', async () => {
    const admin = await start()
    const whole = await get(admin, '/api/v1/status')
    const head = await get(admin, '/api/v1/status', undefined, 'HEAD')
    expect(head).toMatchObject({ status: 200, body: '' })
    expect(/content-length: \d+/.exec(head.head)).toEqual(/content-length: \d+/.exec(whole.head))
  })

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('%s is not allowed', async method => {
    const reply = await get(await start(), '/api/v1/status', undefined, method)
    expect(reply.status).toBe(405)
    expect(reply.head).toContain('allow: get, head')
  })

  it.each([
    ['a length', 'Content-Length: 1000000\r\n'],
    ['chunks', 'Transfer-Encoding: chunked\r\n'],
    ['a question first', 'Content-Length: 1000000\r\nExpect: 100-continue\r\n'],
  ])('a body announced by %s is refused unread, and the connection ends', async (_, header) => {
    const reply = await talk(await start(), `POST /livez HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`)
    expect(reply.status).toBe(405)
    expect(reply.head).toContain('connection: close')
    const got = await talk(await start(), `GET /livez HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`)
    expect(got.status).toBe(400)
  })
})

describe('hosts', () => {
  it.each(['127.0.0.1', '127.0.0.1:5380', '10.1.2.3', 'localhost', 'LOCALHOST:80', '[::1]', '[fe80::1]:5380'])(
    '%s is allowed',
    async host => {
      expect(await get(await start(), '/livez', `Host: ${host}\r\n`)).toMatchObject({ status: 200 })
    },
  )

  it.each(['evil.example', 'evil.example:5380', 'localhost.evil.example', '127.0.0.1.evil.example', '[::1].evil', ''])(
    '%j is not',
    async host => {
      expect((await get(await start(), '/livez', `Host: ${host}\r\n`)).status).toBe(403)
    },
  )

  it('the name it was told to listen on is allowed', async () => {
    const admin = await start({}, {}, 'localhost')
    expect(await get(admin, '/livez', 'Host: localhost:1\r\n')).toMatchObject({ status: 200 })
  })

  it('two of them are a bad request, none is one too from HTTP/1.1 on', async () => {
    const admin = await start()
    expect((await get(admin, '/livez', 'Host: localhost\r\nHost: evil.example\r\n')).status).toBe(400)
    expect((await get(admin, '/livez', '')).status).toBe(400)
    expect((await talk(admin, 'GET /livez HTTP/1.0\r\n\r\n')).status).toBe(200)
  })

  it('a target with a host of its own is refused', async () => {
    expect((await get(await start(), 'http://evil.example/livez')).status).toBe(400)
  })
})

describe('bounds', () => {
  it('too long a header is refused', async () => {
    const admin = await start({}, { headerOctetsMax: 1024 })
    expect((await get(admin, '/livez', `Host: localhost\r\nX: ${'x'.repeat(2000)}\r\n`)).status).toBe(431)
  })

  it('connections beyond the limit are turned away, and those within are served', async () => {
    const admin = await start({}, { connectionsMax: 1 })
    const first = await openIdle(admin)
    const second = connect(admin)
    await new Promise(resolve => second.on('error', () => undefined).once('close', resolve))
    first.socket.destroy()
    await first.closed
    await expect.poll(async () => (await get(admin, '/livez').catch(() => null))?.status).toBe(200)
  })

  it('a request that does not end is cut off', async () => {
    const admin = await start({}, { requestMs: 50 })
    expect((await talk(admin, 'GET /livez HTTP/1.1\r\nHost: loc')).status).toBe(408)
  })

  it('a silent connection is let go', async () => {
    const { closed } = await openIdle(await start({}, { idleMs: 50 }))
    await closed
  })
})

describe('closing', () => {
  it('ends idle connections at once, those that never asked as well', async () => {
    const admin = await start({}, { idleMs: 60_000, requestMs: 60_000, closeGraceMs: 60_000 })
    const asked = await openIdle(admin)
    const mute = connect(admin)
    const muteClosed = new Promise(resolve => mute.on('error', () => undefined).once('close', resolve))
    await new Promise(resolve => mute.once('connect', resolve))
    // The accept is known once a later connection has been answered.
    await get(admin, '/livez')
    await admin.close()
    await Promise.all([asked.closed, muteClosed])
    await expect(get(admin, '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('can be asked for twice', async () => {
    const admin = await start()
    await Promise.all([admin.close(), admin.close()])
  })

  it('does not wait for a reader that does not read', async () => {
    const pools = Array.from({ length: 20_000 }, (_, i) => ({ ...statusView().pools[0]!, owner: `pool${i}.` }))
    const admin = await start({ statusInSteps: () => statusInSteps(statusView({ pools })) }, { closeGraceMs: 50 })
    const socket = connect(admin).on('error', () => undefined)
    socket.pause()
    socket.write('GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise(resolve => socket.once('readable', resolve))
    await admin.close()
    socket.destroy()
  })

  it('rejects with the system’s error if the place is taken', async () => {
    const admin = await start()
    await expect(createAdmin(plainSources, admin)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
