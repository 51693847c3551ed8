/**
 * The owners of a zone by name, for reading: an open-addressing table over the octets themselves, since a text key for
 * each of a million names costs more than reading their records. Case is of no account (RFC 4343).
 * Invariant: `all` holds each name once, in the order of their first records; the table is at most two thirds full.
 */
import { hashFinish, hashStart } from '../../name/hash.ts'
import { lowerOctet, type Name } from '../../name/name.ts'
import { tableSlots } from '../../zone/layout.ts'

export interface OwnerTable<O extends { readonly name: Name }> {
  readonly all: O[]
  /** Index into `all` plus one; 0 is free. */
  slots: Int32Array
  /** By the same index: what need not be worked out again when the table grows. */
  hashes: Int32Array
  /** Octets of the zone's name, with which every name here ends. */
  readonly zoneOctets: number
}

export function createOwnerTable<O extends { readonly name: Name }>(zone: Name): OwnerTable<O> {
  return { all: [], slots: new Int32Array(slotsMin), hashes: new Int32Array(slotsMin), zoneOctets: zone.length }
}

/** `name` is inside the zone. */
export function findOwner<O extends { readonly name: Name }>(table: OwnerTable<O>, name: Name): O | null {
  const slot = slotOf(table, name, hashOf(table, name))
  const index = table.slots[slot]!
  return index === 0 ? null : table.all[index - 1]!
}

/** The owner of that name; where there is none, the one that `make` makes. */
export function enterName<O extends { readonly name: Name }>(
  table: OwnerTable<O>,
  name: Name,
  make: (name: Name) => O,
): O {
  const hash = hashOf(table, name)
  const slot = slotOf(table, name, hash)
  const index = table.slots[slot]!
  if (index !== 0) return table.all[index - 1]!
  const owner = make(name)
  if (table.all.length === table.hashes.length) table.hashes = grown(table.hashes)
  table.hashes[table.all.length] = hash
  table.slots[slot] = table.all.push(owner)
  if (table.all.length * 3 > table.slots.length * 2) rebuild(table)
  return owner
}

const slotsMin = 16

/** The slot that has the name, or the free one that it belongs into. */
function slotOf<O extends { readonly name: Name }>(table: OwnerTable<O>, name: Name, hash: number): number {
  const { slots, hashes, all } = table
  const mask = slots.length - 1
  const own = name.length - table.zoneOctets
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const index = slots[slot]!
    if (index === 0) return slot
    if (hashes[index - 1] === hash && isSame(all[index - 1]!.name, name, own)) return slot
  }
}

/** Over the labels in front of the zone's name. */
function hashOf({ zoneOctets }: { readonly zoneOctets: number }, name: Name): number {
  let state = hashStart
  for (let i = name.length - zoneOctets - 1; i >= 0; i--) state = Math.imul(state ^ lowerOctet(name[i]!), 0x01000193)
  return hashFinish(state)
}

function isSame(a: Name, b: Name, own: number): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < own; i++) if (a[i] !== b[i] && lowerOctet(a[i]!) !== lowerOctet(b[i]!)) return false
  return true
}

function rebuild<O extends { readonly name: Name }>(table: OwnerTable<O>): void {
  const slots = new Int32Array(tableSlots(table.all.length * 2))
  const mask = slots.length - 1
  for (let i = 0; i < table.all.length; i++) {
    let slot = table.hashes[i]! & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = i + 1
  }
  table.slots = slots
}

function grown(hashes: Int32Array): Int32Array {
  const larger = new Int32Array(hashes.length * 2)
  larger.set(hashes)
  return larger
}
