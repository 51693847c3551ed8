/**
 * What is asked of descriptors that somebody else opened and handed to this process (sd_listen_fds(3)), through koffi:
 * whether calls on them wait, whatever the opener chose. A call's result is 0, or the negative errno.
 */
import { loadKoffi, type NotLoaded } from './koffi.ts'

export interface DescriptorCalls {
  /** From now on calls on it wait, or do not. */
  setWaiting(fd: number, waits: boolean): number
}

/** fcntl's commands and the flag, the same on x64 and arm64. */
const getFlags = 3
const setFlags = 4
const nonblocking = 0x800

export async function loadDescriptorCalls(): Promise<DescriptorCalls | NotLoaded> {
  const loaded = await loadKoffi()
  if ('reason' in loaded) return loaded
  const { koffi, self } = loaded
  // Variadic in C; on the processors that we know an int there is passed as any other.
  const fcntl = self.func('int fcntl(int fd, int command, int argument)')
  const result = (value: number): number => (value === -1 ? -koffi.errno() : value)
  return {
    setWaiting: (fd, waits) => {
      const flags = result(fcntl(fd, getFlags, 0))
      if (flags < 0) return flags
      const wanted = waits ? flags & ~nonblocking : flags | nonblocking
      return result(fcntl(fd, setFlags, wanted))
    },
  }
}
