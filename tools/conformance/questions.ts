/**
 * Sound questions, drawn from what the zones hold and from what stands near it: names that exist and names that nearly
 * do, below cuts, under wildcards, through aliases, of all types and classes, with and without EDNS. Each draw names
 * its phenomenon, the row of the table in which it is counted.
 */
import type { Case } from './ask.ts'
import { classIn, composeQuery, type EdnsPart, label, nameOctets, plainFlags } from './compose.ts'
import { type Corpus, type Owner, readLabels } from './corpus.ts'
import type { Draw } from './draw.ts'
import { bit } from './message.ts'

type Labels = readonly Uint8Array[]

interface Question {
  readonly labels: Labels
  readonly qtype: number
  readonly qclass?: number
  readonly flags?: number
  readonly edns?: EdnsPart | null
}

type Maker = (draw: Draw, corpus: Sorted) => Question

/** Owners by what makes them interesting. */
interface Sorted {
  readonly owners: readonly Owner[]
  readonly apexes: readonly Owner[]
  readonly cuts: readonly Owner[]
  readonly wildcards: readonly Owner[]
  readonly aliases: readonly Owner[]
  readonly redirects: readonly Owner[]
  readonly large: readonly Owner[]
}

const type = { NS: 2, CNAME: 5, SOA: 6, DNAME: 39, DS: 43, ANY: 255 }
/** A NS CNAME SOA PTR MX TXT AAAA SRV NAPTR DNAME DS SSHFP TLSA SVCB HTTPS CAA, and two that have no name. */
const servedTypes = [1, 2, 5, 6, 12, 15, 16, 28, 33, 35, 39, 43, 44, 52, 64, 65, 257, 65280, 65281]
/** Types of DNSSEC, old ones, unassigned ones. */
const otherTypes = [3, 10, 13, 17, 18, 24, 25, 29, 30, 36, 46, 47, 48, 50, 51, 59, 60, 61, 99, 108, 1234, 32769, 65534]
/** Questions only: OPT, NXNAME, TKEY, TSIG, IXFR, AXFR, MAILB, MAILA, ANY, and the ends of the range. */
const metaTypes = [41, 128, 249, 250, 251, 252, 253, 254, 255, 0, 65535]
const words = ['www', 'a', 'x', 'ns1', '*', 'mail', '_tcp', 'sub', 'nope', 'host', 'q', 'zz', '-', '0']

/** How many of a hundred questions each takes. */
const makers: readonly { readonly phenomenon: string; readonly share: number; readonly make: Maker }[] = [
  { phenomenon: 'names and types that exist', share: 14, make: existing },
  { phenomenon: 'types that a name lacks', share: 8, make: missingType },
  { phenomenon: 'names nearby, above and below', share: 12, make: nearby },
  { phenomenon: 'labels of any octets', share: 6, make: anyLabels },
  { phenomenon: 'wildcards', share: 10, make: belowWildcard },
  { phenomenon: 'zone cuts and below', share: 11, make: belowCut },
  { phenomenon: 'aliases', share: 9, make: alias },
  { phenomenon: 'redirected subtrees (DNAME)', share: 7, make: redirected },
  { phenomenon: 'names of other zones', share: 4, make: outside },
  { phenomenon: 'meta types and ANY', share: 4, make: metaType },
  { phenomenon: 'classes', share: 2, make: otherClass },
  { phenomenon: 'sizes and truncation', share: 8, make: sized },
  { phenomenon: 'EDNS versions, flags, options', share: 5, make: ednsParts },
]

export function drawQuestions(draw: Draw, corpus: Corpus, count: number): Case[] {
  const sorted = sort(corpus)
  const deck = makers.flatMap(maker => new Array<(typeof makers)[number]>(maker.share).fill(maker))
  return Array.from({ length: count }, (_, i) => {
    const { phenomenon, make } = draw.pick(deck)
    const question = make(draw, sorted)
    const edns = question.edns === undefined ? usualEdns(draw) : question.edns
    const packet = composeQuery({
      id: i & 0xffff,
      flags: question.flags ?? draw.pick(plainFlags),
      labels: bounded(anyCase(draw, question.labels)),
      qtype: question.qtype,
      qclass: question.qclass ?? classIn,
      edns,
    })
    // BADVERS and FORMERR may come without a question, but they come.
    return { phenomenon, via: draw.oneIn(6) ? 'tcp' : 'udp', family: draw.oneIn(3) ? 6 : 4, packet, hostile: false }
  })
}

