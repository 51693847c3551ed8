/** Serials as they are given out: what a zone begins with, and what is on the disk before anybody sees one. */
import { describe, expect, test } from 'vitest'
import { type Name, nameKey, parseName } from '../../../src/core/name/name.ts'
import type { SavedSerial } from '../../../src/core/state/index.ts'
import { reserveStep } from '../../../src/core/transfer/reserve.ts'
import { createSerials } from '../../../src/shell/serials.ts'

const name = parseName('a.test.', null) as Name
const key = nameKey(name)
const atSeconds = 2_000_000
const fixed = (serial: number) => ({ serial, isFixed: true })
const auto = (serial: number) => ({ serial, isFixed: false })

function create(
  earlier: Readonly<Record<string, Omit<SavedSerial, 'zone'>>> = {},
  flush: (() => Promise<boolean>) | null = null,
) {
  const serials = createSerials(() => atSeconds * 1_000)
  serials.recall(new Map(Object.entries(earlier)), flush)
  return serials
}

describe('a zone begins', () => {
  test('above all that the run before may have given out', () => {
    const serials = create({ 'a.test.': { serial: 20, reserve: 500 } })
    expect([auto(400), auto(501), fixed(1), fixed(900)].map(wanted => serials.firstOf(name, wanted, null))).toEqual([
      501, 501, 501, 900,
    ])
    expect(create({ 'a.test.': { serial: 0xffff_ffff } }).firstOf(name, auto(0xffff_ff00), null)).toBe(1)
  })

  test('above what it was served with before it was transferred', () => {
    expect(create({ 'a.test.': { serial: 20, reserve: 500 } }).firstOf(name, auto(400), 700)).toBe(701)
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
    serials.give(key, serial, 'mark')
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
    serials.give(key, 5_000, 'mark')
    expect(serials.live(key)).toBe(5_000)
  }
})

test('what is kept on the way down is exact', () => {
  const serials = create({}, async () => true)
  serials.watch([{ key, name, first: 10 }])
  serials.give(key, 12, 'twelve')
  serials.give(key, 11, 'eleven')
  serials.close()
  expect(serials.kept(key)).toEqual({ serial: 12, content: 'twelve' })
})

describe('a zone that was given out when the run before ended as it should', () => {
  const saved = { 'a.test.': { serial: 20, content: 'mark' } }

  test('begins with that serial, for the same content', () => {
    const serials = create(saved)
    expect([serials.firstOf(name, auto(10), null), serials.resumed(name, 20)]).toEqual([20, 'mark'])
    expect(serials.firstOf(name, fixed(20), null)).toBe(20)
  })

  test('begins anew where its file asks for a later one', () => {
    const serials = create(saved)
    expect([serials.firstOf(name, fixed(30), null), serials.resumed(name, 30)]).toEqual([30, null])
  })
})

test('a zone that comes back goes on above what it had, in this run and the next', () => {
  const serials = create({ 'a.test.': { serial: 5, content: 'mark' } }, async () => true)
  serials.watch([{ key, name, first: 10 }])
  serials.give(key, 300, 'mark')
  serials.watch([])
  expect([serials.live(key), serials.kept(key)]).toEqual([null, null])
  expect(serials.gone()).toMatchObject([{ zone: 'a.test.', serial: 300 }])
  expect(serials.firstOf(name, fixed(7), null)).toBeGreaterThan(300)
  expect(serials.firstOf(name, fixed(7), 7)).toBeGreaterThan(300)
})
