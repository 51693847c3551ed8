/** Pulls from primaries that are hostile, broken or old-fashioned: what is of no use ends as a reason and changes nothing. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WireRecord } from '../../../src/core/secondary/message.ts'
import { sessionOf, signNext, type TsigSession, verifyRequest } from '../../../src/core/wire/tsig.ts'
import { readKey, type TsigKey } from '../../../src/core/wire/tsig-key.ts'
import { hmac } from '../../../src/edge/hmac.ts'
import { exchange } from '../../../src/edge/secondary/exchange.ts'
import { message, name, record, soa } from '../secondary/wire.ts'
import { answering, apex, limits, ns, openPullStage, type PullStage, type Script, whole, www } from './pull-stage.ts'

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
let stage: PullStage
beforeEach(async () => {
  stage = await openPullStage()
})
afterEach(async () => {
  await stage.close()
})

describe('a whole zone', () => {
  test('is kept as a master file, with a note of its times', async () => {
    const result = await stage.run(answering(...whole(3, www)))
    expect(result).toMatchObject({
      kind: 'taken',
      serial: 3,
      how: 'axfr',
      records: 4,
      times: { refresh: 60, expire: 86400 },
    })
    expect(await stage.kept()).toBe(
      '$ORIGIN a.test.\n@ 30 SOA ns1.a.test. host.a.test. 3 60 15 86400 5\n@ 30 NS ns1.a.test.\n' +
        'ns1 30 A 10.0.0.53\nwww 30 A 10.0.0.1\n',
    )
    expect(JSON.parse(await readFile(join(stage.folder, 'a.test.known.json'), 'utf8'))).toMatchObject({
      serial: 3,
      retry: 15,
    })
    expect((await readdir(stage.folder)).sort()).toEqual(['a.test.known.json', 'a.test.zone'])
  })

  test('with an SOA whose TTL is none has a TTL of 0 there, as all records have (RFC 2181 section 8)', async () => {
    const [first, ...rest] = whole(3)
    await stage.run(answering({ ...first!, ttl: 0x8000_0001 }, ...rest))
    expect(await stage.kept()).toContain('@ 0 SOA')
  })

  test('is asked for from the source', async () => {
    const from: unknown[] = []
    const noting: Script = (asked, say, socket) => {
      from.push(socket.remoteAddress)
      answering(...whole(3))(asked, say, socket)
    }
    const { port } = await stage.primary(noting)
    const source = { host: '127.0.0.1', port, source: '127.0.0.7' }
    expect(await stage.run(() => undefined, { primary: source })).toMatchObject({ kind: 'taken' })
    expect(from).toEqual(['127.0.0.7'])
  })

  test('may come in chunks of any size', async () => {
    for (const size of [1, 2, 3, 50]) {
      const records = whole(3, www, ...Array.from({ length: 20 }, (_, i) => record(`h${i}.a.test 30 A 10.0.0.1`)))
      const result = await stage.run(({ id, type }, _, socket) => {
        const messages = records.map((each, i) =>
          message({ id, ...(i === 0 && { question: { name: apex, type } }), answers: [each] }),
        )
        const octets = Buffer.concat(
          messages.flatMap(each => [Uint8Array.of(each.length >> 8, each.length & 255), each]),
        )
        socket.setNoDelay(true)
        let at = 0
        const more = (): void => {
          socket.write(octets.subarray(at, at + size))
          at += size
          if (at < octets.length) setImmediate(more)
        }
        more()
      })
      expect(result).toMatchObject({ kind: 'taken', records: 24 })
    }
  })

  test('may come one record a message, the question only in the first', async () => {
    const result = await stage.run(({ id, type }, say) => {
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
  const dripping: Script = ({ id, type }, _, socket) => {
    const octets = message({ id, question: asked(type), answers: whole(3, ...flood) })
    let at = 0
    const timer = setInterval(() => socket.write(octets.subarray(at, ++at)), 100)
    socket.on('close', () => clearInterval(timer))
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
    ['a message octet by octet, slower than any line', dripping, 'timeout'],
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
    expect(await stage.run(script)).toMatchObject({ kind: 'failed', failure: { reason } })
    expect(await readdir(stage.folder)).toEqual([])
  })

  test('a port where nobody listens', async () => {
    const gone = await stage.primary(() => undefined)
    stage.closePrimaries()
    expect(await stage.run(() => undefined, { primary: gone })).toMatchObject({ failure: { reason: 'unreachable' } })
  })

  test('a source that is no address of this machine', async () => {
    const { port } = await stage.primary(answering(...whole(3)))
    const from = { host: '127.0.0.1', port, source: '203.0.113.7' }
    expect(await stage.run(() => undefined, { primary: from })).toMatchObject({ failure: { reason: 'no-source' } })
  })

  test('an older serial, or the same', async () => {
    expect(await stage.run(answering(...whole(3)), { after: 4 })).toMatchObject({ failure: { reason: 'serial-back' } })
    expect(await stage.run(answering(...whole(4)), { after: 4 })).toEqual({ kind: 'current' })
    expect(await readdir(stage.folder)).toEqual([])
  })

  test('a folder that cannot be written', async () => {
    await stage.run(answering(...whole(3)))
    const result = await stage.run(answering(...whole(4)), { folder: join(stage.folder, 'a.test.zone') })
    expect(result).toMatchObject({ failure: { reason: 'not-kept' } })
  })
})

test('a bug of ours in what is read of a stream ends that stream, and nothing else', async () => {
  const { signal } = new AbortController()
  const end = await exchange(await stage.primary(answering(...whole(3))), new Uint8Array(20), limits, signal, () => {
    throw new Error('of some bug')
  })
  expect(end).toEqual({ reason: 'fault', detail: 'of some bug' })
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
      /** What the next signature covers beside its own message (RFC 8945 section 5.3.1). */
      let between: Uint8Array[] = []
      const covering = {
        ...by,
        mac: (octets: readonly Uint8Array[]) => by.mac([octets[0]!, ...between, ...octets.slice(1)]),
      }
      let session: TsigSession = sessionOf(covering, verdict.record)
      parts.forEach((answers, i) => {
        const plain = message({ id, question: i === 0 ? { name: apex, type } : null, answers })
        const out = new Uint8Array(plain.length + 300)
        out.set(plain)
        say(signed[i] === true ? out.subarray(0, signNext(session, out, plain.length, now)) : plain)
        between = signed[i] === true ? [] : [...between, plain]
        session = { ...session, isFirst: session.isFirst && signed[i] !== true }
      })
    }
  }
  const [first, ...rest] = whole(3, www)

  test('every message signed: taken', async () => {
    expect(await stage.run(signing([[first!], rest], [true, true]), { key })).toMatchObject({
      kind: 'taken',
      serial: 3,
    })
  })

  test.each<[string, Script]>([
    ['not signed at all', answering(...whole(3))],
    ['signed by another key of that name', signing([whole(3)], [true], otherKey)],
    ['of which the first message is not signed', signing([[first!], rest], [false, true])],
    ['of which the last message is not signed', signing([[first!], rest], [true, false])],
  ])('%s: not believed', async (_, script) => {
    expect(await stage.run(script, { key })).toMatchObject({ failure: { reason: 'bad-signature' } })
    expect(await readdir(stage.folder)).toEqual([])
  })

  test.each([
    [99, { kind: 'taken', serial: 3 }],
    [100, { kind: 'failed', failure: { reason: 'bad-signature' } }],
  ])('between two that are signed may be %i that are not (RFC 8945 section 5.3.1): %o', async (gap, wanted) => {
    const middle = Array.from({ length: gap }, (_, i) => [record(`h${i}.a.test 30 A 10.0.0.1`)])
    const parts = [[first!], ...middle, rest]
    const script = signing(
      parts,
      parts.map((_, i) => i === 0 || i === parts.length - 1),
    )
    expect(await stage.run(script, { key })).toMatchObject(wanted)
  })

  test('a refusal that is not signed is told as what it says', async () => {
    const refusing: Script = ({ id, type }, say) => {
      say(message({ id, flags: 0x8405, question: { name: apex, type }, answers: [] }))
    }
    expect(await stage.run(refusing, { key })).toMatchObject({ failure: { reason: 'refused' } })
  })
})
