/**
 * TCP clients that ask once and leave: connect, one query, its answer, close. What a connection costs, which dnsperf
 * hardly shows, since it spends its own time on reconnecting. Clients come from many addresses of the loopback net,
 * since the ports of one would soon all be waiting for their time to be over.
 */
import { connect, type Socket } from 'node:net'

export interface ChurnOptions {
  readonly port: number
  readonly queries: readonly Uint8Array[]
  /** Connections at a time. */
  readonly clients: number
  readonly runSeconds: number
  /** Left out: as many as there can be. */
  readonly perSecondMax?: number
}

export interface ChurnReport {
  readonly completed: number
  /** Ended without an answer. */
  readonly failed: number
  readonly perSecond: number
}

const sourcesMax = 200
const answerWaitMs = 2000
const idleMs = 2

export async function runChurn(options: ChurnOptions): Promise<ChurnReport> {
  const { clients, runSeconds, perSecondMax = Number.POSITIVE_INFINITY } = options
  const beganMs = performance.now()
  const endMs = beganMs + runSeconds * 1000
  let begun = 0
  let completed = 0
  let failed = 0
  const work = async (): Promise<void> => {
    while (performance.now() < endMs) {
      if (begun > ((performance.now() - beganMs) / 1000) * perSecondMax) {
        await new Promise(resolve => setTimeout(resolve, idleMs))
        continue
      }
      if (await askOnce(options, begun++)) completed++
      else failed++
    }
  }
  await Promise.all(Array.from({ length: clients }, work))
  return { completed, failed, perSecond: completed / ((performance.now() - beganMs) / 1000) }
}

/** True if the whole answer came. */
function askOnce({ port, queries }: ChurnOptions, turn: number): Promise<boolean> {
  const query = queries[turn % queries.length]!
  const localAddress = `127.9.${turn % sourcesMax}.1`
  const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true })
  socket.setTimeout(answerWaitMs, () => socket.destroy())
  socket.write(Buffer.concat([Buffer.from([query.length >>> 8, query.length]), query]))
  return answered(socket)
}

function answered(socket: Socket): Promise<boolean> {
  return new Promise(resolve => {
    let got = 0
    let wanted = Number.POSITIVE_INFINITY
    socket.on('data', chunk => {
      if (got === 0 && chunk.length >= 2) wanted = 2 + chunk.readUInt16BE(0)
      got += chunk.length
      if (got >= wanted) socket.end()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(got >= wanted))
  })
}
