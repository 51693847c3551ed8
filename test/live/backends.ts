/** Small web servers on several loopback addresses and one port, that a test can kill and bring back. */
import { createServer, type Server } from 'node:http'

export interface Backends {
  readonly port: number
  /** Requests that each has had. */
  readonly requests: readonly number[]
  /** Closes the listener and its connections: connections are refused from here on. */
  fail(at: number): Promise<void>
  heal(at: number): Promise<void>
  close(): Promise<void>
}

const attemptsMax = 20

export async function startBackends(hosts: readonly string[]): Promise<Backends> {
  for (let attempt = 1; ; attempt++) {
    const first = await listen(hosts[0]!, 0, () => undefined)
    const port = (first.address() as { port: number }).port
    await shut(first)
    try {
      return await openAll(hosts, port)
    } catch (error) {
      if (attempt === attemptsMax) throw error
    }
  }
}

async function openAll(hosts: readonly string[], port: number): Promise<Backends> {
  const requests = hosts.map(() => 0)
  const open = (at: number): Promise<Server> =>
    listen(hosts[at]!, port, () => {
      requests[at] = requests[at]! + 1
    })
  const servers: (Server | null)[] = hosts.map(() => null)
  const fail = async (at: number): Promise<void> => {
    const server = servers[at]
    servers[at] = null
    if (server != null) await shut(server)
  }
  const heal = async (at: number): Promise<void> => {
    servers[at] ??= await open(at)
  }
  const close = async (): Promise<void> => {
    for (let at = 0; at < hosts.length; at++) await fail(at)
  }
  try {
    for (let at = 0; at < hosts.length; at++) await heal(at)
  } catch (error) {
    await close()
    throw error
  }
  return { port, requests, fail, heal, close }
}

function listen(host: string, port: number, asked: () => void): Promise<Server> {
  const server = createServer((_, response) => {
    asked()
    response.end('UP\n')
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}

function shut(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
