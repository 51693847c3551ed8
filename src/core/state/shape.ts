/**
 * Is this what `SavedState` says? The digest proves that a file is whole, not that its content is ours: everything that
 * the roster is to go on from is looked at, field by field.
 */
import { causes, reasonCodes } from '../health/types.ts'
import type { SavedState } from './saved.ts'

type Shape = (value: unknown) => boolean

const text: Shape = value => typeof value === 'string'
const count: Shape = value => Number.isSafeInteger(value) && (value as number) >= 0
const instant: Shape = value => Number.isFinite(value)
const share: Shape = value => Number.isFinite(value) && (value as number) >= 0 && (value as number) <= 1
const flag: Shape = value => typeof value === 'boolean'
const oneOf =
  (words: readonly string[]): Shape =>
  value =>
    typeof value === 'string' && words.includes(value)
const orNull =
  (shape: Shape): Shape =>
  value =>
    value === null || shape(value)
const orAbsent =
  (shape: Shape): Shape =>
  value =>
    value === undefined || shape(value)
const listOf =
  (shape: Shape): Shape =>
  value =>
    Array.isArray(value) && value.every(shape)

/** Keys that are not named may be there: an older version does not mind what a newer one adds. */
const mapOf =
  (shapes: Readonly<Record<string, Shape>>): Shape =>
  value =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shapes).every(([key, shape]) => shape((value as Record<string, unknown>)[key]))

const outcome = mapOf({
  kind: oneOf(['pass', 'fail', 'inconclusive']),
  reason: oneOf(reasonCodes),
  latencyMs: instant,
  detail: orNull(text),
  share: orAbsent(share),
  certDays: orAbsent(instant),
})

const track = mapOf({
  key: text,
  verdict: oneOf(['up', 'down']),
  cause: oneOf(causes),
  against: count,
  undecided: flag,
  misses: count,
  share,
  sinceAt: instant,
  last: orNull(outcome),
  lastAt: orNull(instant),
})

const override = mapOf({
  target: text,
  override: oneOf(['forced-up', 'forced-down', 'drained']),
  reason: text,
  author: text,
  sinceAt: instant,
  untilAt: orNull(instant),
})

const freeze = mapOf({
  cause: oneOf(['sentinels', 'many-down']),
  sinceAt: instant,
  holdFromAt: instant,
  thawAt: orNull(instant),
})

const state = mapOf({
  writtenAt: instant,
  generation: count,
  serials: listOf(mapOf({ zone: text, serial: count, reserve: orAbsent(count), content: orAbsent(text) })),
  tracks: listOf(track),
  overrides: listOf(override),
  heldTiers: listOf(mapOf({ pool: text, tier: text })),
  freeze: orNull(freeze),
})

export function isSavedState(value: unknown): value is SavedState {
  return state(value)
}
