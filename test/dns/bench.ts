/**
 * A zone set compiled and asked in process, without sockets: what `test/dns` and the properties drive. Pools are
 * published as all up unless a test says who is down.
 */
import { createBoard, createRotationSource, publish, publishSerial } from '../../src/board/board.ts'
import { answerQuery } from '../../src/core/answer/answer.ts'
import { createLive, type Live, plainTerms, type Terms } from '../../src/core/answer/live.ts'
import { createRecall } from '../../src/core/answer/recall-memory.ts'
import { type Tally, tallyNames } from '../../src/core/answer/tally.ts'
import { writeU16 } from '../../src/core/base/bytes.ts'
import { readAddress, readClient } from '../../src/core/guard/address.ts'
import type { Standing } from '../../src/core/health/types.ts'
import { isNameFault, parseName } from '../../src/core/name/name.ts'
import { createNameScan, scanName } from '../../src/core/name/scan.ts'
import type { Via } from '../../src/core/ports.ts'
import { parseType } from '../../src/core/rdata/table.ts'
import type { MemberModel } from '../../src/core/roster/types.ts'
import { decide } from '../../src/core/rotation/decide.ts'
import { createAsk } from '../../src/core/wire/query.ts'
import { imageHead } from '../../src/core/zone/layout.ts'
import { findZone } from '../../src/core/zone/lookup.ts'
import { proveSnapshot } from '../../src/core/zone/prove.ts'
import { compile } from '../../src/core/zonefile/compile.ts'
import { formatProblem, readZones } from '../../src/core/zonefile/index.ts'
import { type Decoded, decode } from './decode.ts'

export interface EdnsOptions {
  readonly payload?: number
  readonly version?: number
  readonly dnssecOk?: boolean
  /** Client Subnet, as `192.0.2.0/24` (RFC 7871). */
  readonly subnet?: string
}

export interface QueryOptions {
  readonly via?: Via
  /** Absent: no OPT record. */
  readonly edns?: EdnsOptions
  readonly id?: number
  readonly flags?: number
  readonly qclass?: number
}

export interface Bench {
  readonly live: Live
  query(name: string, type: string, options?: QueryOptions): Decoded
  /** Raw octets in, raw octets out; null for silence. */
  raw(query: Uint8Array, via?: Via): Uint8Array | null
  /** All messages of an answer over TCP, taken at the times given (Unix seconds), the last one for all that follow. */
  stream(query: Uint8Array, ...nowSeconds: readonly number[]): Uint8Array[]
  /** Declares these addresses down in every pool and publishes. */
  down(...addresses: string[]): void
  /** The live serial of a zone; 0: as compiled. */
  publishSerial(zone: string, serial: number): void
  /** The client and the time of the queries that follow. */
  from(address: string, port: number, nowMs: number): void
}

