/**
 * The probed side of the probe benchmarks, in a process of its own so that its processor time is not the server's: one
 * listener on all loopback addresses for each kind of check, which counts who comes. Prints its ports as one JSON line.
 * On the port `desk` it takes a word a connection and answers with a JSON line: `count` tells the counts, `die` closes
 * the listener of those that are to die.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

const counts = { tcp: 0, http: 0 }
const response = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nUP\n', 'latin1')
const backlog = 4096

const tcp = await open(bear, () => counts.tcp++)
const http = await open(
  socket => {
    bear(socket)
    socket.once('data', () => socket.end(response))
  },
  () => counts.http++,
)
const fickle = await open(bear, () => counts.tcp++)
const desk = await open(
  socket => {
    bear(socket)
    socket.once('data', word => {
      if (String(word).trim() === 'die') fickle.close()
      socket.end(`${JSON.stringify(counts)}\n`)
    })
  },
  () => {},
)

process.stdout.write(
  `${JSON.stringify({ tcp: portOf(tcp), http: portOf(http), fickle: portOf(fickle), desk: portOf(desk) })}\n`,
)
process.on('SIGTERM', () => process.exit(0))

async function open(serve: (socket: Socket) => void, count: () => void): Promise<Server> {
  const server = createServer(socket => {
    count()
    serve(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '0.0.0.0', port: 0, backlog }, resolve)
  })
  return server
}

/** Probes leave by a reset. */
function bear(socket: Socket): void {
  socket.on('error', () => socket.destroy()).resume()
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
