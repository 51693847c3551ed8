/**
 * The probed side of the probe benchmarks, in a process of its own so that its processor time is not the server's: one
 * listener on all loopback addresses for each kind of check, which counts who comes. Prints its ports as one JSON line.
 * Whoever connects to the port `desk` is told the counts as JSON.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

const counts = { tcp: 0, http: 0 }
const response = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nUP\n', 'latin1')
const backlog = 4096

const tcp = await open(socket => {
  counts.tcp++
  socket.resume()
})
const http = await open(socket => {
  counts.http++
  socket.once('data', () => socket.end(response))
})
const desk = await open(socket => socket.end(`${JSON.stringify(counts)}\n`))

process.stdout.write(`${JSON.stringify({ tcp: portOf(tcp), http: portOf(http), desk: portOf(desk) })}\n`)
process.on('SIGTERM', () => process.exit(0))

async function open(serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer(socket => {
    // Probes leave by a reset.
    socket.on('error', () => socket.destroy())
    serve(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '0.0.0.0', port: 0, backlog }, resolve)
  })
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
