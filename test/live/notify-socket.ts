/** A service manager's ear: a local datagram socket whose messages a test waits for. Node has none of that kind. */
import { loadDatagramCalls } from '../../src/edge/ffi/datagrams.ts'
import { linux, loadLibc } from '../../src/edge/ffi/libc.ts'
import { writeUnixAddress } from '../../src/edge/ffi/unix-address.ts'

export interface NotifySocket {
  /** Messages so far, oldest first. */
  readonly messages: readonly string[]
  /** The first message from `from` on that fits; waits for it, bounded in time. */
  until(fits: (message: string) => boolean, from?: number): Promise<string>
  close(): void
}

const lookMs = 10
const waitMs = 20_000

/** `name` is a path, or `@` and a name without a file. */
export async function openNotifySocket(name: string): Promise<NotifySocket> {
  const [calls, libc] = [await loadDatagramCalls(), await loadLibc()]
  if ('reason' in calls || libc === null) throw new Error('needs koffi')
  const fd = libc.openSocket(linux.familyUnix, linux.typeDatagram, 0)
  const bound = calls.bind(fd, writeUnixAddress(name)!)
  if (bound < 0) throw new Error(`cannot bind ${name}: ${bound}`)
  const messages: string[] = []
  const waiting = new Set<() => void>()
  const buffer = Buffer.allocUnsafeSlow(4096)
  const sender = Buffer.allocUnsafeSlow(128)
  const timer = setInterval(() => {
    for (let octets = libc.receiveFrom(fd, buffer, sender, 0); octets >= 0; ) {
      messages.push(buffer.toString('utf8', 0, octets))
      octets = libc.receiveFrom(fd, buffer, sender, 0)
    }
    for (const look of [...waiting]) look()
  }, lookMs)
  return {
    messages,
    until: (fits, from = 0) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = messages.slice(from).find(fits)
          if (found === undefined) return
          waiting.delete(look)
          clearTimeout(deadline)
          resolve(found)
        }
        const deadline = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`no such message; ${JSON.stringify(messages.slice(-5))}`))
        }, waitMs)
        waiting.add(look)
        look()
      }),
    close: () => {
      clearInterval(timer)
      libc.close(fd)
    },
  }
}
