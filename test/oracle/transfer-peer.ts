/**
 * A TCP server that sends the streams our code packs and signs, so that stock clients can read them. One transfer a
 * connection.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { readU16, readU32, writeU16 } from '../../src/core/base/bytes.ts'
import type { Journal } from '../../src/core/transfer/journal.ts'
import { packMessages } from '../../src/core/transfer/pack.ts'
import type { RecordRef } from '../../src/core/transfer/record.ts'
import { planIxfr, soaAlone, wholeZone, zoneChanges } from '../../src/core/transfer/sequence.ts'
import type { ZoneVersion } from '../../src/core/transfer/version.ts'
import { sessionOf, signatureOctets, signNext, type TsigSession, verifyRequest } from '../../src/core/wire/tsig.ts'
import type { KeyRing } from '../../src/core/wire/tsig-key.ts'

const run = promisify(execFile)

export interface TransferPeer {
  readonly port: number
  /** Octets of each message that went out. */
  readonly sent: number[]
  close(): Promise<void>
}

export async function startTransferPeer(
  version: ZoneVersion,
  journal: Journal,
  keys: KeyRing,
  limit: number,
): Promise<TransferPeer> {
  const sent: number[] = []
  const server = createServer(socket => void serve(socket, version, journal, keys, limit, sent))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sent,
    close: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

async function serve(
  socket: Socket,
  version: ZoneVersion,
  journal: Journal,
  keys: KeyRing,
  limit: number,
  sent: number[],
): Promise<void> {
  socket.on('error', () => socket.destroy())
  const held = await readFrame(socket)
  if (held === null) return
  const query = held.subarray(2, 2 + readU16(held, 0))
  const now = Math.floor(Date.now() / 1000)
  const verdict = verifyRequest(query, keys, now)
  const session = verdict.kind === 'verified' ? sessionOf(verdict.key, verdict.record) : null
  const out = new Uint8Array(limit)
  const options = {
    out,
    limit,
    sealOctets: session === null ? 0 : signatureOctets(session.key),
    seal: (bytes: Uint8Array, length: number) => seal(session, bytes, length, now),
  }
  let end = 12
  while (query[end] !== 0) end += query[end]! + 1
  const opening = { id: readU16(query, 0), flags: 0x8400, question: new Uint8Array(query.subarray(12, end + 5)) }
  for (const length of packMessages(opening, recordsFor(query, end, version, journal), options)) {
    const frame = new Uint8Array(length + 2)
    writeU16(frame, 0, length)
    frame.set(out.subarray(0, length), 2)
    sent.push(length)
    if (!socket.write(frame)) await once(socket, 'drain')
  }
  socket.end()
}

/** The first frame, its length in front; null if the client goes away before. */
function readFrame(socket: Socket): Promise<Buffer | null> {
  return new Promise(resolve => {
    let held = Buffer.alloc(0)
    socket.on('end', () => resolve(null))
    socket.on('data', chunk => {
      held = Buffer.concat([held, chunk])
      if (held.length >= 2 && held.length >= 2 + readU16(held, 0)) resolve(held)
    })
  })
}

const typeIxfr = 251

function recordsFor(query: Uint8Array, nameEnd: number, version: ZoneVersion, journal: Journal): Iterable<RecordRef> {
  if (readU16(query, nameEnd + 1) !== typeIxfr) return wholeZone(version)
  // The SOA in the authority section: a pointer or a name, ten octets, two names, the serial first of five numbers.
  const skip = (at: number): number => {
    while (query[at] !== 0) {
      if (query[at]! >= 0xc0) return at + 2
      at += query[at]! + 1
    }
    return at + 1
  }
  const serial = readU32(query, skip(skip(skip(nameEnd + 5) + 10)))
  const plan = planIxfr(version, journal, serial)
  switch (plan.kind) {
    case 'current':
      return soaAlone(version)
    case 'whole':
      return wholeZone(version)
    case 'changes':
      return zoneChanges(version, plan.changes)
  }
}

function seal(session: TsigSession | null, out: Uint8Array, length: number, now: number): number {
  return session === null ? length : signNext(session, out, length, now)
}

/** Records that the client printed, as `name ttl type rdata`, and what it said beside them. */
export async function transfer(
  program: 'dig' | 'kdig',
  port: number,
  type: string,
  key: string | null,
): Promise<{ readonly records: readonly string[]; readonly text: string }> {
  const server = ['@127.0.0.1', '-p', String(port), '+tcp', '+time=5']
  const flavour = program === 'dig' ? ['+tries=1', '+nocookie'] : ['+retry=0', '+noedns']
  const words = [...server, ...flavour, ...(key === null ? [] : ['-y', key])]
  const { stdout, stderr } = await run(program, [...words, 'a.test', type], { timeout: 20_000, maxBuffer: 2 ** 28 })
  const records = stdout
    .split('\n')
    .filter(line => line !== '' && !line.startsWith(';') && !/\sTSIG\s/.test(line))
    .map(line => line.replace(/\s+/g, ' ').replace(' IN ', ' '))
  return { records, text: stdout + stderr }
}
