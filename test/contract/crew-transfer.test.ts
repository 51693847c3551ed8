/**
 * Zones for other servers from real threads, with each engine: stock clients read what comes, signed and not, and
 * clients that take nothing leave places, datagrams and other connections to the others.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { createBoard, createRotationSource } from '../../src/board/board.ts'
import { type Name, parseName } from '../../src/core/name/name.ts'
import { createNameScan, scanName } from '../../src/core/name/scan.ts'
import type { Journal } from '../../src/core/ports.ts'
import { diffVersions } from '../../src/core/transfer/diff.ts'
import { emptyJournal, extendJournal } from '../../src/core/transfer/journal.ts'
import { type OfferMemory, packOffer } from '../../src/core/transfer/offer.ts'
import { captureVersion, type ZoneVersion } from '../../src/core/transfer/version.ts'
import type { JournalEvent } from '../../src/core/view/events.ts'
import { findZone } from '../../src/core/zone/lookup.ts'
import { compile, readZones } from '../../src/core/zonefile/index.ts'
import { reservePort } from '../../src/edge/transport/listen.ts'
import { type Crew, type CrewOptions, openCrew } from '../../src/shell/crew.ts'
import { drawCookieSecrets, orderTerms, termsDefault } from '../../src/shell/terms.ts'
import { encodeQuery } from '../dns/bench.ts'
import { decode } from '../dns/decode.ts'
import { needs } from '../live/program.ts'
import { dialTcp, dialUdp, type TcpPeer } from './transport-peers.ts'

const run = promisify(execFile)
const secret = Buffer.alloc(32, 5)
const key = `hmac-sha256:xfr:${secret.toString('base64')}`
const wrongKey = `hmac-sha256:xfr:${Buffer.alloc(32, 6).toString('base64')}`

/** More than the kernel holds for a client that does not read: some 24 MB. */
const bulky = Array.from({ length: 800 }, (_, i) => `t${i} TXT ${`"${'x'.repeat(250)}" `.repeat(120)}`)
const small = Array.from({ length: 3000 }, (_, i) => `h${i} A 10.9.${i >> 8}.${i & 255}`)
const head = '$TTL 60\n@ SOA ns1 hostmaster 1 60 15 86400 5\n@ NS ns1\nns1 A 192.0.2.53\n'
const files = { 'small.test.zone': head + small.join('\n'), 'bulky.test.zone': head + bulky.join('\n') }

let opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

interface Stage {
  readonly crew: Crew
  readonly port: number
  readonly events: readonly JournalEvent[]
  /** Resolves once so many events of transfers fit. */
  until(fits: (event: Extract<JournalEvent, { kind: 'transfer' }>) => boolean, count: number): Promise<void>
}

async function setStage(io: CrewOptions['io'], keyed: boolean, names: readonly string[] = ['small']): Promise<Stage> {
  const { model, problems } = readZones(
    names.map(name => ({ file: `${name}.test.zone`, text: files[`${name}.test.zone` as keyof typeof files] })),
  )
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  const { snapshot } = compile(model!, 1, () => 1)
  const board = createBoard(snapshot.boardWords)
  const { journal, events, until } = createEvents()
  const terms = orderTerms(termsDefault, [], drawCookieSecrets(), 2_000, [
    { name: 'xfr.', algorithm: 'hmac-sha256', secret: new Uint8Array(secret) },
  ])
  const listen = [{ host: '127.0.0.1', port: (await reservePort('127.0.0.1', 0)).port }]
  const options = { tcpClientsMax: 64, tcpIdleMs: 2_000, terms, io, workers: 1, listen }
  const crew = await openCrew({ journal }, options, { snapshot: snapshot.memory, board: board.memory })
  opened.push(() => crew.stop())
  const capture = (apex: Name, serial: number): ZoneVersion => {
    const scan = createNameScan()
    scanName(apex, 0, apex.length, scan)
    return captureVersion(snapshot, findZone(snapshot, scan, 1), [], createRotationSource(board), serial)
  }
  for (const name of names) {
    const apex = parseName(`${name}.test.`, null) as Name
    const [before, version] = [capture(apex, 6), capture(apex, 7)]
    const journalled = extendJournal(emptyJournal, diffVersions(before, version, 9_999)!, {
      versionsMax: 9,
      octetsMax: 9_999,
    })
    const access = [{ key: keyed ? (parseName('xfr.', null) as Name) : null, from: null }]
    const offer: OfferMemory = packOffer({ apex, version, journal: journalled, access })
    await crew.offer(offer)
  }
  return { crew, port: listen[0]!.port, events, until }
}

