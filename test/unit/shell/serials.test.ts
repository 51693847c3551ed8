/** Serials as they are given out: what a zone begins with, and what is on the disk before anybody sees one. */
import { describe, expect, test } from 'vitest'
import { type Name, nameKey, parseName } from '../../../src/core/name/name.ts'
import { reserveStep } from '../../../src/core/transfer/reserve.ts'
import { createSerials } from '../../../src/shell/serials.ts'

const name = parseName('a.test.', null) as Name
const key = nameKey(name)
const atSeconds = 2_000_000
const fixed = (serial: number) => ({ serial, isFixed: true })
const auto = (serial: number) => ({ serial, isFixed: false })

function create(earlier: Readonly<Record<string, number>> = {}, flush: (() => Promise<boolean>) | null = null) {
  const serials = createSerials(() => atSeconds * 1_000)
  serials.recall(new Map(Object.entries(earlier)), flush)
  return serials
}

describe('a zone begins', () => {
  test('above all that the run before may have given out', () => {
    const serials = create({ 'a.test.': 500 })
    expect([auto(400), auto(501), fixed(1), fixed(900)].map(wanted => serials.firstOf(name, wanted, null))).toEqual([
      501, 501, 501, 900,
    ])
    expect(create({ 'a.test.': 0xffff_ffff }).firstOf(name, auto(0xffff_ff00), null)).toBe(1)
  })

  test('above what it was served with before it was transferred', () => {
    expect(create({ 'a.test.': 500 }).firstOf(name, auto(400), 700)).toBe(701)
  })

  test('at the time of the start where nothing is known, unless its file has a serial', () => {
    const serials = create()
    expect([auto(400), auto(3_000_000), fixed(7)].map(wanted => serials.firstOf(name, wanted, null))).toEqual([
      atSeconds,
      3_000_000,
      7,
    ])
  })
})

test('a serial waits for the disk once, and then for a step of others no more', async () => {
  let saves = 0
  const serials = create({}, async () => {
    saves++
    return true
  })
  serials.watch([{ key, name, first: 10 }])
  await serials.secure(key, 10)
  expect([saves, serials.kept(key)]).toEqual([1, { serial: 10, reserve: 10 + reserveStep }])
  for (let serial = 11; serial < 200; serial++) {
    await serials.secure(key, serial)
    serials.give(key, serial)
  }
  expect([saves, serials.live(key)]).toEqual([1, 199])
})

test('many zones at once wait for one save', async () => {
  let saves = 0
  const serials = create({}, async () => {
    saves++
    return true
  })
  const zones = Array.from({ length: 100 }, (_, i) => parseName(`z${i}.test.`, null) as Name)
  serials.watch(zones.map(zone => ({ key: nameKey(zone), name: zone, first: 1 })))
  await Promise.all(zones.map(zone => serials.secure(nameKey(zone), 1)))
  expect(saves).toBe(1)
})

test('a disk that takes nothing, or none, keeps no serial back', async () => {
  for (const flush of [async () => false, null]) {
    const serials = create({}, flush)
    serials.watch([{ key, name, first: 10 }])
    await serials.secure(key, 5_000)
    serials.give(key, 5_000)
    expect(serials.live(key)).toBe(5_000)
  }
})

test('what is kept on the way down is exact', () => {
  const serials = create({}, async () => true)
  serials.watch([{ key, name, first: 10 }])
  serials.give(key, 12)
  serials.give(key, 11)
  serials.close()
  expect(serials.kept(key)).toEqual({ serial: 12 })
})

test('a zone that is transferred no more is forgotten', () => {
  const serials = create()
  serials.watch([{ key, name, first: 10 }])
  serials.watch([])
  expect([serials.live(key), serials.kept(key)]).toEqual([null, null])
})
