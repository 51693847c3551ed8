/** The stream on a real socket: what is sent when, its bounds, and how it ends. */
import { afterEach, describe, expect, it } from 'vitest'
import { drawSelf } from '../../../src/core/view/self.ts'
import { createAdmin } from '../../../src/edge/admin/http.ts'
import { poolView, statusView } from '../cli/views.ts'
import { closeAll, createWorld, open, serve, type World, watch } from './stream-stage.ts'

afterEach(closeAll)

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
  it('a picture larger than what may wait reaches a reader who reads', async () => {
    const world = createWorld()
    world.world.view = statusView({ pools: Array.from({ length: 400 }, (_, i) => poolView(`pool${i}.demo.test.`)) })
    const { port } = await serve(world, { lookMs: 60_000, waitingOctetsMax: 10_000 })
    const watcher = watch(port)
    await watcher.until(message => message.event === 'history')
    expect(watcher.messages[0]!.value.pools).toHaveLength(400)
  })

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
