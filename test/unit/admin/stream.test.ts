/** The stream on a real socket: what is sent when, its bounds, and how it ends. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../../../src/core/view/events.ts'
import { drawSelf } from '../../../src/core/view/self.ts'
import type { StatusView } from '../../../src/core/view/status.ts'
import { createAdmin } from '../../../src/edge/admin/http.ts'
import { createStreams, type Streams, streamLimits } from '../../../src/edge/admin/stream.ts'
import { poolView, statusInSteps, statusView } from '../cli/views.ts'

interface Message {
  readonly event: string
  readonly value: { readonly whole?: boolean; readonly pools?: readonly { ttl: number }[] } & Record<string, unknown>
}

interface Watcher {
  readonly socket: Socket
  readonly messages: Message[]
  readonly head: () => string
  until(fits: (message: Message) => boolean): Promise<Message>
  readonly closed: Promise<void>
}

const open: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

function createWorld() {
  const ears = new Set<(recorded: RecordedEvent) => void>()
  const world = {
    view: statusView(),
    looks: 0,
    broken: false,
    begunAt: Math.floor(Date.now() / 100) * 100,
    events: [] as RecordedEvent[],
  }
  return {
    world,
    ears,
    tell: (at: number) => {
      const recorded: RecordedEvent = { at, event: { kind: 'check-mended', protocol: 'ICMP' } }
      for (const ear of ears) ear(recorded)
    },
    sources: {
      status: (): StatusView => {
        world.looks++
        if (world.broken) throw new Error('drawn wrong')
        return aged(world.view, Date.now() - world.begunAt)
      },
      events: () => world.events,
      follow: (ear: (recorded: RecordedEvent) => void) => {
        ears.add(ear)
        return () => void ears.delete(ear)
      },
    },
  }
}

/** The same picture `ms` later, if nothing happened in between. */
function aged(view: StatusView, ms: number): StatusView {
  const pools = view.pools.map(pool => ({
    ...pool,
    members: pool.members.map(member => ({
      ...member,
      checks: member.checks.map(check => ({
        ...check,
        sinceMs: check.sinceMs + ms,
        lastAgoMs: check.lastAgoMs === null ? null : check.lastAgoMs + ms,
      })),
    })),
  }))
  return { ...view, pools }
}

type World = ReturnType<typeof createWorld>

/** A bare server, so that the limits of streams are the only ones. */
async function serve(world: World, limits: Partial<Record<keyof typeof streamLimits, number>> = {}) {
  const streams: Streams = createStreams(world.sources, { ...streamLimits, lookMs: 10, ...limits })
  const server: Server = createServer((_, response) => {
    if (!streams.open(response, { 'content-type': 'text/event-stream' })) response.writeHead(503).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    streams.close()
    server.closeAllConnections()
    server.close()
  })
  return { streams, port: (server.address() as AddressInfo).port }
}

