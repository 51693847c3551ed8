/**
 * Memory of the process that the system may have back, through koffi (mallopt(3), malloc_trim(3), madvise(2)). Nothing
 * depends on it: where a call cannot be had (no koffi, musl) that part is left undone.
 */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { loadKoffi, type NotLoaded } from './koffi.ts'

export interface MemoryCalls {
  /** One heap of malloc for all threads that begin from now on, instead of one each with its own slack. */
  shareHeap(): void
  /** Gives back what malloc holds and nobody uses. */
  trimHeap(): void
  /**
   * Gives back the pages of program files that were used at some time, such as for the start. They were never written,
   * so what is used again is found in the page cache. Resolves with how many octets of files were looked at.
   */
  dropCode(): Promise<number>
}

/** M_ARENA_MAX of glibc; MADV_DONTNEED. */
const arenaMax = -8
const dontNeed = 4

/** The line that begins a mapping of a file: start-end permissions offset device inode path (proc_pid_maps(5)). */
const fileMapping = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [0-9a-f]+ \S+ [1-9][0-9]*\s+\//

export async function loadMemoryCalls(): Promise<MemoryCalls | NotLoaded> {
  const loaded = await loadKoffi()
  if ('reason' in loaded) return loaded
  const { self } = loaded
  const bind = (prototype: string): ((...values: unknown[]) => number) | null => {
    try {
      return self.func(prototype)
    } catch {
      // Another libc: it keeps its memory in its own way.
      return null
    }
  }
  const mallopt = bind('int mallopt(int parameter, int value)')
  const trim = bind('int malloc_trim(size_t keep)')
  const madvise = bind('int madvise(uintptr_t from, size_t octets, int advice)')
  return {
    shareHeap: () => void mallopt?.(arenaMax, 1),
    trimHeap: () => void trim?.(0),
    dropCode: async () => {
      if (madvise === null) return 0
      let dropped = 0
      for (const { from, octets } of readCode(await readSmaps())) {
        if (madvise(from, octets, dontNeed) === 0) dropped += Number(octets)
      }
      return dropped
    },
  }
}

/** Octets in memory that stand for no file, from /proc/self/status (RssAnon in proc_pid_status(5)); 0 if unknown. */
export function readUnfiled(): number {
  try {
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

/** The kernel goes over every page for it, which takes it some ten milliseconds: not in this thread. */
async function readSmaps(): Promise<string> {
  try {
    return await readFile('/proc/self/smaps', 'latin1')
  } catch {
    // Not to be had in every container; then nothing is known that could be given back.
    return ''
  }
}

/**
 * Mappings of files that nothing was ever written to, from the text of /proc/PID/smaps: code and constants. Read-only
 * pages that hold addresses which were filled in when the program was loaded have anonymous octets, and would be lost.
 */
export function readCode(smaps: string): readonly { readonly from: bigint; readonly octets: bigint }[] {
  const found: { from: bigint; octets: bigint }[] = []
  let current: { from: bigint; octets: bigint } | null = null
  for (const line of smaps.split('\n')) {
    if (/^[0-9a-f]+-/.test(line)) {
      const [, from, to] = fileMapping.exec(line) ?? []
      const start = BigInt(`0x${from ?? 0}`)
      current = from === undefined ? null : { from: start, octets: BigInt(`0x${to}`) - start }
    } else if (current !== null && line.startsWith('Anonymous:')) {
      if (/^Anonymous: +0 kB$/.test(line)) found.push(current)
      current = null
    }
  }
  return found
}
