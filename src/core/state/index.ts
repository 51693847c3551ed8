/**
 * What outlives a restart: gathered from the roster, turned into octets, read back, judged, and handed to the next
 * run's roster.
 */
export { decodeState, encodeInSteps, type RunningDigest } from './codec.ts'
export {
  gatherInSteps,
  isFresh,
  joinSerials,
  type Moment,
  recollect,
  recollectFreeze,
  recollectOrders,
  type SavedSerial,
  type SavedState,
  stateFreshMs,
} from './saved.ts'
