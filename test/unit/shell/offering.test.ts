/** Offers to the threads that serve TCP: who gets them, and how long their word is waited for. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Name, parseName } from '../../../src/core/name/name.ts'
import type { OfferMemory } from '../../../src/core/transfer/offer.ts'
import type { Hand } from '../../../src/shell/hand.ts'
import type { Post } from '../../../src/shell/listeners.ts'
import { createOffering } from '../../../src/shell/offering.ts'

const apex = parseName('a.test.', null) as Name
const listening = (...vias: ('udp' | 'tcp')[]): Post => ({
  listens: vias.map(via => ({ via, address: { host: '127.0.0.1', port: 1 }, reusePort: false })),
  sockets: [],
  streams: [],
  descriptors: null,
})
const none = new SharedArrayBuffer(0)
const octets = new Uint8Array(none)
const offerOf = (serial: number): OfferMemory => ({
  ...{ apex, snapshot: none, zone: 0, serial, soa: octets, records: octets, journal: none, access: [] },
})

/** Hands that note what they are given. */
function stage(...posts: readonly Post[]) {
  const given: string[] = []
  const hands = posts.map((_, row) => ({
    offer: ({ serial }: OfferMemory) => given.push(`${row} ${serial}`),
    withdraw: () => given.push(`${row} none`),
  })) as unknown as readonly Hand[]
  const offering = createOffering(posts, hands)
  const say = (row: number, serial: number) => offering.hear(row, { kind: 'offered', apex, serial })
  return { offering, given, say }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('only threads that serve TCP get it, and each has to say so', async () => {
  const { offering, given, say } = stage(listening('udp'), listening('tcp'), listening('udp', 'tcp'))
  let isDone = false
  const done = offering.offer(offerOf(7)).then(() => {
    isDone = true
  })
  expect(given).toEqual(['1 7', '2 7'])
  say(1, 7)
  say(2, 6)
  await vi.advanceTimersByTimeAsync(100)
  expect(isDone).toBe(false)
  say(2, 7)
  await done
  expect(vi.getTimerCount()).toBe(0)
})

test('the word of a thread that hangs is waited for half a second', async () => {
  const { offering, say } = stage(listening('tcp'), listening('tcp'))
  let isDone = false
  const done = offering.offer(offerOf(7)).then(() => {
    isDone = true
  })
  say(0, 7)
  await vi.advanceTimersByTimeAsync(499)
  expect(isDone).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await done
  say(1, 7)
})

test('where nobody serves TCP nothing is waited for', async () => {
  const { offering, given } = stage(listening('udp'))
  await offering.offer(offerOf(7))
  expect(given).toEqual([])
})

test('a thread that begins later has the newest of each zone, without those that were withdrawn', () => {
  const { offering, given } = stage(listening('udp'), listening('tcp'))
  void offering.offer(offerOf(7))
  void offering.offer(offerOf(8))
  expect([offering.offersFor(0), offering.offersFor(1).map(({ serial }) => serial)]).toEqual([[], [8]])
  offering.withdraw(apex)
  expect([offering.offersFor(1), given.at(-1)]).toEqual([[], '1 none'])
})
