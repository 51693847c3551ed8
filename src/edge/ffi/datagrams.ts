/**
 * The system calls of the batched UDP engine, through koffi: many datagrams for one call.
 *
 * Invariants. A call's result is a count or a descriptor, or the negative errno. Only `receive` and `poll` wait: the
 * first for as long as the socket's own receive timeout, unless told not to.
 */
import { loadKoffi, type NotLoaded } from './koffi.ts'
import { bindSocketCalls, judgeProcessor, resultOf, type SocketCalls } from './sockets.ts'

export interface DatagramCalls extends SocketCalls {
  /** recvmmsg: messages taken into the `mmsghdr`s at `headers`, or the negative errno. */
  receive(fd: number, headers: number, headersMax: number, flags: number): number
  /** sendmmsg: messages sent, counted from the first, or the negative errno if there was none. */
  send(fd: number, headers: number, count: number, flags: number): number
  /** Descriptors that are ready, or the negative errno. */
  poll(entries: number, count: number, waitMs: number): number
}

export async function loadDatagramCalls(): Promise<DatagramCalls | NotLoaded> {
  const unfit = judgeProcessor()
  if (unfit !== null) return { reason: unfit }
  const loaded = await loadKoffi()
  if ('reason' in loaded) return loaded
  const { self } = loaded
  const result = resultOf(loaded)
  const recvmmsg = self.func('int recvmmsg(int fd, size_t headers, unsigned int max, int flags, size_t timeout)')
  const sendmmsg = self.func('int sendmmsg(int fd, size_t headers, unsigned int count, int flags)')
  const poll = self.func('int poll(size_t entries, unsigned long count, int waitMs)')
  return {
    ...bindSocketCalls(loaded),
    // recvmmsg's own timeout is left alone: it is looked at only after a message came (recvmmsg(2), BUGS).
    receive: (fd, headers, headersMax, flags) => result(recvmmsg(fd, headers, headersMax, flags, 0)),
    send: (fd, headers, count, flags) => result(sendmmsg(fd, headers, count, flags)),
    poll: (entries, count, waitMs) => result(poll(entries, count, waitMs)),
  }
}
