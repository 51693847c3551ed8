/**
 * Reads one HTTP/1.1 response as it comes in, piece by piece (RFC 9112). Strict, since a backend that cannot write a
 * response is not healthy and since there must be one opinion only on where a message ends: lines end with CR LF, no
 * folded fields, one Content-Length at most and none beside Transfer-Encoding, which is `chunked` or nothing.
 *
 *   head ──► sized ─────────────────────────────► done     Content-Length
 *        ──► chunk-line ⇄ chunk ──► trailers ───► done     chunked
 *        ──► rest ──── end of the connection ───► done     neither
 *        any of them ──► fault (not HTTP), cut (the connection ended too early)
 *
 * Invariants: the same octets give the same response however they are cut into pieces; at most `headOctetsMax` of head
 * and `bodyOctetsMax` of body are held; no octet is looked at more than a fixed number of times.
 */
import { createGathered, type Gathered, gather, gatheredOctets } from './gathered.ts'

export interface HttpHead {
  readonly status: number
  readonly phrase: string
  /** Names lowered, in the order received. */
  readonly fields: readonly HttpField[]
}

export interface HttpResponse extends HttpHead {
  readonly body: Buffer
  /** False if more body follows than was kept. */
  readonly whole: boolean
}

export type HttpField = readonly [name: string, value: string]

/** Takes the octets of a body as they come, from `from` to before `to`; the piece is valid until it returns. */
export type OnBody = (piece: Buffer, from: number, to: number) => void

type Phase = 'head' | 'sized' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'rest' | 'done' | 'fault' | 'cut'

export interface ResponseReader {
  phase: Phase
  /** What is wrong, in the phase `fault`. */
  fault: string
  /** True in `done` if the connection may carry another request (RFC 9112 section 9.3). */
  reusable: boolean
  readonly isHead: boolean
  readonly body: Gathered
  /** Takes the body, which is then only counted in `body`; null: it is held there. */
  readonly onBody: OnBody | null
  /** The beginning of a head or line whose end has not come. */
  readonly held: Gathered
  head: Head | null
  /** Octets still to come in the phases `sized` and `chunk`. */
  left: number
  whole: boolean
  /** Next octet of the piece under examination. */
  at: number
  interim: number
  /** Octets of chunk extensions and trailers that may still come. */
  overhead: number
}

interface Head extends HttpHead {
  /** The minor one of HTTP/1. */
  readonly version: number
}

/** Octets of status line and header fields. */
export const headOctetsMax = 16 * 1024
/** Responses 1xx before the one that counts. */
const interimMax = 8
const chunkLineOctetsMax = 1024

/** `bodyOctetsMax` 0: done with the head. `isHead`: the request was a HEAD. */
export function createReader(isHead: boolean, bodyOctetsMax: number, onBody: OnBody | null = null): ResponseReader {
  return {
    phase: 'head',
    fault: '',
    reusable: true,
    isHead,
    body: createGathered(bodyOctetsMax),
    onBody,
    held: createGathered(headOctetsMax),
    head: null,
    left: 0,
    whole: true,
    at: 0,
    interim: 0,
    overhead: headOctetsMax,
  }
}

export function isOver({ phase }: ResponseReader): boolean {
  return phase === 'done' || phase === 'fault' || phase === 'cut'
}

/** Takes the first `octets` of a piece, none of which is referred to afterwards. */
export function readOctets(reader: ResponseReader, piece: Buffer, octets: number): void {
  reader.at = 0
  while (reader.at < octets && !isOver(reader)) step(reader, piece, octets)
  if (reader.at < octets) reader.reusable = false
}

/** The connection ended. */
export function readEnd(reader: ResponseReader): void {
  reader.reusable = false
  if (!isOver(reader)) reader.phase = reader.phase === 'rest' ? 'done' : 'cut'
}

/** The response of a reader in `done`. */
export function responseOf({ head, body, whole }: ResponseReader): HttpResponse {
  const { status, phrase, fields } = head!
  return { status, phrase, fields, body: gatheredOctets(body), whole }
}

function step(reader: ResponseReader, piece: Buffer, octets: number): void {
  switch (reader.phase) {
    case 'head':
      readHead(reader, piece, octets)
      return
    case 'sized':
      readSized(reader, piece, octets, 'done')
      return
    case 'chunk':
      readSized(reader, piece, octets, 'chunk-end')
      return
    case 'chunk-line':
      readChunkLine(reader, piece, octets)
      return
    case 'chunk-end':
      readChunkEnd(reader, piece, octets)
      return
    case 'trailers':
      readTrailer(reader, piece, octets)
      return
    case 'rest':
      keepBody(reader, piece, octets)
      return
    case 'done':
    case 'fault':
    case 'cut':
      return
  }
}

