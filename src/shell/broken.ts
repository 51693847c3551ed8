/**
 * Tells, once each, when a kind of check stops or begins to work here: no permission, no program, no socket.
 * Such a check changes no verdict, so without these events nobody would learn of it.
 */
import type { Journal } from '../core/ports.ts'
import type { BrokenView } from '../core/view/status.ts'

const lookMs = 1_000

/** Looks at once and then every second. */
export function createBrokenWatch(
  probes: { broken(): readonly BrokenView[] },
  journal: Journal,
): { readonly stop: () => void } {
  let known = new Map<string, string>()
  const look = (): void => {
    const now = new Map<string, string>()
    for (const { protocol, reason, remedy } of probes.broken()) {
      now.set(protocol, reason)
      if (known.get(protocol) !== reason) journal.record({ kind: 'check-broken', protocol, reason, remedy })
    }
    for (const protocol of known.keys()) {
      if (!now.has(protocol)) journal.record({ kind: 'check-mended', protocol })
    }
    known = now
  }
  look()
  const timer = setInterval(look, lookMs)
  return { stop: () => clearInterval(timer) }
}
