/**
 * When a secondary zone is looked after: the times of its SOA (RFC 1035 section 3.3.13) within bounds, so that neither
 * a slip of the pen at the primary nor ill will makes us ask without end or never again; with jitter, so that a
 * thousand zones that came in together are not asked for together ever after.
 */
import { type Millis, millis } from '../base/units.ts'
import type { Draw } from '../ports.ts'
import type { ZoneTimes } from './types.ts'

const refreshMinMs = 2_000
/** Four weeks, as BIND's max-refresh-time. */
const refreshMaxMs = 2_419_200_000
const retryMinMs = 1_000
/** Two weeks, as BIND's max-retry-time. */
const retryMaxMs = 1_209_600_000
/** 24 weeks, as BIND has it. */
const expireMaxMs = 14_515_200_000

/** How long after the start, or after a failure, a zone that was never had is asked for again: at first, at most. */
const newRetryFirstMs = 2_000
const newRetryMaxMs = 600_000
/** Doublings counted: more change nothing. */
const failuresMax = 20
/** A wait is shortened by up to this share of it, never made longer. */
const jitterShare = 0.25

/** Until the next look after one that succeeded. */
export function refreshMs({ refresh }: ZoneTimes, draw: Draw): Millis {
  return jittered(within(refresh * 1000, refreshMinMs, refreshMaxMs), draw)
}

/**
 * Until the next look after `failures` in a row (1 and more): RETRY, twice as long each time, but never longer than
 * REFRESH. `times` null: a zone that was never had.
 */
export function retryMs(times: ZoneTimes | null, failures: number, draw: Draw): Millis {
  const factor = 2 ** (Math.min(failures, failuresMax) - 1)
  if (times === null) return jittered(Math.min(newRetryFirstMs * factor, newRetryMaxMs), draw)
  const retry = within(times.retry * 1000, retryMinMs, retryMaxMs)
  const most = Math.max(retry, within(times.refresh * 1000, refreshMinMs, refreshMaxMs))
  return jittered(Math.min(retry * factor, most), draw)
}

/** From the last time that a primary confirmed the zone; never before it was tried to refresh and to retry it. */
export function expireMs({ refresh, retry, expire }: ZoneTimes): Millis {
  const least = within(refresh * 1000, refreshMinMs, refreshMaxMs) + within(retry * 1000, retryMinMs, retryMaxMs)
  return millis(within(expire * 1000, least, Math.max(least, expireMaxMs)))
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

function jittered(waitMs: number, draw: Draw): Millis {
  return millis(Math.round(waitMs * (1 - jitterShare * draw())))
}
