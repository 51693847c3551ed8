/**
 * Packets that no honest client sends: sound queries with bits flipped, octets lost, counts that lie, pointers where
 * none belong, OPT records bent out of shape, other opcodes, responses, and noise. Silence may be the right answer to
 * any of them.
 */
import type { Case } from './ask.ts'
import { composeOpt, type EdnsPart } from './compose.ts'
import type { Draw } from './draw.ts'

interface Trick {
  readonly phenomenon: string
  readonly share: number
  /** Takes a sound query and spoils it. */
  readonly spoil: (draw: Draw, query: Uint8Array) => Uint8Array
}

const tricks: readonly Trick[] = [
  { phenomenon: 'hostile: bits flipped', share: 15, spoil: flipBits },
  { phenomenon: 'hostile: octets changed, lost, added', share: 15, spoil: changeOctets },
  { phenomenon: 'hostile: cut short', share: 8, spoil: cutShort },
  { phenomenon: 'hostile: octets behind the message', share: 6, spoil: trailing },
  { phenomenon: 'hostile: counts that lie', share: 10, spoil: lieAboutCounts },
  { phenomenon: 'hostile: pointers and label types', share: 12, spoil: bendName },
  { phenomenon: 'hostile: OPT bent', share: 14, spoil: bendOpt },
  { phenomenon: 'hostile: records in a query', share: 8, spoil: addRecords },
  { phenomenon: 'hostile: flags and opcodes', share: 10, spoil: setHeader },
  { phenomenon: 'hostile: noise', share: 2, spoil: noise },
]

/** As many cases as there are queries, each spoilt from one of them. */
export function drawHostile(draw: Draw, queries: readonly Case[]): Case[] {
  const deck = tricks.flatMap(trick => new Array<Trick>(trick.share).fill(trick))
  return queries.map(query => {
    const { phenomenon, spoil } = draw.pick(deck)
    return { ...query, phenomenon, packet: spoil(draw, query.packet), hostile: true }
  })
}

function flipBits(draw: Draw, query: Uint8Array): Uint8Array {
  const packet = Uint8Array.from(query)
  for (let flips = 1 + draw.int(4); flips > 0; flips--) packet[2 + draw.int(packet.length - 2)]! ^= 1 << draw.int(8)
  return packet
}

function changeOctets(draw: Draw, query: Uint8Array): Uint8Array {
  let packet = Uint8Array.from(query)
  for (let changes = 1 + draw.int(4); changes > 0; changes--) {
    const at = 2 + draw.int(packet.length - 2)
    switch (draw.int(3)) {
      case 0:
        packet[at] = draw.pick([0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff, draw.int(256)])
        break
      case 1:
        packet = Uint8Array.from([...packet.subarray(0, at), draw.int(256), ...packet.subarray(at)])
        break
      default:
        if (packet.length > 13) packet = Uint8Array.from([...packet.subarray(0, at), ...packet.subarray(at + 1)])
    }
  }
  return packet
}

function cutShort(draw: Draw, query: Uint8Array): Uint8Array {
  return query.slice(0, 2 + draw.int(query.length - 2))
}

function trailing(draw: Draw, query: Uint8Array): Uint8Array {
  const more = draw.oneIn(10) ? 400 : 1 + draw.int(20)
  return Uint8Array.from([...query, ...Array.from({ length: more }, () => draw.int(256))])
}

function lieAboutCounts(draw: Draw, query: Uint8Array): Uint8Array {
  const packet = Uint8Array.from(query)
  for (let lies = 1 + draw.int(2); lies > 0; lies--) {
    const at = 4 + 2 * draw.int(4)
    const value = draw.pick([0, 1, 2, 3, 255, 65535])
    packet[at] = value >>> 8
    packet[at + 1] = value
  }
  return packet
}

/** Puts a pointer or a label of another type at the beginning of a label of the question's name. */
function bendName(draw: Draw, query: Uint8Array): Uint8Array {
  const packet = Uint8Array.from(query)
  const starts = [12]
  for (let at = 12; packet[at] !== undefined && packet[at] !== 0 && packet[at]! < 64; ) {
    at += packet[at]! + 1
    if (at < packet.length) starts.push(at)
  }
  const at = draw.pick(starts)
  switch (draw.int(4)) {
    case 0:
      packet[at] = 0x40 | draw.int(64)
      return packet
    case 1:
      packet[at] = 0x80 | draw.int(64)
      return packet
    case 2: {
      const target = draw.pick([0, 2, 12, at, at + 2, packet.length, 0x3fff, draw.int(64)])
      return Uint8Array.from([...packet.subarray(0, at), 0xc0 | (target >>> 8), target, ...packet.subarray(at + 2)])
    }
    default: {
      // A name that grows beyond 255 octets.
      const label = [63, ...new Array<number>(63).fill(0x61)]
      const long = Array.from({ length: 1 + draw.int(5) }, () => label).flat()
      return Uint8Array.from([...packet.subarray(0, at), ...long, ...packet.subarray(at)])
    }
  }
}

