/**
 * DNS: one question to the endpoint over UDP, over TCP as well if the answer was truncated (RFC 7766 section 5), and
 * whether rcode and data are what the check expects. Sees whether the server answers this question; does not see other
 * zones of it. The UDP socket is connected, so the kernel lets in datagrams of the endpoint only and tells of a port
 * where nobody listens; id and question must be ours (RFC 5452 section 9.1).
 *
 * Invariants, whatever comes back: at most `straysMax` datagrams are looked at, none that is larger than
 * `responseOctetsMax`; sockets end with the probe; no `error` event goes without a listener.
 */
import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import type { Resource } from 'dns2'
import type { DnsCheck, Endpoint } from '../../core/health/types.ts'
import { isNameFault, type Name, parseName } from '../../core/name/name.ts'
import type { Clock, Probe } from '../../core/ports.ts'
import { comparableRdata, isComparable } from '../../core/rdata/comparable.ts'
import { rrType } from '../../core/rdata/table.ts'
import { attempt, type Run } from './attempt.ts'
import { type Connection, createConnection, type DialDeps, dial, hangUp, write } from './dial.ts'
import { createQuestion, encodeQuery, type Message, type Question, readResponse } from './dns-message.ts'
import { formatDns2Rdata } from './dns-rdata.ts'
import { createGathered, gather, gatheredOctets } from './gathered.ts'
import type { Finding } from './http-judge.ts'
import { loadDns2 } from './late.ts'
import { type Settle, settleByError } from './outcome.ts'

export interface DnsProbeDeps extends DialDeps {
  readonly clock: Clock
}

/** Datagrams that are not ours, after which we no longer listen. */
const straysMax = 100
/** Octets of a response that are decoded: dns2 takes time that grows faster than the message. */
const responseOctetsMax = 16 * 1024

/** One question under way. */
interface Inquiry {
  readonly question: Question
  readonly query: Buffer
  readonly spec: DnsCheck
  readonly settle: Settle
  readonly port: number
  readonly address: string
  stage: string
  isStopped: boolean
  socket: Socket | null
  /** Over TCP, once the answer over UDP was truncated. */
  connection: Connection | null
}

export function createDnsProbe(deps: DnsProbeDeps): Probe<DnsCheck> {
  return (endpoint, spec, signal) => attempt(deps.clock, signal, settle => begin(deps, endpoint, spec, settle))
}

function begin(deps: DnsProbeDeps, endpoint: Endpoint, spec: DnsCheck, settle: Settle): Run {
  const question = createQuestion(nameOf(spec), spec.qtype, true)
  const inquiry: Inquiry = {
    question,
    query: encodeQuery(question),
    spec,
    settle,
    port: endpoint.port ?? spec.port,
    address: endpoint.address,
    stage: 'waiting for the answer',
    isStopped: false,
    socket: null,
    connection: null,
  }
  askUdp(deps, inquiry)
  return { stop: () => stop(inquiry), stage: () => inquiry.stage }
}

/** The front end lets no other name pass. */
function nameOf({ qname }: DnsCheck): Name {
  const name = parseName(qname, null)
  if (isNameFault(name)) throw new Error(`not a domain name: ${qname}`)
  return name
}

function askUdp(deps: DnsProbeDeps, inquiry: Inquiry): void {
  const { address, port, spec, settle } = inquiry
  const family = isIP(address)
  // A datagram socket would ask a resolver for a name.
  if (family === 0) throw new Error(`not an address: ${address}`)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  const failedToSend = (error: Error | null): void => {
    if (error !== null) settleByError(settle, error)
  }
  let strays = 0
  inquiry.socket = socket
  socket.on('error', error => settleByError(settle, error))
  socket.on('connect', () => socket.send(inquiry.query, failedToSend))
  socket.on('message', datagram => {
    if (inquiry.isStopped || inquiry.connection !== null) return
    const message = read(inquiry, datagram)
    if (message === null) {
      if (++strays === straysMax) settle('fail', 'protocol', 'only datagrams that are not the answer')
    } else if (message.header.tc === 1) askTcp(deps, inquiry)
    else conclude(inquiry, message)
  })
  try {
    if (spec.source === undefined) socket.connect(port, address)
    else socket.bind({ address: spec.source }, () => socket.connect(port, address))
  } catch (error) {
    stop(inquiry)
    throw error
  }
}

