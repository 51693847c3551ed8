/**
 * How often a thread tells control of a NOTIFY. One beyond that is not acknowledged, so an honest sender says it again
 * (RFC 1996 section 3.6), and a flood of forged ones is a few messages a second and no more.
 */
import type { NotifyEar } from '../core/answer/notify-sources.ts'
import type { Clock } from '../core/ports.ts'
import type { Report } from './orders.ts'

/** As many at once, and as many a second. */
const notifiesMax = 100

export function createHeed(clock: Pick<Clock, 'now'>, report: (report: Report) => void): NotifyEar {
  let left = notifiesMax
  let atMs = clock.now()
  return (apex, from) => {
    const nowMs = clock.now()
    left = Math.min(notifiesMax, left + ((nowMs - atMs) * notifiesMax) / 1000)
    atMs = nowMs
    if (left < 1) return false
    left--
    report({ kind: 'notified', apex, from })
    return true
  }
}
