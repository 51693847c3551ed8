/**
 * Joins the checks of one member with the operator's word. The verdict says what the checks found and the override
 * stays beside it, never over it, so that both can be shown and a released override leaves no trace.
 */
import { isPending } from './observe.ts'
import type { Override, Quorum, Standing, Track, Verdict } from './types.ts'

/** What the checks of one member come to. No checks at all is up: nothing speaks against it. */
export function joinStanding(tracks: readonly Track[], quorum: Quorum, override: Override): Standing {
  return { verdict: joinVerdicts(tracks, quorum), pending: tracks.some(isPending), override }
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
