/**
 * The system calls of probes that connect by themselves, without Node's sockets: what the TCP engine has, and beside it
 * connecting, and options and names by the address of their memory, since a view costs more to hand over than a number.
 * Invariant: a call's result is 0, a count or a descriptor, or the negative errno.
 */
import { loadKoffi, type NotLoaded } from './koffi.ts'
import { resultOf } from './sockets.ts'
import { loadStreamCalls, type StreamCalls } from './streams.ts'

export interface ConnectCalls extends Omit<StreamCalls, 'watch'> {
  /** Calls `ready` from the event loop for as long as the epoll instance has events. */
  watch(epoll: number, ready: () => void): Watch
  /** A nonblocking, close-on-exec TCP socket. */
  openStream(family: number): number
  /** Begins; -EINPROGRESS while the other side has not answered. */
  connect(fd: number, address: number, addressOctets: number): number
  setOptionAt(fd: number, level: number, name: number, value: number, valueOctets: number): number
  /** The room is told, and then what was written, by the word at `valueOctets`. */
  readOptionAt(fd: number, level: number, name: number, value: number, valueOctets: number): number
  /** As `readOptionAt`, of the local `sockaddr`. */
  readNameAt(fd: number, address: number, addressOctets: number): number
}

export interface Watch {
  /** Whether it keeps the event loop from ending. */
  hold(held: boolean): void
  end(): void
}

/** SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC. */
const streamType = 0x80801

export async function loadConnectCalls(): Promise<ConnectCalls | NotLoaded> {
  const streams = await loadStreamCalls()
  if ('reason' in streams) return streams
  const loaded = await loadKoffi()
  if ('reason' in loaded) return loaded
  const { koffi, self } = loaded
  const result = resultOf(loaded)
  const socket = self.func('int socket(int family, int type, int protocol)')
  const connect = self.func('int connect(int fd, size_t address, uint32_t addressOctets)')
  const setOption = self.func('int setsockopt(int fd, int level, int name, size_t value, uint32_t valueOctets)')
  const readOption = self.func('int getsockopt(int fd, int level, int name, size_t value, size_t valueOctets)')
  const readName = self.func('int getsockname(int fd, size_t address, size_t addressOctets)')
  return {
    ...streams,
    watch: (epoll, ready) => {
      // The handle stops when it is collected, so it must be referred to until then.
      let handle: ReturnType<typeof koffi.node.poll> | null = koffi.node.poll(epoll, { readable: true }, ready)
      handle.unref()
      return {
        hold: held => (held ? handle?.ref() : handle?.unref()),
        end: () => {
          handle?.close()
          handle = null
        },
      }
    },
    openStream: family => result(socket(family, streamType, 0)),
    connect: (fd, address, octets) => result(connect(fd, address, octets)),
    setOptionAt: (fd, level, name, value, octets) => result(setOption(fd, level, name, value, octets)),
    readOptionAt: (fd, level, name, value, octets) => result(readOption(fd, level, name, value, octets)),
    readNameAt: (fd, address, octets) => result(readName(fd, address, octets)),
  }
}
