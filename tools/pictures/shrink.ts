/**
 * A picture of a page made small without a library: at most 256 colours in a palette, packed as tightly as zlib can. A
 * page has few colours but for the edges of its letters, so nobody sees the difference. PNG (ISO/IEC 15948), 8 bits a
 * channel, not interlaced, as browsers write it.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const coloursMax = 256

interface Chunk {
  readonly type: string
  readonly body: Buffer
}

/** Throws if it is another kind of PNG. */
export function shrinkPng(png: Buffer): Buffer {
  const chunks = readChunks(png)
  const head = chunks.find(chunk => chunk.type === 'IHDR')!.body
  const [width, height, depth, kind] = [head.readUInt32BE(0), head.readUInt32BE(4), head[8], head[9]]
  if (depth !== 8 || (kind !== 2 && kind !== 6) || head[12] !== 0) throw new Error('not a PNG as browsers write it')
  const channels = kind === 2 ? 3 : 4
  const packed = Buffer.concat(chunks.filter(chunk => chunk.type === 'IDAT').map(chunk => chunk.body))
  const pixels = unfilter(inflateSync(packed), width * channels, height, channels)
  const { palette, indexes } = index(pixels, channels)
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) indexes.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width)
  const newHead = Buffer.from(head)
  newHead[9] = 3
  return Buffer.concat([
    signature,
    writeChunk('IHDR', newHead),
    writeChunk('PLTE', palette),
    writeChunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    writeChunk('IEND', Buffer.alloc(0)),
  ])
}

function readChunks(png: Buffer): readonly Chunk[] {
  const chunks: Chunk[] = []
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), body: png.subarray(at + 8, at + 8 + length) })
    at += length + 12
  }
  return chunks
}

function writeChunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const whole = Buffer.alloc(named.length + 8)
  whole.writeUInt32BE(body.length, 0)
  named.copy(whole, 4)
  whole.writeUInt32BE(crc32(named), named.length + 4)
  return whole
}

/** Undoes the filters of each row (section 9): none, sub, up, average, Paeth. */
function unfilter(raw: Buffer, stride: number, height: number, channels: number): Buffer {
  const out = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]!
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : out[y * stride + x - channels]!
      const up = y === 0 ? 0 : out[(y - 1) * stride + x]!
      const corner = y === 0 || x < channels ? 0 : out[(y - 1) * stride + x - channels]!
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!
      out[y * stride + x] = raw[y * (stride + 1) + 1 + x]! + guess
    }
  }
  return out
}

function paeth(left: number, up: number, corner: number): number {
  const sum = left + up - corner
  const [a, b, c] = [Math.abs(sum - left), Math.abs(sum - up), Math.abs(sum - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

/** The colours met most often; every other one becomes the nearest of them. */
function index(pixels: Buffer, channels: number): { readonly palette: Buffer; readonly indexes: Buffer } {
  const counts = new Map<number, number>()
  const colourAt = (at: number): number => pixels.readUIntBE(at * channels, 3)
  const total = pixels.length / channels
  for (let at = 0; at < total; at++) counts.set(colourAt(at), (counts.get(colourAt(at)) ?? 0) + 1)
  const kept = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, coloursMax)
    .map(([colour]) => colour)
  const places = new Map<number, number>([...counts.keys()].map(colour => [colour, nearest(kept, colour)]))
  const palette = Buffer.alloc(kept.length * 3)
  kept.forEach((colour, at) => void palette.writeUIntBE(colour, at * 3, 3))
  const indexes = Buffer.alloc(total)
  for (let at = 0; at < total; at++) indexes[at] = places.get(colourAt(at))!
  return { palette, indexes }
}

function nearest(kept: readonly number[], colour: number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  kept.forEach((other, at) => {
    const [r, g, b] = [16, 8, 0].map(shift => ((colour >> shift) & 255) - ((other >> shift) & 255)) as [
      number,
      number,
      number,
    ]
    const distance = r * r + g * g + b * b
    if (distance < least) [best, least] = [at, distance]
  })
  return best
}
