/**
 * Joins the checks of one member with the operator's word. The verdict says what the checks found and the override
 * stays beside it, never over it, so that both can be shown and a released override leaves no trace.
 */
import { isPending } from './observe.ts'
import type { Override, Quorum, Standing, Track, Verdict } from './types.ts'

/**
 * What the checks of one member come to. No checks at all is up: nothing speaks against it. `ramp` is how far a member
 * that has recovered is on its way back to its whole share, 0 to 1.
 */
export function joinStanding(tracks: readonly Track[], quorum: Quorum, override: Override, ramp = 1): Standing {
  const share = override === 'forced-up' ? 1 : leastShare(tracks) * ramp
  return { verdict: joinVerdicts(tracks, quorum), pending: tracks.some(isPending), override, share }
}

/** Up once enough are up, down once too few can still be; the checks yet unknown decide between. */
function joinVerdicts(tracks: readonly Track[], quorum: Quorum): Verdict {
  let ups = 0
  let downs = 0
  for (const track of tracks) {
    if (track.verdict === 'up') ups++
    else if (track.verdict === 'down') downs++
  }
  if (tracks.length === 0 || ups >= quorum.need) return 'up'
  return tracks.length - downs < quorum.need ? 'down' : 'unknown'
}

/** Of the checks that find the member up, the one that leaves it least speaks; the word of the others is no. */
function leastShare(tracks: readonly Track[]): number {
  let least = 1
  for (const { verdict, share } of tracks) if (verdict === 'up' && share < least) least = share
  return least
}
