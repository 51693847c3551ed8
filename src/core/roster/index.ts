/**
 * The health engine, as the shell and the status view see it. What a duty or a probe in flight looks like inside is
 * this room's own affair.
 */
export { adopt } from './adopt.ts'
export { absorb, expire, takeDue } from './probe.ts'
export { worstPoolRemovalMs } from './removal.ts'
export {
  countsOf,
  createRoster,
  firstRoundDone,
  nextDueMs,
  type Roster,
  rotationOf,
  standingsOf,
  tracksOf,
} from './roster.ts'
export { settle } from './settle.ts'
