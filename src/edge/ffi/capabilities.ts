/**
 * Capabilities of the calling thread (capabilities(7)), through koffi: read, kept over a change of user, and set. A
 * thread that is started afterwards begins with those of the thread that starts it.
 *
 *   header  version(4) process(4)                                           8 octets
 *   sets    effective(4) permitted(4) inheritable(4), bits 0-31, then the same for bits 32-63      24 octets
 */
import { loadKoffi, type NotLoaded } from './koffi.ts'

export interface CapabilityCalls {
  /** Those that the thread may use, or the negative errno. */
  permitted(): ReadonlySet<number> | number
  /** What is permitted stays so when the last root identity is given up. 0, or the negative errno. */
  keepOverChange(): number
  /** Permitted and effective from now on are these and no others. 0, or the negative errno. */
  restrictTo(capabilities: Iterable<number>): number
}

export const capability = { netBindService: 10, netRaw: 13 } as const

const version3 = 0x20080522
const words = 6
const keepCapabilities = 8

export async function loadCapabilityCalls(): Promise<CapabilityCalls | NotLoaded> {
  const loaded = await loadKoffi()
  if ('reason' in loaded) return loaded
  const { koffi, self } = loaded
  const capget = self.func('int capget(void *header, void *sets)')
  const capset = self.func('int capset(void *header, const void *sets)')
  const prctl = self.func('int prctl(int option, ulong a, ulong b, ulong c, ulong d)')
  const result = (value: number): number => (value === -1 ? -koffi.errno() : value)
  // Parts of larger buffers: V8 keeps small typed arrays on its own heap, where they move.
  const header = new Uint32Array(new ArrayBuffer(256), 0, 2)
  const sets = new Uint32Array(new ArrayBuffer(256), 0, words)
  const begin = (): void => {
    header[0] = version3
    header[1] = 0
  }
  return {
    permitted: () => {
      begin()
      const outcome = result(capget(header, sets))
      if (outcome < 0) return outcome
      return new Set(Array.from({ length: 64 }, (_, bit) => bit).filter(bit => isSet(sets[wordOf(bit) + 1]!, bit)))
    },
    keepOverChange: () => result(prctl(keepCapabilities, 1, 0, 0, 0)),
    restrictTo: capabilities => {
      begin()
      sets.fill(0)
      for (const bit of capabilities) {
        for (const word of [wordOf(bit), wordOf(bit) + 1]) sets[word] = (sets[word]! | (1 << (bit & 31))) >>> 0
      }
      return result(capset(header, sets))
    },
  }
}

/** Where the effective set of the bit's half is; the permitted one follows it. */
function wordOf(bit: number): number {
  return bit < 32 ? 0 : words / 2
}

function isSet(word: number, bit: number): boolean {
  return (word & (1 << (bit & 31))) !== 0
}
