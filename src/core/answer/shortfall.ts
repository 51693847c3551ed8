/**
 * Why an answer is not what the zone file alone would give: an Extended DNS Error (RFC 8914) that names the pool, how
 * many of its members are eligible, and the policy if that is what answers:
 *
 *   www.example.com. A: 2 of 3 healthy
 *   www.example.com. A busan: 0 of 3 healthy, on_all_down all
 *
 * The code is always Other (section 4.1, which wants the text): none of the registered ones speaks of what stands
 * behind an address. Stale Answer and No Reachable Authority are a resolver's, Not Ready and Invalid Data say that the
 * server or its zone is at fault, Prohibited and Blocked that the client is; all are well here.
 * Written for every such answer while something is down, so it allocates nothing; only who sent EDNS gets it.
 */
import { formatType } from '../rdata/table.ts'
import { lackingEligible, lackingMembers } from '../rotation/slot.ts'
import type { RotationMode, Turn } from '../rotation/types.ts'
import { extendedError } from '../wire/options.ts'
import type { Ask } from '../wire/query.ts'
import { nodeHeadOctets, type Snapshot } from '../zone/layout.ts'
import type { Live } from './live.ts'

/** An owner that is longer in presentation form is left out: who asked knows the name. */
const ownerOctetsMax = 80

/** Puts the shortfall of the turn, which belongs to the slot of the finding's node, into the response's options. */
export function noteShortfall(live: Live, ask: Ask, rrset: number, slot: number): void {
  if (!ask.edns || !live.terms.explains) return
  const { desk, snapshot, bulletin } = live
  const { options, shortfall, turn } = desk
  const ownerEnd = putOwner(shortfall, snapshot, desk.finding.node)
  let at = putText(shortfall, ownerEnd, formatType(snapshot.words[rrset >>> 2]! & 0xffff))
  if (bulletin !== null) {
    const end = bulletin.putName(slot, shortfall, at + 1)
    if (end > at + 1) {
      shortfall[at] = space
      at = end
    }
  }
  options.errorCode = extendedError.other
  options.errorText = shortfall
  options.errorTextOctets = putCounts(shortfall, at, turn)
}

function putCounts(out: Uint8Array, from: number, { lacking, mode }: Turn): number {
  let at = putText(out, from, ': ')
  at = putNumber(out, at, lackingEligible(lacking))
  at = putText(out, at, ' of ')
  at = putNumber(out, at, lackingMembers(lacking))
  at = putText(out, at, ' healthy')
  return mode === 'normal' ? at : putText(out, at, policyTexts[mode])
}

/** What decided, in the words of the zone file. */
const policyTexts: Readonly<Record<Exclude<RotationMode, 'normal'>, string>> = {
  'fail-open': ', on_all_down all',
  'last-resort': ', on_all_down values',
  'last-healthy': ', on_all_down last_healthy',
  nodata: ', on_all_down nodata',
  servfail: ', on_all_down servfail',
  refused: ', on_all_down refused',
}

const space = 0x20
const dot = 0x2e
const backslash = 0x5c
const zero = 0x30

/** The node's name in presentation form and a blank; nothing if it is too long. EXTRA-TEXT is UTF-8 (section 2). */
function putOwner(out: Uint8Array, { bytes }: Snapshot, node: number): number {
  let at = 0
  let from = node + nodeHeadOctets
  for (let size = bytes[from]!; size !== 0; size = bytes[from]!) {
    for (let i = 1; i <= size; i++) {
      if (at > ownerOctetsMax) return 0
      at = putCharacter(out, at, bytes[from + i]!)
    }
    out[at++] = dot
    from += size + 1
  }
  if (at === 0) out[at++] = dot
  if (at > ownerOctetsMax) return 0
  out[at] = space
  return at + 1
}

/** RFC 1035 section 5.1: `\.` for what has a meaning of its own, `\DDD` for what cannot be printed. */
function putCharacter(out: Uint8Array, at: number, octet: number): number {
  if (octet <= space || octet > 0x7e) {
    out[at] = backslash
    out[at + 1] = zero + Math.floor(octet / 100)
    out[at + 2] = zero + (Math.floor(octet / 10) % 10)
    out[at + 3] = zero + (octet % 10)
    return at + 4
  }
  if (octet === dot || octet === backslash) out[at++] = backslash
  out[at] = octet
  return at + 1
}

/** Of ASCII characters only. */
function putText(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i)
  return at + text.length
}

/** Decimal, of at most five digits. */
function putNumber(out: Uint8Array, at: number, value: number): number {
  let unit = 1
  while (value >= unit * 10) unit *= 10
  for (; unit >= 1; unit = Math.floor(unit / 10)) out[at++] = zero + (Math.floor(value / unit) % 10)
  return at
}
