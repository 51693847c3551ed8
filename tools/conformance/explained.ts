/**
 * Where Robin differs from both Knot and NSD on purpose. Each entry says when it fits, why, and what it rests on; a
 * difference that none fits is a failure. Entries that nothing needs any more are reported, so the list stays short.
 */
import { udpLimitOf } from './anatomy.ts'
import type { Aspect, Heard } from './compare.ts'
import type { Dispute } from './dispute.ts'
import { bit, type Message, printName } from './message.ts'

export interface Explanation {
  readonly name: string
  readonly reason: string
  /** A section of an RFC, or a decision of ours. */
  readonly rests: string
  readonly fits: (dispute: Dispute) => boolean
}

const type = { CNAME: 5, DNAME: 39, RRSIG: 46, NSEC: 47, NSEC3: 50, IXFR: 251, AXFR: 252, ANY: 255 }
const classAny = 255
/** Links that Robin follows before it leaves a chain to the resolver. */
const aliasesMax = 13
const knotAliasesMax = 5
const nameOctetsMax = 255

export const explanations: readonly Explanation[] = [
  {
    name: 'a broken message is FORMERR, and no record of it is sent back',
    reason:
      'Knot drops some of these and repeats the question of others; NSD answers as we do, a hundred times a second',
    rests: 'RFC 1035 4.1.1',
    fits: ({ robin, knot, nsd }) =>
      robin.said.rcode === 'FORMERR' &&
      isBare(robin) &&
      (knot.said.rcode === 'FORMERR' || (knot.message === null && ['', 'FORMERR'].includes(nsd.said.rcode))),
  },
  {
    name: 'any opcode but QUERY is NOTIMP, and no record of it is sent back',
    reason:
      'NOTIFY and UPDATE are configured nowhere; the peers know them and say NOTAUTH or REFUSED, or drop the packet',
    rests: 'RFC 1035 4.1.1, RFC 1996 3.10, RFC 2136 3.1',
    fits: ({ one, robin }) => robin.said.rcode === 'NOTIMP' && isBare(robin) && ((one.packet[2] ?? 0) & 0x78) !== 0,
  },
  {
    name: 'records and octets behind the question that mean nothing to us are passed over',
    reason: 'Knot wants them sound and of a known kind, TSIG included; keys are configured nowhere',
    rests: 'RFC 1035 4.1, RFC 8945 5.2',
    fits: ({ anatomy, robin, knot }) =>
      anatomy !== null &&
      anatomy.others + anatomy.trailing > 0 &&
      robin.message !== null &&
      robin.said.rcode !== 'FORMERR' &&
      knot.said.rcode === 'FORMERR',
  },
  {
    name: 'an OPT record that does not stand at the root is FORMERR',
    reason: 'Knot takes it all the same',
    rests: 'RFC 6891 6.1.2',
    fits: ({ anatomy, robin }) => robin.said.rcode === 'FORMERR' && (anatomy?.opts ?? []).some(({ atRoot }) => !atRoot),
  },
  {
    name: 'an option that we know and that is not of its form is FORMERR',
    reason: 'client subnet, cookie and keepalive mean nothing to the peers as they are configured',
    rests: 'RFC 7871 7.1.2, RFC 7873 5.2.2, RFC 7828 3.3.2',
    fits: ({ anatomy, robin }) => robin.said.rcode === 'FORMERR' && (anatomy?.opts ?? []).some(({ bent }) => bent),
  },
  {
    name: 'a transfer that nobody allowed is REFUSED',
    reason: 'the peers say NOTAUTH for zones that they do not have, and NOTIMP for AXFR over UDP',
    rests: 'RFC 5936 2.2.1, 4.2',
    fits: ({ anatomy, robin, knot }) =>
      (anatomy?.qtype === type.AXFR || anatomy?.qtype === type.IXFR) &&
      robin.said.rcode === 'REFUSED' &&
      ['REFUSED', 'NOTAUTH', 'NOTIMP', 'FORMERR'].includes(knot.said.rcode),
  },
  {
    name: 'class ANY is REFUSED like every class but IN',
    reason: 'the peers answer it from IN; a question that names no class is left to those who mean one',
    rests: 'RFC 1035 3.2.5',
    fits: ({ anatomy, robin }) => anatomy?.qclass === classAny && robin.said.rcode === 'REFUSED',
  },
  {
    name: 'ANY is answered with one RRset',
    reason: 'each server picks the one it likes',
    rests: 'RFC 8482 4.1',
    fits: ({ anatomy, robin, withKnot, withNsd }) =>
      anatomy?.qtype === type.ANY &&
      (isWithin(withKnot, ['answer', 'additional']) || isWithin(withNsd, ['answer', 'authority', 'additional'])) &&
      robin.message !== null &&
      new Set(robin.message.answer.filter(record => record.type !== type.CNAME).map(record => record.type)).size <= 1,
  },
  {
    name: 'a chain of aliases is followed for thirteen links',
    reason: 'Knot stops after five, NSD follows to the end; the resolver goes on from where we stop',
    rests: 'RFC 1034 3.6.2',
    fits: ({ robin, knot, nsd }) =>
      countAliases(robin.message) > knotAliasesMax &&
      countAliases(robin.message) <= aliasesMax &&
      holds(robin.message?.answer, knot.message?.answer) &&
      (nsd.message === null || nsd.said.rcode === 'FORMERR' || holds(nsd.message.answer, robin.message?.answer)),
  },
  {
    name: 'a circle of aliases ends where it meets itself',
    reason: 'the peers go round once more or a few times, until a record would stand twice or the room is used up',
    rests: 'RFC 1034 3.6.2, RFC 6672 2.2',
    fits: ({ robin, knot, nsd, withKnot, withNsd }) => {
      if (!isCircle(robin.message)) return false
      const near = (differing: readonly Aspect[], { message }: Heard): boolean => {
        const [ours, theirs] = [robin.message?.answer, message?.answer]
        return isWithin(differing, ['flags', 'answer']) && (holds(theirs, ours) || holds(ours, theirs))
      }
      return near(withKnot, knot) || near(withNsd, nsd)
    },
  },
  {
    name: 'a name that a DNAME makes too long is YXDOMAIN',
    reason: 'Knot says NXDOMAIN; NSD says what we say, where it is heard',
    rests: 'RFC 6672 2.2',
    fits: ({ robin, knot, nsd }) =>
      robin.said.rcode === 'YXDOMAIN' &&
      knot.said.rcode === 'NXDOMAIN' &&
      ['', 'YXDOMAIN', 'FORMERR'].includes(nsd.said.rcode),
  },
  {
    name: 'RRSIG, NSEC and NSEC3 are asked of an alias like any type',
    reason: 'in a signed zone they stand beside a CNAME, and the peers look for some of them there; we serve none',
    rests: 'RFC 4034 3, 4, RFC 1034 3.6.2',
    fits: ({ anatomy, robin, knot, nsd }) =>
      [type.RRSIG, type.NSEC, type.NSEC3].includes(anatomy?.qtype ?? 0) &&
      countAliases(robin.message) > 0 &&
      (countAliases(knot.message) === 0 || countAliases(nsd.message) === 0),
  },
  {
    name: 'addresses that only help are given for names that stand in the zone',
    reason: 'Knot also gives those that a wildcard makes, and glue from below a cut; NSD gives none',
    rests: 'RFC 1034 4.3.2, step 6',
    fits: ({ robin, knot, withKnot }) =>
      isWithin(withKnot, ['additional']) &&
      !isCut(robin) &&
      !isCut(knot) &&
      holds(knot.message?.additional, robin.message?.additional),
  },
  {
    name: 'payload sizes below 512 count as 512',
    reason:
      'Knot calls some of them FORMERR; NSD agrees but for the addresses it leaves out, and TC where glue is lost',
    rests: 'RFC 6891 6.2.3, RFC 9471 3.1',
    fits: ({ anatomy, robin, knot, nsd, withNsd }) =>
      (anatomy?.opts[0]?.payload ?? 512) < 512 &&
      robin.said.rcode !== 'FORMERR' &&
      knot.said.rcode === 'FORMERR' &&
      (nsd.message === null || isWithin(withNsd, ['additional', 'flags', 'question'])),
  },
  {
    name: 'type 0 is a type that no name has',
    reason: 'Knot says NOTIMP; NSD agrees where it leaves aliases and glue as we do',
    rests: 'RFC 3597 3, RFC 6895 3.1',
    fits: ({ anatomy, robin, knot }) =>
      anatomy?.qtype === 0 &&
      knot.said.rcode === 'NOTIMP' &&
      ['NOERROR', 'NXDOMAIN', 'REFUSED', 'FORMERR'].includes(robin.said.rcode),
  },
  {
    name: 'the version is judged before the options',
    reason: 'what an option of another version may look like is not for us to say; Knot looks at the options first',
    rests: 'RFC 6891 6.1.3',
    fits: ({ anatomy, robin, knot }) =>
      robin.said.rcode === 'BADVERS' && knot.said.rcode === 'FORMERR' && (anatomy?.opts ?? []).some(({ bent }) => bent),
  },
  {
    name: 'options of the answer take their room',
    reason: 'a client subnet comes back with the answer, so that an answer that just fits without it does not',
    rests: 'RFC 7871 7.2.2',
    fits: ({ anatomy, robin, knot }) =>
      isCut(robin) &&
      !isCut(knot) &&
      (robin.message?.opt?.octets ?? 0) > 0 &&
      (knot.message?.octets ?? 0) + (robin.message?.opt?.octets ?? 0) > udpLimitOf(anatomy),
  },
  {
    name: 'what just fits is sent',
    reason: 'a name that is shortened against more of the message leaves room for a record that the peers drop',
    rests: 'RFC 1035 4.1.4',
    fits: ({ anatomy, robin, nsd, withNsd }) =>
      !isCut(robin) &&
      isCut(nsd) &&
      isWithin(withNsd, ['flags', 'answer', 'authority', 'additional']) &&
      udpLimitOf(anatomy) - (robin.message?.octets ?? 0) < nameOctetsMax &&
      holds(robin.message?.answer, nsd.message?.answer),
  },
  {
    name: 'a denial whose SOA does not fit is truncated',
    reason: 'Knot leaves the SOA out and says nothing of it; NSD says what we say, where it is heard',
    rests: 'RFC 2308 2, RFC 2181 9',
    fits: ({ robin, knot, nsd, withKnot }) =>
      isCut(robin) &&
      !isCut(knot) &&
      isWithin(withKnot, ['flags']) &&
      robin.message?.authority.length === 0 &&
      (nsd.message === null || isCut(nsd)),
  },
  {
    name: 'a truncated answer keeps the RRsets that fit',
    reason:
      'which ones is free, and the client asks again over TCP; that they are whole is held against our TCP answer',
    rests: 'RFC 2181 9',
    fits: ({ robin, knot, nsd, withKnot, withNsd }) => {
      const sections = ['answer', 'authority', 'additional'] as const
      if (!isCut(robin)) return false
      return (isCut(knot) && isWithin(withKnot, sections)) || (isCut(nsd) && isWithin(withNsd, sections))
    },
  },
]

