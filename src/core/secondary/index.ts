/**
 * Secondary zones, all that is pure of them: when to ask, what to believe of what comes, what it makes of what we have.
 */
export {
  absorbAsk,
  absorbPull,
  changePrimaries,
  createSecondary,
  dueAtMs,
  expire,
  expiresAtMs,
  forget,
  type Held,
  hearNotify,
  isServable,
  putBack,
  type Secondary,
  stateOf,
  takeStep,
} from './secondary.ts'
export type { SignedPolicy } from './signed.ts'
export * from './types.ts'
