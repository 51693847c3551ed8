/**
 * Images → Snapshot: the images of all zones are joined in one SharedArrayBuffer. Joining is copying, so a reload pays
 * only for the zones that changed; nothing here knows how an image comes about.
 */
import { assert } from '../base/assert.ts'
import { writeU32 } from '../base/bytes.ts'
import { hashName } from '../name/hash.ts'
import { labelCount, lowerName } from '../name/name.ts'
import {
  aligned,
  imageHead,
  openSnapshot,
  type Snapshot,
  snapshotHead,
  snapshotHeadWords,
  snapshotMagic,
  tableSlots,
} from '../zone/layout.ts'
import type { CursorSlot, PlacedSlots, PoolSlot, ZoneImage } from './image.ts'
import { linkPools } from './link.ts'

/** A generation ready to be installed. */
export interface Compiled {
  readonly snapshot: Snapshot
  /** Every pool; `slot` is absolute on the board. */
  readonly pools: readonly PoolSlot[]
  /** Cursors without a pool, absolute as well. */
  readonly cursors: readonly CursorSlot[]
  readonly rrsets: number
  /** Where the images stand in the snapshot, in the order in which they were given. */
  readonly imagesAt: readonly number[]
}

/** The images lie in the snapshot from here on, so that none is held twice; what they held before is not looked at. */
export function joinImages(images: readonly ZoneImage[], generation: number): Compiled {
  const slots = tableSlots(images.length)
  const tableAt = snapshotHeadWords * 4
  const firstAt = tableAt + slots * 8
  const octets = images.reduce((sum, image) => sum + aligned(image.octets.length), firstAt)
  const memory = new SharedArrayBuffer(octets)
  const bytes = new Uint8Array(memory)
  const words = new Uint32Array(memory)
  const pools: PoolSlot[] = []
  const cursors: CursorSlot[] = []
  const imagesAt: number[] = []
  let at = firstAt
  let boardBase = 0
  let apexLabelsMax = 0
  for (const image of images) {
    imagesAt.push(at)
    bytes.set(image.octets, at)
    words[(at >>> 2) + imageHead.boardBase] = boardBase
    enterZone(words, tableAt >>> 2, slots - 1, hashName(lowerName(image.apex)) >>> 0, at)
    if (image.placed?.boardBase !== boardBase) image.placed = place(image, boardBase)
    for (const pool of image.placed.pools) pools.push(pool)
    for (const cursor of image.placed.cursors) cursors.push(cursor)
    boardBase += image.boardWords
    image.octets = bytes.subarray(at, at + image.octets.length)
    at += aligned(image.octets.length)
    apexLabelsMax = Math.max(apexLabelsMax, labelCount(image.apex))
  }
  assert(at === octets, 'images do not fill the snapshot')
  words[snapshotHead.magic] = snapshotMagic
  words[snapshotHead.generation] = generation
  words[snapshotHead.zones] = images.length
  words[snapshotHead.zoneTableAt] = tableAt
  words[snapshotHead.zoneTableMask] = slots - 1
  words[snapshotHead.apexLabelsMax] = apexLabelsMax
  words[snapshotHead.boardWords] = boardBase
  words[snapshotHead.octets] = octets
  const snapshot = openSnapshot(memory)
  const rrsets = images.reduce((sum, image) => sum + image.rrsets, 0)
  return { snapshot, pools: linkPools(snapshot, pools), cursors, rrsets, imagesAt }
}

/** The slots of a zone where its place on the board begins at `boardBase`. */
function place({ pools, cursors }: ZoneImage, boardBase: number): PlacedSlots {
  return {
    boardBase,
    pools: pools.map(pool => ({ ...pool, slot: boardBase + pool.slot })),
    cursors: cursors.map(cursor => ({ ...cursor, slot: boardBase + cursor.slot })),
  }
}

function enterZone(words: Uint32Array, table: number, mask: number, hash: number, at: number): void {
  let slot = hash & mask
  while (words[table + slot * 2 + 1] !== 0) slot = (slot + 1) & mask
  words[table + slot * 2] = hash
  words[table + slot * 2 + 1] = at
}

/** Gives a zone whose file says `serial: auto` its serial. */
export function writeSerial({ octets, serialAt }: ZoneImage, serial: number): void {
  writeU32(octets, serialAt, serial)
}
