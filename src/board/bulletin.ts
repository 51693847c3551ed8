/**
 * The bulletin: shared memory beside the board with the evidence on which members are in or out, for the few who ask
 * for it over DNS. Control writes it, answering threads read it when they need it, and nobody reads it to answer with
 * addresses. A pool that nobody watches has no place in it, and an endpoint that many pools share has one.
 *
 *   head     pools · checks · names · octets of names; then, one after the other:
 *   pools    slot · where its members begin · | name:16 | members:16 |     by rising slot
 *   members  | share:7 | held:1 | pending:1 | override:2 | verdict:2 |      what changes
 *            | unwatched:1 | checks:7 | name:16 | rr:8 |                    what does not; then one word a check: which
 *   checks   | kind:2 | reason:8 | turn:8, odd while it is written |
 *            tenths of a second on the clock of all threads; 0: never heard of
 *            | name:16 | latency:16, milliseconds |
 *   names    where each begins, and where the last ends, in octets; the octets
 *
 * Invariant: a reader never waits: what is being written while it looks it reads again, a bounded number of times.
 */
import { assert } from '../core/base/assert.ts'
import type { Outcome, Override, Verdict } from '../core/health/types.ts'
import { reasonCodes } from '../core/health/types.ts'
import type { BulletinSource, CheckNews, MemberNews } from '../core/ports.ts'
import type { MemberStanding } from '../core/roster/types.ts'

export interface Bulletin {
  readonly memory: SharedArrayBuffer
  readonly words: Int32Array
}

const latencyMaxMs = 0xffff
const readsMax = 8

export const headWords = 4
export const poolWords = 3
export const memberWords = 2
export const checkWords = 3

const verdicts: readonly Verdict[] = ['unknown', 'up', 'down']
const overrides: readonly Override[] = ['none', 'forced-up', 'forced-down', 'drained']
const kinds: readonly Outcome['kind'][] = ['pass', 'fail', 'inconclusive']

export function openBulletin(memory: SharedArrayBuffer): Bulletin {
  return { memory, words: new Int32Array(memory) }
}

/** Says how the members of the pool at a slot stand. Nothing happens if nobody watches it. */
export function postStandings({ words }: Bulletin, slot: number, standings: readonly MemberStanding[]): void {
  const row = findPool(words, slot)
  if (row < 0) return
  assert(standings.length === (words[row + 2]! & 0xffff), 'one standing for each member')
  let at = words[row + 1]!
  for (const standing of standings) {
    Atomics.store(words, at, packStanding(standing))
    at += memberWords + checksOf(words[at + 1]!)
  }
}

/** Says what a check said last, and when. */
export function postOutcome({ words }: Bulletin, check: number, outcome: Outcome, heardMs: number): void {
  if (check >= words[1]!) return
  const at = words[3]! + check * checkWords
  const turn = Atomics.load(words, at) & 0xff
  Atomics.store(words, at, turn | 1)
  Atomics.store(words, at + 1, Math.max(1, Math.round(heardMs / 100)))
  const latency = Math.min(latencyMaxMs, Math.max(0, Math.round(outcome.latencyMs)))
  Atomics.store(words, at + 2, (words[at + 2]! & ~0xffff) | latency)
  const said = (reasonCodes.indexOf(outcome.reason) << 8) | (kinds.indexOf(outcome.kind) << 16)
  Atomics.store(words, at, ((turn + 2) & 0xfe) | said)
}

/** The reader's side. */
export function createBulletinSource({ memory, words }: Bulletin): BulletinSource {
  const bytes = new Uint8Array(memory)
  const namesAt = words[3]! + words[1]! * checkWords
  const octetsAt = (namesAt + words[2]! + 1) * 4
  const utf8 = new TextDecoder()
  const nameOf = (number: number): string => {
    // Decoders take no shared memory.
    return utf8.decode(bytes.slice(octetsAt + words[namesAt + number]!, octetsAt + words[namesAt + number + 1]!))
  }
  return {
    putName: (slot, out, at) => {
      const row = findPool(words, slot)
      if (row < 0) return at
      const name = words[row + 2]! >>> 16
      const end = words[namesAt + name + 1]!
      for (let from = words[namesAt + name]!; from < end; from++) out[at++] = bytes[octetsAt + from]!
      return at
    },
    read: slot => {
      const row = findPool(words, slot)
      if (row < 0) return null
      const own = nameOf(words[row + 2]! >>> 16)
      let at = words[row + 1]!
      return Array.from({ length: words[row + 2]! & 0xffff }, () => {
        const member = readMember(words, at, nameOf)
        at += memberWords + checksOf(words[at + 1]!)
        return own === '' || own === member.pool ? member : { ...member, pool: `${own}/${member.pool}` }
      })
    },
  }
}

function checksOf(word: number): number {
  return (word >>> 24) & 0x7f
}

function packStanding({ verdict, override, pending, held, share }: MemberStanding): number {
  const flags = (pending ? 1 << 4 : 0) | (held ? 1 << 5 : 0)
  return verdicts.indexOf(verdict) | (overrides.indexOf(override) << 2) | flags | (Math.round(share * 100) << 6)
}

function readMember(words: Int32Array, at: number, nameOf: (number: number) => string): MemberNews {
  const standing = Atomics.load(words, at)
  const own = words[at + 1]!
  return {
    rr: own & 0xff,
    pool: nameOf((own >>> 8) & 0xffff),
    unwatched: own < 0,
    verdict: verdicts[standing & 3] ?? 'unknown',
    override: overrides[(standing >>> 2) & 3]!,
    pending: ((standing >>> 4) & 1) === 1,
    held: ((standing >>> 5) & 1) === 1,
    share: ((standing >>> 6) & 0x7f) / 100,
    checks: Array.from({ length: checksOf(own) }, (_, i) => readCheck(words, words[at + memberWords + i]!, nameOf)),
  }
}

function readCheck(words: Int32Array, check: number, nameOf: (number: number) => string): CheckNews {
  const at = words[3]! + check * checkWords
  let said = Atomics.load(words, at)
  let tenths = Atomics.load(words, at + 1)
  let rest = Atomics.load(words, at + 2)
  for (let read = 1; read < readsMax; read++) {
    const now = Atomics.load(words, at)
    if (now === said && (now & 1) === 0) break
    said = now
    tenths = Atomics.load(words, at + 1)
    rest = Atomics.load(words, at + 2)
  }
  return {
    check: nameOf(rest >>> 16),
    kind: kinds[(said >>> 16) & 3] ?? 'inconclusive',
    reason: reasonCodes[(said >>> 8) & 0xff] ?? 'ok',
    latencyMs: rest & 0xffff,
    heardMs: tenths === 0 ? null : tenths * 100,
  }
}

/** Where the row of the pool at a slot begins; -1 if it has none. */
function findPool(words: Int32Array, slot: number): number {
  let low = 0
  let high = words[0]! - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const row = headWords + middle * poolWords
    const found = words[row]!
    if (found === slot) return row
    if (found < slot) low = middle + 1
    else high = middle - 1
  }
  return -1
}