function sort({ zones, owners }: Corpus): Sorted {
  const apexes = owners.filter(({ name }) => zones.includes(name.slice(0, -1)))
  return {
    owners,
    apexes,
    cuts: owners.filter(owner => owner.types.has(type.NS) && !apexes.includes(owner)),
    wildcards: owners.filter(({ name }) => name.startsWith('*.') || name.includes('.*.')),
    aliases: owners.filter(({ types }) => types.has(type.CNAME)),
    redirects: owners.filter(({ types }) => types.has(type.DNAME)),
    large: owners.filter(({ name }) => /^(t\d|big|wide|gluemix|pool|txthuge|mx|cnbig|cnhuge|ch\d)/.test(name)),
  }
}

function existing(draw: Draw, { owners }: Sorted): Question {
  const owner = draw.pick(owners)
  return { labels: owner.labels, qtype: draw.pick([...owner.types]) }
}

function missingType(draw: Draw, { owners }: Sorted): Question {
  return { labels: draw.pick(owners).labels, qtype: anyType(draw) }
}

function nearby(draw: Draw, { owners }: Sorted): Question {
  const { labels } = draw.pick(owners)
  const qtype = anyType(draw)
  switch (draw.int(6)) {
    case 0:
      return { labels: labels.slice(1 + draw.int(2)), qtype }
    case 1:
      return { labels: [word(draw), ...labels], qtype }
    case 2:
      return { labels: [word(draw), word(draw), ...labels], qtype }
    case 3:
      return { labels: [word(draw), ...labels.slice(1)], qtype }
    case 4:
      return { labels: [altered(draw, labels[0]!), ...labels.slice(1)], qtype }
    default: {
      const at = draw.int(labels.length)
      return { labels: labels.map((one, i) => (i === at ? altered(draw, one) : one)), qtype }
    }
  }
}

function anyLabels(draw: Draw, { owners }: Sorted): Question {
  const base = draw.pick(owners).labels
  const labels = Array.from({ length: 1 + draw.int(4) }, () => {
    const length = draw.oneIn(8) ? 63 : 1 + draw.int(12)
    return Uint8Array.from({ length }, () => draw.int(256))
  })
  return { labels: [...labels, ...base.slice(draw.int(2))], qtype: anyType(draw) }
}

function belowWildcard(draw: Draw, { wildcards }: Sorted): Question {
  const owner = draw.pick(wildcards)
  const star = owner.labels.findIndex(one => one.length === 1 && one[0] === 0x2a)
  const base = owner.labels.slice(star + draw.pick([0, 1, 1, 1]))
  const labels = [...Array.from({ length: draw.int(4) }, () => word(draw)), ...base]
  const qtype = draw.oneIn(3) ? anyType(draw) : draw.pick([...owner.types])
  return { labels, qtype }
}

function belowCut(draw: Draw, { cuts }: Sorted): Question {
  const { labels } = draw.pick(cuts)
  const below = Array.from({ length: draw.pick([0, 0, 1, 1, 2, 3]) }, () => word(draw))
  return { labels: [...below, ...labels], qtype: draw.oneIn(3) ? type.DS : anyType(draw) }
}

function alias(draw: Draw, { aliases }: Sorted): Question {
  const { labels } = draw.pick(aliases)
  const [first, ...rest] = labels
  const star = first!.length === 1 && first![0] === 0x2a
  return { labels: star ? [word(draw), ...rest] : labels, qtype: anyType(draw) }
}

function redirected(draw: Draw, { redirects }: Sorted): Question {
  const { labels } = draw.pick(redirects)
  const below = Array.from({ length: draw.pick([0, 1, 1, 1, 2, 3]) }, () =>
    draw.oneIn(6) ? new Uint8Array(60).fill(0x79) : word(draw),
  )
  return { labels: [...below, ...labels], qtype: draw.oneIn(3) ? draw.pick([1, 28]) : anyType(draw) }
}

const strangers = [
  '',
  'test',
  'arpa',
  'in-addr.arpa',
  'xref.test',
  'ref.test.example',
  'www.example.com',
  '0.192.in-addr.arpa',
]

function outside(draw: Draw): Question {
  const base = readLabels(draw.pick(strangers))
  return { labels: draw.oneIn(2) ? base : [word(draw), ...base], qtype: anyType(draw) }
}

function metaType(draw: Draw, { owners, apexes }: Sorted): Question {
  const { labels } = draw.pick(draw.oneIn(2) ? apexes : owners)
  const qtype = draw.oneIn(3) ? type.ANY : draw.pick(metaTypes)
  return { labels: draw.oneIn(5) ? [word(draw), ...labels] : labels, qtype }
}

