/**
 * What outlives a restart: gathered from the roster, turned into octets, read back, judged, and handed to the next
 * run's roster.
 */
export { decodeState, encodeState } from './codec.ts'
export {
  gatherState,
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
