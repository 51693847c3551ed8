/** The work of the versions thread, in process and on a clock of the test: what is captured when, and what is kept. */
import { beforeEach, describe, expect, test } from 'vitest'
import { createBoard, publish } from '../../../src/board/board.ts'
import { formatName, type Name, nameKey, parseName } from '../../../src/core/name/name.ts'
import { decide } from '../../../src/core/rotation/decide.ts'
import { type OfferMemory, openOffer } from '../../../src/core/transfer/offer.ts'
import { planIxfr, wholeZone, zoneChanges } from '../../../src/core/transfer/sequence.ts'
import type { ZoneImage } from '../../../src/core/zonefile/image.ts'
import { readZone } from '../../../src/core/zonefile/index.ts'
import { judgedOf } from '../../../src/core/zonefile/judged.ts'
import { type Compiled, joinImages } from '../../../src/core/zonefile/snapshot.ts'
import { createVersionDesk, journalVersionsMax, type VersionDesk } from '../../../src/shell/version-desk.ts'
import type { ZoneOrder } from '../../../src/shell/version-orders.ts'
import { lines } from '../transfer/zones.ts'

const text = (zone: string, more = '') => `
zone: ${zone}
soa: {mname: ns1.${zone}., rname: h.${zone}.}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.${zone}.]}
  ns1: {type: A, value: 192.0.2.53}
  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp}
${more}`
const imageOf = (zone: string, more = ''): ZoneImage =>
  judgedOf(readZone({ file: `${zone}.yaml`, text: text(zone, more) })).image!
const name = (zone: string) => parseName(`${zone}.`, null) as Name

/** A generation as control has it. */
function stage(images: readonly ZoneImage[]) {
  const compiled = joinImages(images, 1)
  const board = createBoard(compiled.snapshot.boardWords)
  const slots = (zone: string) => Int32Array.from(poolsOf(compiled, zone), ({ slot }) => slot)
  const down = (zone: string, ...addresses: string[]) => {
    for (const place of poolsOf(compiled, zone)) {
      const standings = place.plan.pool.members.map(({ address }) => {
        const verdict = addresses.includes(address) ? ('down' as const) : ('up' as const)
        return { verdict, pending: false, override: 'none' as const, share: 1 }
      })
      publish(board, place, decide(place.plan.pool.spec, standings, { lastHealthy: [], heldTier: null }))
    }
  }
  for (const { apex } of images) down(formatName(apex).replace(/\.$/, ''))
  const zones = (wanted = 1, known: readonly ZoneImage[] = []): ZoneOrder[] =>
    images.map((image, i) => ({
      apex: image.apex,
      zone: compiled.imagesAt[i]!,
      first: 100,
      resumes: null,
      source: 'digest',
      wanted: { serial: wanted, isFixed: false },
      isSame: known.includes(image),
      access: [],
    }))
  return { memory: { snapshot: compiled.snapshot.memory, board: board.memory }, zones, slots, down }
}

function poolsOf({ pools }: Compiled, zone: string) {
  return pools.filter(({ plan }) => plan.owner.endsWith(`${zone}.`))
}

let reports: OfferMemory[]
let marks: string[]
let desk: VersionDesk
const told = () => reports.splice(0).map(({ apex, serial }) => `${formatName(apex)} ${serial}`)
const take = (staged: ReturnType<typeof stage>, orders: readonly ZoneOrder[], nowMs: number) =>
  desk.take({ kind: 'generation', ...staged.memory, zones: orders }, nowMs)
const changed = (slots: Int32Array, nowMs: number) => desk.take({ kind: 'changed', slots }, nowMs)

beforeEach(() => {
  reports = []
  marks = []
  desk = createVersionDesk(
    ({ offer, mark }) => {
      reports.push(offer)
      marks.push(mark)
    },
    parts => parts.map(part => Buffer.from(part).toString('base64')).join(),
  )
})

