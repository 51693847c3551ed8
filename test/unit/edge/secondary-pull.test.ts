/** Pulls from primaries that are hostile, broken or old-fashioned: what is of no use ends as a reason and changes nothing. */
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readU16, writeU16 } from '../../../src/core/base/bytes.ts'
import type { PullResult } from '../../../src/core/secondary/index.ts'
import type { WireRecord } from '../../../src/core/secondary/message.ts'
import { sessionOf, signNext, type TsigSession, verifyRequest } from '../../../src/core/wire/tsig.ts'
import { readKey, type TsigKey } from '../../../src/core/wire/tsig-key.ts'
import { hmac } from '../../../src/edge/hmac.ts'
import { type PullOrder, pull } from '../../../src/edge/secondary/pull.ts'
import { type TransferLimits, transferLimits } from '../../../src/edge/secondary/transfer.ts'
import { message, name, record, soa } from '../secondary/wire.ts'

const apex = name('a.test')
const limits: TransferLimits = { ...transferLimits, idleMs: 300, totalMs: 2_000, octetsMax: 200_000, recordsMax: 500 }
const key = readKey(hmac, {
  name: 'xfr',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 1).toString('base64'),
}) as TsigKey
const otherKey = readKey(hmac, {
  name: 'xfr',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 2).toString('base64'),
}) as TsigKey
const ns = record('a.test 30 NS ns1.a.test.')
const ns1 = record('ns1.a.test 30 A 10.0.0.53')
const www = record('www.a.test 30 A 10.0.0.1')
const whole = (serial: number, ...more: readonly WireRecord[]) => [
  soa('a.test', serial),
  ns,
  ns1,
  ...more,
  soa('a.test', serial),
]

/** What a primary does with one question: `type` is what was asked, `say` sends octets as a message. */
type Script = (
  asked: { id: number; type: number; query: Uint8Array },
  say: (octets: Uint8Array) => void,
  socket: Socket,
) => void

let folder = ''
const closing: (() => unknown)[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-pull-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await rm(folder, { recursive: true, force: true })
})

