/** What becomes of zones from catalogs when those say something new (RFC 9432 section 5). */
import { expect, test } from 'vitest'
import type { CatalogMembers } from '../../../src/core/catalog/catalog.ts'
import { type MemberPlan, type Memberships, planMembers } from '../../../src/core/catalog/plan.ts'
import { formatName, nameKey } from '../../../src/core/name/name.ts'
import { catalogOf, nameOf } from './zones.ts'

type Heard = Readonly<Record<string, CatalogMembers | null>>

function plan(before: Memberships, heard: Heard, ...own: readonly string[]): MemberPlan {
  const catalogs = Object.entries(heard).map(([name, members]) => ({ name: nameOf(name), members }))
  return planMembers(before, catalogs, new Set(own.map(zone => nameKey(nameOf(zone)))))
}

function afterOf(heard: Heard): Memberships {
  return plan(new Map(), heard).after
}

/** `kind zone catalog label` of all that changes, and of what is refused. */
function changes({ add, drop, reset, clashes }: MemberPlan): readonly string[] {
  const of = (kind: string, list: MemberPlan['add']) =>
    list.map(({ zone, catalog, unique }) => `${kind} ${formatName(zone)} ${formatName(catalog)} ${unique}`)
  const clashed = clashes.map(({ zone, catalog, by }) => {
    return `clash ${formatName(zone)} ${formatName(catalog)} ${by === null ? '-' : formatName(by)}`
  })
  return [...of('add', add), ...of('drop', drop), ...of('reset', reset), ...clashed]
}

const one = { 'c1.': catalogOf('a. x', 'b. y') }

test('members come and go', () => {
  expect(changes(plan(new Map(), one))).toEqual(['add a. c1. x', 'add b. c1. y'])
  expect(changes(plan(afterOf(one), one))).toEqual([])
  const next = plan(afterOf(one), { 'c1.': catalogOf('b. y', 'c. z') })
  expect(changes(next)).toEqual(['add c. c1. z', 'drop a. c1. x'])
  expect([...next.after.values()].map(({ zone }) => formatName(zone))).toEqual(['b.', 'c.'])
})

test('another label begins the zone anew', () => {
  expect(changes(plan(afterOf(one), { 'c1.': catalogOf('a. x2', 'b. y') }))).toEqual(['reset a. c1. x2'])
})

test('a catalog that says nothing changes nothing', () => {
  const next = plan(afterOf(one), { 'c1.': null })
  expect(changes(next)).toEqual([])
  expect(next.after).toEqual(afterOf(one))
})

test('a catalog that nobody asks any more takes its zones with it', () => {
  expect(changes(plan(afterOf(one), {}))).toEqual(['drop a. c1. x', 'drop b. c1. y'])
})

test('of two catalogs the first keeps a zone, in whatever order they are heard', () => {
  const both = { 'c0.': catalogOf('a. w'), 'c1.': catalogOf('a. x') }
  expect(changes(plan(new Map(), both))).toEqual(['add a. c0. w', 'clash a. c1. c0.'])
  expect(changes(plan(afterOf({ 'c1.': catalogOf('a. x') }), both))).toEqual(['clash a. c0. c1.'])
})

test('a zone that the first lets go begins anew with the second', () => {
  const before = afterOf({ 'c1.': catalogOf('a. x'), 'c2.': catalogOf('a. x') })
  const next = plan(before, { 'c1.': catalogOf(), 'c2.': catalogOf('a. x') })
  expect(changes(next)).toEqual(['reset a. c2. x'])
  expect(next.after.size).toBe(1)
})

test('a zone of our own is not taken, and one that becomes ours is let go', () => {
  expect(changes(plan(new Map(), one, 'a.'))).toEqual(['add b. c1. y', 'clash a. c1. -'])
  expect(changes(plan(afterOf(one), one, 'a.'))).toEqual(['drop a. c1. x', 'clash a. c1. -'])
})

test('ownership changes once both catalogs say so', () => {
  const before = afterOf({ 'c1.': catalogOf('a. x'), 'c2.': catalogOf() })
  const offered = catalogOf('a. x > c2.')
  const waiting = plan(before, { 'c1.': offered, 'c2.': catalogOf() })
  expect(changes(waiting)).toEqual([])
  const same = plan(waiting.after, { 'c1.': offered, 'c2.': catalogOf('a. x') })
  expect(changes(same)).toEqual(['clash a. c1. c2.'])
  expect([...same.after.values()][0]).toMatchObject({ catalog: nameOf('c2.'), unique: 'x' })
  // The old owner then lets go of what it no longer has.
  expect(changes(plan(same.after, { 'c1.': catalogOf(), 'c2.': catalogOf('a. x') }))).toEqual([])
  expect(changes(plan(before, { 'c1.': offered, 'c2.': catalogOf('a. y') }))).toEqual([
    'reset a. c2. y',
    'clash a. c1. c2.',
  ])
})

test('nobody takes a zone that was not offered, nor one offered to another', () => {
  const before = afterOf({ 'c1.': catalogOf('a. x') })
  expect(changes(plan(before, { 'c1.': catalogOf('a. x > c3.'), 'c2.': catalogOf('a. x') }))).toEqual([
    'clash a. c2. c1.',
  ])
  expect(changes(plan(before, { 'c1.': null, 'c2.': catalogOf('a. x') }))).toEqual(['clash a. c2. c1.'])
})
