/**
 * When what has changed is to be looked at: at once after a quiet time, and then no more than once in a gap, however
 * much changes meanwhile. Keys wait in the order of their time; nothing is kept of a key that has been quiet.
 */
export interface Pace {
  /** When each key that has changed is due, in milliseconds. */
  readonly dueMs: Map<string, number>
  /** When each key was taken last, as long as that still matters. */
  readonly takenMs: Map<string, number>
  readonly gapMs: number
}

export function createPace(gapMs: number): Pace {
  return { dueMs: new Map(), takenMs: new Map(), gapMs }
}

/** The key has changed. */
export function noteChange({ dueMs, takenMs, gapMs }: Pace, key: string, nowMs: number): void {
  if (dueMs.has(key)) return
  const taken = takenMs.get(key)
  dueMs.set(key, taken === undefined ? nowMs : Math.max(nowMs, taken + gapMs))
}

/** Keys whose time has come: they count as taken now. */
export function takeDue({ dueMs, takenMs, gapMs }: Pace, nowMs: number): readonly string[] {
  const taken = [...dueMs].flatMap(([key, at]) => (at <= nowMs ? [key] : []))
  for (const [key, at] of takenMs) if (at + gapMs <= nowMs) takenMs.delete(key)
  for (const key of taken) {
    dueMs.delete(key)
    takenMs.set(key, nowMs)
  }
  return taken
}

export function forget({ dueMs, takenMs }: Pace, key: string): void {
  dueMs.delete(key)
  takenMs.delete(key)
}

/** When the next key is due; null: none has changed. */
export function nextDueMs({ dueMs }: Pace): number | null {
  let next: number | null = null
  for (const at of dueMs.values()) if (next === null || at < next) next = at
  return next
}
