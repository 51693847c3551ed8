/**
 * Model → Snapshot: each zone becomes an image, the images are joined in one SharedArrayBuffer. Joining is copying, so
 * a reload pays only for the zones that changed.
 */
import { assert } from '../base/assert.ts'
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
import { buildImage, type PoolSlot, type ZoneImage } from './image.ts'
import type { Model, ZoneModel } from './model.ts'

/** A generation ready to be installed. */
export interface Compiled {
  readonly snapshot: Snapshot
  /** Every pool; `slot` is absolute on the board. */
  readonly pools: readonly PoolSlot[]
  readonly rrsets: number
}

/** Gives the serial of a zone whose file says `auto`. */
export type SerialOf = (zone: ZoneModel) => number

export function compile(model: Model, generation: number, serialOf: SerialOf): Compiled {
  return joinImages(
    model.zones.map(zone => buildImage(zone, zone.soa.serial ?? serialOf(zone))),
    generation,
  )
}

export function joinImages(images: readonly ZoneImage[], generation: number): Compiled {
  const slots = tableSlots(images.length)
  const tableAt = snapshotHeadWords * 4
  const imagesAt = tableAt + slots * 8
  const octets = images.reduce((sum, image) => sum + aligned(image.octets.length), imagesAt)
  const memory = new SharedArrayBuffer(octets)
  const bytes = new Uint8Array(memory)
  const words = new Uint32Array(memory)
  const pools: PoolSlot[] = []
  let at = imagesAt
  let boardBase = 0
  let apexLabelsMax = 0
  for (const image of images) {
    bytes.set(image.octets, at)
    words[(at >>> 2) + imageHead.boardBase] = boardBase
    enterZone(words, tableAt >>> 2, slots - 1, hashName(lowerName(image.apex)) >>> 0, at)
    for (const pool of image.pools) pools.push({ ...pool, slot: boardBase + pool.slot })
    boardBase += image.boardWords
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
  return { snapshot: openSnapshot(memory), pools, rrsets: images.reduce((sum, image) => sum + image.rrsets, 0) }
}

function enterZone(words: Uint32Array, table: number, mask: number, hash: number, at: number): void {
  let slot = hash & mask
  while (words[table + slot * 2 + 1] !== 0) slot = (slot + 1) & mask
  words[table + slot * 2] = hash
  words[table + slot * 2 + 1] = at
}
