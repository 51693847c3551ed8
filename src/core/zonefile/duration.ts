/**
 * Durations as people write them: whole seconds as a number, or `30s`, `5m`, `1h30m`, `800ms`: largest unit first, each
 * at most once, weeks to milliseconds. Anything else is refused rather than guessed at (`1:30`, `1.5s`, `5 min`).
 */
import { type Millis, millis } from '../base/units.ts'

/** For the JSON Schema, which cannot call code. */
export const durationPattern =
  '^(?=.)([0-9]{1,6}w)?([0-9]{1,7}d)?([0-9]{1,8}h)?([0-9]{1,9}m)?([0-9]{1,10}s)?([0-9]{1,12}ms)?$'

const parts = new RegExp(durationPattern)
const unitMs: readonly number[] = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1]

/** Milliseconds, or null if it is not a duration. */
export function parseDuration(value: number | string): Millis | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? millis(value * 1000) : null
  const match = parts.exec(value)
  if (match === null) return null
  let total = 0
  unitMs.forEach((ms, i) => {
    const part = match[i + 1]
    if (part !== undefined) total += Number.parseInt(part, 10) * ms
  })
  return millis(total)
}

/** For messages: `13 s`, `1.5 s`, `800 ms`. */
export function formatDuration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`
}