/** One query on a connection of its own, framed by a length of two octets (RFC 1035 section 4.2.2). */
function askTcp(deps: DnsProbeDeps, inquiry: Inquiry): void {
  const { address, port, spec, settle, query } = inquiry
  const connection = createConnection()
  const received = createGathered(frameHeadOctets + responseOctetsMax)
  inquiry.connection = connection
  inquiry.stage = 'waiting for the answer over TCP'
  dial(deps, { address, port, source: spec.source ?? null, tls: null, protocols: [] }, connection, {
    onOpen: () => {
      const frame = Buffer.alloc(frameHeadOctets + query.length)
      frame.writeUInt16BE(query.length)
      frame.set(query, frameHeadOctets)
      write(connection, frame, 'latin1')
    },
    onOctets: (piece, octets) => {
      gather(received, piece, 0, octets)
      if (received.length < frameHeadOctets) return
      const end = frameHeadOctets + received.octets.readUInt16BE()
      if (end > received.octetsMax) settle('fail', 'protocol', tooLong)
      if (received.length < end) return
      const message = read(inquiry, gatheredOctets(received).subarray(frameHeadOctets, end))
      if (message === null) settle('fail', 'protocol', 'not the answer to the question')
      else conclude(inquiry, message)
    },
    onEnd: () => settle('fail', 'closed', inquiry.stage),
    onTrouble: settle,
  })
}

const frameHeadOctets = 2
const tooLong = `a response of more than ${responseOctetsMax} octets`

/** Null for what is not an answer to our question, and after having settled for what cannot be read. */
function read({ question, settle }: Inquiry, octets: Buffer): Message | null {
  if (octets.length > responseOctetsMax) {
    settle('fail', 'protocol', tooLong)
    return null
  }
  const reading = readResponse(octets, question)
  if (reading.kind === 'message') return reading.message
  if (reading.kind === 'malformed') settle('fail', 'protocol', reading.text)
  return null
}

function conclude({ spec, settle }: Inquiry, message: Message): void {
  const { kind, reason, detail } = judge(spec, message)
  settle(kind, reason, detail)
}

/** The rcode first, since an answer with another one has no data to look for. */
function judge({ qtype, expect }: DnsCheck, { header, answers }: Message): Finding {
  const rcode = formatRcode(header.rcode)
  if (!expect.rcodes.includes(header.rcode)) return { kind: 'fail', reason: 'rcode', detail: rcode }
  const records = answers.filter(record => record.type === qtype && record.class === classIn)
  const found = records.map(textOf)
  const missing = expect.rdatas.find(rdata => !found.includes(rdata))
  if (missing === undefined) return { kind: 'pass', reason: 'ok', detail: `${rcode}, ${records.length} records` }
  const there = found.length === 0 ? 'nothing' : found.join(', ')
  return { kind: 'fail', reason: 'data', detail: `no ${missing}, but ${there}` }
}

const classIn = 1

/** The text that the check's data was given as well, see `core/rdata/comparable`. */
function textOf(record: Resource): string {
  if (record.type === rrType.TXT) return [record.data ?? []].flat().join('')
  const words = formatDns2Rdata(record)
  const rdata = isComparable(record.type) ? comparableRdata(record.type, words) : words
  return typeof rdata === 'string' ? rdata : words
}

function formatRcode(rcode: number): string {
  return Object.entries(loadDns2().Packet.RCODE).find(([, code]) => code === rcode)?.[0] ?? `RCODE${rcode}`
}

function stop(inquiry: Inquiry): void {
  const { socket, connection } = inquiry
  if (inquiry.isStopped) return
  inquiry.isStopped = true
  socket?.close()
  if (connection !== null) hangUp(connection)
}