function createEvents() {
  const events: JournalEvent[] = []
  const waiting = new Set<() => void>()
  const journal: Journal = {
    record: event => {
      events.push(event)
      for (const look of waiting) look()
    },
  }
  const until: Stage['until'] = (fits, count) =>
    new Promise(resolve => {
      const look = (): void => {
        if (events.filter(event => event.kind === 'transfer' && fits(event)).length < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { journal, events, until }
}

/** What the client printed: records without comments, and everything. */
async function transfer(program: 'dig' | 'kdig', port: number, type: string, signedBy: string | null) {
  const flavour = program === 'dig' ? ['+tries=1', '+nocookie'] : ['+retry=0']
  const words = [
    '@127.0.0.1',
    '-p',
    `${port}`,
    '+tcp',
    '+time=5',
    ...flavour,
    ...(signedBy === null ? [] : ['-y', signedBy]),
  ]
  const done = run(program, [...words, 'small.test', type], { timeout: 20_000, maxBuffer: 2 ** 28 })
  const { stdout, stderr } = await done.catch((error: { stdout: string; stderr: string }) => error)
  const records = stdout.split('\n').filter(line => line !== '' && !line.startsWith(';') && !/\sTSIG\s/.test(line))
  return { records, text: stdout + stderr }
}

const unbelieved = /Couldn't verify|reply verification|could not be validated/

describe.each(['batch', 'dgram'] as const)('%s', io => {
  for (const program of ['dig', 'kdig'] as const)
    describe.runIf(needs(program))(program, () => {
      it('gets a zone in many messages, signed and not', async () => {
        const { port, until, events } = await setStage(io, false)
        for (const signedBy of [null, key]) {
          const { records, text } = await transfer(program, port, 'AXFR', signedBy)
          expect(records).toHaveLength(small.length + 4)
          expect(records[0]?.replace(/\s+/g, ' ')).toBe(records.at(-1)?.replace(/\s+/g, ' '))
          expect(new Set(records.map(record => record.split(/\s/)[0])).size).toBe(small.length + 2)
          expect(text).not.toMatch(unbelieved)
        }
        await until(({ outcome }) => outcome === 'done', 2)
        expect(events.filter(({ kind }) => kind === 'transfer')).toMatchObject([
          { zone: 'small.test.', form: 'axfr', serial: 7, address: '127.0.0.1', key: null },
          { zone: 'small.test.', form: 'axfr', serial: 7, address: '127.0.0.1', key: 'xfr.' },
        ])
      })

      it('gets changes, or the SOA where there are none', async () => {
        const { port } = await setStage(io, true)
        expect((await transfer(program, port, 'IXFR=6', key)).records).toHaveLength(4)
        expect((await transfer(program, port, 'IXFR=7', key)).records).toHaveLength(1)
        expect((await transfer(program, port, 'IXFR=5', key)).records).toHaveLength(small.length + 4)
      })

      it('gets nothing without the key, or with a wrong one', async () => {
        const { port, until } = await setStage(io, true)
        expect((await transfer(program, port, 'AXFR', null)).records).toEqual([])
        expect((await transfer(program, port, 'AXFR', wrongKey)).records).toEqual([])
        await until(({ reason, messages }) => reason === 'no-rule' && messages === 0, 1)
        await until(({ reason, messages }) => reason === 'bad-signature' && messages === 0, 1)
      })
    })

  it('gives nothing any more once the zone is withdrawn', async () => {
    const { crew, port } = await setStage(io, false)
    crew.withdraw(parseName('small.test.', null) as Name)
    const peer = await dial(port)
    // The order overtakes no query that was on its way; the second connection comes after it.
    peer.send(encodeQuery('ns1.small.test', 'A'))
    await peer.next()
    peer.send(encodeQuery('small.test', 'AXFR'))
    expect(decode(await peer.next()).rcode).toBe('REFUSED')
  })

  it('lets clients that take nothing hold their places only, and ends them', async () => {
    const { port, until, events } = await setStage(io, false, ['small', 'bulky'])
    const stuck: TcpPeer[] = []
    for (let i = 0; i < 24; i++) {
      const peer = await dial(port, `127.0.0.${2 + (i >> 2)}`)
      peer.send(encodeQuery('bulky.test', 'AXFR', { id: i }))
      // The first message says that it began, or that it may not.
      const answer = decode(await peer.next())
      peer.socket.pause()
      expect(answer.rcode).toBe(i < 16 ? 'NOERROR' : 'SERVFAIL')
      stuck.push(peer)
    }
    const udp = await dialUdp({ host: '127.0.0.1', port })
    opened.push(udp.close)
    for (let id = 0; id < 50; id++) {
      udp.send(encodeQuery('ns1.small.test', 'A', { id }))
      expect(decode(await udp.next())).toMatchObject({ id, rcode: 'NOERROR' })
    }
    const other = await dial(port)
    other.send(encodeQuery('ns1.small.test', 'A'))
    expect(decode(await other.next()).rcode).toBe('NOERROR')
    // Idle for two seconds: none of them took anything.
    await until(({ outcome, reason }) => outcome === 'failed' && reason === 'broken-off', 16)
    const failed = events.filter(event => event.kind === 'transfer' && event.outcome === 'failed')
    for (const event of failed) expect(event).toMatchObject({ zone: 'bulky.test.', form: 'axfr', key: null })
    // Their places are free again.
    const later = await dial(port)
    later.send(encodeQuery('bulky.test', 'AXFR'))
    expect(decode(await later.next()).rcode).toBe('NOERROR')
  })
})

async function dial(port: number, localAddress?: string): Promise<TcpPeer> {
  const peer = await dialTcp({ host: '127.0.0.1', port }, localAddress)
  opened.push(peer.close)
  return peer
}
