/** A stage for pulls: primaries on loopback that do as a script says, limits that are soon reached, a folder. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readU16, writeU16 } from '../../../src/core/base/bytes.ts'
import type { PullResult } from '../../../src/core/secondary/index.ts'
import type { WireRecord } from '../../../src/core/secondary/message.ts'
import type { PrimaryAddress } from '../../../src/edge/secondary/exchange.ts'
import { type PullOrder, pull } from '../../../src/edge/secondary/pull.ts'
import { type TransferLimits, transferLimits } from '../../../src/edge/secondary/transfer.ts'
import { message, name, record, soa } from '../secondary/wire.ts'

export const apex = name('a.test')
const pace = { ms: 400, octets: 10 }
export const limits: TransferLimits = {
  ...transferLimits,
  idleMs: 300,
  totalMs: 2_000,
  pace,
  octetsMax: 200_000,
  recordsMax: 500,
}
export const ns = record('a.test 30 NS ns1.a.test.')
const ns1 = record('ns1.a.test 30 A 10.0.0.53')
export const www = record('www.a.test 30 A 10.0.0.1')
export const whole = (serial: number, ...more: readonly WireRecord[]) => [
  soa('a.test', serial),
  ns,
  ns1,
  ...more,
  soa('a.test', serial),
]

/** What a primary does with one question: `type` is what was asked, `say` sends octets as a message. */
export type Script = (
  asked: { id: number; type: number; query: Uint8Array },
  say: (octets: Uint8Array) => void,
  socket: Socket,
) => void

export interface PullStage {
  /** Where pulled zones are kept. */
  readonly folder: string
  primary(script: Script): Promise<PrimaryAddress>
  /** Pulls from a primary that does as the script says. */
  run(script: Script, order?: Partial<PullOrder>): Promise<PullResult>
  /** What is kept of the zone, without its first line. */
  kept(): Promise<string>
  /** Nobody listens any more. */
  closePrimaries(): void
  close(): Promise<void>
}

export async function openPullStage(): Promise<PullStage> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-pull-'))
  const closing: (() => void)[] = []
  const closePrimaries = (): void => {
    for (const close of closing.splice(0)) close()
  }
  const primary = (script: Script) => startPrimary(script, closing)
  return {
    folder,
    primary,
    run: async (script, order = {}) => {
      const plain = { apex, key: null, since: null, after: null, signed: 'refuse' as const, folder }
      return await pull({ ...plain, primary: await primary(script), ...order }, new AbortController().signal, limits)
    },
    kept: async () => (await readFile(join(folder, 'a.test.zone'), 'utf8')).replace(/^;.*\n/, ''),
    closePrimaries,
    close: async () => {
      closePrimaries()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startPrimary(script: Script, closing: (() => void)[]): Promise<PrimaryAddress> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', chunk => {
      const query = new Uint8Array(chunk.subarray(2))
      let end = 12
      while (query[end] !== 0) end += query[end]! + 1
      const say = (octets: Uint8Array): void => {
        const frame = new Uint8Array(octets.length + 2)
        writeU16(frame, 0, octets.length)
        frame.set(octets, 2)
        if (socket.writable) socket.write(frame)
      }
      script({ id: readU16(query, 0), type: readU16(query, end + 1), query }, say, socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, source: null }
}

/** Answers with the records, one message. */
export const answering = (...records: readonly WireRecord[]): Script => {
  return ({ id, type }, say) => say(message({ id, question: { name: apex, type }, answers: records }))
}