function watch(port: number, path = '/'): Watcher {
  const messages: Message[] = []
  const waiting = new Set<() => void>()
  let head = ''
  let rest = ''
  const socket = connect(port, '127.0.0.1')
  open.push(() => void socket.destroy())
  socket.setEncoding('utf8').on('data', (piece: string) => {
    rest += piece
    if (head === '') head = rest.split('\r\n\r\n')[0]!
    const end = rest.lastIndexOf('\n\n') + 2
    if (end < 2) return
    messages.push(...readMessages(rest.slice(0, end)))
    rest = rest.slice(end)
    for (const look of [...waiting]) look()
  })
  const closed = new Promise<void>(resolve => socket.on('error', () => undefined).once('close', () => resolve()))
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  const until = (fits: (message: Message) => boolean): Promise<Message> =>
    new Promise(resolve => {
      const look = (): void => {
        const found = messages.find(fits)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { socket, messages, head: () => head.toLowerCase(), until, closed }
}

/** Events in a body of chunks; the sizes of the chunks lie on lines of their own, which no field name fits. */
function readMessages(text: string): readonly Message[] {
  const found = text.matchAll(/event: (\w+)\ndata: ([^\n]*)\n\n/g)
  return [...found].map(([, event, value]) => ({ event: event!, value: JSON.parse(value!) as Message['value'] }))
}

describe('a stream', () => {
  it('begins with all of it and the history, and goes on with what changes', async () => {
    const world = createWorld()
    world.world.events = [{ at: 1, event: { kind: 'check-mended', protocol: 'TCP' } }]
    const { port } = await serve(world)
    const watcher = watch(port)
    expect((await watcher.until(message => message.event === 'status')).value).toMatchObject({ whole: true, gone: [] })
    expect((await watcher.until(message => message.event === 'history')).value).toEqual(world.world.events)
    world.world.view = statusView({ pools: [poolView('www.demo.test.', { ttl: 5 })] })
    const { value } = await watcher.until(message => message.value.whole === false)
    expect(value.pools).toMatchObject([{ key: 'www.demo.test. A', ttl: 5 }])
    expect(value['sections']).toEqual({})
  })

  it('says nothing where nothing changed', async () => {
    const world = createWorld()
    const { port } = await serve(world, { heartbeatMs: 60_000 })
    const watcher = watch(port)
    await expect.poll(() => world.world.looks).toBeGreaterThan(5)
    expect(watcher.messages.map(message => message.event)).toEqual(['status', 'history'])
  })

  it('tells each event to everyone, in order, at once', async () => {
    const world = createWorld()
    const { port } = await serve(world, { lookMs: 60_000 })
    const watchers = [watch(port), watch(port)]
    await Promise.all(watchers.map(watcher => watcher.until(message => message.event === 'history')))
    for (const at of [1, 2, 3]) world.tell(at)
    for (const watcher of watchers) {
      await watcher.until(message => message.event === 'journal' && message.value['at'] === 3)
      const told = watcher.messages.filter(message => message.event === 'journal')
      expect(told.map(message => message.value['at'])).toEqual([1, 2, 3])
    }
  })

  it('beats while nothing happens', async () => {
    const { port } = await serve(createWorld(), { heartbeatMs: 10 })
    await watch(port).until(message => message.event === 'beat')
  })

  it('outlives a picture that cannot be drawn', async () => {
    const world = createWorld()
    const { port } = await serve(world)
    const watcher = watch(port)
    await watcher.until(message => message.event === 'history')
    world.world.broken = true
    const { looks } = world.world
    await expect.poll(() => world.world.looks).toBeGreaterThan(looks + 2)
    world.world.broken = false
    world.world.view = statusView({ zones: [] })
    expect((await watcher.until(message => message.value.whole === false)).value['sections']).toMatchObject({
      zones: { total: 0, shown: [] },
    })
  })
})

describe('bounds', () => {
  it('as many watch as may, and a place that was left is free again', async () => {
    const world = createWorld()
    const { port } = await serve(world, { watchersMax: 1 })
    const first = watch(port)
    await first.until(message => message.event === 'history')
    const second = watch(port)
    await expect.poll(() => second.head()).toContain('503')
    first.socket.destroy()
    await expect.poll(() => world.ears.size).toBe(0)
    await watch(port).until(message => message.event === 'history')
  })

  it('nobody looks while nobody watches', async () => {
    const world = createWorld()
    const { port } = await serve(world)
    expect(world.world.looks).toBe(0)
    const watcher = watch(port)
    await watcher.until(message => message.event === 'history')
    watcher.socket.destroy()
    await expect.poll(() => world.ears.size).toBe(0)
    const { looks } = world.world
    const after = watch(port)
    await after.until(message => message.event === 'history')
    // One look for the newcomer, and none in between.
    expect(world.world.looks).toBeLessThanOrEqual(looks + 2)
  })

  it('lets a reader go who does not read', async () => {
    const world = createWorld()
    const { port } = await serve(world, { lookMs: 60_000, waitingOctetsMax: 10_000 })
    const slow = watch(port)
    const quick = watch(port)
    await Promise.all([slow, quick].map(watcher => watcher.until(message => message.event === 'history')))
    slow.socket.pause()
    // Far more than the system's own buffers hold.
    const poured = 40
    const text = 'x'.repeat(1_000_000)
    for (let at = 1; at <= poured; at++) {
      for (const ear of world.ears) ear({ at, event: { kind: 'fault', where: 'here', text } })
      await quick.until(message => message.value['at'] === at)
    }
    slow.socket.resume()
    await slow.closed
    expect(slow.messages.length).toBeLessThan(poured)
    expect(quick.socket.destroyed).toBe(false)
  })
})

describe('on the listener', () => {
  async function start(world: World) {
    const sources = {
      ...world.sources,
      statusInSteps: () => statusInSteps(),
      self: () => drawSelf(statusView(), true),
      totals: () => ({ transitions: { up: 0, down: 0 }, refusals: 0 }),
      cached: () => null,
      desk: null,
      pageFolder: null,
    }
    const admin = await createAdmin(sources, { host: '127.0.0.1', port: 0 })
    open.push(() => admin.close())
    return admin
  }

  it('has the headers of every answer, and its own type', async () => {
    const world = createWorld()
    const watcher = watch((await start(world)).port, '/api/v1/stream')
    await watcher.until(message => message.event === 'status')
    expect(watcher.head()).toContain('200 ok')
    expect(watcher.head()).toContain('content-type: text/event-stream')
    expect(watcher.head()).toContain('cache-control: no-store')
    expect(watcher.head()).toContain("default-src 'none'")
  })

  it('is 500 where the picture cannot be drawn, and open again after', async () => {
    const world = createWorld()
    const { port } = await start(world)
    world.world.broken = true
    const refused = watch(port, '/api/v1/stream')
    await expect.poll(() => refused.head()).toContain('500')
    world.world.broken = false
    await watch(port, '/api/v1/stream').until(message => message.event === 'status')
  })

  it('ends with the listener, at once', async () => {
    const world = createWorld()
    const admin = await start(world)
    const watcher = watch(admin.port, '/api/v1/stream')
    await watcher.until(message => message.event === 'history')
    await admin.close()
    await watcher.closed
    expect(world.ears.size).toBe(0)
  })
})
