/**
 * How often lost threads are replaced: one that is lost now and then, over years, each time; those that are lost again
 * and again in a short time have a fault that replacing does not mend, and would keep a core busy with it.
 */
export const replacementsMax = 20
export const replacementsSpanMs = 600_000

/** True, and noted, if one more may be replaced. `replacedAtMs` holds when that was done of late, the oldest first. */
export function mayReplace(replacedAtMs: number[], nowMs: number): boolean {
  while (replacedAtMs.length > 0 && replacedAtMs[0]! <= nowMs - replacementsSpanMs) replacedAtMs.shift()
  if (replacedAtMs.length >= replacementsMax) return false
  replacedAtMs.push(nowMs)
  return true
}
