/**
 * One reply as the aspects in which servers are compared. Sections are sets, since the order of records means nothing;
 * what an aspect says is text, equal exactly when the servers agree in it.
 */
import type { Reply } from './lane.ts'
import { bit, type Message, type ReadRecord, readMessage } from './message.ts'

const aspects = ['reply', 'rcode', 'flags', 'question', 'answer', 'authority', 'additional', 'opt'] as const
export type Aspect = (typeof aspects)[number]

/** A reply as read. `message` is null for silence and for what is no message; `fault` then says which. */
export interface Heard {
  readonly message: Message | null
  readonly fault: string
  readonly said: Readonly<Record<Aspect, string>>
}

const flagNames: readonly (readonly [string, number])[] = [
  ['qr', bit.QR],
  ['aa', bit.AA],
  ['tc', bit.TC],
  ['rd', bit.RD],
  ['ra', bit.RA],
  ['z', bit.Z],
  ['ad', bit.AD],
  ['cd', bit.CD],
]

const rcodeNames: ReadonlyMap<number, string> = new Map([
  [0, 'NOERROR'],
  [1, 'FORMERR'],
  [2, 'SERVFAIL'],
  [3, 'NXDOMAIN'],
  [4, 'NOTIMP'],
  [5, 'REFUSED'],
  [6, 'YXDOMAIN'],
  [9, 'NOTAUTH'],
  [16, 'BADVERS'],
  [23, 'BADCOOKIE'],
])

export function hear(reply: Reply, query: Uint8Array): Heard {
  if (reply.kind !== 'answer') return deaf(reply.kind)
  try {
    const message = readMessage(reply.octets)
    if (reply.octets[0] !== query[0] || reply.octets[1] !== query[1]) return deaf('an answer under another ID')
    return { message, fault: '', said: describe(message) }
  } catch (error) {
    return deaf(`malformed: ${(error as Error).message}`)
  }
}

/** The aspects in which two servers differ. */
export function differences(a: Heard, b: Heard): readonly Aspect[] {
  return aspects.filter(aspect => a.said[aspect] !== b.said[aspect])
}

function deaf(fault: string): Heard {
  const none = { rcode: '', flags: '', question: '', answer: '', authority: '', additional: '', opt: '' }
  return { message: null, fault, said: { reply: fault, ...none } }
}

function describe(message: Message): Record<Aspect, string> {
  const { opt } = message
  return {
    reply: 'answer',
    rcode: formatRcode(message.rcode),
    flags: `${formatFlags(message.flags)}${message.opcode === 0 ? '' : ` opcode ${message.opcode}`}`,
    question: `${message.questions} ${Buffer.from(message.question).toString('hex')}`,
    answer: formatSection(message.answer),
    authority: formatSection(message.authority),
    additional: formatSection(message.additional),
    opt: opt === null ? 'none' : `${opt.payload} version ${opt.version} flags ${opt.flags.toString(16)}`,
  }
}

export function formatRcode(rcode: number): string {
  return rcodeNames.get(rcode) ?? `RCODE${rcode}`
}

export function formatFlags(flags: number): string {
  return flagNames.flatMap(([name, value]) => ((flags & value) !== 0 ? [name] : [])).join(' ')
}

export function formatRecord({ owner, type, rrClass, ttl, rdata }: ReadRecord): string {
  return `${owner} ${ttl} ${rrClass === 1 ? '' : `CLASS${rrClass} `}TYPE${type} ${rdata}`
}

function formatSection(records: readonly ReadRecord[]): string {
  return [...new Set(records.map(formatRecord))].sort().join('\n')
}
