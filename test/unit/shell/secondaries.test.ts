/** Secondary zones of the server with scripted primaries: what is asked, told, kept and served. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { formatName } from '../../../src/core/name/name.ts'
import type { AskResult, PullResult } from '../../../src/core/secondary/index.ts'
import type { JournalEvent } from '../../../src/core/view/events.ts'
import { noSources } from '../../../src/core/zonefile/route.ts'
import { keepZone, noteZone, readNote } from '../../../src/edge/secondary/kept-zones.ts'
import type { PullRequest } from '../../../src/shell/pullers.ts'
import { createSecondaries, type Secondaries } from '../../../src/shell/secondaries.ts'
import type { SecondaryPlan } from '../../../src/shell/secondary-plans.ts'
import { name } from '../secondary/wire.ts'

const times = { refresh: 100, retry: 10, expire: 1000 }
const wallStart = 1_700_000_000_000

function plan(zone: string, ...hosts: readonly string[]): SecondaryPlan {
  const span = { file: 'robin.yaml', line: 1, column: 1, endColumn: 2 }
  const primaries = hosts.map(host => ({ host, port: 53 }))
  return { apex: name(zone), primaries, key: null, sources: noSources, notifyFrom: [], signed: 'refuse', span }
}

function taken(serial: number): PullResult {
  return { kind: 'taken', serial, times, how: 'axfr', records: 3, octets: 99, tookMs: 1 }
}

let folder = ''
let stage: ReturnType<typeof createStage>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-secondaries-'))
  stage = createStage()
})
afterEach(async () => {
  await stage.secondaries.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A server's part with a clock and primaries that the test moves. */
function createStage() {
  let nowMs = 0
  const events: JournalEvent[] = []
  const asked: string[] = []
  const sources: (string | null)[] = []
  const pulls: PullRequest[] = []
  const answers: { ask: AskResult; pull: PullResult } = { ask: { kind: 'soa', serial: 1 }, pull: taken(1) }
  /** Hosts that give no answer at all. */
  const dead = new Set<string>()
  /** Signals of pulls; what those do that wait before they end. */
  const offs: AbortSignal[] = []
  const gate: { closed: Promise<void> | null } = { closed: null }
  const counts = { changed: 0, agreed: 0 }
  const clock = { now: () => millis(nowMs), wall: () => wallStart + nowMs }
  const secondaries: Secondaries = createSecondaries(
    {
      clock,
      draw: () => 0,
      journal: { record: event => events.push(event) },
      pullers: {
        pull: async (order, off) => {
          pulls.push(order)
          if (off !== undefined) offs.push(off)
          await gate.closed
          return answers.pull
        },
        threads: () => 0,
        stop: async () => undefined,
      },
      ask: async ({ apex, primary }) => {
        asked.push(`${formatName(apex)} ${primary.host}`)
        sources.push(primary.source)
        const nobody: AskResult = { kind: 'failed', failure: { reason: 'timeout', detail: 'nothing' } }
        return dead.has(primary.host) ? nobody : answers.ask
      },
    },
    { folder, keys: [], sources: { v4: '192.0.2.66', v6: null } },
  )
  return {
    ...{ secondaries, events, asked, sources, dead, offs, gate, pulls, answers, counts },
    begin: () =>
      secondaries.begin(
        () => counts.changed++,
        () => counts.agreed++,
      ),
    pass: (ms: number) => {
      nowMs += ms
    },
    kinds: () => events.map(({ kind }) => kind),
  }
}

const settle = async (fits: () => boolean): Promise<void> => {
  await expect.poll(fits, { timeout: 5_000, interval: 10 }).toBe(true)
}

