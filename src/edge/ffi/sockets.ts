/**
 * The system calls that every engine needs which talks to the kernel itself: sockets opened, set, named and closed, and
 * memory for what the kernel's structures point at. Such memory is never the garbage collector's: it is mapped here and
 * reaches JavaScript as one ArrayBuffer; calls name places in it by address. A number holds every address that a
 * process may map (47 or 48 bits).
 *
 * Invariant: a call's result is a count or a descriptor, or the negative errno.
 */
import { getSystemErrorName } from 'node:util'
import type { Loaded } from './koffi.ts'
import { portOf, socketAddressOctetsMax } from './sockaddr.ts'

export interface SocketCalls {
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

/** Why this processor will not do, or null. */
export function judgeProcessor(): string | null {
  return processors.includes(process.arch) ? null : `not tried on this processor (${process.arch})`
}

const closeOnExec = 0x80000
const readWrite = 3
const privateAnonymous = 0x22

/** What a call returned, with -1 made the negative errno. */
export function resultOf({ koffi }: Loaded): (value: number) => number {
  return value => (value === -1 ? -koffi.errno() : value)
}

export function bindSocketCalls(loaded: Loaded): SocketCalls {
  const { koffi, self } = loaded
  const result = resultOf(loaded)
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

/** The result, or an error with the system's `code` if it is the negative errno. */
export function expectDone(call: string, result: number): number {
  if (result >= 0) return result
  const code = getSystemErrorName(result)
  throw Object.assign(new Error(`${call}: ${code}`), { code, syscall: call })
}

/** The port that the system chose. */
export function readBoundPort(calls: Pick<SocketCalls, 'readName'>, fd: number): number {
  const name = Buffer.allocUnsafeSlow(socketAddressOctetsMax)
  expectDone('getsockname', calls.readName(fd, name))
  return portOf(name)
}
