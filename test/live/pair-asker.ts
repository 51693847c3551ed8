/**
 * Run inside the client's namespace: asks each address given twenty times a second and prints, as JSON lines, every
 * answer with who gave it and from where, and every gratuitous ARP that passes by. Argument: addresses; ends with its
 * standard input. Needs root, for the packet socket.
 */
import { createSocket } from 'node:dgram'
import { linux, loadLibc } from '../../src/edge/ffi/libc.ts'
import { makeQuery } from './pair-query.ts'

const askMs = 50
const patienceMs = 1_000
const listenMs = 5
const familyPacket = 17
/** ETH_P_ARP, in network byte order. */
const protocolArp = 0x0608

const addresses = process.argv.slice(2)
const nowMs = (): number => performance.timeOrigin + performance.now()
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

for (const address of addresses) {
  const socket = createSocket('udp4')
  const asked = new Map<number, number>()
  let id = 0
  socket.on('message', (answer, { address: from }) => {
    const askedMs = asked.get(answer.readUInt16BE(0))
    const answeredMs = nowMs()
    // The last octet of the only address tells which server it was. A client would not have waited for a late one,
    // which stood in a queue until the address had a neighbour again.
    if (askedMs === undefined || answeredMs - askedMs > patienceMs) return
    print({ kind: 'answer', address, askedMs, answeredMs, from, who: answer[answer.length - 1] })
  })
  // No route for as long as the other side is cut off.
  socket.on('error', () => undefined)
  setInterval(() => {
    id = (id + 1) & 0xffff
    asked.set(id, nowMs())
    socket.send(makeQuery(id), 53, address, () => undefined)
  }, askMs)
}

const libc = await loadLibc()
if (libc === null) throw new Error('needs koffi')
const fd = libc.openSocket(familyPacket, linux.typeDatagram, protocolArp)
if (fd < 0) throw new Error(`no packet socket: ${fd}`)
const packet = Buffer.allocUnsafeSlow(2048)
const sender = Buffer.allocUnsafeSlow(128).subarray(0, 28)
setInterval(() => {
  for (let octets = libc.receiveFrom(fd, packet, sender, 0); octets > 0; ) {
    // RFC 826: sender's hardware address at 8, sender's address at 14, target's address at 24 (RFC 5944 section 4.6).
    const [owner, target] = [packet.subarray(14, 18), packet.subarray(24, 28)]
    if (octets >= 28 && owner.equals(target)) {
      const mac = [...packet.subarray(8, 14)].map(octet => octet.toString(16).padStart(2, '0')).join(':')
      print({ kind: 'arp', atMs: nowMs(), address: owner.join('.'), mac })
    }
    octets = libc.receiveFrom(fd, packet, sender, 0)
  }
}, listenMs)
print({ kind: 'begun' })
process.stdin.resume().on('end', () => process.exit(0))
