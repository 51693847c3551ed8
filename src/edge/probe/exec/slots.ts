/**
 * How many programs may run at once, and who is next. Invariants: at most `slotsMax` are taken and `waitingMax` wait;
 * whoever came first goes first; a slot given back goes to the next in line in the same turn.
 */

/** Programs at once unless the config says otherwise. */
export const execInFlightDefault = 32

/** Called with a slot in hand. */
type Waiting = () => void

export interface Slots {
  /** Takes a slot if one is free and nobody waits for it. */
  take(): boolean
  /** Stands in line; returns how to leave it, or null if the line is full. */
  wait(next: Waiting): (() => void) | null
  give(): void
  taken(): number
}

export function createSlots(slotsMax: number, waitingMax: number): Slots {
  const line = new Set<Waiting>()
  let taken = 0
  return {
    take: () => {
      if (taken >= slotsMax) return false
      taken++
      return true
    },
    wait: next => {
      if (line.size >= waitingMax) return null
      line.add(next)
      return () => line.delete(next)
    },
    give: () => {
      for (const next of line) {
        line.delete(next)
        next()
        return
      }
      taken--
    },
    taken: () => taken,
  }
}
