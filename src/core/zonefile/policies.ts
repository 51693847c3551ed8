/**
 * How answers are chosen: the record's `policy` over the zone's over the built-in one, key by key.
 */
import { type Millis, millis, type Seconds, seconds } from '../base/units.ts'
import type { AnswerPolicy, Failback, Floor, OnAllDown, StickyPrefixes } from '../rotation/types.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import type { PolicyInput } from './schema/pools.ts'
import { readMillis } from './times.ts'

export interface Policy {
  readonly answer: AnswerPolicy
  readonly maxAnswers: number
  readonly onAllDown: OnAllDown
  readonly floor: Floor
  readonly sticky: StickyPrefixes
  readonly failback: Failback
  readonly slowStartMs: Millis
}

export const policyDefaults: Policy = {
  answer: 'rotate',
  maxAnswers: 8,
  onAllDown: 'all',
  floor: { amount: 1, unit: 'count' },
  sticky: { v4: 24, v6: 56 },
  failback: 'auto',
  slowStartMs: millis(0),
}

/** TTL of records for which neither they nor the zone give one: caches must follow health soon. */
export const recordTtlDefault = seconds(10)
/** TTL at most while a pool is in doubt. */
const doubtTtlMax = seconds(5)

export function doubtTtlOf(ttl: Seconds): Seconds {
  return ttl < doubtTtlMax ? ttl : doubtTtlMax
}

const slowStartBounds = { minMs: 0, maxMs: 3_600_000 }

/** Null after having reported that it cannot be. */
export function readPolicy(reader: Reader, input: PolicyInput, under: Policy, path: Path): Policy | null {
  const { min_healthy: least, slow_start: slowStart, sticky } = input
  const floor = least === undefined ? under.floor : readFloor(reader, least, path)
  const slowStartMs =
    slowStart === undefined
      ? under.slowStartMs
      : readMillis(reader, slowStart, [...path, 'slow_start'], slowStartBounds)
  if (floor === null || slowStartMs === null) return null
  return {
    answer: input.answer ?? under.answer,
    maxAnswers: input.max_answers ?? under.maxAnswers,
    onAllDown: input.on_all_down ?? under.onAllDown,
    floor,
    sticky:
      sticky === undefined ? under.sticky : { v4: sticky.v4 ?? under.sticky.v4, v6: sticky.v6 ?? under.sticky.v6 },
    failback: input.failback ?? under.failback,
    slowStartMs,
  }
}

function readFloor(reader: Reader, value: number | string, path: Path): Floor | null {
  if (typeof value === 'number' && value >= 1) return { amount: value, unit: 'count' }
  const percent = typeof value === 'string' ? /^([0-9]{1,3})%$/.exec(value) : null
  const amount = percent === null ? 0 : Number(percent[1])
  if (amount >= 1 && amount <= 100) return { amount, unit: 'percent' }
  const hint = 'write a count of 1 or more, or a share from 1% to 100%'
  const span = reader.doc.valueSpan([...path, 'min_healthy'])
  refuse(reader, 'bad-value', span, `${shown(value)} is not a number of members`, hint)
  return null
}