function readHead(reader: ResponseReader, piece: Buffer, octets: number): void {
  const text = takeText(reader, piece, octets, '\r\n\r\n', headOctetsMax)
  if (text === null) {
    if (reader.phase === 'head') judgeBeginning(reader)
    return
  }
  const head = parseHead(text)
  if (typeof head === 'string') {
    fail(reader, head)
    return
  }
  // 101 is final: nothing was offered that it could switch to.
  if (head.status < 200 && head.status !== 101) {
    if (++reader.interim > interimMax) fail(reader, `more than ${interimMax} interim responses`)
    return
  }
  reader.head = head
  beginBody(reader, head)
}

/** Garbage is told as soon as it is seen, and not at the deadline. */
function judgeBeginning(reader: ResponseReader): void {
  const { held } = reader
  const begin = gatheredOctets(held)
  if (held.length < versionBegin.length) {
    if (!versionBegin.startsWith(begin.toString('latin1'))) fail(reader, notHttp(begin.toString('latin1')))
    return
  }
  const lineEnd = begin.subarray(0, statusLineSeenMax).indexOf('\r\n')
  const line = begin.toString('latin1', 0, lineEnd < 0 ? Math.min(held.length, statusLineSeenMax) : lineEnd)
  // A line that ends without CR would be waited for until the deadline.
  const isWhole = lineEnd >= 0 || line.includes('\n')
  if (isWhole ? !statusLine.test(line) : !line.startsWith(versionBegin)) fail(reader, notHttp(line))
}

const versionBegin = 'HTTP/1.'
const statusLineSeenMax = 256
const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/
const fieldLine = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)\r\n/y

/** A head without its last two line ends, or what is wrong with it. */
function parseHead(text: string): Head | string {
  const firstEnd = text.indexOf('\r\n')
  const first = firstEnd < 0 ? text : text.slice(0, firstEnd)
  const match = statusLine.exec(first)
  if (match === null) return notHttp(first)
  const fields: HttpField[] = []
  const lines = `${text}\r\n`
  let at = first.length + 2
  while (at < lines.length) {
    fieldLine.lastIndex = at
    const field = fieldLine.exec(lines)
    if (field === null) return `not a header field: ${lines.slice(at, lines.indexOf('\r\n', at))}`
    fields.push([field[1]!.toLowerCase(), trim(field[2]!)])
    at = fieldLine.lastIndex
  }
  return { version: Number(match[1]), status: Number(match[2]), phrase: match[3] ?? '', fields }
}

