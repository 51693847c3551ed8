/**
 * Probes that could not judge change no verdict, so nobody would learn of them: each kind of trouble is an alarm, told
 * when it begins and then seldom and more seldom while it lasts, with what came meanwhile counted. Bounded by the kinds
 * that there are.
 */
import { type Millis, millis } from '../base/units.ts'
import type { Endpoint, Outcome, Protocol, ReasonCode } from './types.ts'

/** Between the first two alarms of one kind; each further time is twice as long ... */
export const alarmEveryMs = millis(60_000)
/** ... up to this. It begins anew once the trouble was away for as long as it was waited last. */
const alarmEveryMaxMs = millis(3_600_000)

/** So many probes of one kind that could not judge, and one of them. */
export interface Obstacle {
  readonly protocol: Protocol
  readonly reason: ReasonCode
  readonly count: number
  readonly endpoint: Endpoint
  readonly detail: string | null
}

interface Entry {
  obstacle: Obstacle
  /** Not told before this. */
  nextMs: Millis
  spanMs: number
}

/** Only the functions of this file write it. */
export interface AlarmBook {
  readonly entries: Map<string, Entry>
  /** Probes noted and not told. */
  untold: number
}

export function createAlarmBook(): AlarmBook {
  return { entries: new Map(), untold: 0 }
}

/** Notes a probe that could not judge. */
export function noteObstacle(book: AlarmBook, protocol: Protocol, endpoint: Endpoint, outcome: Outcome): void {
  const { reason, detail } = outcome
  const key = `${protocol} ${reason}`
  const known = book.entries.get(key)
  const obstacle = { protocol, reason, count: (known?.obstacle.count ?? 0) + 1, endpoint, detail }
  if (known === undefined) book.entries.set(key, { obstacle, nextMs: longAgoMs, spanMs: alarmEveryMs })
  else known.obstacle = obstacle
  book.untold++
}

/** The alarms that are due, each told once. A look that finds nothing costs nothing. */
export function takeAlarms(book: AlarmBook, nowMs: Millis): readonly Obstacle[] {
  if (book.untold === 0) return none
  const alarms: Obstacle[] = []
  for (const entry of book.entries.values()) {
    const { obstacle } = entry
    if (obstacle.count === 0 || nowMs < entry.nextMs) continue
    alarms.push(obstacle)
    book.untold -= obstacle.count
    entry.obstacle = { ...obstacle, count: 0 }
    if (nowMs >= entry.nextMs + entry.spanMs) entry.spanMs = alarmEveryMs
    entry.nextMs = millis(nowMs + entry.spanMs)
    entry.spanMs = Math.min(entry.spanMs * 2, alarmEveryMaxMs)
  }
  return alarms
}

const none: readonly Obstacle[] = []
const longAgoMs = millis(Number.NEGATIVE_INFINITY)
