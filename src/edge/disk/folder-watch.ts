/**
 * Notices edits. The kernel's notices make it quick, a slow poll makes it sure: notices are lost on network mounts,
 * when a folder is swapped behind a symbolic link (Kubernetes ConfigMaps swap `..data`) and when watches run out.
 * Neither is believed: only a listing that differs from the last one calls back. Invariant: after the returned
 * function was called no timer and no watch is left and nothing is called back.
 */
import { watch } from 'node:fs'
import type { Place, ZoneListing } from './zone-listing.ts'

export interface WatchDeps {
  /** Runs once later; returns what calls it off. */
  readonly after: (run: () => Promise<void>, delayMs: number) => () => void
  /** Runs again and again; returns what stops it. */
  readonly every: (run: () => Promise<void>, intervalMs: number) => () => void
  /** Calls `stirred` when something happens in a folder, `failed` once when it can watch no longer. May throw. */
  readonly observe: (path: string, stirred: () => void, failed: () => void) => () => void
}

export const systemWatchDeps: WatchDeps = {
  after: (run, delayMs) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  every: (run, intervalMs) => {
    const timer = setInterval(run, intervalMs)
    return () => clearInterval(timer)
  },
  observe: (path, stirred, failed) => {
    const watcher = watch(path, stirred)
    watcher.on('error', failed)
    return () => watcher.close()
  },
}

const pollMs = 5000
/** An edit is over when nothing has stirred for this long, ... */
const quietMs = 150
/** ... or after so many such spans: a folder that never rests is read all the same. */
const quietSpansMax = 14

/** `differs` is told each listing that may matter and says whether it is news; then `changed` is called. */
export function watchFolder(
  deps: WatchDeps,
  list: () => Promise<ZoneListing>,
  differs: (listing: ZoneListing) => boolean,
  changed: () => void,
): () => void {
  let stopped = false
  // One look at a time: an older listing that ends later would pass for a change.
  let looking = Promise.resolve()
  const look = (): Promise<void> => {
    looking = looking.then(lookOnce)
    return looking
  }
  const lookOnce = async (): Promise<void> => {
    const listing = await list()
    if (stopped) return
    posts.moveTo(listing.places)
    if (differs(listing)) changed()
  }
  const lull = createLull(deps, look)
  const posts = createPosts(deps, lull.stir)
  const stopPoll = deps.every(async () => {
    // While an edit is under way its end brings a look of its own.
    if (!lull.awaited()) await look()
  }, pollMs)
  void look()
  return () => {
    stopped = true
    stopPoll()
    lull.stop()
    posts.moveTo([])
  }
}

interface Lull {
  stir(): void
  /** True from the first stir until the quiet after it. */
  awaited(): boolean
  stop(): void
}

/** Runs `then` once it has been quiet for a while after a stir. */
function createLull(deps: WatchDeps, then: () => Promise<void>): Lull {
  let stirred = false
  let spans = 0
  let stopped = false
  let cancel: (() => void) | null = null
  const awaitQuiet = (): void => {
    stirred = false
    cancel = deps.after(async () => {
      cancel = null
      spans++
      if (stirred && spans < quietSpansMax) awaitQuiet()
      else await then()
    }, quietMs)
  }
  return {
    stir: () => {
      stirred = true
      if (stopped || cancel !== null) return
      spans = 0
      awaitQuiet()
    },
    awaited: () => cancel !== null,
    stop: () => {
      stopped = true
      cancel?.()
    },
  }
}

/** The kernel's watches, one for each place. */
function createPosts(deps: WatchDeps, stirred: () => void): { moveTo(places: readonly Place[]): void } {
  const posts = new Map<string, () => void>()
  const leave = (key: string): void => {
    posts.get(key)?.()
    posts.delete(key)
  }
  const take = (key: string, path: string): void => {
    try {
      // One that fails is taken again at the next poll, which sees edits meanwhile.
      posts.set(
        key,
        deps.observe(path, stirred, () => leave(key)),
      )
    } catch {
      // Out of watches (ENOSPC), or the folder has just gone: the poll alone until the next try.
      posts.delete(key)
    }
  }
  return {
    moveTo: places => {
      const wanted = new Map(places.map(({ inode, path }) => [`${inode} ${path}`, path]))
      for (const key of [...posts.keys()]) if (!wanted.has(key)) leave(key)
      for (const [key, path] of wanted) if (!posts.has(key)) take(key, path)
    },
  }
}
