/**
 * One DNS question out, one response in, by way of dns2: a codec that shares no line with the server's own, so that
 * what it reads is evidence. Names go out octet by octet, since dns2 would split a label that holds a dot; coming in
 * they have that weakness (a dot inside a label looks like two labels). Pure but for the draw of the id.
 * RFC 1035 section 4, RFC 6891 (we offer 1232 octets), RFC 5452 section 9.1 (what makes a response ours).
 */
import type { Packet } from 'dns2'
import { equalNames, type Name } from '../../core/name/name.ts'
import { loadDns2 } from './late.ts'

export interface Question {
  readonly name: Name
  readonly type: number
  /** 16 bits from a cryptographic source. */
  readonly id: number
  /** RD: asks a resolver to look further; servers of zones do not mind it (RFC 1035 section 4.1.1). */
  readonly recursionDesired: boolean
}

export type Message = InstanceType<typeof Packet>

export type Reading =
  | { readonly kind: 'message'; readonly message: Message }
  /** Not an answer to our question: to be passed over. */
  | { readonly kind: 'foreign' }
  /** Ours by its id, but not readable; `text` says where it goes wrong. */
  | { readonly kind: 'malformed'; readonly text: string }

const udpOctetsOffered = 1232
const classIn = 1

export function createQuestion(name: Name, type: number, recursionDesired: boolean): Question {
  return { name, type, id: loadDns2().Packet.uuid(), recursionDesired }
}

export function encodeQuery({ name, type, id, recursionDesired }: Question): Buffer {
  const { Packet } = loadDns2()
  const writer = new Packet.Writer()
  new Packet.Header({ id, qdcount: 1, arcount: 1, rd: recursionDesired ? 1 : 0 }).toBuffer(writer)
  for (const octet of name) writer.write(octet, 8)
  writer.write(type, 16)
  writer.write(classIn, 16)
  const opt = Packet.Resource.EDNS([], { udpPayloadSize: udpOctetsOffered })
  Packet.Resource.encode({ ...opt, name: '' }, writer)
  return writer.toBuffer()
}

export function readResponse(octets: Buffer, asked: Question): Reading {
  const { Packet } = loadDns2()
  if (octets.length < Packet.HEADER_SIZE) return { kind: 'foreign' }
  const message = Packet.parse(octets)
  if (message.header.id !== asked.id || message.header.qr !== 1) return { kind: 'foreign' }
  if (!echoes(octets, message, asked)) return { kind: 'foreign' }
  const fault = message.errors[0]
  if (fault !== undefined) return { kind: 'malformed', text: fault.message }
  return { kind: 'message', message }
}

/** The question must come back; only a server that could not read it may leave it out (FORMERR, NOTIMP). */
function echoes(octets: Buffer, { header }: Message, asked: Question): boolean {
  const { Packet } = loadDns2()
  if (header.qdcount === 0) return header.rcode === Packet.RCODE.FORMERR || header.rcode === Packet.RCODE.NOTIMP
  const nameEnd = Packet.HEADER_SIZE + asked.name.length
  if (header.qdcount !== 1 || octets.length < nameEnd + 4) return false
  return (
    equalNames(octets.subarray(Packet.HEADER_SIZE, nameEnd) as Uint8Array as Name, asked.name) &&
    octets.readUInt16BE(nameEnd) === asked.type &&
    octets.readUInt16BE(nameEnd + 2) === classIn
  )
}
