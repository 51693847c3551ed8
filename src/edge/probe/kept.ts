/**
 * Connections kept between probes, for checks that ask for it. Invariants: at most `keptMax`, each idle for at most
 * `idleMsMax` and used for at most `lifeMsMax` in all, so that the way in (accept, certificate) is tried again; what is
 * taken out is nobody else's; a connection that is thrown out is closed. The one timer runs while something is kept.
 */
import type { Clock } from '../../core/ports.ts'

export interface Kept<C> {
  /** The connection kept under this key, which is then the caller's; null if there is none. */
  take(key: string): C | null
  /** Closes the one that was kept under this key, if any. */
  put(key: string, connection: C, openedMs: number): void
  /** Forgets a connection that ended by itself. */
  drop(connection: C): void
  close(): void
}

export const keptMax = 1024
export const idleMsMax = 60_000
export const lifeMsMax = 300_000
const sweepMs = 5_000

interface Entry<C> {
  readonly key: string
  readonly connection: C
  readonly openedMs: number
  readonly idleSinceMs: number
}

export function createKept<C>(deps: { readonly clock: Clock; readonly end: (connection: C) => void }): Kept<C> {
  const { clock, end } = deps
  const byKey = new Map<string, Entry<C>>()
  const byConnection = new Map<C, Entry<C>>()
  let timer: NodeJS.Timeout | null = null
  let open = true

  const remove = (entry: Entry<C>): void => {
    byKey.delete(entry.key)
    byConnection.delete(entry.connection)
    if (byKey.size === 0 && timer !== null) {
      clearInterval(timer)
      timer = null
    }
  }
  const evict = (entry: Entry<C>): void => {
    remove(entry)
    end(entry.connection)
  }
  const isStale = ({ openedMs, idleSinceMs }: Entry<C>): boolean =>
    clock.now() - idleSinceMs >= idleMsMax || clock.now() - openedMs >= lifeMsMax
  const sweep = (): void => {
    for (const entry of [...byKey.values()]) if (isStale(entry)) evict(entry)
  }

  return {
    take: key => {
      const entry = byKey.get(key)
      if (entry === undefined) return null
      if (isStale(entry)) {
        evict(entry)
        return null
      }
      remove(entry)
      return entry.connection
    },
    put: (key, connection, openedMs) => {
      const before = byKey.get(key)
      if (before !== undefined) evict(before)
      for (const oldest of byKey.values()) {
        if (byKey.size < keptMax) break
        evict(oldest)
      }
      const entry = { key, connection, openedMs, idleSinceMs: clock.now() }
      if (!open || isStale(entry)) {
        end(connection)
        return
      }
      byKey.set(key, entry)
      byConnection.set(connection, entry)
      timer ??= setInterval(sweep, sweepMs).unref()
    },
    drop: connection => {
      const entry = byConnection.get(connection)
      if (entry !== undefined) evict(entry)
    },
    close: () => {
      open = false
      for (const entry of [...byKey.values()]) evict(entry)
    },
  }
}
