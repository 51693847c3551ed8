/**
 * From a verdict to the answers: one of two addresses dies and comes back, again and again, while clients ask all the
 * time. Measured is the time from the event that tells of the verdict to the last query that any thread still answered
 * as before. Once with a single pool that has the address, once with a thousand, which all change in the same beat.
 */
import { createSocket, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import { makeQuery } from './pace.ts'
import { ms, print } from './print.ts'
import { type BenchServer, startRobin } from './robin.ts'
import { median } from './support.ts'
import { benchZoneName } from './zones.ts'

export interface VerdictReport {
  readonly rows: readonly VerdictRow[]
}

export interface VerdictRow {
  readonly pools: number
  readonly threads: number
  readonly verdicts: number
  readonly medianMs: number
  readonly maxMs: number
}

const sizes = [1, 1000] as const
const threads = 2
const flips = 10
/** Enough that each of the threads has several of them. */
const clients = 16
const askEveryMs = 1
const idsMax = 65_536
const settledMs = 300
const verdictWaitMs = 10_000
const intervalMs = 500
const addresses = ['127.0.2.1', '127.0.2.2'] as const

export async function benchVerdict(): Promise<VerdictReport> {
  const rows: VerdictRow[] = []
  for (const pools of sizes) rows.push(await measure(pools))
  return { rows }
}

async function measure(pools: number): Promise<VerdictRow> {
  const steady = await listen(addresses[0], 0)
  const { port } = steady.address() as { port: number }
  const fickle = createFickle(port)
  await fickle.open()
  const server = await startRobin({ [`${benchZoneName}.yaml`]: zoneOf(pools, port) }, ['--workers', String(threads)])
  const watch = await watchAnswers(server.port, pools)
  const times: number[] = []
  try {
    for (let flip = 0; flip < flips; flip++) {
      const isDown = flip % 2 === 0
      const seen = server.events('transition').length
      await (isDown ? fickle.close() : fickle.open())
      const verdictMs = await transitionAfter(server, seen)
      await pause(settledMs)
      times.push(watch.changedMs(isDown ? 1 : 2) - verdictMs)
    }
  } finally {
    watch.stop()
    await server.stop()
    await fickle.close()
    steady.close()
  }
  return { pools, threads, verdicts: times.length, medianMs: median(times), maxMs: Math.max(...times) }
}

function zoneOf(pools: number, port: number): string {
  const lines = Array.from(
    { length: pools },
    (_, i) => `  svc${i}: {type: A, check: it, values: [${addresses.join(', ')}]}`,
  )
  return `soa: {mname: ns1.${benchZoneName}., rname: hostmaster.${benchZoneName}., serial: 1}
checks: {it: {protocol: TCP, port: ${port}, interval: ${intervalMs}ms, timeout: 400ms, fall: 1, rise: 1}}
records:
  '@': {type: NS, value: ns1.${benchZoneName}.}
  ns1: {type: A, value: 127.0.0.1}
${lines.join('\n')}
`
}

interface Watch {
  /** When the last query was sent whose answer did not have so many addresses, Unix time; then all threads agreed. */
  changedMs(addresses: number): number
  stop(): void
}

/** Asks from many sockets, and so of every thread, without a pause; the last pool too, which is published last. */
async function watchAnswers(port: number, pools: number): Promise<Watch> {
  const queries = [makeQuery(`svc0.${benchZoneName}`), makeQuery(`svc${pools - 1}.${benchZoneName}`)]
  const lastOther = new Map<number, number>([
    [1, 0],
    [2, 0],
  ])
  const sentAt = new Float64Array(idsMax)
  const sockets: Socket[] = []
  for (let i = 0; i < clients; i++) {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => socket.connect(port, '127.0.0.1', resolve))
    socket.on('message', response => {
      const askedMs = sentAt[response.readUInt16BE(0)]!
      for (const [count, lastMs] of lastOther) {
        if (response[7] !== count && askedMs > lastMs) lastOther.set(count, askedMs)
      }
    })
    sockets.push(socket)
  }
  let turn = 0
  let id = 0
  const timer = setInterval(() => {
    turn++
    for (const socket of sockets) {
      const query = Buffer.from(queries[turn % queries.length]!)
      id = (id + 1) % idsMax
      query.writeUInt16BE(id, 0)
      sentAt[id] = performance.timeOrigin + performance.now()
      socket.send(query)
    }
  }, askEveryMs)
  return {
    changedMs: count => lastOther.get(count)!,
    stop: () => {
      clearInterval(timer)
      for (const socket of sockets) socket.close()
    },
  }
}

/** A listener that comes and goes on one port. */
function createFickle(port: number) {
  let server: Server | null = null
  return {
    open: async (): Promise<void> => {
      server = await listen(addresses[1], port)
    },
    close: async (): Promise<void> => {
      const closing = server
      server = null
      if (closing !== null) await new Promise(resolve => closing.close(resolve))
    },
  }
}

function listen(host: string, port: number): Promise<Server> {
  const server = createServer(socket => socket.on('error', () => socket.destroy()).end())
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => resolve(server))
  })
}

async function transitionAfter(server: BenchServer, seen: number): Promise<number> {
  const endMs = Date.now() + verdictWaitMs
  for (;;) {
    const event = server.events('transition')[seen]
    if (event !== undefined) return event.time
    if (Date.now() > endMs) throw new Error('a verdict that never comes')
    await pause(5)
  }
}

function pause(forMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, forMs))
}

export function printVerdict({ rows }: VerdictReport): void {
  for (const { pools, threads: count, verdicts, medianMs, maxMs } of rows) {
    const label = pools === 1 ? '1 pool' : `${pools} pools at once`
    print(
      label,
      `${ms(medianMs)} middle, ${ms(maxMs)} longest of ${verdicts} verdicts, until all ${count} threads agree`,
    )
  }
}
