/**
 * `failover_within: 15s` on a record: from the death of a member to the last cache that still answers with it, no more
 * than this may pass. It is arithmetic over what the file says (core/health/removal, plus the TTL), so it is proved
 * when the file is read, or the file is refused. A freeze of removals is not in it: that is the server doubting itself.
 */
import type { Millis } from '../base/units.ts'
import { worstMemberRemovalMs } from '../health/removal.ts'
import { refuse, shown } from './doc.ts'
import { formatDuration } from './duration.ts'
import type { PoolDraft } from './pool-draft.ts'
import { readMillis } from './times.ts'

const bounds = { minMs: 1_000, maxMs: 86_400_000 }

/** Null where nothing is asked for, `faulty` after having reported that it cannot be kept. */
export function readFailoverWithin(draft: PoolDraft): Millis | null | 'faulty' {
  const { scope, input, ttl, duties } = draft
  const path = [...draft.path, 'failover_within']
  if (input.failover_within === undefined) return null
  const { reader } = scope
  const limitMs = readMillis(reader, input.failover_within, path, bounds)
  if (limitMs === null) return 'faulty'
  const worstMs = worstMemberRemovalMs(duties.specs, duties.quorum)
  const span = reader.doc.valueSpan(path)
  if (worstMs === null) {
    const text = '`failover_within` is asked for, but nothing checks this record, so nothing is ever removed'
    refuse(reader, 'failover-too-slow', span, text, 'add `check: NAME`')
    return 'faulty'
  }
  const sumMs = worstMs + ttl * 1000
  if (sumMs <= limitMs) return limitMs
  const parts = `${formatDuration(worstMs)} until it is removed, and a TTL of ${ttl} s`
  const text = `a dead member may be met for ${formatDuration(sumMs)} (${parts}), not ${formatDuration(limitMs)}`
  refuse(reader, 'failover-too-slow', span, text, remedyOf(draft, worstMs, limitMs))
  return 'faulty'
}

/** A shorter TTL where that is enough; else the checks have to be quicker as well. */
function remedyOf({ duties }: PoolDraft, worstMs: number, limitMs: number): string {
  const restSeconds = Math.floor((limitMs - worstMs) / 1000)
  if (restSeconds >= 1) return `write \`ttl: ${restSeconds}\``
  const names = duties.specs.map(({ name }) => shown(name)).join(', ')
  return `shorten \`interval\`, \`timeout\`, \`fast_interval\` or \`fall\` of ${names}, and the \`ttl\``
}
