/** Work on pictures and bursts of events let others have their turn, and nobody misses anything by it. */
import { afterEach, describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../../../src/core/view/events.ts'
import { newsPerTurn } from '../../../src/edge/admin/news.ts'
import { statusView } from '../cli/views.ts'
import { closeAll, createWorld, serve, type Watcher, watch } from './stream-stage.ts'

afterEach(closeAll)

describe('work on pictures', () => {
  /** True once an immediate that was asked for now has had its turn. */
  function turnOfOthers(): () => boolean {
    let came = false
    setImmediate(() => {
      came = true
    })
    return () => came
  }

  it('lets others have their turn, be it for the first one or for those that follow', async () => {
    const world = createWorld()
    world.world.mayEnd = turnOfOthers()
    const { port } = await serve(world)
    const watcher = watch(port)
    await watcher.until(message => message.event === 'history')
    world.world.mayEnd = turnOfOthers()
    world.world.view = statusView({ zones: [] })
    await watcher.until(message => message.value.whole === false)
    expect(world.world.looks).toBeGreaterThan(1)
  })

  it('is done once for all who wait for the first one', async () => {
    const world = createWorld()
    let isOver = false
    world.world.mayEnd = () => isOver
    const { port } = await serve(world, { lookMs: 60_000 })
    const watchers = [watch(port), watch(port), watch(port)]
    await expect.poll(() => world.world.looks).toBe(1)
    isOver = true
    await Promise.all(watchers.map(watcher => watcher.until(message => message.event === 'history')))
    expect(world.world.looks).toBe(1)
  })

  it('ends where nobody waits for it any more, and the next one is begun anew', async () => {
    const world = createWorld()
    let isOver = false
    world.world.mayEnd = () => isOver
    const { port } = await serve(world, { lookMs: 60_000, watchersMax: 1 })
    const gone = watch(port)
    await expect.poll(() => world.world.looks).toBe(1)
    gone.socket.destroy()
    await gone.closed
    isOver = true
    await expect
      .poll(async () => {
        const next = watch(port)
        await Promise.race([next.until(message => message.event === 'history'), next.closed])
        return next.messages.length
      })
      .toBeGreaterThan(0)
    expect(world.world.looks).toBe(2)
  })

  it('is answered with 500 where the first picture cannot be drawn, for each who waits', async () => {
    const world = createWorld()
    world.world.broken = true
    const { port } = await serve(world)
    const refused = [watch(port), watch(port)]
    for (const { head } of refused) await expect.poll(head).toContain('500')
    world.world.broken = false
    await watch(port).until(message => message.event === 'history')
  })
})

describe('a burst of events', () => {
  it('costs the moment that brings it next to nothing, and reaches everyone, in order', async () => {
    const world = createWorld()
    const { port } = await serve(world, { lookMs: 60_000 })
    const watchers = [watch(port), watch(port)]
    await Promise.all(watchers.map(watcher => watcher.until(message => message.event === 'history')))
    let formatted = 0
    const many = newsPerTurn * 20
    for (let at = 1; at <= many; at++) {
      const event = { kind: 'check-mended', protocol: 'ICMP', toJSON: () => ({ formatted: ++formatted }) }
      for (const ear of world.ears) ear({ at, event } as unknown as RecordedEvent)
    }
    expect(formatted).toBe(0)
    for (const watcher of watchers) {
      await watcher.until(message => message.event === 'journal' && message.value['at'] === many)
      const told = watcher.messages.filter(message => message.event === 'journal').map(message => message.value['at'])
      expect(told).toEqual(Array.from({ length: many }, (_, i) => i + 1))
    }
    expect(formatted).toBe(many)
  })

  it('leaves nothing out and says nothing twice to one who comes in the middle of it', async () => {
    const world = createWorld()
    const { port } = await serve(world, { lookMs: 60_000, historyEvents: 10_000 })
    await watch(port).until(message => message.event === 'history')
    let newcomer: Watcher | null = null
    const isThere = () => newcomer?.messages.some(message => message.event === 'history') ?? false
    const total = await new Promise<number>(resolve => {
      let at = 0
      const more = (): void => {
        for (let i = 0; i < newsPerTurn + 1; i++) {
          const recorded: RecordedEvent = { at: ++at, event: { kind: 'check-mended', protocol: 'ICMP' } }
          world.world.events.push(recorded)
          for (const ear of world.ears) ear(recorded)
        }
        newcomer ??= watch(port)
        if (isThere()) resolve(at)
        else setImmediate(more)
      }
      more()
    })
    await newcomer!.until(message => message.event === 'journal' && message.value['at'] === total)
    const { value } = newcomer!.messages.find(message => message.event === 'history')!
    const before = (value as unknown as readonly RecordedEvent[]).map(({ at }) => at)
    const told = newcomer!.messages.filter(message => message.event === 'journal').map(message => message.value['at'])
    expect([...before, ...told]).toEqual(Array.from({ length: total }, (_, i) => i + 1))
  })

  it('that is larger than what may wait is told as history', async () => {
    const world = createWorld()
    const { port } = await serve(world, { lookMs: 60_000, newsMax: 10 })
    const watcher = watch(port)
    await watcher.until(message => message.event === 'history')
    world.world.events = Array.from({ length: 11 }, (_, at) => ({
      at,
      event: { kind: 'check-mended', protocol: 'ICMP' },
    }))
    for (const recorded of world.world.events) for (const ear of world.ears) ear(recorded)
    await watcher.until(message => message.event === 'history' && (message.value as unknown as unknown[]).length === 11)
    expect(watcher.messages.filter(message => message.event === 'journal')).toEqual([])
  })
})
