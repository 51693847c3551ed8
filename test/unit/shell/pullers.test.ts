/** The puller thread as control holds it: what it takes with it when it is lost, and what follows. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { PullResult } from '../../../src/core/secondary/index.ts'
import { createPullers, type Pullers, type PullRequest } from '../../../src/shell/pullers.ts'
import { name } from '../secondary/wire.ts'

const crashing = new URL('./crashing-puller.ts', import.meta.url)
/** Small enough to be full soon. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 }

let pullers: Pullers | null = null
afterEach(async () => {
  await pullers?.stop()
  pullers = null
})

/** `deed` is what the thread of the test does with it. */
function order(deed: string, port = 9): PullRequest {
  const primary = { host: '127.0.0.1', port, source: null }
  return { apex: name('a.test'), primary, key: null, since: null, after: null, signed: 'refuse', folder: deed }
}

function open(idleMs = 60_000): {
  readonly pull: (deed: string) => Promise<PullResult>
  readonly threads: () => number
} {
  pullers = createPullers({ workerFile: crashing, idleMs, resourceLimits })
  const { pull, threads } = pullers
  return { pull: deed => pull(order(deed)), threads }
}

describe('a puller thread that is lost', () => {
  test.each([
    ['by an error that nobody caught', 'throws', 'of some bug'],
    ['by its own end', 'ends', 'ended'],
    ['for want of memory', 'hungry', 'memory'],
  ])('%s: every pull that waits ends as a fault in words', async (_, deed, words) => {
    const { pull } = open()
    const results = await Promise.all([pull('waits'), pull('waits'), pull(deed)])
    const failure = { reason: 'fault', detail: expect.stringContaining(words) }
    expect(results).toEqual(Array(3).fill({ kind: 'failed', failure }))
  })

  test('is followed by another with the next pull, and by none before', async () => {
    const { pull, threads } = open()
    for (let i = 0; i < 3; i++) {
      expect(await pull('throws')).toMatchObject({ failure: { reason: 'fault' } })
      expect(threads()).toBe(0)
      expect(await pull('works')).toEqual({ kind: 'current' })
      expect(threads()).toBe(1)
    }
  })

  test('leaves nothing for its successor to trip over: it is kept while it has work, and ends when it has none', async () => {
    const { pull, threads } = open(50)
    await pull('works')
    await pull('throws')
    const waiting = pull('waits')
    // Longer than the timer of the one before had left.
    await new Promise(resolve => setTimeout(resolve, 150))
    expect(threads()).toBe(1)
    await pullers?.stop()
    expect(await waiting).toMatchObject({ failure: { reason: 'fault' } })
    expect(threads()).toBe(0)
  })
})

test('a thread without work ends', async () => {
  const { pull, threads } = open(20)
  await pull('works')
  await vi.waitFor(() => expect(threads()).toBe(0), { timeout: 5_000 })
})

test('a thread that cannot be begun is a fault in words, and no rejection', async () => {
  pullers = createPullers({ workerFile: new URL('http://127.0.0.1/') })
  expect(await pullers.pull(order('works'))).toMatchObject({ kind: 'failed', failure: { reason: 'fault' } })
  expect(await pullers.pull(order('works'))).toMatchObject({ kind: 'failed', failure: { reason: 'fault' } })
})

test('nothing is begun once all was stopped, and nothing is left', async () => {
  const { pull, threads } = open()
  const waiting = pull('waits')
  await pullers?.stop()
  expect(await waiting).toMatchObject({ kind: 'failed' })
  expect(await pull('works')).toMatchObject({ failure: { reason: 'timeout' } })
  expect(threads()).toBe(0)
})

test('a pull that is called off ends soon, and those beside it go on', async () => {
  const silent = createServer(() => undefined)
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  pullers = createPullers()
  const off = new AbortController()
  const asked = once(silent, 'connection')
  const calledOff = pullers.pull(order('/nowhere', port), off.signal)
  let others = 0
  const beside = pullers.pull(order('/nowhere', port)).then(() => others++)
  await asked
  off.abort()
  expect(await calledOff).toMatchObject({ kind: 'failed', failure: { reason: 'timeout' } })
  expect(others).toBe(0)
  silent.close()
  await pullers.stop()
  await beside
})

test('a bug that one zone meets fails that zone, and not those beside it', async () => {
  const silent = createServer(() => undefined)
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  pullers = createPullers()
  const { pull, threads } = pullers
  let others = 0
  const beside = pull(order('/nowhere', port)).then(result => {
    others++
    return result
  })
  // No name at all: nothing that a primary could cause.
  const broken = { ...order('/nowhere', port), apex: null as unknown as PullRequest['apex'] }
  expect(await pull(broken)).toMatchObject({ kind: 'failed', failure: { reason: 'fault' } })
  expect([others, threads()]).toEqual([0, 1])
  silent.close()
  await pullers.stop()
  expect(await beside).toMatchObject({ kind: 'failed' })
})
