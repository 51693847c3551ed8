/**
 * Run as root inside a network namespace of its own: what the batched engine does with addresses that come after it was
 * opened, and with senders that cannot be answered (source port 0, no route), forged by a raw socket. Prints what came
 * of it as JSON.
 */
import { execFileSync } from 'node:child_process'
import { writeU16 } from '../../src/core/base/bytes.ts'
import { parseIpv4 } from '../../src/core/rdata/a.ts'
import { linux, loadLibc } from '../../src/edge/ffi/libc.ts'
import { writeSocketAddress } from '../../src/edge/ffi/sockaddr.ts'
import { checksum } from '../../src/edge/probe/icmp/packet.ts'
import { openUdpBatch } from '../../src/edge/transport/udp-batch/open.ts'
import { createTally, dialUdp, echo, makeQuery, type Peer } from './transport-peers.ts'

const tally = createTally()
const open = (host: string): ReturnType<typeof openUdpBatch> =>
  openUdpBatch(
    { respond: echo, counters: tally, attend: () => {} },
    { host, port: 0, reusePort: false, receiveWaitMs: 1 },
  )
const listeners = { v4: await open('0.0.0.0'), v6: await open('::') }

const later = { v4: '10.53.0.1', v6: '2001:db8::53' }
execFileSync('sh', ['-c', `ip address add ${later.v4}/32 dev lo && ip address add ${later.v6}/128 dev lo nodad`])
const answered = {
  v4: await ask(await dialUdp({ host: later.v4, port: listeners.v4.bound.port })),
  v6: await ask(await dialUdp({ host: later.v6, port: listeners.v6.bound.port })),
}

const libc = (await loadLibc())!
const raw = libc.openSocket(linux.familyV4, linux.typeRaw, linux.levelRaw)
const waiting = await dialUdp({ host: '127.0.0.1', port: listeners.v4.bound.port })
// In one burst, so that they share batches with a sender who can be answered.
for (let round = 0; round < 5; round++) {
  forge('127.0.0.9', 0)
  forge('198.51.100.1', 5000)
  waiting.send(makeQuery(round))
}
let reached = 0
for (; reached < 5; reached++) await waiting.next()
libc.close(raw)
await waiting.close()
await Promise.all([listeners.v4.close(), listeners.v6.close()])
const { dropped, sendFailed } = tally.counts
process.stdout.write(JSON.stringify({ answered, reached, dropped, sendFailed }))

async function ask(peer: Peer): Promise<boolean> {
  peer.send(makeQuery(1))
  const answer = await peer.next()
  await peer.close()
  return answer[1] === 1
}

/** A query in a packet whose sender is whoever we like. */
function forge(source: string, port: number): void {
  const query = makeQuery(1)
  const packet = Buffer.allocUnsafeSlow(28 + query.length).fill(0)
  packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17])
  packet.set(parseIpv4(source)!, 12)
  packet.set(parseIpv4('127.0.0.1')!, 16)
  writeU16(packet, 2, packet.length)
  writeU16(packet, 10, checksum(packet.subarray(0, 20)))
  writeU16(packet, 20, port)
  writeU16(packet, 22, listeners.v4.bound.port)
  writeU16(packet, 24, 8 + query.length)
  packet.set(query, 28)
  libc.sendTo(raw, packet, writeSocketAddress(parseIpv4('127.0.0.1')!, 0))
}