describe('a zone that is wanted', () => {
  test('is pulled, told of and served', async () => {
    const { secondaries, pulls, kinds, counts, begin } = stage
    await secondaries.want([plan('a.test', '192.0.2.1')])
    expect(secondaries.zones.list()).toMatchObject([{ isServable: false }])
    expect(secondaries.view()).toMatchObject([{ zone: 'a.test.', state: 'new', serial: null, expiresInMs: null }])
    expect(pulls).toEqual([])
    begin()
    await settle(() => counts.changed === 1)
    expect(pulls).toMatchObject([{ since: null, after: null, signed: 'refuse' }])
    expect(kinds()).toEqual(['zone-pulled'])
    expect(secondaries.zones.list()).toMatchObject([{ isServable: true }])
    expect(secondaries.view()).toMatchObject([
      { state: 'current', serial: 1, pulledAt: wallStart, nextInMs: 100_000, expiresInMs: 1_000_000, failure: null },
    ])
  })

  test('tells the same failure once, and that it is over', async () => {
    const { secondaries, answers, events, kinds, pass, begin } = stage
    await noteZone(folder, name('a.test'), { serial: 1, times, confirmedAt: wallStart }).catch(() => undefined)
    await keepZone(folder, name('a.test'), ['x'], { serial: 1, times, confirmedAt: wallStart })
    await secondaries.want([plan('a.test', '192.0.2.1')])
    answers.ask = { kind: 'failed', failure: { reason: 'timeout', detail: 'nothing' } }
    begin()
    await settle(() => events.length === 1)
    expect(events[0]).toMatchObject({ kind: 'zone-not-pulled', reason: 'timeout', state: 'refreshing' })
    expect(secondaries.view()[0]).toMatchObject({ state: 'refreshing', failure: { primary: '192.0.2.1:53' } })
    pass(10_000)
    await settle(() => stage.asked.length === 2)
    answers.ask = { kind: 'soa', serial: 1 }
    pass(20_000)
    await settle(() => events.length === 2)
    expect(kinds()).toEqual(['zone-not-pulled', 'zone-confirmed'])
  })

  test('goes on from what is kept, expires by its own age, and is written down again when confirmed', async () => {
    const { secondaries, answers, kinds, counts, pass, begin } = stage
    await keepZone(folder, name('a.test'), ['x'], { serial: 1, times, confirmedAt: wallStart - 999_000 })
    await secondaries.want([plan('a.test', '192.0.2.1')])
    expect(secondaries.zones.list()).toMatchObject([{ isServable: true }])
    answers.ask = { kind: 'failed', failure: { reason: 'timeout', detail: 'nothing' } }
    begin()
    pass(1_000)
    await settle(() => kinds().includes('zone-expired'))
    expect(counts.changed).toBe(1)
    expect(secondaries.zones.list()).toMatchObject([{ isServable: false }])
    expect(secondaries.view()).toMatchObject([{ state: 'expired', expiresInMs: 0 }])
    answers.ask = { kind: 'soa', serial: 1 }
    pass(10_000)
    await settle(() => counts.changed === 2)
    expect(secondaries.zones.list()).toMatchObject([{ isServable: true }])
    await stage.secondaries.stop()
    expect(await readNote(folder, name('a.test'))).toMatchObject({ serial: 1, confirmedAt: wallStart + 11_000 })
  })
})

describe('what is asked and pulled starts from', () => {
  test('the source of the zone, or else of the settings, by the family of the primary', async () => {
    const sources = { v4: '192.0.2.77', v6: null }
    await stage.secondaries.want([
      plan('a.test', '192.0.2.1'),
      { ...plan('b.test', '192.0.2.1'), sources },
      plan('c.test', '2001:db8::1'),
    ])
    stage.begin()
    await settle(() => stage.pulls.length === 3)
    const own = stage.pulls.map(({ primary: { host, source } }) => `${host} ${source}`)
    expect(own).toEqual(['192.0.2.1 192.0.2.66', '192.0.2.1 192.0.2.77', '2001:db8::1 null'])
    stage.pass(100_000)
    await settle(() => stage.asked.length === 3)
    // Whoever has the first turn.
    expect(new Set(stage.sources)).toEqual(new Set(['192.0.2.66', '192.0.2.77', null]))
  })

  test('another one when the plan has another', async () => {
    await stage.secondaries.want([plan('a.test', '192.0.2.1')])
    stage.begin()
    await settle(() => stage.counts.changed === 1)
    await stage.secondaries.want([{ ...plan('a.test', '192.0.2.1'), sources: { v4: '192.0.2.77', v6: null } }])
    await settle(() => stage.asked.length === 1)
    expect(stage.sources).toEqual(['192.0.2.77'])
  })
})