/** Appends OPT records of all shapes to a query, whose own count goes up unless the trick is that it does not. */
function bendOpt(draw: Draw, query: Uint8Array): Uint8Array {
  const sound: EdnsPart = { payload: draw.pick([0, 512, 1232]), version: 0, flags: 0, options: [] }
  const opt = composeOpt(sound)
  const withOption = (octets: readonly number[], length: number): number[] => {
    const head = opt.slice(0, 9)
    return [...head, length >>> 8, length & 0xff, ...octets]
  }
  const cookie = (length: number): number[] => withOption([0, 10, 0, length, ...bytes(draw, length)], length + 4)
  const records = draw.pick<readonly number[][]>([
    [opt, opt],
    [withOption([], 0xffff)],
    [withOption([0, 10, 0, 8], 4)],
    [withOption([0, 3, 0, 0, 0], 5)],
    [withOption([0, 3, 0, 0, 0, 3, 0, 0], 8)],
    [withOption([0, 8, 0, 4, 0, 1, 33, 0], 8)],
    [withOption([0, 8, 0, 3, 0, 3, 0], 7)],
    [withOption([0, 11, 0, 1, 0], 5)],
    [cookie(draw.pick([0, 1, 7, 9, 15, 16, 24, 32, 40, 41]))],
    // An owner that is not the root, or none of the right length.
    [[1, 0x61, 0, ...opt.slice(1)]],
    [[0xc0, 12, ...opt.slice(1)]],
    [opt.slice(0, draw.int(opt.length))],
    [composeOpt({ ...sound, version: 1 + draw.int(255), flags: draw.int(65536) })],
  ])
  const packet = Uint8Array.from([...query, ...records.flat()])
  const section = draw.pick([6, 8, 10, 10, 10, 10])
  if (!draw.oneIn(8)) packet[section + 1] = packet[section + 1]! + records.length
  return packet
}

function bytes(draw: Draw, length: number): number[] {
  return Array.from({ length }, () => draw.int(256))
}

/** Whole records in any section: addresses, a SOA as NOTIFY and IXFR carry it, signatures without a key. */
function addRecords(draw: Draw, query: Uint8Array): Uint8Array {
  const record = (owner: readonly number[], type: number, rrClass: number, rdata: readonly number[]): number[] => [
    ...owner,
    ...[type >>> 8, type, rrClass >>> 8, rrClass, 0, 0, 0, 60, rdata.length >>> 8, rdata.length],
    ...rdata,
  ]
  const soa = [0xc0, 12, 0xc0, 12, ...bytes(draw, 20)]
  const tsig = [0, 0, 0, 0, 0, 0, 1, 0x2c, 0, 4, 1, 2, 3, 4, 0x12, 0x34, 0, 0, 0, 0]
  const choices = [
    record([0xc0, 12], 1, 1, [192, 0, 2, 1]),
    record([0xc0, 12], 6, 1, soa),
    record([0], 250, 255, tsig),
    record([1, 0x6b, 0], 250, 255, tsig),
    record([0], 24, 255, bytes(draw, 18)),
    record([0xc0, 12], 255, 255, []),
    record([0xff, 0xff], 1, 1, [192, 0, 2, 1]),
    record([0xc0, 12], 1, 1, [192, 0, 2]),
  ]
  const count = 1 + draw.int(3)
  const section = draw.pick([6, 8, 10])
  const packet = Uint8Array.from([...query, ...Array.from({ length: count }, () => draw.pick(choices)).flat()])
  packet[section + 1] = packet[section + 1]! + count
  return packet
}

function setHeader(draw: Draw, query: Uint8Array): Uint8Array {
  const packet = Uint8Array.from(query)
  if (draw.oneIn(3)) {
    packet[2] = draw.int(256)
    packet[3] = draw.int(256)
  } else if (draw.oneIn(2)) packet[2] = (1 + draw.int(15)) << 3
  else packet[2] = 0x80 | draw.int(0x80)
  return packet
}

function noise(draw: Draw): Uint8Array {
  return Uint8Array.from(bytes(draw, draw.pick([2, 11, 12, 13, 17, 40, 200, 600])))
}
