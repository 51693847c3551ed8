import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { decodeState } from '../../../src/core/state/index.ts'
import type { JournalEvent } from '../../../src/core/view/events.ts'
import type { StateFolder, StateRead } from '../../../src/edge/disk/state-folder.ts'
import { createKeeper, type Keeper, type Kept, saveBeatMs, saveQuietMs } from '../../../src/shell/keeper.ts'
import { failed } from '../health/specs.ts'
import { type Bench, createBench, planOf } from '../roster/plans.ts'
import { busyBench, digest, encoded, epochAt, plans, saved } from '../state/states.ts'

/** A disk in memory that can be full, or hold anything. */
interface Disk {
  octets: Uint8Array | null
  unreadable: string | null
  full: string | null
  writes: number
  aside: number
}

let disk: Disk
let events: JournalEvent[]
let bench: Bench
let keeper: Keeper

beforeEach(() => {
  vi.useFakeTimers()
  disk = { octets: null, unreadable: null, full: null, writes: 0, aside: 0 }
  events = []
})
afterEach(async () => {
  vi.restoreAllMocks()
  await keeper.close()
  vi.useRealTimers()
})

function keep(next: Bench): Keeper {
  bench = next
  const folder: StateFolder = {
    folder: 'state',
    read: async (): Promise<StateRead> => {
      if (disk.unreadable !== null) return { kind: 'unreadable', reason: disk.unreadable }
      return disk.octets === null ? { kind: 'none' } : { kind: 'octets', octets: disk.octets }
    },
    setAside: async () => {
      disk.octets = null
      return `robin.state.bad-${++disk.aside}`
    },
    write: async octets => {
      if (disk.full !== null) throw new Error(disk.full)
      disk.writes++
      disk.octets = octets
    },
    close: async () => {},
  }
  const clock = { now: () => bench.nowMs, wall: () => epochAt + bench.nowMs }
  keeper = createKeeper({ clock, journal: { record: event => events.push(event) }, roster: bench.roster, folder })
  return keeper
}

/** Time goes by for timers and roster alike. */
async function pass(spanMs: number): Promise<void> {
  for (let gone = 0; gone < spanMs; gone += 500) {
    bench.elapse(500)
    await vi.advanceTimersByTimeAsync(500)
  }
}

const kept: Kept = { generation: 3, serials: [{ zone: 'test.', serial: 5 }] }
const kinds = () => events.map(({ kind }) => kind)

