/**
 * One TCP connection with one message under way, opened anew when the server has closed it. A packet that may be met
 * with silence and the question behind it go out in one segment, so pipelining is tried as well.
 */
import { connect, type Socket } from 'node:net'
import { answerWaitMs, asksMax, type Family, hostOf, idOf, type Lane, markerAfter, type Reply } from './lane.ts'

interface Connection {
  readonly socket: Socket
  received: Uint8Array
  /** Called when octets came or the connection is over. */
  wake: () => void
  over: boolean
}

export function createTcpLane(family: Family, port: number): Lane {
  let connection: Connection | null = null
  const ask = async (packet: Uint8Array, hostile: boolean): Promise<Reply> => {
    for (let asks = 0; asks < asksMax; asks++) {
      if (connection === null || connection.over) connection = open(family, port)
      const reply = await exchange(connection, packet, hostile)
      if (reply !== null) return reply
      connection.socket.destroy()
      connection = null
    }
    return { kind: 'silence' }
  }
  return { ask, close: () => void connection?.socket.destroy() }
}

function open(family: Family, port: number): Connection {
  const socket = connect({ host: hostOf(family), port, noDelay: true })
  const connection: Connection = { socket, received: new Uint8Array(0), wake: () => undefined, over: false }
  socket.on('data', chunk => {
    connection.received = Buffer.concat([connection.received, chunk])
    connection.wake()
  })
  // A reset is as good as a close; 'close' follows.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    connection.over = true
    connection.wake()
  })
  return connection
}

/** Null if what must come did not: the connection was closed, or nothing was said. */
function exchange(connection: Connection, packet: Uint8Array, hostile: boolean): Promise<Reply | null> {
  const marker = hostile ? markerAfter(packet) : null
  const wanted = idOf(packet)
  let reply: Reply = { kind: 'silence' }
  return new Promise(resolve => {
    const end = (result: Reply | null): void => {
      clearTimeout(timer)
      connection.wake = () => undefined
      resolve(result)
    }
    const look = (): void => {
      for (let message = nextMessage(connection); message !== null; message = nextMessage(connection)) {
        if (marker === null) {
          if (idOf(message) !== wanted) continue
          end({ kind: 'answer', octets: message })
          return
        }
        if (idOf(message) === marker.id) {
          end(reply)
          return
        }
        reply = reply.kind === 'silence' ? { kind: 'answer', octets: message } : { kind: 'several' }
      }
      // A hostile message may end its connection; what was said before that counts.
      if (connection.over) end(hostile ? reply : null)
    }
    const timer = setTimeout(() => end(null), answerWaitMs)
    connection.wake = look
    connection.socket.write(
      marker === null ? toFrame(packet) : Buffer.concat([toFrame(packet), toFrame(marker.octets)]),
    )
    look()
  })
}

function nextMessage(connection: Connection): Uint8Array | null {
  const { received } = connection
  if (received.length < 2) return null
  const end = 2 + ((received[0]! << 8) | received[1]!)
  if (received.length < end) return null
  connection.received = received.subarray(end)
  return Uint8Array.from(received.subarray(2, end))
}

function toFrame(message: Uint8Array): Uint8Array {
  return Uint8Array.from([message.length >>> 8, message.length & 0xff, ...message])
}
