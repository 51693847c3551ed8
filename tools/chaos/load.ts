/**
 * Asks at an even pace from several sockets, so that every answering thread has its part, and notes of each answer when
 * it was asked for, when it came and which members it carried. Nothing is judged here: what may have been answered at
 * that time is known only when the journal has been read.
 */
import { createSocket, type Socket } from 'node:dgram'
import { makeQuery } from '../../bench/pace.ts'
import type { Service } from './town.ts'

/** Instants are Unix milliseconds. */
export interface Answer {
  readonly service: number
  readonly askedAt: number
  readonly heardAt: number
  /** A bit for each member that it carried; 0 where it was no answer at all. */
  readonly members: number
}

export interface Load {
  readonly sent: number
  readonly answers: readonly Answer[]
}

const socketsCount = 8
const idsMax = 65_536
const beatMs = 2
/** Queries in one beat: after a pause of ours more would come back at once than our own sockets have room for. */
const burstMax = 64
const receiveBufferOctets = 4 * 1024 * 1024
const lastAnswerWaitMs = 3_000

export async function askAll(
  port: number,
  services: readonly Service[],
  perSecond: number,
  runSeconds: number,
): Promise<Load> {
  const queries = services.map(({ owner }) => Buffer.from(makeQuery(owner.replace(/\.$/, ''))))
  const sockets = await Promise.all(Array.from({ length: socketsCount }, () => connect(port)))
  const answers: Answer[] = []
  const askedAt = sockets.map(() => new Float64Array(idsMax).fill(-1))
  const asked = sockets.map(() => new Uint16Array(idsMax))
  sockets.forEach((socket, s) => {
    socket.on('message', response => {
      const id = response.readUInt16BE(0)
      const at = askedAt[s]![id]!
      if (at < 0) return
      askedAt[s]![id] = -1
      const service = asked[s]![id]!
      answers.push({ service, askedAt: at, heardAt: now(), members: membersIn(response, services[service]!) })
    })
  })
  const total = perSecond * runSeconds
  const beganAt = now()
  let sent = 0
  await new Promise<void>(resolve => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((now() - beganAt) / 1000) * perSecond), sent + burstMax)
      for (; sent < due; sent++) {
        const s = sent % socketsCount
        const id = Math.floor(sent / socketsCount) % idsMax
        // Steps that have no divisor in common: each service is asked from each socket.
        const service = (sent * 7 + Math.floor(sent / socketsCount)) % services.length
        const query = Buffer.from(queries[service]!)
        query.writeUInt16BE(id, 0)
        askedAt[s]![id] = now()
        asked[s]![id] = service
        sockets[s]!.send(query)
      }
      if (sent < total) return
      clearInterval(timer)
      resolve()
    }, beatMs)
  })
  await new Promise(resolve => setTimeout(resolve, lastAnswerWaitMs))
  for (const socket of sockets) socket.close()
  return { sent, answers }
}

async function connect(port: number): Promise<Socket> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.connect(port, '127.0.0.1', resolve)
  })
  socket.setRecvBufferSize(receiveBufferOctets)
  return socket
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

/** Sixteen octets a record, at the end of a message without EDNS. */
const recordOctets = 16

function membersIn(response: Buffer, { zone, number }: Service): number {
  const records = response.readUInt16BE(6)
  if ((response[3]! & 0xf) !== 0 || records === 0) return 0
  let members = 0
  for (let i = 1; i <= records; i++) {
    const at = response.length - i * recordOctets + recordOctets - 4
    if (response[at] !== 127 || response[at + 1] !== zone + 40 || response[at + 2] !== number + 1) return 0
    members |= 1 << (response[at + 3]! - 1)
  }
  return members
}