async function primary(script: Script): Promise<{ readonly host: string; readonly port: number }> {
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
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

async function run(script: Script, order: Partial<PullOrder> = {}): Promise<PullResult> {
  const plain = { apex, key: null, since: null, after: null, signed: 'refuse' as const, folder }
  return await pull({ ...plain, primary: await primary(script), ...order }, new AbortController().signal, limits)
}

/** Answers with the records, one message. */
const answering = (...records: readonly WireRecord[]): Script => {
  return ({ id, type }, say) => say(message({ id, question: { name: apex, type }, answers: records }))
}

const kept = async (): Promise<string> => (await readFile(join(folder, 'a.test.zone'), 'utf8')).replace(/^;.*\n/, '')

describe('a whole zone', () => {
  test('is kept as a master file, with a note of its times', async () => {
    const result = await run(answering(...whole(3, www)))
    expect(result).toMatchObject({
      kind: 'taken',
      serial: 3,
      how: 'axfr',
      records: 4,
      times: { refresh: 60, expire: 86400 },
    })
    expect(await kept()).toBe(
      '$ORIGIN a.test.\n@ 30 SOA ns1.a.test. host.a.test. 3 60 15 86400 5\n@ 30 NS ns1.a.test.\n' +
        'ns1 30 A 10.0.0.53\nwww 30 A 10.0.0.1\n',
    )
    expect(JSON.parse(await readFile(join(folder, 'a.test.known.json'), 'utf8'))).toMatchObject({
      serial: 3,
      retry: 15,
    })
    expect((await readdir(folder)).sort()).toEqual(['a.test.known.json', 'a.test.zone'])
  })

  test('with an SOA whose TTL is none has a TTL of 0 there, as all records have (RFC 2181 section 8)', async () => {
    const [first, ...rest] = whole(3)
    await run(answering({ ...first!, ttl: 0x8000_0001 }, ...rest))
    expect(await kept()).toContain('@ 0 SOA')
  })

  test('may come one record a message, the question only in the first', async () => {
    const result = await run(({ id, type }, say) => {
      whole(3, www).forEach((each, i) => {
        say(message({ id, question: i === 0 ? { name: apex, type } : null, answers: [each] }))
      })
    })
    expect(result).toMatchObject({ kind: 'taken', records: 4 })
  })
})

describe('is of no use, and nothing is kept', () => {
  const asked = (type: number) => ({ name: apex, type })
  const flood = Array.from({ length: 600 }, (_, i) => record(`h${i}.a.test 30 A 10.0.0.1`))
  const endless: Script = ({ id, type }, say, socket) => {
    say(message({ id, question: asked(type), answers: [soa('a.test', 3)] }))
    const more = (): void => {
      for (let i = 0; i < 20 && socket.writable; i++) say(message({ id, answers: [www, www, www, www] }))
      if (socket.writable) setImmediate(more)
    }
    more()
  }
  const sending =
    (octets: (id: number) => Uint8Array): Script =>
    ({ id }, say) =>
      say(octets(id))
  test.each<[string, Script, string]>([
    ['a stream without an end', endless, 'too-large'],
    ['more records than are taken', answering(...whole(3, ...flood)), 'too-large'],
    ['another id', sending(id => message({ id: id ^ 1, question: asked(252), answers: whole(3) })), 'malformed'],
    ['another question', sending(id => message({ id, question: asked(6), answers: whole(3) })), 'malformed'],
    ['no question at all', sending(id => message({ id, answers: whole(3) })), 'malformed'],
    [
      'another zone',
      sending(id => message({ id, question: { name: name('b.test'), type: 252 }, answers: whole(3) })),
      'malformed',
    ],
    ['a query', sending(id => message({ id, flags: 0, question: asked(252), answers: whole(3) })), 'malformed'],
    [
      'noise',
      ({ id }, say) => say(Uint8Array.from([id >> 8, id & 255, 0x84, 0, 0, 1, 0, 9, 0, 0, 0, 0, 0xc0, 12])),
      'malformed',
    ],
    ['a message of nothing', (_, say) => say(new Uint8Array(0)), 'malformed'],
    ['a name outside the zone', answering(...whole(3, record('www.b.test 30 A 10.0.0.1'))), 'malformed'],
    ['another class', answering(...whole(3, record('www.a.test 30 A 10.0.0.1', 3))), 'malformed'],
    [
      'no SOA at the end',
      ({ id, type }, say, socket) => {
        answering(soa('a.test', 3), ns, www)({ id, type, query: new Uint8Array(0) }, say, socket)
        socket.end()
      },
      'malformed',
    ],
    ['silence', () => undefined, 'timeout'],
    ['silence in the middle', answering(soa('a.test', 3), ns), 'timeout'],
    ['half a message', (_, __, socket) => socket.write(Uint8Array.from([0, 200, 1, 2, 3])), 'timeout'],
    ['REFUSED', sending(id => message({ id, flags: 0x8405, question: asked(252), answers: [] })), 'refused'],
    ['NOTAUTH', sending(id => message({ id, flags: 0x8409, answers: [] })), 'not-authoritative'],
    [
      'an alias with other records beside it',
      answering(...whole(3, www, record('www.a.test 30 CNAME ns1.a.test.'))),
      'unservable',
    ],
    ['a zone without nameservers', answering(soa('a.test', 3), www, soa('a.test', 3)), 'unservable'],
    ['a signed zone', answering(...whole(3, { ...www, type: 46, rdata: new Uint8Array(30) })), 'signed'],
  ])('%s', async (_, script, reason) => {
    expect(await run(script)).toMatchObject({ kind: 'failed', failure: { reason } })
    expect(await readdir(folder)).toEqual([])
  })

  test('a port where nobody listens', async () => {
    const gone = await primary(() => undefined)
    for (const close of closing.splice(0)) close()
    expect(await run(() => undefined, { primary: gone })).toMatchObject({ failure: { reason: 'unreachable' } })
  })

  test('an older serial, or the same', async () => {
    expect(await run(answering(...whole(3)), { after: 4 })).toMatchObject({ failure: { reason: 'serial-back' } })
    expect(await run(answering(...whole(4)), { after: 4 })).toEqual({ kind: 'current' })
    expect(await readdir(folder)).toEqual([])
  })

  test('a folder that cannot be written', async () => {
    await run(answering(...whole(3)))
    const result = await run(answering(...whole(4)), { folder: join(folder, 'a.test.zone') })
    expect(result).toMatchObject({ failure: { reason: 'not-kept' } })
  })
})

describe('changes', () => {
  beforeEach(async () => {
    await run(answering(...whole(3, www)))
  })
  const next = record('next.a.test 30 A 10.0.0.2')
  const step = (from: number, gone: readonly WireRecord[], to: number, come: readonly WireRecord[]) => [
    ...[soa('a.test', from), ...gone],
    ...[soa('a.test', to), ...come],
  ]
  const ixfr = (serial: number, ...steps: readonly (readonly WireRecord[])[]) => [
    soa('a.test', serial),
    ...steps.flat(),
    soa('a.test', serial),
  ]
  /** Which types were asked for. */
  const both = (changes: Script, zone: readonly WireRecord[], types: number[]): Script => {
    return (asked, say, socket) => {
      types.push(asked.type)
      if (asked.type === 251) changes(asked, say, socket)
      else answering(...zone)(asked, say, socket)
    }
  }

  test('are applied to what is kept', async () => {
    const records = ixfr(5, step(3, [www], 4, [next]), step(4, [], 5, [www]))
    expect(await run(answering(...records), { since: 3, after: 3 })).toMatchObject({
      kind: 'taken',
      serial: 5,
      how: 'ixfr',
    })
    expect(await kept()).toMatch(
      / 5 60 15 86400 5\n@ 30 NS .*\nns1 30 A .*\n(?:www|next) 30 A .*\n(?:www|next) 30 A .*\n$/,
    )
  })

  test('are none where the primary says so', async () => {
    expect(await run(answering(soa('a.test', 3)), { since: 3, after: 3 })).toEqual({ kind: 'current' })
    expect(await run(answering(soa('a.test', 2)), { since: 3, after: 3 })).toMatchObject({
      failure: { reason: 'serial-back' },
    })
  })

  test('may come as the whole zone', async () => {
    const result = await run(answering(...whole(9, next)), { since: 3, after: 3 })
    expect(result).toMatchObject({ kind: 'taken', serial: 9, how: 'axfr' })
    expect(await kept()).not.toMatch(/www/)
  })

  const refusal =
    (code: number): Script =>
    ({ id, type }, say) => {
      say(message({ id, flags: 0x8400 | code, question: { name: apex, type }, answers: [] }))
    }
  test.each<[string, Script]>([
    ['NOTIMP', refusal(4)],
    ['FORMERR', refusal(1)],
    ['REFUSED', refusal(5)],
    ['that do not follow one another', answering(...ixfr(5, step(3, [], 4, []), step(3, [], 5, [])))],
    ['that begin elsewhere', answering(...ixfr(5, step(2, [], 5, [])))],
    ['that take away what is not there', answering(...ixfr(5, step(3, [next], 5, [])))],
  ])('%s: the whole zone is asked for', async (_, changes) => {
    const types: number[] = []
    const result = await run(both(changes, whole(5, next), types), { since: 3, after: 3 })
    expect(result).toMatchObject({ kind: 'taken', serial: 5, how: 'axfr' })
    expect(types).toEqual([251, 252])
  })

  test('that break off leave what is kept as it was', async () => {
    const before = await kept()
    const broken: Script = (asked, say, socket) => {
      answering(soa('a.test', 5), soa('a.test', 3), www)(asked, say, socket)
    }
    expect(await run(broken, { since: 3, after: 3 })).toMatchObject({ failure: { reason: 'timeout' } })
    expect(await kept()).toBe(before)
  })

  test('are asked for from the zone that is on the disk, whatever was known of it', async () => {
    const types: number[] = []
    await rm(join(folder, 'a.test.zone'))
    await run(both(answering(), whole(5), types), { since: 3, after: 3 })
    expect(types).toEqual([252])
  })
})

describe('with a key', () => {
  /** Signs messages of the script's choice, as the holder of the key would. */
  const signing = (
    parts: readonly (readonly WireRecord[])[],
    signed: readonly boolean[],
    by: TsigKey = key,
  ): Script => {
    return ({ id, type, query }, say) => {
      const now = Math.floor(Date.now() / 1000)
      const verdict = verifyRequest(query, new Map([['\u0003xfr\u0000', key]]), now)
      if (verdict.kind !== 'verified') throw new Error(verdict.kind)
      let session: TsigSession = sessionOf(by, verdict.record)
      parts.forEach((answers, i) => {
        const plain = message({ id, question: i === 0 ? { name: apex, type } : null, answers })
        const out = new Uint8Array(plain.length + 300)
        out.set(plain)
        say(signed[i] === true ? out.subarray(0, signNext(session, out, plain.length, now)) : plain)
        session = { ...session, isFirst: session.isFirst && signed[i] !== true }
      })
    }
  }
  const [first, ...rest] = whole(3, www)

  test('every message signed: taken', async () => {
    expect(await run(signing([[first!], rest], [true, true]), { key })).toMatchObject({ kind: 'taken', serial: 3 })
  })

  test.each<[string, Script]>([
    ['not signed at all', answering(...whole(3))],
    ['signed by another key of that name', signing([whole(3)], [true], otherKey)],
    ['of which the first message is not signed', signing([[first!], rest], [false, true])],
    ['of which the last message is not signed', signing([[first!], rest], [true, false])],
  ])('%s: not believed', async (_, script) => {
    expect(await run(script, { key })).toMatchObject({ failure: { reason: 'bad-signature' } })
    expect(await readdir(folder)).toEqual([])
  })

  test('a refusal that is not signed is told as what it says', async () => {
    const refusing: Script = ({ id, type }, say) => {
      say(message({ id, flags: 0x8405, question: { name: apex, type }, answers: [] }))
    }
    expect(await run(refusing, { key })).toMatchObject({ failure: { reason: 'refused' } })
  })
})
