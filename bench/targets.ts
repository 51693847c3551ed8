/**
 * The probed side of a benchmark, in a process of its own so that its processor time is not the server's: a listener
 * for each endpoint address. Reads `{tcp: [...], http: [...]}` from the file named on its command line, prints the two
 * ports as one JSON line when all are open.
 */
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'

const wanted = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as { tcp: string[]; http: string[] }

const tcp = await openAll(wanted.tcp, () => createServer(socket => socket.on('error', () => socket.destroy()).resume()))
const http = await openAll(wanted.http, () => createHttpServer((_, response) => response.end('UP\n')))
process.stdout.write(`${JSON.stringify({ tcp, http })}\n`)
process.on('SIGTERM', () => process.exit(0))

/** Opens one listener an address, all on the port that the first was given. */
async function openAll(addresses: readonly string[], create: () => Server): Promise<number> {
  let port = 0
  for (const address of addresses) {
    const server = create()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: address, port, backlog: 128 }, resolve)
    })
    port = (server.address() as AddressInfo).port
  }
  return port
}
