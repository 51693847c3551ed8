/**
 * The two messages of grpc.health.v1 in protobuf's wire format, and gRPC's frame around them: a flag octet (compressed
 * or not) and the length in four.
 *
 *   HealthCheckRequest   { string service = 1 }      0a LEN octets…      nothing at all for ''
 *   HealthCheckResponse  { ServingStatus status = 1 }    08 VARINT           nothing at all for 0
 *
 * Reading is strict about what would change the meaning and, as protobuf asks, blind to fields that it does not know.
 */

export type ServingStatus = 'UNKNOWN' | 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN'

const statuses: readonly ServingStatus[] = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']
const frameHeadOctets = 5
const varintOctetsMax = 10
/** Names of services are shorter than this (the front end sees to it), so that a length takes two octets at most. */
const serviceOctetsMax = 0x3fff

/** Octets of a response's frame that are read; the message itself has two. */
export const responseOctetsMax = 1024

/** The framed request. */
export function encodeRequest(service: string): Buffer {
  const octets = Buffer.from(service, 'utf8').subarray(0, serviceOctetsMax)
  const message = octets.length === 0 ? octets : Buffer.concat([Buffer.from([0x0a, ...varint(octets.length)]), octets])
  const head = Buffer.alloc(frameHeadOctets)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** What a framed response says; null if it is none. A number is a status that this version has no word for. */
export function decodeResponse(frame: Buffer): ServingStatus | number | null {
  if (frame.length < frameHeadOctets || frame[0] !== 0) return null
  if (frame.readUInt32BE(1) !== frame.length - frameHeadOctets) return null
  let status = 0
  let at = frameHeadOctets
  while (at < frame.length) {
    const tag = readVarint(frame, at)
    if (tag === null) return null
    const field = tag.value >>> 3
    const end = skipField(frame, tag.end, tag.value & 7)
    if (field === 0 || end === null) return null
    if (field === 1) {
      if ((tag.value & 7) !== 0) return null
      status = readVarint(frame, tag.end)?.value ?? 0
    }
    at = end
  }
  return statuses[status] ?? status
}

/** Where a field ends that begins behind its tag; null if it is cut short or of no known kind. */
function skipField(octets: Buffer, at: number, kind: number): number | null {
  const varintThere = kind === 0 || kind === 2 ? readVarint(octets, at) : null
  const end = endOf(kind, at, varintThere)
  return end !== null && end <= octets.length ? end : null
}

function endOf(
  kind: number,
  at: number,
  found: { readonly value: number; readonly end: number } | null,
): number | null {
  switch (kind) {
    case 0:
      return found === null ? null : found.end
    case 1:
      return at + 8
    case 2:
      return found === null ? null : found.end + found.value
    case 5:
      return at + 4
    default:
      return null
  }
}

/** The lower 32 bits; null if it does not end. */
function readVarint(octets: Buffer, at: number): { readonly value: number; readonly end: number } | null {
  let value = 0
  for (let i = 0; i < varintOctetsMax; i++) {
    const octet = octets[at + i]
    if (octet === undefined) return null
    if (i < 5) value |= (octet & 0x7f) << (7 * i)
    if (octet < 0x80) return { value: value >>> 0, end: at + i + 1 }
  }
  return null
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >>> 7]
}
