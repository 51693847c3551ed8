/**
 * Run in a network namespace whose local port range is 50000-50001: probes a port that the kernel will pick as our own,
 * then one that listens once no local port is left, and prints what the probes say.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createClock } from '../../src/edge/clock.ts'
import { makeProbes } from './probe-makers.ts'
import { tcpCheck } from './probe-specs.ts'
import { verdictOf } from './probe-targets.ts'

const { tcp: probe } = makeProbes(createClock())
const never = new AbortController().signal
const address = '127.0.0.1'

// Which of the two the kernel picks is its affair; that it may pick the target's own is what matters.
const tries = await Promise.all([50000, 50001].map(port => probe({ address, port }, tcpCheck, never)))

const server = createServer()
await new Promise<void>(resolve => server.listen(40000, address, resolve))
const { port } = server.address() as AddressInfo
const held: Socket[] = []
for (let i = 0; i < 2; i++) {
  const socket = connect(port, address)
  await new Promise(resolve => socket.once('connect', resolve).once('error', resolve))
  held.push(socket)
}
const exhausted = verdictOf(await probe({ address, port }, tcpCheck, never))
for (const socket of held) socket.destroy()
server.close()
process.stdout.write(JSON.stringify({ closed: tries.map(verdictOf), exhausted }))
