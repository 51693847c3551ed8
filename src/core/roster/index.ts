/**
 * The health engine, as the shell and the status view see it. What a duty or a probe in flight looks like inside is
 * this room's own affair.
 */
export { adopt, resume, watchSentinels } from './adopt.ts'
export { type Cached, createCaches, lookAtCaches, noteAnswerChange } from './caches.ts'
export { tierName } from './inherit.ts'
export {
  expireOverrides,
  type OverrideOutcome,
  type OverrideWish,
  type ReleaseOutcome,
  releaseOverride,
  setOverride,
} from './overrides.ts'
export { absorb, expire, takeDue } from './probe.ts'
export { worstPoolRemovalMs } from './removal.ts'
export {
  countsOf,
  createRoster,
  dutiesOf,
  evidenceOf,
  firstRoundDone,
  heardOf,
  longestTimeoutMs,
  nextDueMs,
  type Recollection,
  type Roster,
  rotationOf,
  setWitness,
  targetOf,
  tracksOf,
} from './roster.ts'
export { settle, waitsForRelease } from './settle.ts'
export { standingsOf } from './standings.ts'
export { matchPools } from './succession.ts'
export { assess } from './watch.ts'