/** Optional white space is blank and tab only (RFC 9110 section 5.6.3). */
function trim(value: string): string {
  let from = 0
  let to = value.length
  while (from < to && isBlank(value.charCodeAt(from))) from++
  while (to > from && isBlank(value.charCodeAt(to - 1))) to--
  return value.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** RFC 9112 section 6.3, but that what it lets a recipient mend is a fault here. */
function beginBody(reader: ResponseReader, { version, status, fields }: Head): void {
  let length: number | null = null
  let coding: string | null = null
  for (const [name, value] of fields) {
    if (name === 'content-length') {
      if (length !== null || !/^[0-9]{1,15}$/.test(value)) {
        fail(reader, `bad Content-Length: ${value}`)
        return
      }
      length = Number(value)
    } else if (name === 'transfer-encoding') {
      if (coding !== null) {
        fail(reader, 'more than one Transfer-Encoding')
        return
      }
      coding = value.toLowerCase()
    } else if (name === 'connection' && /(?:^|[\t ,])close(?:$|[\t ,])/i.test(value)) reader.reusable = false
  }
  if (coding !== null && length !== null) {
    fail(reader, 'both Content-Length and Transfer-Encoding')
    return
  }
  if (coding !== null && (coding !== 'chunked' || version === 0)) {
    fail(reader, `Transfer-Encoding: ${coding}`)
    return
  }
  if (version === 0 || status === 101) reader.reusable = false
  const isBare = reader.isHead || status === 101 || status === 204 || status === 304
  if (isBare || length === 0) reader.phase = 'done'
  else if (reader.body.octetsMax === 0) cutShort(reader)
  else if (coding !== null) reader.phase = 'chunk-line'
  else {
    reader.phase = length === null ? 'rest' : 'sized'
    reader.left = length ?? 0
  }
}

function readSized(reader: ResponseReader, piece: Buffer, octets: number, next: 'done' | 'chunk-end'): void {
  const begin = reader.at
  keepBody(reader, piece, Math.min(octets, begin + reader.left))
  reader.left -= reader.at - begin
  if (reader.phase === 'done') return
  if (reader.left === 0) reader.phase = next
  else if (next === 'done' && reader.body.length === reader.body.octetsMax) cutShort(reader)
}

function keepBody(reader: ResponseReader, piece: Buffer, to: number): void {
  const { body, onBody } = reader
  reader.at += onBody === null ? gather(body, piece, reader.at, to) : handOver(body, onBody, piece, reader.at, to)
  if (reader.at < to) cutShort(reader)
}

/** As `gather`, but for who takes the octets. */
function handOver(body: Gathered, onBody: OnBody, piece: Buffer, from: number, to: number): number {
  const taken = Math.min(to - from, body.octetsMax - body.length)
  onBody(piece, from, from + taken)
  body.length += taken
  return taken
}

/** Enough was seen: the response is what was read so far. */
export function cutShort(reader: ResponseReader): void {
  reader.whole = false
  reader.reusable = false
  reader.phase = 'done'
}

function readChunkLine(reader: ResponseReader, piece: Buffer, octets: number): void {
  const line = takeText(reader, piece, octets, '\r\n', chunkLineOctetsMax)
  if (line === null) return
  const size = /^[0-9A-Fa-f]{1,8}(?=$|[\t ]*;[\t\x20-\x7e\x80-\xff]*$)/.exec(line)?.[0]
  if (size === undefined) {
    fail(reader, `not the size of a chunk: ${line}`)
    return
  }
  if (!spend(reader, line.length - size.length)) return
  reader.left = Number.parseInt(size, 16)
  reader.phase = reader.left === 0 ? 'trailers' : 'chunk'
}

function readChunkEnd(reader: ResponseReader, piece: Buffer, octets: number): void {
  const line = takeText(reader, piece, octets, '\r\n', chunkLineOctetsMax)
  if (line === '') reader.phase = 'chunk-line'
  else if (line !== null || reader.held.length > 1 || reader.held.octets[0] !== 0x0d) {
    fail(reader, 'a chunk is longer than its size')
  }
}

function readTrailer(reader: ResponseReader, piece: Buffer, octets: number): void {
  const line = takeText(reader, piece, octets, '\r\n', headOctetsMax)
  if (line === null) return
  if (line === '') {
    reader.phase = 'done'
    return
  }
  fieldLine.lastIndex = 0
  if (fieldLine.exec(`${line}\r\n`) === null) {
    fail(reader, `not a trailer field: ${line}`)
    return
  }
  spend(reader, line.length + 2)
}

function spend(reader: ResponseReader, octets: number): boolean {
  reader.overhead -= octets
  if (reader.overhead < 0) fail(reader, 'too many octets around the body')
  return reader.overhead >= 0
}

/** What stands before the next terminator; null while that has not come, or after having failed for its length. */
function takeText(
  reader: ResponseReader,
  piece: Buffer,
  octets: number,
  terminator: string,
  octetsMax: number,
): string | null {
  const { held, at } = reader
  if (held.length === 0) {
    // Behind the piece lies what came before it; the first terminator is in the piece or there is none in it.
    const end = piece.indexOf(terminator, at, 'latin1')
    const next = end + terminator.length
    if (end >= 0 && next <= octets && next - at <= octetsMax) {
      reader.at = next
      return piece.toString('latin1', at, end)
    }
  }
  const before = held.length
  gather(held, piece, at, Math.min(octets, at + octetsMax - before))
  const end = gatheredOctets(held).indexOf(terminator, Math.max(0, before - terminator.length + 1), 'latin1')
  if (end < 0) {
    reader.at = octets
    if (held.length >= octetsMax) fail(reader, `a line or head of more than ${octetsMax} octets`)
    return null
  }
  reader.at = at + end + terminator.length - before
  held.length = 0
  return held.octets.toString('latin1', 0, end)
}

function fail(reader: ResponseReader, text: string): void {
  reader.phase = 'fault'
  reader.fault = text
  reader.reusable = false
}

function notHttp(text: string): string {
  return `not HTTP/1: ${text}`
}
