/**
 * A response as people and scripts read it: the layout of dig, and JSON with the member names of RFC 8427.
 * Pure. What dns2 keeps of a record is put back into presentation form; what it has no words for is shown as octets
 * (RFC 3597 section 5).
 */
import { Packet, type Resource } from 'dns2'
import { quote } from '../core/rdata/txt.ts'
import type { Message } from '../edge/probe/dns-message.ts'
import { formatDns2Name, formatDns2Rdata } from '../edge/probe/dns-rdata.ts'
import { formatQueryType } from './query-message.ts'

/** How the response was got. */
export interface Journey {
  /** `host:port` that was asked. */
  readonly server: string
  readonly via: 'udp' | 'tcp'
  readonly elapsedMs: number
  readonly octets: number
}

const sections = [
  ['answers', 'ANSWER'],
  ['authorities', 'AUTHORITY'],
  ['additionals', 'ADDITIONAL'],
] as const

export function renderResponse(message: Message, journey: Journey): string {
  const opt = optOf(message)
  const { server, via, elapsedMs, octets } = journey
  return [
    renderHeader(message),
    opt === null ? '' : renderOpt(opt),
    ...message.questions.map(renderQuestion),
    ...sections.map(([section, title]) => renderSection(recordsOf(message, section), title)),
    `\n;; ${server} over ${via}, ${elapsedMs.toFixed(1)} ms, ${octets} octets\n`,
  ].join('')
}

function renderHeader(message: Message): string {
  const { id, opcode, rcode, qdcount, ancount, nscount, arcount } = message.header
  const counts = `QUERY: ${qdcount}, ANSWER: ${ancount}, AUTHORITY: ${nscount}, ADDITIONAL: ${arcount}`
  const status = `opcode: ${formatOpcode(opcode)}, status: ${formatRcode(rcode)}, id: ${id}`
  return `;; ->>HEADER<<- ${status}\n;; flags: ${flagsOf(message).join(' ')}; ${counts}\n`
}

function renderQuestion({ name, type, class: code }: Message['questions'][number]): string {
  const line = [formatDns2Name(name), formatClass(code), formatQueryType(type)].join('\t')
  return `\n;; QUESTION SECTION:\n;${line}\n`
}

function renderSection(records: readonly Resource[], title: string): string {
  if (records.length === 0) return ''
  return `\n;; ${title} SECTION:\n${records.map(record => `${formatRecord(record)}\n`).join('')}`
}

/** The answer section, one line a record. */
export function describeAnswers(message: Message): readonly string[] {
  return recordsOf(message, 'answers').map(formatRecord)
}

function formatRecord(record: Resource): string {
  const type = formatQueryType(record.type)
  const head = [formatDns2Name(record.name), record.ttl, formatClass(record.class), type]
  return [...head, formatDns2Rdata(record)].join('\t')
}

/** RFC 8427 names for the message; around it, how it was got. */
export function describeResponse(message: Message, journey: Journey): unknown {
  const { header } = message
  const opt = optOf(message)
  return {
    ...journey,
    responseMessage: {
      ID: header.id,
      QR: header.qr,
      Opcode: header.opcode,
      AA: header.aa,
      TC: header.tc,
      RD: header.rd,
      RA: header.ra,
      RCODE: header.rcode,
      RCODEname: formatRcode(header.rcode),
      QDCOUNT: header.qdcount,
      ANCOUNT: header.ancount,
      NSCOUNT: header.nscount,
      ARCOUNT: header.arcount,
      questionRRs: message.questions.map(question => ({
        NAME: formatDns2Name(question.name),
        TYPE: question.type,
        TYPEname: formatQueryType(question.type),
        CLASS: question.class,
        CLASSname: formatClass(question.class),
      })),
      answerRRs: recordsOf(message, 'answers').map(describeRecord),
      authorityRRs: recordsOf(message, 'authorities').map(describeRecord),
      additionalRRs: recordsOf(message, 'additionals').map(describeRecord),
      EDNS: opt === null ? null : describeOpt(opt),
    },
  }
}

function describeOpt(opt: Resource): unknown {
  return { version: opt.version ?? 0, udp: opt.class, DO: opt.doFlag ? 1 : 0, EDE: edesOf(opt) }
}

function describeRecord(record: Resource): unknown {
  const type = formatQueryType(record.type)
  return {
    NAME: formatDns2Name(record.name),
    TYPE: record.type,
    TYPEname: type,
    CLASS: record.class,
    CLASSname: formatClass(record.class),
    TTL: record.ttl,
    [`rdata${type}`]: formatDns2Rdata(record),
  }
}

/** The records of a section without the OPT pseudo-record. */
function recordsOf(message: Message, section: 'answers' | 'authorities' | 'additionals'): readonly Resource[] {
  return message[section].filter(record => record.type !== Packet.TYPE.EDNS)
}

function optOf(message: Message): Resource | null {
  return message.additionals.find(record => record.type === Packet.TYPE.EDNS) ?? null
}

/** Extended errors (RFC 8914); dns2 keeps no option but this and client subnet. */
function edesOf(opt: Resource): readonly { readonly code: number; readonly name: string; readonly text: string }[] {
  return (opt.rdata ?? []).flatMap(option => {
    if (option.ednsCode !== Packet.EDNS_OPTION_CODE.EDE) return []
    const { infoCode, extraText } = option as { infoCode?: number; extraText?: string }
    return [{ code: infoCode ?? 0, name: Packet.EDE_NAME[infoCode ?? 0] ?? 'unassigned', text: extraText ?? '' }]
  })
}

function renderOpt(opt: Resource): string {
  const edes = edesOf(opt).map(({ code, name, text }) => {
    const words = text === '' ? '' : `: ${quote(Buffer.from(text))}`
    return `; EDE: ${code} (${name})${words}\n`
  })
  const edns = `; EDNS: version: ${opt.version ?? 0}, flags:${opt.doFlag ? ' do' : ''}; udp: ${opt.class}`
  return `\n;; OPT PSEUDOSECTION:\n${edns}\n${edes.join('')}`
}

function flagsOf({ header }: Message): readonly string[] {
  return (['qr', 'aa', 'tc', 'rd', 'ra'] as const).filter(flag => header[flag] === 1)
}

export function formatRcode(rcode: number): string {
  if (rcode === Packet.RCODE.BADVERS) return 'BADVERS'
  return Object.entries(Packet.RCODE).find(([, code]) => code === rcode)?.[0] ?? `RCODE${rcode}`
}

function formatOpcode(opcode: number): string {
  return opcode === 0 ? 'QUERY' : `OPCODE${opcode}`
}

function formatClass(code: number): string {
  const names: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CH', 4: 'HS', 255: 'ANY' }
  return names[code] ?? `CLASS${code}`
}