describe('versions', () => {
  test('begin with the serial that control gives, once for each zone', () => {
    const staged = stage([imageOf('a.test'), imageOf('b.test')])
    take(staged, staged.zones(), 0)
    expect([desk.work(0), told()]).toEqual([null, ['a.test. 100', 'b.test. 100']])
  })

  test('follow health: at once after a quiet second, then once a second, of the zone that changed only', () => {
    const staged = stage([imageOf('a.test'), imageOf('b.test')])
    take(staged, staged.zones(), 0)
    desk.work(0)
    told()
    staged.down('b.test', '10.0.0.1')
    changed(staged.slots('b.test'), 5_000)
    expect([desk.work(5_000), told()]).toEqual([null, ['b.test. 101']])
    staged.down('b.test')
    changed(staged.slots('b.test'), 5_100)
    expect([desk.work(5_100), told()]).toEqual([6_000, []])
    expect([desk.work(6_000), told()]).toEqual([null, ['b.test. 102']])
  })

  test('are not made where nothing differs in the end', () => {
    const staged = stage([imageOf('a.test')])
    take(staged, staged.zones(), 0)
    desk.work(0)
    told()
    staged.down('a.test', '10.0.0.1')
    staged.down('a.test')
    changed(staged.slots('a.test'), 5_000)
    expect([desk.work(5_000), told()]).toEqual([null, []])
  })

  test('of zones that nobody may have are none', () => {
    const staged = stage([imageOf('a.test'), imageOf('b.test'), imageOf('c.test')])
    take(staged, staged.zones().slice(1, 2), 0)
    desk.work(0)
    changed(staged.slots('a.test'), 5_000)
    changed(staged.slots('c.test'), 5_000)
    expect([desk.work(5_000), told()]).toEqual([null, ['b.test. 100']])
  })

  test('follow other zones where an alias leads there', () => {
    const alias = "  '@': [{type: NS, values: [ns1.a.test.]}, {type: ALIAS, value: www.b.test.}]\n"
    const leading = text('a.test').replace("  '@': {type: NS, values: [ns1.a.test.]}\n", alias)
    const a = judgedOf(readZone({ file: 'a.test.yaml', text: leading })).image!
    const staged = stage([a, imageOf('b.test')])
    take(staged, staged.zones(), 0)
    desk.work(0)
    told()
    staged.down('b.test', '10.0.0.1')
    changed(staged.slots('b.test'), 5_000)
    desk.work(5_000)
    expect(told().sort()).toEqual(['a.test. 101', 'b.test. 101'])
  })
})

describe('an edit', () => {
  const a = imageOf('a.test')
  const b = imageOf('b.test')

  test('makes a version of the zone that it changed; the other one keeps its own and its journal', () => {
    const before = stage([a, b])
    take(before, before.zones(), 0)
    desk.work(0)
    before.down('b.test', '10.0.0.1')
    changed(before.slots('b.test'), 2_000)
    desk.work(2_000)
    told()
    const after = stage([imageOf('a.test', '  x: {type: TXT, value: hi}'), b])
    after.down('b.test', '10.0.0.1')
    take(after, after.zones(1, [a, b]), 9_000)
    // What stays is offered anew where it stands now, before anything is compared.
    expect(told()).toEqual(['b.test. 101'])
    expect(desk.work(9_000)).toBeNull()
    const [edited] = reports
    expect(told()).toEqual(['a.test. 101'])
    const { version, journal } = openOffer(edited!)
    expect(version.snapshot.memory).toBe(after.memory.snapshot)
    const plan = planIxfr(version, journal, 100)
    const changes = plan.kind === 'changes' ? lines(zoneChanges(version, plan.changes)) : []
    expect(changes.filter(line => !line.includes(' SOA '))).toEqual(['x.a.test. 10 TXT "hi"'])
    after.down('b.test')
    changed(after.slots('b.test'), 20_000)
    desk.work(20_000)
    const kept = openOffer(reports.at(-1)!)
    expect(kept.journal.diffs.map(({ from, to }) => [from, to])).toEqual([
      [100, 101],
      [101, 102],
    ])
  })

  test('gets the serial that its file asks for if that is later', () => {
    const before = stage([a])
    take(before, before.zones(), 0)
    desk.work(0)
    const after = stage([imageOf('a.test', '  x: {type: TXT, value: hi}')])
    take(after, after.zones(5_000), 2_000)
    desk.work(2_000)
    expect(told()).toEqual(['a.test. 100', 'a.test. 5000'])
  })

  test('and another within a second are one version', () => {
    const first = stage([a])
    take(first, first.zones(), 0)
    desk.work(0)
    for (const [i, value] of ['one', 'two', 'three'].entries()) {
      const next = stage([imageOf('a.test', `  x: {type: TXT, value: ${value}}`)])
      take(next, next.zones(), 100 + i)
      desk.work(100 + i)
    }
    told()
    expect(desk.work(1_000)).toBeNull()
    const zone = lines(wholeZone(openOffer(reports[0]!).version))
    expect([told(), zone.find(line => line.startsWith('x'))]).toEqual([['a.test. 101'], 'x.a.test. 10 TXT "three"'])
  })

  test('that changes nothing of a zone has it offered where it stands now', () => {
    const before = stage([a])
    take(before, before.zones(), 0)
    desk.work(0)
    told()
    const after = stage([imageOf('a.test')])
    take(after, after.zones(), 5_000)
    desk.work(5_000)
    expect(reports[0]!.snapshot).toBe(after.memory.snapshot)
    expect(told()).toEqual(['a.test. 100'])
  })

  test('that takes a zone away and one that brings it back begin it anew', () => {
    const both = stage([a, b])
    take(both, both.zones(), 0)
    desk.work(0)
    const alone = stage([a])
    take(alone, alone.zones(1, [a]), 5_000)
    desk.work(5_000)
    told()
    const again = stage([a, b])
    const orders = again.zones(1, [a]).map(order => ({ ...order, first: 300 }))
    take(again, orders, 9_000)
    desk.work(9_000)
    expect(told().sort()).toEqual(['a.test. 100', 'b.test. 300'])
  })
})

