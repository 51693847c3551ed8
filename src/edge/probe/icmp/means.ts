/**
 * A way to send an echo and hear the reply, for one address family: a ping socket, a raw socket, the ping program.
 * Types only. Invariant: a way that is closed here is a refusal with its reason, never a throw.
 */
import type { Endpoint, Outcome, ReasonCode } from '../../../core/health/types.ts'
import type { StopSignal } from '../../../core/ports.ts'
import type { Family } from './packet.ts'

export type MeansName = 'ping-socket' | 'raw-socket' | 'ping-program'

export interface EchoMeans {
  readonly name: MeansName
  /** Never rejects; ends soon after the signal aborts, as a Probe does. */
  echo(endpoint: Endpoint, signal: StopSignal): Promise<Outcome>
  close(): void
}

/** Why a way is closed here. `no-socket`: the address to start from is none of this host's, whatever the way. */
export interface MeansRefusal {
  readonly name: MeansName
  readonly reason: Extract<ReasonCode, 'no-permission' | 'no-prober' | 'no-socket'>
  /** The system's word for it. */
  readonly detail: string
}

/** Tries one way, from this local address if there is one. Never rejects. */
export type MeansOpener = (family: Family, source: string | null) => Promise<EchoMeans | MeansRefusal>