describe('a NOTIFY', () => {
  test('has the primary with that address asked', async () => {
    const { secondaries, asked, counts, pass, begin } = stage
    await secondaries.want([plan('a.test', '192.0.2.1', '192.0.2.2', '2001:db8::1')])
    begin()
    await settle(() => counts.changed === 1)
    pass(1_000)
    secondaries.notified(name('a.test'), Uint8Array.from([192, 0, 2, 2]))
    await settle(() => asked.length === 1)
    expect(asked).toEqual(['a.test. 192.0.2.2'])
    secondaries.notified(name('b.test'), Uint8Array.from([192, 0, 2, 2]))
    expect(asked.length).toBe(1)
  })

  test('costs no look at all the other zones, however many come', async () => {
    const { secondaries, counts, begin } = stage
    await secondaries.want(Array.from({ length: 10 }, (_, i) => plan(`z${i}.test`, '192.0.2.1')))
    begin()
    await settle(() => counts.changed === 10)
    const walks = vi.spyOn(Map.prototype, 'values')
    secondaries.notified(name('z3.test'), Uint8Array.of(192, 0, 2, 1))
    const walked = walks.mock.calls.length
    walks.mockRestore()
    expect(walked).toBe(0)
  })

  test('may come from the primaries and from where settings say so', async () => {
    const { secondaries } = stage
    await secondaries.want([{ ...plan('a.test', '192.0.2.1', '192.0.2.1'), notifyFrom: ['10.0.0.0/8'], key: 'xfr.' }])
    expect(secondaries.notifyOrders()).toEqual([
      { apex: name('a.test'), from: ['192.0.2.1', '10.0.0.0/8'], key: 'xfr.' },
    ])
  })
})

describe('other wishes while running', () => {
  test('bring zones and take them away, with what is kept of them', async () => {
    const { secondaries, counts, begin } = stage
    begin()
    await keepZone(folder, name('a.test'), ['x'], { serial: 1, times, confirmedAt: wallStart })
    await secondaries.want([plan('a.test', '192.0.2.1')])
    expect(counts).toEqual({ changed: 1, agreed: 1 })
    expect((await readdir(folder)).sort()).toEqual(['a.test.known.json', 'a.test.zone'])
    await secondaries.want([plan('b.test', '192.0.2.1')])
    expect(await readdir(folder)).toEqual([])
    expect(secondaries.view().map(({ zone }) => zone)).toEqual(['b.test.'])
    await secondaries.want([])
    expect(secondaries.view()).toEqual([])
    expect(counts.agreed).toBe(3)
  })

  test('ask other primaries at once, and leave alone what stays as it is', async () => {
    const { secondaries, asked, counts, pass, begin } = stage
    await secondaries.want([plan('a.test', '192.0.2.1')])
    begin()
    await settle(() => counts.changed === 1)
    pass(1_000)
    await secondaries.want([plan('a.test', '192.0.2.1')])
    await secondaries.want([plan('a.test', '192.0.2.9')])
    await settle(() => asked.length === 1)
    expect(asked).toEqual(['a.test. 192.0.2.9'])
  })
})

test('a kept copy that cannot be taken away is told of, and nothing else comes to harm', async () => {
  const { secondaries, events, begin } = stage
  // No file, so it cannot be removed as one.
  await mkdir(join(folder, 'a.test.zone'))
  begin()
  await secondaries.want([plan('a.test', '192.0.2.1')])
  await secondaries.want([plan('b.test', '192.0.2.1')])
  await settle(() => events.some(({ kind }) => kind === 'fault'))
  await settle(() => secondaries.view()[0]?.state === 'current')
  expect(secondaries.view().map(({ zone }) => zone)).toEqual(['b.test.'])
})

test('a kept copy that is of no use is pulled again', async () => {
  const { secondaries, pulls, kinds, pass, begin } = stage
  await keepZone(folder, name('a.test'), ['x'], { serial: 1, times, confirmedAt: wallStart })
  await secondaries.want([plan('a.test', '192.0.2.1')])
  secondaries.zones.lose(name('a.test'), 'torn')
  secondaries.zones.lose(name('a.test'), 'torn')
  expect(kinds()).toEqual(['fault'])
  expect(secondaries.zones.list()).toMatchObject([{ isServable: false }])
  begin()
  pass(2_000)
  await settle(() => pulls.length === 1)
  expect(pulls[0]).toMatchObject({ since: null })
})

