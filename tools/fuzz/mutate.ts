/**
 * Turns seeds into inputs, in place and without allocating: most inputs are a seed with a few changes that know where a
 * message has its header, its name and its records; some are bits flipped anywhere, some are two seeds in one, some are
 * noise. An input whose answer is new of its kind is kept, so the pool grows towards what the code tells apart.
 */
import type { Draw } from '../conformance/draw.ts'

export interface Mutator {
  /** Writes the next input into `input` and returns its length. */
  next(input: Uint8Array): number
  /** Keeps a copy of an input as one more seed; once the pool is full it takes the place of an earlier one. */
  keep(input: Uint8Array, length: number): void
  seeds(): number
}

export const inputOctetsMax = 2048
const keptMax = 4096
const headerOctets = 12
const lengths = [0, 1, 2, 4, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff]
const records = [
  '0000290200000000000000',
  '0000290000000080000000',
  '00002904d000000000000c000a00080102030405060708',
  '00002904d000000000001c000a001801020304050607080100000065920080aabbccddeeff0011',
  '00002904d0000000000004000300000000',
  '00002904d000000000000b00080007000118000a0000',
  '00002904d0000000000004000b0000',
  '00002904d000010000000000',
  'c00c000600010000003c0018c00cc00c0000000100000001000000010000000100000001',
  'c00c000100010000003c0004c0000201',
  '0000fa00ff000000000010000000000000012c0000013600000000',
].map(text => Uint8Array.from(Buffer.from(text, 'hex')))

export function createMutator(draw: Draw, first: readonly Uint8Array[]): Mutator {
  const fixed = first.length
  const pool = [...first]
  let replaced = 0
  const next = (input: Uint8Array): number => {
    let length = copy(pool[draw.int(pool.length)]!, input, 0)
    const changes = draw.oneIn(8) ? 0 : 1 + draw.int(draw.oneIn(4) ? 12 : 3)
    for (let i = 0; i < changes; i++) length = change(draw, pool, input, length)
    return length
  }
  const keep = (input: Uint8Array, length: number): void => {
    const seed = input.slice(0, length)
    if (pool.length < fixed + keptMax) pool.push(seed)
    else pool[fixed + (replaced++ % keptMax)] = seed
  }
  return { next, keep, seeds: () => pool.length }
}

function change(draw: Draw, pool: readonly Uint8Array[], input: Uint8Array, length: number): number {
  if (length === 0) return copy(pool[draw.int(pool.length)]!, input, 0)
  const at = draw.int(length)
  switch (draw.int(16)) {
    case 0:
    case 1:
      input[at]! ^= 1 << draw.int(8)
      return length
    case 2:
      input[at] = draw.int(256)
      return length
    case 3:
      input[at] = draw.pick(lengths)
      return length
    case 4:
      return draw.oneIn(2) ? at : remove(draw, input, at, length)
    case 5:
      return insert(draw, input, at, length)
    case 6:
      return changeHeader(draw, input, length)
    case 7:
    case 8:
      return changeQuestion(draw, input, length)
    case 9:
      return changeName(draw, input, length)
    case 10:
    case 11:
      return append(draw, input, length)
    case 12:
      return splice(draw, pool, input, at)
    case 13:
      return putPointer(draw, input, at, length)
    case 14:
      return draw.oneIn(6) ? noise(draw, input) : length
    default:
      return changeCase(draw, input, length)
  }
}

function remove(draw: Draw, input: Uint8Array, at: number, length: number): number {
  const count = Math.min(length - at, 1 + draw.int(4))
  input.copyWithin(at, at + count, length)
  return length - count
}

function insert(draw: Draw, input: Uint8Array, at: number, length: number): number {
  const count = Math.min(inputOctetsMax - length, 1 + draw.int(draw.oneIn(16) ? 300 : 6))
  input.copyWithin(at + count, at, length)
  for (let i = at; i < at + count; i++) input[i] = draw.int(256)
  return length + count
}

/** Flags, opcode, or one of the counts. */
function changeHeader(draw: Draw, input: Uint8Array, length: number): number {
  if (length < headerOctets) return length
  const at = 2 + draw.int(10)
  input[at] = at >= 4 ? draw.int(3) : draw.int(256)
  return length
}

const types = [1, 2, 5, 6, 12, 15, 16, 28, 33, 35, 39, 41, 43, 46, 52, 64, 65, 249, 250, 251, 252, 255, 257]

/** Another type or class behind the name. */
function changeQuestion(draw: Draw, input: Uint8Array, length: number): number {
  const end = nameEnd(input, length)
  if (end + 4 > length) return length
  const type = draw.oneIn(4) ? draw.int(65536) : draw.pick(types)
  input[end] = type >>> 8
  input[end + 1] = type
  if (draw.oneIn(8)) input[end + 3] = draw.int(5)
  return length
}

/** A label more or less at the front of the name. */
function changeName(draw: Draw, input: Uint8Array, length: number): number {
  if (length <= headerOctets) return length
  const size = input[headerOctets]!
  if (draw.oneIn(2) && size > 0 && size < 64 && headerOctets + size + 1 <= length) {
    input.copyWithin(headerOctets, headerOctets + size + 1, length)
    return length - size - 1
  }
  const added = draw.oneIn(8) ? 63 : 1 + draw.int(8)
  if (length + added + 1 > inputOctetsMax) return length
  input.copyWithin(headerOctets + added + 1, headerOctets, length)
  input[headerOctets] = added
  for (let i = 1; i <= added; i++) input[headerOctets + i] = draw.oneIn(6) ? 0x2a : 0x61 + draw.int(26)
  return length + added + 1
}

/** One more record, counted in one of the sections, mostly the last. */
function append(draw: Draw, input: Uint8Array, length: number): number {
  const record = draw.pick(records)
  if (length < headerOctets || length + record.length > inputOctetsMax) return length
  input.set(record, length)
  const at = draw.oneIn(5) ? 6 + 2 * draw.int(3) : 10
  input[at + 1] = (input[at + 1]! + 1) & 0xff
  return length + record.length
}

/** The rest of another seed from here on. */
function splice(draw: Draw, pool: readonly Uint8Array[], input: Uint8Array, at: number): number {
  return copy(pool[draw.int(pool.length)]!, input, at)
}

function putPointer(draw: Draw, input: Uint8Array, at: number, length: number): number {
  if (at + 2 > length) return length
  const target = draw.oneIn(2) ? draw.int(length) : draw.int(0x4000)
  input[at] = 0xc0 | (target >>> 8)
  input[at + 1] = target
  return length
}

function noise(draw: Draw, input: Uint8Array): number {
  const length = draw.int(draw.oneIn(8) ? inputOctetsMax : 64)
  for (let i = 0; i < length; i++) input[i] = draw.int(256)
  return length
}

function changeCase(draw: Draw, input: Uint8Array, length: number): number {
  for (let i = headerOctets; i < length; i++) {
    const letter = (input[i]! | 0x20) >= 0x61 && (input[i]! | 0x20) <= 0x7a
    if (letter && draw.oneIn(2)) input[i]! ^= 0x20
  }
  return length
}

function nameEnd(input: Uint8Array, length: number): number {
  let at = headerOctets
  while (at < length && input[at]! > 0 && input[at]! < 64) at += input[at]! + 1
  return at + 1
}

function copy(from: Uint8Array, input: Uint8Array, at: number): number {
  const count = Math.min(from.length, inputOctetsMax - at)
  for (let i = 0; i < count; i++) input[at + i] = from[i]!
  return at + count
}
