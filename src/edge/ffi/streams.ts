/**
 * The system calls of the TCP engine, through koffi: connections accepted, read and written without Node's streams, and
 * an epoll instance that tells which of them want attention. Node's own event loop waits for that instance, so a thread
 * keeps its timers and messages.
 *
 * Invariants. A call's result is a count or a descriptor, or the negative errno. Only `look` waits, and only as told.
 *
 *   epoll_event  x64: events(4) data(8)      arm64: events(4) padding(4) data(8)
 */
import { loadKoffi, type NotLoaded } from './koffi.ts'
import { linux } from './libc.ts'
import { bindSocketCalls, judgeProcessor, resultOf, type SocketCalls } from './sockets.ts'

export interface StreamCalls extends SocketCalls {
  listen(fd: number, backlog: number): number
  /** Takes a connection that waits, its peer's `sockaddr` into memory whose room is told at `addressOctets`. */
  accept(fd: number, address: number, addressOctets: number): number
  /** Octets read into memory; 0 at the end of the stream. */
  receive(fd: number, into: number, octetsMax: number): number
  /** Octets taken by the kernel. A peer that is gone raises no signal. */
  send(fd: number, from: number, octets: number): number
  /** Sends our end of the stream; the other half stays open. */
  finish(fd: number): number
  openEpoll(): number
  /** `operation` is one of `epollOperations`; `event` is the address of an epoll_event. */
  control(epoll: number, operation: number, fd: number, event: number): number
  /** Events written to memory; 0 if nothing happened meanwhile. */
  look(epoll: number, events: number, eventsMax: number, waitMs: number): number
  /** Calls `ready` from the event loop for as long as the epoll instance has events. Returns what ends that. */
  watch(epoll: number, ready: () => void): () => void
}

export const epollOperations = { add: 1, change: 3 } as const
/** What an epoll_event says or asks for. */
export const epollEvents = { readable: 1, writable: 4 } as const
/** The struct is packed on x64 alone. In words of 32 bits. */
export const epollEventWords = process.arch === 'x64' ? 3 : 4
export const epollMarkWord = epollEventWords - 2

const nonblockingCloseOnExec = 0x80800
const closeOnExec = 0x80000
const writingHalf = 1
const sendFlags = linux.flagDontWait | linux.flagNoSignal

export async function loadStreamCalls(): Promise<StreamCalls | NotLoaded> {
  const unfit = judgeProcessor()
  if (unfit !== null) return { reason: unfit }
  const loaded = await loadKoffi()
  if ('reason' in loaded) return loaded
  const { koffi, self } = loaded
  const result = resultOf(loaded)
  const listen = self.func('int listen(int fd, int backlog)')
  const accept4 = self.func('int accept4(int fd, size_t address, size_t addressOctets, int flags)')
  // A count of octets always fits into an int here: no buffer of ours is that large.
  const recv = self.func('int recv(int fd, size_t into, size_t octets, int flags)')
  const send = self.func('int send(int fd, size_t from, size_t octets, int flags)')
  const shutdown = self.func('int shutdown(int fd, int half)')
  const epollCreate = self.func('int epoll_create1(int flags)')
  const epollControl = self.func('int epoll_ctl(int epoll, int operation, int fd, size_t event)')
  const epollWait = self.func('int epoll_wait(int epoll, size_t events, int eventsMax, int waitMs)')
  return {
    ...bindSocketCalls(loaded),
    listen: (fd, backlog) => result(listen(fd, backlog)),
    accept: (fd, address, addressOctets) => result(accept4(fd, address, addressOctets, nonblockingCloseOnExec)),
    receive: (fd, into, octetsMax) => result(recv(fd, into, octetsMax, linux.flagDontWait)),
    send: (fd, from, octets) => result(send(fd, from, octets, sendFlags)),
    finish: fd => result(shutdown(fd, writingHalf)),
    openEpoll: () => result(epollCreate(closeOnExec)),
    control: (epoll, operation, fd, event) => result(epollControl(epoll, operation, fd, event)),
    look: (epoll, events, eventsMax, waitMs) => result(epollWait(epoll, events, eventsMax, waitMs)),
    watch: (epoll, ready) => {
      // The handle stops when it is collected, so it must be held until then.
      let handle: ReturnType<typeof koffi.node.poll> | null = koffi.node.poll(epoll, { readable: true }, ready)
      return () => {
        handle?.close()
        handle = null
      }
    },
  }
}
