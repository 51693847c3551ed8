/**
 * Queries out of a stretch of a stream, answers into frames of another (RFC 1035 section 4.2.2, RFC 7766 section 8):
 * up to one client's turn, in the order they came, in the arena and without an allocation.
 */
import type { Feed, Respond, TransportCounters } from '../../../core/ports.ts'
import { frameOctetsMax } from '../framing.ts'
import type { TcpLimits } from '../tcp-limits.ts'
import type { Arena } from './arena.ts'
import type { Client } from './crowd.ts'

/**
 * Why a turn ended. used-up: nothing whole is left. turn-over: more is there, but the limit is reached. empty and
 * oversize: the next length is nonsense, what follows cannot be read. feed: the last answer goes on in many messages.
 */
export type Stop = 'used-up' | 'turn-over' | 'empty' | 'oversize' | 'feed'

export interface FrameTaker {
  /** Answers queries in the first `filled` octets of the input; the answers' frames go to the output. */
  take(client: Client, filled: number): Stop
  /** Puts the next message of a feed into the output; octets of its frame. 0: it is over. Less: it broke off. */
  pull(feed: Feed): number
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
  const taker: FrameTaker = {
    take: (client, filled) => take(client, filled),
    pull: feed => {
      const octets = feed.next(answer)
      return octets <= 0 ? octets : putFrame(0, octets)
    },
    used: 0,
    taken: 0,
    written: 0,
  }
  /** The answer behind the first `written` octets of the output; octets of its frame. */
  const putFrame = (written: number, length: number): number => {
    const to = output.at + written
    octets[to] = length >>> 8
    octets[to + 1] = length
    octets.copyWithin(to + prefixOctets, answerAt, answerAt + length)
    return prefixOctets + length
  }
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
      taker.written += putFrame(taker.written, Math.abs(written))
      if (written < 0) return 'feed'
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
