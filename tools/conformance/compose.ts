/** Query packets from their parts, sound or not as the parts say. */
import { bit } from './message.ts'

export interface EdnsPart {
  readonly payload: number
  readonly version: number
  /** DO and the reserved bits. */
  readonly flags: number
  readonly options: readonly { readonly code: number; readonly octets: Uint8Array }[]
}

export interface QueryPart {
  readonly id: number
  /** Octets 2 and 3 of the header. */
  readonly flags: number
  /** Without the root label. */
  readonly labels: readonly Uint8Array[]
  readonly qtype: number
  readonly qclass: number
  readonly edns: EdnsPart | null
}

export const classIn = 1

export function composeQuery(query: QueryPart): Uint8Array {
  const { id, flags, labels, qtype, qclass, edns } = query
  const head = [id >>> 8, id, flags >>> 8, flags, 0, 1, 0, 0, 0, 0, 0, edns === null ? 0 : 1]
  const question = [...wireName(labels), qtype >>> 8, qtype, qclass >>> 8, qclass]
  return Uint8Array.from([...head, ...question, ...(edns === null ? [] : composeOpt(edns))])
}

export function wireName(labels: readonly Uint8Array[]): number[] {
  const octets: number[] = []
  for (const label of labels) octets.push(label.length, ...label)
  octets.push(0)
  return octets
}

export function composeOpt(edns: EdnsPart): number[] {
  const options = edns.options.flatMap(({ code, octets }) => [
    code >>> 8,
    code,
    octets.length >>> 8,
    octets.length,
    ...octets,
  ])
  const { payload, version, flags } = edns
  const head = [0, 0, 41, payload >>> 8, payload, 0, version, flags >>> 8, flags]
  return [...head, options.length >>> 8, options.length, ...options].map(octet => octet & 0xff)
}

/** Octets of a wire name: labels with their lengths, and the root. */
export function nameOctets(labels: readonly Uint8Array[]): number {
  return labels.reduce((sum, label) => sum + label.length + 1, 1)
}

/** `label` as octets. */
export function label(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

export const plainFlags = [0, 0, bit.RD, bit.RD, bit.RD | bit.AD, bit.CD, bit.AD] as const
