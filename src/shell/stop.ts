/**
 * What ends one probe: at its deadline, or when the server stops. It does what an AbortController would do, at a part
 * of its price, since one is made for each of thousands of probes a second.
 */
import type { StopSignal } from '../core/ports.ts'

export interface Stop extends StopSignal {
  /** Tells those who listen, once; a second word changes nothing. */
  abort(reason: unknown): void
}

export function createStop(): Stop {
  return new OwnStop()
}

/** A class because an object of closures would be built anew for each. */
class OwnStop implements Stop {
  aborted = false
  reason: unknown = null
  private listeners: readonly (() => void)[] = none

  addEventListener(_: 'abort', listener: () => void): void {
    this.listeners = this.listeners.length === 0 ? [listener] : [...this.listeners, listener]
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.listeners = this.listeners.length === 1 && this.listeners[0] === listener ? none : this.without(listener)
  }

  abort(reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    for (const listener of this.listeners) listener()
    this.listeners = none
  }

  private without(listener: () => void): readonly (() => void)[] {
    return this.listeners.filter(one => one !== listener)
  }
}

const none: readonly (() => void)[] = []
