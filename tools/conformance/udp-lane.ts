/**
 * One UDP socket with one packet under way. A lost datagram is asked for again from a new socket, so that a late answer
 * can never be taken for the next one's.
 */
import { createSocket, type Socket } from 'node:dgram'
import { answerWaitMs, asksMax, type Family, hostOf, idOf, type Lane, markerAfter, type Reply } from './lane.ts'

export function createUdpLane(family: Family, port: number): Lane {
  let socket = open(family)
  const ask = async (packet: Uint8Array, hostile: boolean): Promise<Reply> => {
    for (let asks = 0; asks < asksMax; asks++) {
      const reply = await exchange(socket, { family, port }, packet, hostile)
      if (reply !== null) return reply
      socket.close()
      socket = open(family)
    }
    return { kind: 'silence' }
  }
  return { ask, close: () => void socket.close() }
}

function open(family: Family): Socket {
  const socket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    lookup: (address, _options, callback) => callback(null, address, family),
  })
  // An ICMP error of an earlier datagram: the wait for the answer tells what matters.
  socket.on('error', () => undefined)
  return socket
}

/** Null if what must come did not. */
function exchange(
  socket: Socket,
  to: { readonly family: Family; readonly port: number },
  packet: Uint8Array,
  hostile: boolean,
): Promise<Reply | null> {
  const marker = hostile ? markerAfter(packet) : null
  const wanted = idOf(packet)
  const host = hostOf(to.family)
  let reply: Reply = { kind: 'silence' }
  return new Promise(resolve => {
    const end = (result: Reply | null): void => {
      clearTimeout(timer)
      socket.off('message', receive)
      resolve(result)
    }
    const receive = (octets: Uint8Array): void => {
      if (marker !== null) {
        if (idOf(octets) === marker.id) end(reply)
        else
          reply = reply.kind === 'silence' ? { kind: 'answer', octets: Uint8Array.from(octets) } : { kind: 'several' }
      } else if (idOf(octets) === wanted) end({ kind: 'answer', octets: Uint8Array.from(octets) })
    }
    const timer = setTimeout(() => end(null), answerWaitMs)
    socket.on('message', receive)
    socket.send(packet, to.port, host)
    if (marker !== null) socket.send(marker.octets, to.port, host)
  })
}