describe('saving', () => {
  it('begins at once, follows changes soon, and comes now and then besides', async () => {
    const next = createBench()
    next.adopt(plans)
    next.elapse(10_000)
    keep(next).begin(() => kept)
    await pass(500)
    expect(disk.writes).toBe(1)
    await pass(saveQuietMs * 3)
    expect(disk.writes).toBe(1)
    await pass(saveBeatMs)
    expect(disk.writes).toBe(2)
    bench.world.set('10.0.0.1', failed)
    await pass(saveBeatMs - 1_000)
    expect(disk.writes).toBeGreaterThan(3)
    expect(keeper.view()).toMatchObject({ folder: 'state', trouble: null })
    expect(events).toEqual([])
  })

  it('is made in turns, so that nobody waits for thousands of tracks to be put into words', async () => {
    const next = createBench()
    const addresses = Array.from({ length: 2_000 }, (_, i) => `10.2.${i >> 8}.${i & 255}`)
    next.adopt([planOf('many.test.', addresses)])
    next.elapse(20_000)
    let nowMs = 0
    // Each step takes a millisecond.
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs++)
    const turns = vi.spyOn(globalThis, 'setImmediate')
    keep(next).begin(() => kept)
    await pass(500)
    expect(disk.writes).toBe(1)
    expect(turns.mock.calls.length).toBeGreaterThan(20)
    const decoded = decodeState(disk.octets!, digest)
    expect(decoded.kind === 'state' && decoded.state.tracks.length).toBe(addresses.length)
  })

  it('is bounded however much changes', async () => {
    const next = createBench()
    next.adopt(plans)
    next.elapse(10_000)
    keep(next).begin(() => kept)
    let flips = 0
    for (let second = 0; second < 60; second++) {
      bench.roster.revision += ++flips
      await pass(1_000)
    }
    expect(disk.writes).toBeLessThanOrEqual(60_000 / saveQuietMs + 1)
    expect(disk.writes).toBeGreaterThan(15)
  })

  it('comes once more at the end, and not at all if it never began', async () => {
    const next = createBench()
    next.adopt(plans)
    keep(next).begin(() => kept)
    await pass(500)
    const before = disk.writes
    await keeper.close()
    expect(disk.writes).toBe(before + 1)
    await keep(createBench()).close()
    expect(disk.writes).toBe(before + 1)
  })

  it('that fails is told once for each reason, goes on being tried, and its return is told', async () => {
    keep(createBench()).begin(() => kept)
    await pass(500)
    disk.full = 'the disk is full'
    await pass(saveBeatMs * 3)
    expect(kinds()).toEqual(['state-lost'])
    expect(keeper.view().trouble).toBe('the disk is full')
    disk.full = 'the file system is read-only'
    await pass(saveBeatMs)
    expect(kinds()).toEqual(['state-lost', 'state-lost'])
    disk.full = null
    await pass(saveQuietMs + 500)
    expect(kinds()).toEqual(['state-lost', 'state-lost', 'state-kept'])
    expect(keeper.view().trouble).toBeNull()
  })
})

describe('restoring', () => {
  it('finds nothing at the first start, and says nothing', async () => {
    expect(await keep(createBench()).restore()).toBeNull()
    expect(events).toEqual([])
  })

  it('takes up what is young, and tells how much', async () => {
    const before = busyBench()
    disk.octets = encoded(saved(before))
    const next = createBench()
    next.nowMs = millis(before.nowMs + 5_000)
    const state = await keep(next).restore()
    expect(state).toMatchObject({ generation: 12, serials: [{ zone: 'test.', serial: 7 }] })
    expect(events).toEqual([
      { kind: 'state-restored', file: 'robin.state', ageMs: 5_000, generation: 12, verdicts: 5, overrides: 1 },
    ])
  })

  it('trusts no verdict that is old', async () => {
    const before = busyBench()
    disk.octets = encoded(saved(before))
    const next = createBench()
    next.nowMs = millis(before.nowMs + 70_000)
    await keep(next).restore()
    expect(events).toMatchObject([{ kind: 'state-restored', verdicts: 0, overrides: 1 }])
  })

  it.each([
    ['torn', (octets: Uint8Array) => octets.subarray(0, 200)],
    ['foreign', () => new TextEncoder().encode('hello')],
    ['newer', () => new TextEncoder().encode('robin-state 9 x\n')],
  ])('puts aside what is %s, says so, and begins anew', async (fault, spoil) => {
    disk.octets = spoil(encoded(saved(busyBench())))
    expect(await keep(createBench()).restore()).toBeNull()
    expect(events).toEqual([{ kind: 'state-aside', file: 'robin.state', to: 'robin.state.bad-1', fault }])
  })

  it('puts aside what cannot be read', async () => {
    disk.unreadable = 'EACCES'
    expect(await keep(createBench()).restore()).toBeNull()
    expect(events).toMatchObject([{ kind: 'state-aside', fault: 'unreadable: EACCES' }])
  })

  it('starts from a file cut at any octet', async () => {
    const whole = encoded(saved(busyBench()))
    for (let length = 0; length < whole.length; length += 7) {
      disk.octets = whole.subarray(0, length)
      expect(await keep(createBench()).restore()).toBeNull()
    }
    expect(new Set(kinds())).toEqual(new Set(['state-aside']))
  })
})
