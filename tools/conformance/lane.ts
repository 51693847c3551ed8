/**
 * What the lanes of both transports share. A lane is one socket with one packet under way. A packet that may rightly be
 * met with silence is followed by a question that must be answered: servers take the packets of one socket in order, so
 * once that answer is here the silence is certain, and no time is spent on waiting for it.
 */
export type Via = 'udp' | 'tcp'
export type Family = 4 | 6

/** `several`: more than one answer came. A connection that is closed instead counts as silence. */
export type Reply =
  | { readonly kind: 'answer'; readonly octets: Uint8Array }
  | { readonly kind: 'silence' }
  | { readonly kind: 'several' }

export interface Lane {
  ask(packet: Uint8Array, hostile: boolean): Promise<Reply>
  close(): void
}

/** How long an answer that must come may take before it is asked for again, and how often. */
export const answerWaitMs = 1_500
export const asksMax = 4

/** `ref.test SOA` without EDNS, which every server here answers, under an ID that differs from the packet's. */
export function markerAfter(packet: Uint8Array): { readonly id: number; readonly octets: Uint8Array } {
  const id = ((((packet[0] ?? 0) << 8) | (packet[1] ?? 0)) ^ 0x5aa5) & 0xffff
  const name = [3, 0x72, 0x65, 0x66, 4, 0x74, 0x65, 0x73, 0x74, 0]
  return { id, octets: Uint8Array.from([id >>> 8, id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 6, 0, 1]) }
}

export function hostOf(family: Family): string {
  return family === 4 ? '127.0.0.1' : '::1'
}

export function idOf(octets: Uint8Array): number {
  return octets.length < 2 ? -1 : (octets[0]! << 8) | octets[1]!
}
