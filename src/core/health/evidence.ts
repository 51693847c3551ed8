/**
 * What an endpoint said before: its newest outcomes, and apart from them its newest failures, which stay until newer
 * failures push them out, however often it passed since. Failures in a row for one reason are one entry that counts
 * them, so an endpoint that is down for a night does not push out what happened the evening before.
 * Invariant: the memory of one check on one endpoint is bounded by the two limits below; one that always passes costs
 * one list of small numbers.
 */
import { type Millis, millis } from '../base/units.ts'
import { type Outcome, type ReasonCode, reasonCodes } from './types.ts'

export const outcomesKeptMax = 8
export const failuresKeptMax = 4

/** Failures in a row for one reason. Instants are those at which probes ended. */
export interface FailureRun {
  readonly reason: ReasonCode
  /** Of the newest of them. */
  readonly detail: string | null
  readonly count: number
  readonly firstMs: Millis
  readonly lastMs: Millis
}

/** An outcome as it is remembered: latency in whole milliseconds, the instant to a tenth of a second. */
export interface PastOutcome extends Pick<Outcome, 'kind' | 'reason' | 'latencyMs'> {
  readonly atMs: Millis
}

/** Written by `noteEvidence` alone. */
export interface Evidence {
  /** The newest last, each as one number; `nothing` where there were not so many yet. */
  readonly outcomes: number[]
  /** The newest last. */
  readonly failures: FailureRun[]
  /** True if the newest conclusive outcome belongs to the last run. */
  failing: boolean
  /** Instants are packed from here on: about the first outcome's, since the clock may have begun years before. */
  beganMs: number
}

export function createEvidence(): Evidence {
  // All places at once: a list that grows takes more than it needs.
  return { outcomes: new Array<number>(outcomesKeptMax).fill(nothing), failures: [], failing: false, beganMs: nothing }
}

/** For one that goes on from where another stands. */
export function copyEvidence({ outcomes, failures, failing, beganMs }: Evidence): Evidence {
  return { outcomes: [...outcomes], failures: [...failures], failing, beganMs }
}

/** Takes in what one probe said that ended now. An inconclusive outcome says nothing of the endpoint's failures. */
export function noteEvidence(evidence: Evidence, outcome: Outcome, nowMs: Millis): void {
  const { outcomes, failures } = evidence
  if (evidence.beganMs === nothing) evidence.beganMs = Math.floor(nowMs / tickMs) * tickMs
  for (let at = 1; at < outcomesKeptMax; at++) outcomes[at - 1] = outcomes[at]!
  outcomes[outcomesKeptMax - 1] = pack(outcome, nowMs - evidence.beganMs)
  if (outcome.kind === 'inconclusive') return
  if (outcome.kind === 'fail') {
    const { reason } = outcome
    // One text for all that say the same.
    const detail = failures.find(run => run.detail === outcome.detail)?.detail ?? outcome.detail
    const run = evidence.failing ? failures.at(-1) : undefined
    if (run?.reason === reason) {
      failures[failures.length - 1] = { ...run, detail, count: run.count + 1, lastMs: nowMs }
    } else {
      if (failures.length === failuresKeptMax) failures.shift()
      failures.push({ reason, detail, count: 1, firstMs: nowMs, lastMs: nowMs })
    }
  }
  evidence.failing = outcome.kind === 'fail'
}

/** The newest outcomes, the newest first. */
export function recentOutcomes({ outcomes, beganMs }: Evidence): readonly PastOutcome[] {
  return outcomes
    .filter(packed => packed !== nothing)
    .map(packed => unpack(packed, beganMs))
    .reverse()
}

const nothing = -1

const kinds: readonly Outcome['kind'][] = ['pass', 'fail', 'inconclusive']

/*
 *   | tenths of a second:30 | latency, milliseconds:15 | reason:6 | kind:2 |   53 bits, as many as a number holds
 */
const kindParts = 4
const reasonParts = 64
const latencyParts = 32_768
/** A tenth of a second. */
const tickMs = 100

function pack({ kind, reason, latencyMs }: Outcome, sinceMs: number): number {
  const latency = Math.min(latencyParts - 1, Math.max(0, Math.round(latencyMs)))
  const said = reasonCodes.indexOf(reason) * kindParts + kinds.indexOf(kind)
  return (Math.max(0, Math.round(sinceMs / tickMs)) * latencyParts + latency) * reasonParts * kindParts + said
}

function unpack(packed: number, beganMs: number): PastOutcome {
  const kind = kinds[packed % kindParts]!
  const reason = reasonCodes[Math.floor(packed / kindParts) % reasonParts]!
  const rest = Math.floor(packed / (kindParts * reasonParts))
  return {
    kind,
    reason,
    latencyMs: rest % latencyParts,
    atMs: millis(beganMs + Math.floor(rest / latencyParts) * tickMs),
  }
}
