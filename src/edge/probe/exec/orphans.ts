/**
 * In a container the server may be the first process, which inherits every orphan: what a killed program leaves behind
 * would stay in the process table as a zombie until no process can be started any more. Invariant: only groups whose
 * leader Node has taken leave of are looked for, so Node never misses a child of its own.
 */
import type { Reap } from '../../ffi/children.ts'

export interface Orphans {
  /** The leader of this group is gone; what it left behind was killed and will die soon. */
  bury(group: number): void
  close(): void
}

/** Between two looks. */
const lookMs = 50
/** Looks before a group is given up: a process that cannot die now (state D) must not be waited for. */
const looksMax = 40

/** `load` yields null where there is nothing to do. */
export function createOrphans(load: () => Promise<Reap | null>): Orphans {
  /** Looks so far, by group. */
  const groups = new Map<number, number>()
  let timer: NodeJS.Timeout | null = null
  let open = true
  const look = (reap: Reap): void => {
    for (const [group, looks] of groups) {
      let found = reap(group)
      while (found > 0) found = reap(group)
      if (found < 0 || looks >= looksMax) groups.delete(group)
      else groups.set(group, looks + 1)
    }
    if (groups.size === 0) stop()
  }
  const stop = (): void => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }
  return {
    bury: group => {
      void load().then(reap => {
        if (reap === null || !open) return
        groups.set(group, 0)
        timer ??= setInterval(() => look(reap), lookMs)
      })
    },
    close: () => {
      open = false
      groups.clear()
      stop()
    },
  }
}