/** A header, and the question and OPT perhaps. */
function isBare({ message }: Heard): boolean {
  return message !== null && message.answer.length + message.authority.length + message.additional.length === 0
}

function isCut({ message }: Heard): boolean {
  return message !== null && (message.flags & bit.TC) !== 0
}

function isWithin(differing: readonly Aspect[], allowed: readonly Aspect[]): boolean {
  return differing.length > 0 && differing.every(aspect => allowed.includes(aspect))
}

function countAliases(message: Message | null): number {
  return message?.answer.filter(record => record.type === type.CNAME).length ?? 0
}

/** True if the last alias leads to one that stands before it, or below a DNAME that does. */
function isCircle(message: Message | null): boolean {
  const answer = message?.answer ?? []
  const last = answer.findLast(record => record.type === type.CNAME)
  if (last === undefined) return false
  const target = printName(Buffer.from(last.rdata, 'hex'))
  return answer.some(
    record =>
      (record.type === type.CNAME && record.owner === target) ||
      (record.type === type.DNAME && target.endsWith(`.${record.owner}`)),
  )
}

/** True if every record of `part` is in `whole`. */
function holds(whole: Message['answer'] | undefined, part: Message['answer'] | undefined): boolean {
  if (whole === undefined || part === undefined) return false
  const texts = new Set(whole.map(record => JSON.stringify(record)))
  return part.every(record => texts.has(JSON.stringify(record)))
}