describe('a zone that the run before gave out', () => {
  const staged = stage([imageOf('a.test')])
  const begin = (resumes: string | null) => {
    take(
      staged,
      staged.zones().map(order => ({ ...order, resumes })),
      0,
    )
    desk.work(0)
    return told()
  }

  test('begins with its serial if it holds the same, else with the next', () => {
    expect(begin(null)).toEqual(['a.test. 100'])
    const [mark] = marks
    desk = createVersionDesk(
      ({ offer }) => reports.push(offer),
      parts => parts.map(part => Buffer.from(part).toString('base64')).join(),
    )
    expect(begin(mark!)).toEqual(['a.test. 100'])
    desk = createVersionDesk(
      ({ offer }) => reports.push(offer),
      parts => parts.map(part => Buffer.from(part).toString('base64')).join(),
    )
    staged.down('a.test', '10.0.0.1')
    expect(begin(mark!)).toEqual(['a.test. 101'])
  })

  test('has another mark for each content, whatever the serial', () => {
    staged.down('a.test')
    begin(null)
    for (const [i, down] of [['10.0.0.1'], []].entries()) {
      staged.down('a.test', ...down)
      changed(staged.slots('a.test'), 5_000 * (i + 1))
      desk.work(5_000 * (i + 1))
    }
    expect([marks[0] === marks[1], marks[0] === marks[2]]).toEqual([false, true])
  })
})

test('a thousand changes in a minute are sixty versions, and whoever has the first gets the last by changes', () => {
  const still = Array.from({ length: 500 }, (_, i) => `  h${i}: {type: A, value: 192.0.2.9}`).join('\n')
  const staged = stage([imageOf('a.test', still)])
  take(staged, staged.zones(), 0)
  desk.work(0)
  let dueMs: number | null = null
  for (let i = 1; i <= 1_000; i++) {
    const nowMs = i * 60
    staged.down('a.test', i % 2 === 0 ? '10.0.0.1' : '10.0.0.2')
    changed(staged.slots('a.test'), nowMs)
    if (dueMs === null || nowMs >= dueMs) dueMs = desk.work(nowMs)
  }
  while (dueMs !== null) dueMs = desk.work(dueMs)
  const { journal, version } = openOffer(reports.at(-1)!)
  expect(reports.length).toBeLessThanOrEqual(62)
  expect(reports.length).toBeGreaterThan(30)
  expect(planIxfr(version, journal, 100)).toMatchObject({ kind: 'changes' })
})

test('a journal is bounded however many versions there are', () => {
  const staged = stage([imageOf('a.test')])
  take(staged, staged.zones(), 0)
  desk.work(0)
  for (let i = 1; i <= journalVersionsMax + 50; i++) {
    staged.down('a.test', i % 2 === 0 ? '10.0.0.1' : '10.0.0.2')
    changed(staged.slots('a.test'), i * 2_000)
    desk.work(i * 2_000)
  }
  const { journal, version } = openOffer(reports.at(-1)!)
  expect([journal.diffs.length, version.serial]).toEqual([journalVersionsMax, 100 + journalVersionsMax + 50])
  expect(nameKey(name('a.test'))).toBe(nameKey(reports[0]!.apex))
})
