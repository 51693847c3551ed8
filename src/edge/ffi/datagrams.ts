/**
 * The system calls of the batched engine, through koffi: many datagrams for one call. Memory that the kernel's
 * structures point at is never the garbage collector's: it is mapped here and reaches JavaScript as one ArrayBuffer;
 * calls name places in it by address. A number holds every address that a process may map (47 or 48 bits).
 *
 * Invariants. A call's result is a count or a descriptor, or the negative errno. Only `receive` and `poll` wait: the
 * first for as long as the socket's own receive timeout, unless told not to.
 */
import { loadKoffi, type NotLoaded } from './koffi.ts'

export interface DatagramCalls {
  /** Opens a close-on-exec socket that waits: a descriptor, or the negative errno. */
  openSocket(family: number, type: number, protocol: number): number
  /** Opens two sockets that are each other's peer: their descriptors, or the negative errno. */
  openPair(family: number, type: number): readonly [number, number] | number
  setOption(fd: number, level: number, name: number, value: Uint8Array): number
  /** Octets of the option written to `into`, or the negative errno. */
  readOption(fd: number, level: number, name: number, into: Uint8Array): number
  bind(fd: number, address: Uint8Array): number
  /** Octets of the bound `sockaddr` written to `into`, or the negative errno. */
  readName(fd: number, into: Uint8Array): number
  /** recvmmsg: messages taken into the `mmsghdr`s at `headers`, or the negative errno. */
  receive(fd: number, headers: number, headersMax: number, flags: number): number
  /** sendmmsg: messages sent, counted from the first, or the negative errno if there was none. */
  send(fd: number, headers: number, count: number, flags: number): number
  /** Descriptors that are ready, or the negative errno. */
  poll(entries: number, count: number, waitMs: number): number
  close(fd: number): number
  /** Zeroed memory at the start of a page, or the negative errno. */
  map(octets: number): Mapping | number
}

/** Native memory. Its owner unmaps it, and not before the last call that names an address in it has returned. */
export interface Mapping {
  readonly memory: ArrayBuffer
  readonly address: number
  /** Every view of the memory is empty afterwards, so a late reader finds nothing rather than another's memory. */
  unmap(): void
}

/** Processors on which the layouts and numbers used here were tried. */
const processors: readonly string[] = ['x64', 'arm64']

const closeOnExec = 0x80000
const readWrite = 3
const privateAnonymous = 0x22

export async function loadDatagramCalls(): Promise<DatagramCalls | NotLoaded> {
  if (!processors.includes(process.arch)) return { reason: `not tried on this processor (${process.arch})` }
  const loaded = await loadKoffi()
  if ('reason' in loaded) return loaded
  const { koffi, self } = loaded
  const result = (value: number): number => (value === -1 ? -koffi.errno() : value)
  // Parts of larger buffers: V8 keeps small typed arrays on its own heap, where they move.
  const octets = new Uint32Array(new ArrayBuffer(256), 0, 1)
  const pair = new Int32Array(new ArrayBuffer(256), 0, 2)
  /** Runs a call that is told the room by `octets` and tells there what it wrote. */
  const measure = (into: Uint8Array, call: () => number): number => {
    octets[0] = into.length
    const outcome = result(call())
    return outcome < 0 ? outcome : octets[0]
  }
  const socket = self.func('int socket(int family, int type, int protocol)')
  const socketpair = self.func('int socketpair(int family, int type, int protocol, void *fds)')
  const setsockopt = self.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t valueOctets)')
  const getsockopt = self.func('int getsockopt(int fd, int level, int name, void *value, void *valueOctets)')
  const bind = self.func('int bind(int fd, const void *address, uint32_t addressOctets)')
  const getsockname = self.func('int getsockname(int fd, void *address, void *addressOctets)')
  const recvmmsg = self.func('int recvmmsg(int fd, size_t headers, unsigned int max, int flags, size_t timeout)')
  const sendmmsg = self.func('int sendmmsg(int fd, size_t headers, unsigned int count, int flags)')
  const poll = self.func('int poll(size_t entries, unsigned long count, int waitMs)')
  const close = self.func('int close(int fd)')
  const mmap = self.func('void *mmap(size_t at, size_t octets, int access, int flags, int fd, int64_t offset)')
  const munmap = self.func('int munmap(size_t at, size_t octets)')
  return {
    openSocket: (family, type, protocol) => result(socket(family, type | closeOnExec, protocol)),
    openPair: (family, type) => {
      const opened = result(socketpair(family, type | closeOnExec, 0, pair))
      return opened < 0 ? opened : [pair[0]!, pair[1]!]
    },
    setOption: (fd, level, name, value) => result(setsockopt(fd, level, name, value, value.length)),
    readOption: (fd, level, name, into) => measure(into, () => getsockopt(fd, level, name, into, octets)),
    bind: (fd, address) => result(bind(fd, address, address.length)),
    readName: (fd, into) => measure(into, () => getsockname(fd, into, octets)),
    // recvmmsg's own timeout is left alone: it is looked at only after a message came (recvmmsg(2), BUGS).
    receive: (fd, headers, headersMax, flags) => result(recvmmsg(fd, headers, headersMax, flags, 0)),
    send: (fd, headers, count, flags) => result(sendmmsg(fd, headers, count, flags)),
    poll: (entries, count, waitMs) => result(poll(entries, count, waitMs)),
    close: fd => result(close(fd)),
    map: octets => {
      const at: bigint | null = mmap(0, octets, readWrite, privateAnonymous, -1, 0)
      if (at === null || BigInt.asIntN(64, at) === -1n) return -koffi.errno()
      const memory = koffi.view(at, octets)
      const address = Number(at)
      return {
        memory,
        address,
        unmap: () => {
          if (memory.detached) return
          memory.transfer(0)
          munmap(address, octets)
        },
      }
    },
  }
}
