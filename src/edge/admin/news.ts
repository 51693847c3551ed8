/**
 * Events on their way to those who watch. One moment may bring as many as there are members, in the middle of the work
 * that answers hang on: so an event is only noted when it comes, and told soon after, some at a time.
 * Invariants: events are told in order; as many wait as may, and where there are more, that is told instead of them.
 */
import type { RecordedEvent } from '../../core/view/events.ts'

export interface News {
  /** Events that were not told yet. */
  waiting(): number
  close(): void
}

export interface NewsEars {
  readonly tell: (recorded: readonly RecordedEvent[]) => void
  /** There were too many: what is known of events is void. */
  readonly tellAnew: () => void
}

/** Told in one turn: about a millisecond's work. */
export const newsPerTurn = 64

/** `follow` tells of each event from now on; returns how to stop. */
export function openNews(
  follow: (ear: (recorded: RecordedEvent) => void) => () => void,
  waitingMax: number,
  { tell, tellAnew }: NewsEars,
): News {
  let waiting: RecordedEvent[] = []
  let isVoid = false
  let turn: NodeJS.Immediate | null = null
  const work = (): void => {
    turn = null
    if (isVoid) {
      isVoid = false
      waiting = []
      tellAnew()
      return
    }
    const told = waiting.splice(0, newsPerTurn)
    if (waiting.length > 0) turn = setImmediate(work)
    tell(told)
  }
  const unfollow = follow(recorded => {
    if (waiting.length >= waitingMax) isVoid = true
    else waiting.push(recorded)
    turn ??= setImmediate(work)
  })
  return {
    waiting: () => waiting.length,
    close: () => {
      unfollow()
      if (turn !== null) clearImmediate(turn)
    },
  }
}
