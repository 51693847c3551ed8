/**
 * A storm of hostile packets on a running server, with honest questions in between. The storm is paced by those: after
 * each gust an honest client asks and waits for its answer, so what the kernel drops is told from what the server does
 * wrong. Beside it TCP clients misbehave in every way there is.
 */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import type { Target } from './ask.ts'
import { hear } from './compare.ts'
import { answerWaitMs, type Family, hostOf, type Reply, type Via } from './lane.ts'
import { createTcpLane } from './tcp-lane.ts'
import { createUdpLane } from './udp-lane.ts'

/** A question whose right answer is known. */
export interface Honest {
  readonly packet: Uint8Array
  readonly rcode: string
  /** The answer section as `compare.ts` writes it. */
  readonly answer: string
}

export interface StormReport {
  readonly hostile: number
  readonly asked: number
  /** Right at the first try or after one that the kernel lost. */
  readonly answered: number
  /** Honest questions that had to be asked again. */
  readonly again: number
  readonly wrong: readonly string[]
  readonly tcpAbuses: number
}

const socketsPerFamily = 3
/** Datagrams from each socket between two honest questions; together far below what a receive buffer holds. */
const gust = 24

/** Sends `count` packets, taking them from `packets` in turn. */
export async function blow(
  target: Target,
  packets: readonly Uint8Array[],
  honest: readonly Honest[],
  count: number,
): Promise<StormReport> {
  const sockets = ([4, 6] as const).flatMap(family =>
    Array.from({ length: socketsPerFamily }, () => openSource(family, target.ports[family])),
  )
  const lanes = (['udp', 'tcp'] as const).flatMap(via =>
    ([4, 6] as const).map(family => createPatientLane(via, family, target.ports[family])),
  )
  const abuse = createAbuse(target.ports[4], packets)
  const wrong: string[] = []
  let hostile = 0
  let asked = 0
  let answered = 0
  try {
    while (hostile < count) {
      for (const source of sockets) {
        for (let i = 0; i < gust && hostile < count; i++) source.send(packets[hostile++ % packets.length]!)
      }
      if (asked % abuseEvery === 0) abuse.next()
      const { packet, rcode, answer } = honest[asked % honest.length]!
      const reply = await lanes[asked++ % lanes.length]!.ask(packet)
      const { said, fault } = hear(reply, packet)
      if (said.rcode === rcode && said.answer === answer) answered++
      else wrong.push(`${Buffer.from(packet).toString('hex')}: ${fault || `${said.rcode} ${said.answer}`}`)
    }
  } finally {
    for (const source of sockets) source.close()
    for (const lane of lanes) lane.close()
    abuse.close()
  }
  const again = lanes.reduce((sum, lane) => sum + lane.again(), 0)
  return { hostile, asked, answered, again, wrong, tcpAbuses: abuse.count() }
}

interface Source {
  send(packet: Uint8Array): void
  close(): void
}

/** Answers are thrown away, errors too: nobody here waits for either. */
function openSource(family: Family, port: number): Source {
  const socket: DatagramSocket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    lookup: (address, _options, callback) => callback(null, address, family),
  })
  socket.on('message', () => undefined)
  socket.on('error', () => undefined)
  return {
    send: packet => socket.send(packet, port, hostOf(family), () => undefined),
    close: () => void socket.close(),
  }
}

/** A lane that counts how often it had to ask again. */
function createPatientLane(via: Via, family: Family, port: number) {
  const lane = via === 'udp' ? createUdpLane(family, port) : createTcpLane(family, port)
  let again = 0
  return {
    again: () => again,
    close: lane.close,
    ask: async (packet: Uint8Array): Promise<Reply> => {
      const began = performance.now()
      const reply = await lane.ask(packet, false)
      if (performance.now() - began >= answerWaitMs) again++
      return reply
    },
  }
}

/** Honest questions between two new ones. */
const abuseEvery = 8
const abusersMax = 100

type Abuser = (socket: Socket, packets: readonly Uint8Array[], turn: number) => void

/** Half a length; a length without its message; too long a one; none at all; noise; a storm that is never read. */
const abusers: readonly Abuser[] = [
  socket => void socket.write(Uint8Array.of(0)),
  socket => void socket.write(Uint8Array.of(0, 40, 1, 2, 3)),
  socket => void socket.write(Uint8Array.of(0xff, 0xff, 0, 0)),
  socket => void socket.write(Uint8Array.of(0, 0)),
  (socket, packets, turn) => void socket.write(packets[turn % packets.length]!),
  (socket, packets, turn) => {
    socket.pause()
    const frames = packets.slice(turn % 100, (turn % 100) + 100).map(packet => {
      return Uint8Array.from([packet.length >>> 8, packet.length & 0xff, ...packet])
    })
    socket.write(Buffer.concat(frames))
  },
  socket => void socket.resetAndDestroy(),
  socket => void socket.end(),
]

/** Opens one more misbehaving connection each turn and ends the oldest beyond a number, some of them by reset. */
function createAbuse(port: number, packets: readonly Uint8Array[]) {
  const open: Socket[] = []
  let turns = 0
  return {
    count: () => turns,
    next: () => {
      const turn = turns++
      const socket = connect({ host: '127.0.0.1', port, noDelay: true })
      socket.on('error', () => undefined)
      socket.on('data', () => undefined)
      socket.once('connect', () => abusers[turn % abusers.length]!(socket, packets, turn))
      open.push(socket)
      if (open.length <= abusersMax) return
      const oldest = open.shift()!
      if (turn % 3 === 0) oldest.resetAndDestroy()
      else oldest.destroy()
    },
    close: () => {
      for (const socket of open) socket.destroy()
    },
  }
}
