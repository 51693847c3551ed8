/**
 * Taking leave of dead processes that are nobody's child any more and so became ours (waitpid(2)): what only the first
 * process of a system or container has to do, and what Node cannot be asked for.
 */
import { loadKoffi } from './koffi.ts'

/** Takes one dead process of the group: its id, 0 if all that are left still live, or the negative errno. */
export type Reap = (group: number) => number

const noHang = 1

/** Null where koffi cannot be had. */
export async function loadReap(): Promise<Reap | null> {
  const loaded = await loadKoffi()
  if ('reason' in loaded) return null
  const { koffi, self } = loaded
  const waitpid = self.func('int waitpid(int id, size_t status, int options)')
  return group => {
    const found: number = waitpid(-group, 0, noHang)
    return found === -1 ? -koffi.errno() : found
  }
}