function otherClass(draw: Draw, { owners }: Sorted): Question {
  const chaos = ['version.bind', 'version.server', 'id.server', 'hostname.bind', 'authors.bind']
  const labels = draw.oneIn(3) ? readLabels(draw.pick(chaos)) : draw.pick(owners).labels
  return { labels, qtype: draw.pick([1, 6, 16, 255]), qclass: draw.pick([0, 2, 3, 3, 4, 254, 255, 256, 65535]) }
}

function sized(draw: Draw, { large }: Sorted): Question {
  const owner = draw.pick(large)
  const below = owner.types.has(type.NS) && draw.oneIn(2) ? [word(draw)] : []
  const qtype = draw.oneIn(5) ? anyType(draw) : draw.pick([...owner.types])
  const payload = draw.pick([0, 1, 511, 512, 513, 700, 900, 1100, 1220, 1221, 1231, 1232, 1233, 1400, 4096, 65535])
  const edns = draw.oneIn(4) ? null : { payload, version: 0, flags: 0, options: [] }
  return { labels: [...below, ...owner.labels], qtype, edns }
}

/** NSID, ECS, cookies, keepalive, padding, and codes nobody has given a meaning. */
function ednsParts(draw: Draw, { owners }: Sorted): Question {
  const owner = draw.pick(owners)
  const options = Array.from({ length: draw.int(4) }, () => draw.pick(knownOptions(draw)))
  const edns = {
    payload: draw.pick([512, 1232, 4096]),
    version: draw.oneIn(3) ? draw.pick([1, 2, 100, 255]) : 0,
    flags: draw.pick([0, 0, 0x8000, 0x4000, 0x0001, 0xffff]),
    options,
  }
  return { labels: owner.labels, qtype: draw.pick([...owner.types]), flags: draw.pick([0, bit.RD]), edns }
}

function knownOptions(draw: Draw): readonly { readonly code: number; readonly octets: Uint8Array }[] {
  const random = (length: number): Uint8Array => Uint8Array.from({ length }, () => draw.int(256))
  return [
    { code: 3, octets: new Uint8Array(0) },
    { code: 8, octets: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) },
    { code: 8, octets: Uint8Array.of(0, 2, 32, 0, 0x20, 0x01, 0x0d, 0xb8) },
    { code: 8, octets: Uint8Array.of(0, 1, 0, 0) },
    { code: 10, octets: random(8) },
    { code: 11, octets: new Uint8Array(0) },
    { code: 12, octets: new Uint8Array(draw.int(40)) },
    { code: 100, octets: random(draw.int(20)) },
    { code: 65001, octets: new Uint8Array(0) },
  ]
}

function usualEdns(draw: Draw): EdnsPart | null {
  if (draw.oneIn(2)) return null
  const payload = draw.pick([512, 1232, 1232, 1232, 1400, 4096, 65535])
  return { payload, version: 0, flags: draw.oneIn(4) ? 0x8000 : 0, options: [] }
}

function anyType(draw: Draw): number {
  if (draw.oneIn(20)) return draw.int(65536)
  if (draw.oneIn(12)) return draw.pick(metaTypes)
  return draw.oneIn(5) ? draw.pick(otherTypes) : draw.pick(servedTypes)
}

function word(draw: Draw): Uint8Array {
  return label(draw.pick(words))
}

/** One octet other, added or removed. */
function altered(draw: Draw, octets: Uint8Array): Uint8Array {
  const at = draw.int(octets.length)
  const kind = draw.int(3)
  if (kind === 0 && octets.length < 63)
    return Uint8Array.from([...octets.subarray(0, at), draw.int(256), ...octets.subarray(at)])
  if (kind === 1 && octets.length > 1) return Uint8Array.from([...octets.subarray(0, at), ...octets.subarray(at + 1)])
  return octets.map((octet, i) => (i === at ? octet ^ (1 << draw.int(8)) : octet))
}

/** Now and then with capital letters where there were none. */
function anyCase(draw: Draw, labels: Labels): Labels {
  if (!draw.oneIn(3)) return labels
  return labels.map(one =>
    one.map(octet => {
      const letter = (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a
      return letter && draw.oneIn(2) ? octet ^ 0x20 : octet
    }),
  )
}

/** Without the first labels where the name is longer than 255 octets. */
function bounded(labels: Labels): Labels {
  let first = 0
  while (nameOctets(labels.slice(first)) > 255) first++
  return labels.slice(first)
}
