/**
 * Class CHAOS: what server is this (RFC 4892)? Answered with the configured text and REFUSED where there is none, so
 * that a server says nothing of itself unless told to. Any other CHAOS name is REFUSED.
 */
import { writeU16 } from '../base/bytes.ts'
import type { NameScan } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import { classChaos, headerOctets, rcode } from '../wire/header.ts'
import type { Ask } from '../wire/query.ts'
import type { Identity, Live } from './live.ts'
import { truncate } from './message.ts'
import { count, tallyAt } from './tally.ts'

export function answerChaos(live: Live, ask: Ask): void {
  const { desk, terms } = live
  const asksForText = ask.qtype === rrType.TXT || ask.qtype === rrType.ANY
  const text = asksForText ? textFor(terms.identity, ask) : null
  desk.reply.kind = 'error'
  if (text === null) {
    desk.rcode = rcode.REFUSED
    count(live.tally, tallyAt.refused)
    return
  }
  count(live.tally, tallyAt.chaos)
  desk.authoritative = true
  const { writer } = desk
  const octets = recordHeadOctets + 1 + text.length
  if (writer.at + octets > writer.limit) {
    truncate(live)
    return
  }
  const { out, at } = writer
  writeU16(out, at, 0xc000 | headerOctets)
  writeU16(out, at + 2, rrType.TXT)
  writeU16(out, at + 4, classChaos)
  out.fill(0, at + 6, at + 10)
  writeU16(out, at + 10, 1 + text.length)
  out[at + recordHeadOctets] = text.length
  out.set(text, at + recordHeadOctets + 1)
  writer.at = at + octets
  desk.answers = 1
}

/** Owner as a pointer, type, class, TTL 0 and RDLENGTH. */
const recordHeadOctets = 12

const versionNames = [wireOf('version', 'bind'), wireOf('version', 'server')]
const hostnameNames = [wireOf('id', 'server'), wireOf('hostname', 'bind')]

function textFor(identity: Identity, ask: Ask): Uint8Array | null {
  if (isOneOf(ask, versionNames)) return identity.version
  return isOneOf(ask, hostnameNames) ? identity.hostname : null
}

function isOneOf({ name }: Ask, names: readonly Uint8Array[]): boolean {
  for (const known of names) if (isNamed(name, known)) return true
  return false
}

function isNamed(name: NameScan, known: Uint8Array): boolean {
  if (name.length !== known.length) return false
  for (let i = 0; i < known.length; i++) if (name.lowered[i] !== known[i]) return false
  return true
}

function wireOf(...labels: readonly string[]): Uint8Array {
  const text = new TextEncoder()
  return Uint8Array.from([...labels.flatMap(label => [label.length, ...text.encode(label)]), 0])
}
