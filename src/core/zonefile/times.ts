/**
 * Times of a zone file with their bounds. Two codes: what caches hold is a TTL, everything else is a duration.
 */
import { type Millis, type Seconds, seconds, ttlMax } from '../base/units.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { label } from './issues.ts'

const forms = 'write a number of seconds, or 30s, 5m, 1h30m'

export interface Bounds {
  readonly minMs: number
  readonly maxMs: number
}

/** RFC 2181 section 8: 0 to 2^31 - 1 whole seconds. */
export function readTtl(reader: Reader, value: number | string, path: Path): Seconds | null {
  const ms = parseDuration(value)
  if (ms !== null && ms % 1000 === 0 && ms / 1000 <= ttlMax) return seconds(ms / 1000)
  refuse(reader, 'bad-ttl', reader.doc.valueSpan(path), `${shown(value)} is not a TTL`, `${forms}; at most ${ttlMax}`)
  return null
}

/** A time that DNS counts in whole seconds and that is not a TTL. */
export function readSeconds(reader: Reader, value: number | string, path: Path): Seconds | null {
  const ms = parseDuration(value)
  if (ms !== null && ms % 1000 === 0 && ms / 1000 <= ttlMax) return seconds(ms / 1000)
  const text = `${label(path)} is ${shown(value)}, which is not a number of whole seconds`
  refuse(reader, 'bad-duration', reader.doc.valueSpan(path), text, `${forms}; at most ${ttlMax}`)
  return null
}

export function readMillis(reader: Reader, value: number | string, path: Path, bounds: Bounds): Millis | null {
  const ms = parseDuration(value)
  if (ms === null) {
    const text = `${label(path)} is ${shown(value)}, which is not a duration`
    refuse(
      reader,
      'bad-duration',
      reader.doc.valueSpan(path),
      text,
      'write 5s, 800ms or 1m30s; a bare number is seconds',
    )
    return null
  }
  if (ms >= bounds.minMs && ms <= bounds.maxMs) return ms
  const range = `${formatDuration(bounds.minMs)} to ${formatDuration(bounds.maxMs)}`
  const text = `${label(path)} is ${shown(value)}, which is out of range`
  refuse(reader, 'bad-duration', reader.doc.valueSpan(path), text, `write a time from ${range}`)
  return null
}
