/**
 * The system calls that probing needs and Node does not offer, through koffi. koffi is optional, so `loadLibc` yields
 * null where it cannot be had.
 *
 * Invariants. A call's result is a count or a descriptor, or the negative errno, as the kernel itself returns it.
 * Memory handed to a call is used by the kernel only until the call returns; nothing here lets an address outlive its
 * call, because a collected buffer whose address sits in a kernel structure corrupts the heap. `int64_t` stands for
 * ssize_t, which koffi does not know. Every call is synchronous and none of them waits: sockets are made nonblocking.
 */
import { loadKoffi } from './koffi.ts'

export interface Libc {
  /** Opens a nonblocking, close-on-exec socket: a descriptor, or the negative errno. */
  openSocket(family: number, type: number, protocol: number): number
  /** 0, or the negative errno. */
  setOption(fd: number, level: number, name: number, value: Uint8Array): number
  /** 0, or the negative errno. */
  bind(fd: number, address: Uint8Array): number
  /** Sends one message to a `sockaddr`: octets sent, or the negative errno. */
  sendTo(fd: number, message: Uint8Array, address: Uint8Array): number
  /**
   * Takes one waiting message into `message` and its `sockaddr` into `address`: octets written, or the negative errno
   * (`errno.again` when nothing waits). `flags` adds to MSG_DONTWAIT. Both should be views of long-lived buffers.
   */
  receiveFrom(fd: number, message: Uint8Array, address: Uint8Array, flags: number): number
  close(fd: number): number
}

/** Linux's numbers, the same on x64 and arm64. */
export const linux = {
  familyUnix: 1,
  familyV4: 2,
  familyV6: 10,
  typeStream: 1,
  typeDatagram: 2,
  typeRaw: 3,
  protocolIcmp: 1,
  protocolIcmpV6: 58,
  levelSocket: 1,
  levelTcp: 6,
  levelIp: 0,
  levelIpv6: 41,
  levelRaw: 255,
  optionReuseAddress: 2,
  optionType: 3,
  optionSendBuffer: 7,
  optionReceiveBuffer: 8,
  optionReusePort: 15,
  optionReceiveTimeout: 20,
  optionSendBufferForce: 32,
  optionReceiveBufferForce: 33,
  /** SO_ACCEPTCONN: whether it listens. */
  optionAccepts: 30,
  optionDomain: 39,
  /** SO_MEMINFO: what a socket holds and what it lost, as 32-bit words. */
  optionMemoryState: 55,
  optionIpPacketInfo: 8,
  optionIpMtuDiscover: 10,
  optionIpv6MtuDiscover: 23,
  optionIpv6Only: 26,
  /** IPV6_RECVPKTINFO asks for what comes as IPV6_PKTINFO. */
  optionIpv6ReceivePacketInfo: 49,
  optionIpv6PacketInfo: 50,
  optionIpReceiveErrors: 11,
  optionIpv6ReceiveErrors: 25,
  /** SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6: an error that came by ICMP. */
  errorOfIcmp: 2,
  errorOfIcmpV6: 3,
  /** TCP_NODELAY. */
  optionNoDelay: 1,
  optionIcmpFilter: 1,
  optionIcmpV6Filter: 1,
  /** MSG_ERRQUEUE: the messages of ours that came back as errors. */
  flagErrorQueue: 0x2000,
  flagTruncated: 0x20,
  flagDontWait: 0x40,
  flagNoSignal: 0x4000,
  /** MSG_WAITFORONE: wait for the first message, take what else is there. */
  flagWaitForOne: 0x10000,
  errorInterrupted: 4,
  errorAgain: 11,
  errorNoMemory: 12,
  errorFilesOfSystem: 23,
  errorFilesOfProcess: 24,
  errorNoBuffers: 105,
} as const

const nonblocking = 0x800
const closeOnExec = 0x80000

let loading: Promise<Libc | null> | null = null

/** Loads koffi once for this thread. */
export function loadLibc(): Promise<Libc | null> {
  loading ??= bindLibc()
  return loading
}

async function bindLibc(): Promise<Libc | null> {
  const loaded = await loadKoffi()
  if ('reason' in loaded) return null
  const { koffi, self } = loaded
  const socket = self.func('int socket(int family, int type, int protocol)')
  const setsockopt = self.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t valueOctets)')
  const bind = self.func('int bind(int fd, const void *address, uint32_t addressOctets)')
  const sendto = self.func(
    'int64_t sendto(int fd, const void *message, size_t octets, int flags, const void *to, uint32_t toOctets)',
  )
  const recvfrom = self.func(
    'int64_t recvfrom(int fd, void *message, size_t octets, int flags, void *from, void *fromOctets)',
  )
  const close = self.func('int close(int fd)')
  const result = (value: number): number => (value === -1 ? -koffi.errno() : value)
  // One word of a larger buffer: V8 keeps small typed arrays on its own heap, where they move.
  const addressOctets = new Uint32Array(new ArrayBuffer(256), 0, 1)
  return {
    openSocket: (family, type, protocol) => result(socket(family, type | nonblocking | closeOnExec, protocol)),
    setOption: (fd, level, name, value) => result(setsockopt(fd, level, name, value, value.length)),
    bind: (fd, address) => result(bind(fd, address, address.length)),
    sendTo: (fd, message, address) =>
      result(sendto(fd, message, message.length, linux.flagDontWait, address, address.length)),
    receiveFrom: (fd, message, address, flags) => {
      addressOctets[0] = address.length
      return result(recvfrom(fd, message, message.length, flags | linux.flagDontWait, address, addressOctets))
    },
    close: fd => result(close(fd)),
  }
}
