/**
 * Answers that were given before, for the same octets of a query over UDP: most of what resolvers ask was asked before,
 * and reading, looking up and composing it again would come to the same octets but for where the rotation begins. What
 * is kept depends on nothing but the query, the rotation as published and the server's terms.
 * Invariants: recalled or not, an answer has the same octets and moves the same cursor; what a client or the time
 * decides (cookies, client networks, the guard, signatures) is never kept; memory is fixed, whatever is asked.
 */
import { rrType } from '../rdata/table.ts'
import type { Ask } from '../wire/query.ts'
import { beginMessage, pointedHeadOctets } from '../wire/writer.ts'
import { hasRules, imageHead, nodeHeadOctets } from '../zone/layout.ts'
import type { Live } from './live.ts'
import {
  besideEntry,
  clearRecall,
  entryOf,
  isEntryOf,
  queryAt,
  queryOctetsMax,
  queryOctetsMin,
  type Recall,
  responseAt,
  responseOctetsMax,
  word,
} from './recall-memory.ts'
import { findReserved } from './reserved.ts'
import { count, tallyAt } from './tally.ts'

/**
 * Others that an entry outlasts without being asked for: where more is asked than can be kept, keeping must cost
 * little.
 */
const creditMax = 3

const optOctets = 11
const asterisk = 0x2a

/** Writes the answer into `out` and returns its octets; 0 if it must be found as if for the first time. */
export function recallAnswer(live: Live, recall: Recall, query: Uint8Array, out: Uint8Array): number {
  if (recall.rotation !== live.rotation || recall.terms !== live.terms) return 0
  const octets = query.length
  if (octets < queryOctetsMin || octets > queryOctetsMax || out.length < responseOctetsMax) return 0
  const entry = findEntry(recall, query)
  if (entry < 0) return 0
  const { words, view } = recall
  const head = entry >>> 2
  const cursor = live.rotation.advance(words[head + word.slot]!, words[head + word.stamp]!)
  if (cursor < 0) return 0
  const length = words[head + word.response]!
  const { writer } = live.desk
  beginMessage(writer, out, length)
  const to = writer.view
  const from = responseAt(entry, octets)
  for (let i = 0; i < length; i += 4) to.setInt32(i, view.getInt32(from + i))
  out[0] = query[0]!
  out[1] = query[1]!
  const members = words[head + word.members]!
  const size = words[head + word.size]!
  const firstAt = words[head + word.firstAt]!
  const step = size + pointedHeadOctets
  const start = cursor % members
  let member = start
  let at = firstAt
  // In the order in which they are kept the answer is right as it was copied.
  for (let left = start === 0 ? 0 : members; left > 0; left--) {
    const address = from + firstAt + member * step
    for (let i = 0; i < size; i += 4) to.setInt32(at + i, view.getInt32(address + i))
    at += step
    if (++member === members) member = 0
  }
  words[head + word.credit] = creditMax
  count(live.tally, tallyAt.queries)
  count(live.tally, tallyAt.noerror)
  return length
}

function findEntry(recall: Recall, query: Uint8Array): number {
  const entry = entryOf(query)
  if (isEntryOf(recall, entry, query)) return entry
  const beside = besideEntry(entry)
  return isEntryOf(recall, beside, query) ? beside : -1
}

/** The slot whose rotation is all that the answer just found depends on, or -1. For a pooled set of addresses. */
export function recallableSlot(live: Live, ask: Ask, zone: number, rrset: number, written: number): number {
  const { turn } = live.desk
  const place = live.snapshot.words[(rrset >>> 2) + 3]!
  const isPlain = turn.answer === 'rotate' && !turn.fixed && turn.stamp >= 0 && !hasRules(place)
  // Names that a wildcard covers come without end.
  const { bytes } = live.snapshot
  const nodeAt = live.desk.finding.node + nodeHeadOctets
  if (bytes[nodeAt] === 1 && bytes[nodeAt + 1] === asterisk) return -1
  // Where not all members are answered the response has no room for the others.
  const isWhole = written === turn.count
  // An OPT with options asks for something of its own.
  const asksNothing = ask.query.length === ask.questionEnd + (ask.edns ? optOctets : 0)
  if (!isPlain || !isWhole || !asksNothing || ask.via !== 'udp') return -1
  // Who may ask there depends on the client.
  if (findReserved(live, zone) !== null) return -1
  return live.snapshot.words[(zone >>> 2) + imageHead.boardBase]! + place - 1
}

/** Keeps the answer in the first `octets` of `out`, whose rotation still stands in the desk. */
export function keepAnswer(live: Live, recall: Recall, ask: Ask, out: Uint8Array, octets: number): void {
  const { turn, ref, recallable } = live.desk
  const { query } = ask
  if (recall.rotation !== live.rotation || recall.terms !== live.terms) renew(live, recall)
  if (query.length < queryOctetsMin || query.length > queryOctetsMax || octets > responseOctetsMax) return
  const entry = takeEntry(recall, query)
  if (entry < 0) return
  const { words, bytes } = recall
  const { words: compiled, bytes: octetsOfZone } = live.snapshot
  const size = (compiled[ref.rrset >>> 2]! & 0xffff) === rrType.A ? 4 : 16
  const firstAt = ask.questionEnd + pointedHeadOctets
  const head = entry >>> 2
  words[head] = query.length
  words[head + word.response] = octets
  words[head + word.slot] = recallable
  words[head + word.stamp] = turn.stamp
  words[head + word.members] = turn.count
  words[head + word.firstAt] = firstAt
  words[head + word.size] = size
  words[head + word.credit] = creditMax
  for (let i = 2; i < query.length; i++) bytes[entry + queryAt + i] = query[i]!
  const to = responseAt(entry, query.length)
  for (let i = 0; i < octets; i++) bytes[to + i] = out[i]!
  const recordsAt = ref.zone + compiled[(ref.rrset >>> 2) + 2]!
  for (let member = 0; member < turn.count; member++) {
    const from = recordsAt + turn.order[member]! * size
    const at = to + firstAt + member * (size + pointedHeadOctets)
    for (let i = 0; i < size; i++) bytes[at + i] = octetsOfZone[from + i]!
  }
}

/** The entry that the query has already, or one that is nobody's or has stayed long enough; -1: not this time. */
function takeEntry(recall: Recall, query: Uint8Array): number {
  const known = findEntry(recall, query)
  if (known >= 0) return known
  const { words } = recall
  const entry = entryOf(query)
  const beside = besideEntry(entry)
  if (words[entry >>> 2] === 0) return entry
  if (words[beside >>> 2] === 0) return beside
  const weaker = words[(entry >>> 2) + word.credit]! <= words[(beside >>> 2) + word.credit]! ? entry : beside
  const at = (weaker >>> 2) + word.credit
  const credit = words[at]!
  words[at] = credit - 1
  return credit > 0 ? -1 : weaker
}

/** Another generation, or other terms: nothing that was kept holds. */
function renew({ rotation, terms }: Live, recall: Recall): void {
  recall.rotation = rotation
  recall.terms = terms
  clearRecall(recall)
}