/** Files by name (`a.test.yaml`) to text. Throws with the problems if they do not validate. */
export function createBench(
  zones: Readonly<Record<string, string>>,
  termsOf: (tally: Tally) => Terms = () => plainTerms,
): Bench {
  const files = Object.entries(zones).map(([file, text]) => ({ file, text }))
  const { model, problems } = readZones(files)
  if (model === null) throw new Error(problems.map(problem => formatProblem(problem, null)).join('\n'))
  const compiled = compile(model, 1, () => 7)
  proveSnapshot(compiled.snapshot)
  const board = createBoard(compiled.snapshot.boardWords)
  const tally = new Float64Array(tallyNames.length)
  const live = createLive(compiled.snapshot, createRotationSource(board), tally, termsOf(tally))
  live.recall = createRecall()
  const ask = createAsk()
  const out = new Uint8Array(65535)
  const last = new Map<number, readonly number[]>()
  const eligible = new Map<string, number>()
  const isDown = ({ address, duties, dependsOn }: MemberModel, addresses: readonly string[]): boolean => {
    if (dependsOn !== undefined) return !dependsOn.some(key => eligible.get(key)! > 0)
    return duties.length > 0 && addresses.includes(address)
  }
  const down = (...addresses: string[]): void => {
    // As often as pools of names lead to each other, which these tests do once at most.
    for (let pass = 0; pass < 3; pass++) decideAll(addresses)
  }
  const decideAll = (addresses: readonly string[]): void => {
    compiled.pools.forEach((place, pool) => {
      const { plan } = place
      const standings = plan.pool.members.map((member): Standing => {
        const verdict = isDown(member, addresses) ? 'down' : 'up'
        return { verdict, pending: false, override: member.override, share: 1 }
      })
      const rotation = decide(plan.pool.spec, standings, { lastHealthy: last.get(pool) ?? [], heldTier: null })
      if (rotation.mode === 'normal') last.set(pool, rotation.order)
      eligible.set(plan.key, rotation.eligible)
      publish(board, place, rotation)
    })
  }
  const raw = (query: Uint8Array, via: Via = 'udp'): Uint8Array | null => {
    ask.query = query
    ask.via = via
    const length = answerQuery(live, ask, via === 'udp' ? out.subarray(0, 1232) : out)
    return length === 0 ? null : out.slice(0, Math.abs(length))
  }
  const stream = (query: Uint8Array, ...nowSeconds: readonly number[]): Uint8Array[] => {
    const first = raw(query, 'tcp')
    if (first === null) return []
    const messages = [first]
    const { sending } = live.desk
    live.desk.sending = null
    if (sending === null) return messages
    const end = (): Uint8Array[] => {
      live.quota.tell(sending.close())
      return messages
    }
    for (;;) {
      const length = sending.next(out, nowSeconds[messages.length - 1] ?? nowSeconds.at(-1) ?? ask.nowSeconds)
      if (length <= 0) return end()
      messages.push(out.slice(0, length))
    }
  }
  const from = (address: string, port: number, nowMs: number): void => {
    readClient(ask.client, address, port)
    ask.nowMs = nowMs
    ask.nowSeconds = Math.floor(nowMs / 1000)
  }
  down()
  from('192.0.2.250', 40_000, 1_000_000)
  return {
    from,
    live,
    raw,
    stream,
    down,
    publishSerial: (zone, serial) => {
      const wire = parseName(zone, null)
      const scan = createNameScan()
      if (isNameFault(wire)) throw new Error(zone)
      scanName(wire, 0, wire.length, scan)
      const at = findZone(compiled.snapshot, scan, 1)
      publishSerial(board, compiled.snapshot.words[(at >>> 2) + imageHead.boardBase]!, serial)
    },
    query: (name, type, options = {}) => {
      const response = raw(encodeQuery(name, type, options), options.via ?? 'udp')
      if (response === null) throw new Error('silence')
      return decode(response)
    },
  }
}

export function encodeQuery(name: string, type: string, options: QueryOptions = {}): Uint8Array {
  const wire = parseName(name.endsWith('.') ? name : `${name}.`, null)
  if (isNameFault(wire)) throw new Error(`${name}: ${wire}`)
  const code =
    type === 'ANY' ? 255 : type === 'DS' ? 43 : type === 'AXFR' ? 252 : type === 'IXFR' ? 251 : parseType(type)
  if (code === null) throw new Error(`no type ${type}`)
  const { edns } = options
  const subnet = edns?.subnet === undefined ? new Uint8Array(0) : encodeSubnet(edns.subnet)
  const query = new Uint8Array(12 + wire.length + 4 + (edns === undefined ? 0 : 11 + subnet.length))
  writeU16(query, 0, options.id ?? 0x1234)
  writeU16(query, 2, options.flags ?? 0)
  writeU16(query, 4, 1)
  query.set(wire, 12)
  let at = 12 + wire.length
  writeU16(query, at, code)
  writeU16(query, at + 2, options.qclass ?? 1)
  at += 4
  if (edns !== undefined) {
    writeU16(query, 10, 1)
    writeU16(query, at + 1, 41)
    writeU16(query, at + 3, edns.payload ?? 1232)
    query[at + 6] = edns.version ?? 0
    query[at + 7] = edns.dnssecOk === true ? 0x80 : 0
    writeU16(query, at + 9, subnet.length)
    query.set(subnet, at + 11)
  }
  return query
}

/** The option with its head, scope 0. */
function encodeSubnet(text: string): Uint8Array {
  const [address, bits] = text.split('/')
  const octets = new Uint8Array(16)
  const length = readAddress(address!, octets)
  if (length === 0) throw new Error(text)
  const used = Math.ceil(Number(bits) / 8)
  const family = length === 4 ? 1 : 2
  return Uint8Array.of(0, 8, 0, 4 + used, 0, family, Number(bits), 0, ...octets.subarray(0, used))
}

/** `type value` of each record, for short expectations. */
export function brief(records: readonly { readonly type: string; readonly value: string }[]): string[] {
  return records.map(record => `${record.type} ${record.value}`)
}

/** Hex with blanks to octets; `n:name` stands for the wire form of a name, as in the conformance list. */
export function octets(text: string): Uint8Array {
  const parts: number[] = []
  for (const word of text.split(/\s+/)) {
    if (word.startsWith('n:')) {
      const name = parseName(`${word.slice(2)}.`, null)
      if (isNameFault(name)) throw new Error(word)
      parts.push(...name)
    } else for (let i = 0; i < word.length; i += 2) parts.push(Number.parseInt(word.slice(i, i + 2), 16))
  }
  return Uint8Array.from(parts)
}
