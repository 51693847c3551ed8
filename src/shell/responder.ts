/**
 * The one seam between transports and the core: octets and a client in, octets out. It stamps the time, which the core
 * does not know, and only where something depends on it.
 */
import { answerQuery } from '../core/answer/answer.ts'
import type { Live } from '../core/answer/live.ts'
import type { Clock, Respond } from '../core/ports.ts'
import { createAsk } from '../core/wire/query.ts'

export function createResponder(live: Live, clock: Clock): Respond {
  const ask = createAsk()
  return (query, via, out, client) => {
    ask.query = query
    ask.via = via
    ask.client = client
    if (live.terms.guard !== null) ask.nowMs = clock.now()
    if (live.terms.cookies !== null || live.terms.keys !== null) ask.nowSeconds = Math.floor(clock.wall() / 1000)
    return answerQuery(live, ask, out)
  }
}