test('a zone that goes and comes back is not pulled while an earlier pull of it still writes', async () => {
  const { secondaries, pulls, offs, gate, begin } = stage
  let open = (): void => undefined
  gate.closed = new Promise<void>(resolve => {
    open = () => resolve()
  }).then(() => keepZone(folder, name('a.test'), ['old'], { serial: 1, times, confirmedAt: wallStart }))
  begin()
  await secondaries.want([plan('a.test', '192.0.2.1')])
  await settle(() => pulls.length === 1)
  const back = secondaries.want([]).then(() => secondaries.want([plan('a.test', '192.0.2.2')]))
  await settle(() => offs[0]?.aborted === true)
  await new Promise(resolve => setImmediate(resolve))
  expect(pulls).toHaveLength(1)
  open()
  await back
  await settle(() => pulls.length === 2)
  // What the earlier one wrote has gone before.
  expect([pulls[1]?.since, pulls[1]?.primary.host, await readdir(folder)]).toEqual([null, '192.0.2.2', []])
})

test('a primary that hangs leaves room for zones of others', async () => {
  const { secondaries, pulls, gate, begin } = stage
  let open = (): void => undefined
  gate.closed = new Promise<void>(resolve => {
    open = () => resolve()
  })
  const zones = Array.from({ length: 40 }, (_, i) => plan(`z${i}.test`, '192.0.2.1'))
  await secondaries.want([...zones, plan('other.test', '192.0.2.2')])
  begin()
  await settle(() => pulls.some(({ primary }) => primary.host === '192.0.2.2'))
  open()
})

test('a primary that is dead beside one that is not is told of once', async () => {
  const { secondaries, asked, dead, kinds, pass, begin } = stage
  await keepZone(folder, name('a.test'), ['x'], { serial: 1, times, confirmedAt: wallStart })
  await secondaries.want([plan('a.test', '192.0.2.1', '192.0.2.2')])
  dead.add('192.0.2.1')
  begin()
  await settle(() => asked.length === 2)
  for (let i = 2; i < 5; i++) {
    pass(100_000)
    await settle(() => asked.length === 2 * i)
  }
  expect(kinds()).toEqual(['zone-not-pulled'])
  dead.clear()
  pass(100_000)
  await settle(() => kinds().length === 2)
  expect(kinds()).toEqual(['zone-not-pulled', 'zone-confirmed'])
})

test('a zone whose pulls break each time is pulled again after a pause, longer each time', async () => {
  const { secondaries, answers, pulls, pass, begin } = stage
  answers.pull = { kind: 'failed', failure: { reason: 'fault', detail: 'its thread ended' } }
  await secondaries.want([plan('a.test', '192.0.2.1')])
  begin()
  const pauses: (number | null | undefined)[] = []
  for (let i = 1; i < 5; i++) {
    await settle(() => pulls.length === i && secondaries.view()[0]?.nextInMs !== null)
    const pauseMs = secondaries.view()[0]?.nextInMs
    pauses.push(pauseMs)
    pass(pauseMs ?? 0)
  }
  expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000])
})

test('a primary that finds new words each time is told of once', async () => {
  const { secondaries, asked, answers, kinds, pass, begin } = stage
  await keepZone(folder, name('a.test'), ['x'], { serial: 1_000, times, confirmedAt: wallStart })
  await secondaries.want([plan('a.test', '192.0.2.1')])
  begin()
  for (let i = 1; i < 5; i++) {
    answers.ask = { kind: 'soa', serial: i }
    await settle(() => asked.length === i)
    pass(100_000)
  }
  await settle(() => asked.length === 5)
  expect(kinds()).toEqual(['zone-not-pulled'])
})

test('at most so many are asked at once, and all have their turn', async () => {
  const { secondaries, asked, counts, begin } = stage
  await secondaries.want(Array.from({ length: 100 }, (_, i) => plan(`z${i}.test`, '192.0.2.1')))
  begin()
  await settle(() => counts.changed === 100)
  expect(new Set(secondaries.view().map(({ state }) => state))).toEqual(new Set(['current']))
  expect(asked).toEqual([])
})
