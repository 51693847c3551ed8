/**
 * A client that asks at an even pace and keeps the time of every answer, which dnsperf does not: what a probe or a
 * reload delays shows in the last percentiles. Each answer is also judged by the caller.
 */
import { createSocket } from 'node:dgram'
import { type Percentiles, summarize } from './support.ts'

export interface PaceOptions {
  readonly port: number
  readonly queries: readonly Uint8Array[]
  readonly perSecond: number
  readonly runSeconds: number
  /** False for an answer that is wrong. */
  readonly judge: (response: Uint8Array) => boolean
}

export interface PaceReport extends Percentiles {
  readonly sent: number
  readonly answered: number
  readonly wrong: number
}

/** Slots of the query ID that are in use at once. */
const idsMax = 65_536
const beatMs = 2
/** Queries in one beat: after a pause of this process more would come back at once than its own socket has room for. */
const burstMax = 64
/** Asked of the kernel, which grants up to net.core.rmem_max. */
const receiveBufferOctets = 4 * 1024 * 1024
const lastAnswerWaitMs = 1_000

export async function runPace(options: PaceOptions): Promise<PaceReport> {
  const { port, queries, perSecond, runSeconds, judge } = options
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.connect(port, '127.0.0.1', resolve)
  })
  socket.setRecvBufferSize(receiveBufferOctets)
  const sentAt = new Float64Array(idsMax).fill(-1)
  const times: number[] = []
  let wrong = 0
  socket.on('message', response => {
    const id = response.readUInt16BE(0)
    if (sentAt[id]! < 0) return
    times.push(performance.now() - sentAt[id]!)
    sentAt[id] = -1
    if (!judge(response)) wrong++
  })
  const total = perSecond * runSeconds
  const beganMs = performance.now()
  let sent = 0
  await new Promise<void>(resolve => {
    const timer = setInterval(() => {
      const planned = Math.floor(((performance.now() - beganMs) / 1000) * perSecond)
      const due = Math.min(total, planned, sent + burstMax)
      for (; sent < due; sent++) {
        const query = Buffer.from(queries[sent % queries.length]!)
        query.writeUInt16BE(sent % idsMax, 0)
        sentAt[sent % idsMax] = performance.now()
        socket.send(query)
      }
      if (sent < total) return
      clearInterval(timer)
      resolve()
    }, beatMs)
  })
  await new Promise(resolve => setTimeout(resolve, lastAnswerWaitMs))
  socket.close()
  return { sent, answered: times.length, wrong, ...summarize(Float64Array.from(times)) }
}

/** A query for `name A` without EDNS; `runPace` gives it its ID. */
export function makeQuery(name: string): Uint8Array {
  const labels = name.split('.').flatMap(label => [label.length, ...new TextEncoder().encode(label)])
  return Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1])
}
