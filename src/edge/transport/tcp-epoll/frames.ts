/**
 * Queries out of a stretch of a stream, answers into frames of another (RFC 1035 section 4.2.2, RFC 7766 section 8):
 * up to one client's turn, in the order they came, in the arena and without an allocation.
 */
import type { Respond, TransportCounters } from '../../../core/ports.ts'
import { frameOctetsMax } from '../framing.ts'
import type { TcpLimits } from '../tcp-limits.ts'
import type { Arena } from './arena.ts'
import type { Client } from './crowd.ts'

/**
 * Why a turn ended. used-up: nothing whole is left. turn-over: more is there, but the limit is reached. empty and
 * oversize: the next length is nonsense, what follows cannot be read.
 */
export type Stop = 'used-up' | 'turn-over' | 'empty' | 'oversize'

export interface FrameTaker {
  /** Answers queries in the first `filled` octets of the input; the answers' frames go to the output. */
  take(client: Client, filled: number): Stop
  /** What the last `take` came to: octets of the input used, queries taken, octets of the output written. */
  used: number
  taken: number
  written: number
}

export interface FrameDeps {
  readonly arena: Arena
  readonly respond: Respond
  readonly counters: TransportCounters
  readonly limits: TcpLimits
}

const prefixOctets = 2

export function createFrameTaker({ arena, respond, counters, limits }: FrameDeps): FrameTaker {
  const { octets, input, output, answer, answerAt } = arena
  const taker: FrameTaker = { take: (client, filled) => take(client, filled), used: 0, taken: 0, written: 0 }
  const take = (client: Client, filled: number): Stop => {
    taker.used = 0
    taker.taken = 0
    taker.written = 0
    for (;;) {
      const left = filled - taker.used
      if (left < prefixOctets) return 'used-up'
      const at = input.at + taker.used
      const length = (octets[at]! << 8) | octets[at + 1]!
      if (length === 0) return 'empty'
      if (length > frameOctetsMax) return 'oversize'
      if (left - prefixOctets < length) return 'used-up'
      if (taker.taken === limits.inFlightMax || taker.written >= limits.unsentMax) return 'turn-over'
      const written = respondTo(respond, arena.query(at + prefixOctets, length), answer, client, counters)
      taker.used += prefixOctets + length
      taker.taken++
      if (written === 0) continue
      const to = output.at + taker.written
      octets[to] = written >>> 8
      octets[to + 1] = written
      octets.copyWithin(to + prefixOctets, answerAt, answerAt + written)
      taker.written += prefixOctets + written
    }
  }
  return taker
}

/** `respond` never throws; were it to, one query is lost and not the thread that answers all the others. */
function respondTo(
  respond: Respond,
  query: Uint8Array,
  out: Uint8Array,
  { peer }: Client,
  counters: TransportCounters,
): number {
  try {
    return respond(query, 'tcp', out, peer)
  } catch {
    counters.dropped()
    return 0
  }
}
