/**
 * A wire between browser and server that can be cut and joined again, so that a loss is one for the page alone: the
 * server goes on, and the address stays.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export interface Wire {
  readonly url: string
  /** Ends all connections and refuses further ones. */
  cut(): Promise<void>
  join(): Promise<void>
  close(): Promise<void>
}

export async function layWire(to: string): Promise<Wire> {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  let server: Server | null = null
  const open = async (at: number): Promise<number> => {
    const opened = createServer(socket => {
      const far = connect(Number(port), hostname)
      for (const one of [socket, far]) {
        sockets.add(one)
        one
          .on('error', () => undefined)
          .once('close', () => {
            sockets.delete(one)
            socket.destroy()
            far.destroy()
          })
      }
      socket.pipe(far).pipe(socket)
    })
    await new Promise<void>((resolve, reject) => opened.once('error', reject).listen(at, '127.0.0.1', resolve))
    server = opened
    return (opened.address() as AddressInfo).port
  }
  const cut = (): Promise<void> =>
    new Promise(resolve => {
      if (server === null) return resolve()
      server.close(() => resolve())
      server = null
      for (const socket of sockets) socket.destroy()
    })
  const at = await open(0)
  return { url: `http://127.0.0.1:${at}`, cut, join: async () => void (await open(at)), close: cut }
}
