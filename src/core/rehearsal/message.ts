/**
 * The two messages of a rehearsal: a query written as a resolver would write it, and of the response what a test looks
 * at. RFC 1035 section 4, RFC 7871 section 6.
 */
import { assert } from '../base/assert.ts'
import { readU16, readU32, writeU16 } from '../base/bytes.ts'
import { comparableText } from '../rdata/comparable.ts'
import { namesInRdata, rrType } from '../rdata/table.ts'
import { classIn, headerOctets } from '../wire/header.ts'
import type { TestClient, ZoneTest } from '../zonefile/zone-test.ts'

export interface Answered {
  readonly rcode: number
  /** Of the type that was asked for; without any, where the last alias leads. In the order of the message. */
  readonly values: readonly string[]
  readonly ttls: readonly number[]
  /** Of the SOA of a denial, which is how long caches may keep it (RFC 2308 section 5). */
  readonly denialTtl: number | null
}

const optHeadOctets = 11
const subnetCode = 8
const payloadOctets = 65_535

/** A network goes into the query; an address is the sender's. */
export function writeQuery({ qname, qtype, from }: Pick<ZoneTest, 'qname' | 'qtype' | 'from'>): Uint8Array {
  const subnet = from?.kind === 'network' ? subnetOption(from) : new Uint8Array(0)
  const optAt = headerOctets + qname.length + 4
  const query = new Uint8Array(optAt + optHeadOctets + subnet.length)
  writeU16(query, 4, 1)
  writeU16(query, 10, 1)
  query.set(qname, headerOctets)
  writeU16(query, optAt - 4, qtype)
  writeU16(query, optAt - 2, classIn)
  writeU16(query, optAt + 1, rrType.OPT)
  writeU16(query, optAt + 3, payloadOctets)
  writeU16(query, optAt + 9, subnet.length)
  query.set(subnet, optAt + optHeadOctets)
  return query
}

function subnetOption({ subnet: { octets, bits } }: TestClient): Uint8Array {
  const sent = octets.subarray(0, (bits + 7) >>> 3)
  const option = new Uint8Array(8 + sent.length)
  writeU16(option, 0, subnetCode)
  writeU16(option, 2, 4 + sent.length)
  writeU16(option, 4, octets.length === 4 ? 1 : 2)
  option[6] = bits
  option.set(sent, 8)
  return option
}

interface Found {
  readonly type: number
  readonly ttl: number
  readonly rdata: Uint8Array
}

/** `response` is one of ours, so it is well-formed. */
export function readResponse(response: Uint8Array, qtype: number): Answered {
  const reader = { response, at: headerOctets }
  for (let left = readU16(response, 4); left > 0; left--) reader.at = behindName(response, reader.at) + 4
  const answers = Array.from({ length: readU16(response, 6) }, () => readRecord(reader))
  const authority = Array.from({ length: readU16(response, 8) }, () => readRecord(reader))
  const asked = answers.filter(({ type }) => type === qtype)
  const alias = answers.findLast(({ type }) => type === rrType.CNAME)
  const counted = asked.length > 0 || alias === undefined ? asked : [alias]
  const soa = authority.find(({ type }) => type === rrType.SOA)
  return {
    rcode: response[3]! & 0xf,
    values: counted.map(({ type, rdata }) => comparableText(type, rdata)),
    ttls: counted.map(({ ttl }) => ttl),
    denialTtl: soa === undefined ? null : soa.ttl,
  }
}

function readRecord(reader: { readonly response: Uint8Array; at: number }): Found {
  const { response } = reader
  const at = behindName(response, reader.at)
  const type = readU16(response, at)
  const from = at + 10
  const end = from + readU16(response, at + 8)
  assert(end <= response.length, 'a record past the end of the message')
  reader.at = end
  return { type, ttl: readU32(response, at + 4), rdata: expand(response, type, from, end) }
}

/** Names that may be compressed written out (RFC 3597 section 4). */
function expand(response: Uint8Array, type: number, from: number, end: number): Uint8Array {
  const octets: number[] = []
  let at = from
  const name = (): void => {
    octets.push(...nameAt(response, at))
    at = behindName(response, at)
  }
  switch (namesInRdata(type)) {
    case 'one':
      name()
      break
    case 'after-2':
      octets.push(response[at]!, response[at + 1]!)
      at += 2
      name()
      break
    case 'soa':
      name()
      name()
      break
    default:
      break
  }
  return Uint8Array.from([...octets, ...response.subarray(at, end)])
}

function nameAt(response: Uint8Array, start: number): readonly number[] {
  const octets: number[] = []
  for (let at = start; ; ) {
    const size = response[at]!
    if (size >= 0xc0) {
      const target = readU16(response, at) & 0x3fff
      assert(target < at, 'a pointer that does not go back')
      at = target
      continue
    }
    octets.push(...response.subarray(at, at + size + 1))
    if (size === 0) return octets
    at += size + 1
  }
}

function behindName(response: Uint8Array, start: number): number {
  for (let at = start; ; ) {
    const size = response[at]!
    if (size >= 0xc0) return at + 2
    if (size === 0) return at + 1
    at += size + 1
  }
}
