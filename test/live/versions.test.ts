/**
 * Serials and NOTIFY of the real program: the serial in its SOA grows with each edit and each change by health, also
 * over restarts of every kind, and a secondary is told of it once a transfer would give that version.
 */
import { createSocket, type Socket } from 'node:dgram'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/core/view/status.ts'
import { dialTcp } from '../contract/transport-peers.ts'
import { encodeQuery } from '../dns/bench.ts'
import { decode } from '../dns/decode.ts'
import { type Backends, startBackends } from './backends.ts'
import { dig } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const hosts = ['127.0.0.31', '127.0.0.32']
const waitMs = 20_000

let opened: (() => Promise<void>)[] = []
let folder = ''
let backends: Backends
let secondary: Secondary

/** A secondary that acknowledges what it is told, and remembers the serials. */
interface Secondary {
  readonly port: number
  readonly serials: readonly number[]
  /** Resolves with the first serial behind `after`. */
  told(after: number): Promise<number>
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-live-versions-'))
  backends = await startBackends(hosts)
  secondary = await listen()
  opened.push(() => rm(folder, { recursive: true, force: true }), backends.close)
})
afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

async function listen(): Promise<Secondary> {
  const socket: Socket = createSocket('udp4')
  const serials: number[] = []
  const ears: { readonly after: number; readonly resolve: (serial: number) => void }[] = []
  socket.on('message', (message, from) => {
    const serial = serialOf(decode(message).answer[0]!.value)
    serials.push(serial)
    const answer = Uint8Array.from(message.subarray(0, 12 + 'live.test'.length + 2 + 4))
    answer.set([message[2]! | 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0], 2)
    socket.send(answer, from.port, from.address)
    for (const ear of [...ears]) {
      if (serial <= ear.after) continue
      ears.splice(ears.indexOf(ear), 1)
      ear.resolve(serial)
    }
  })
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  opened.push(() => new Promise(resolve => socket.close(() => resolve())))
  return {
    port: socket.address().port,
    serials,
    told: after =>
      new Promise((resolve, reject) => {
        const known = serials.find(serial => serial > after)
        if (known !== undefined) return resolve(known)
        const timer = setTimeout(() => reject(new Error(`not told of a serial behind ${after}`)), waitMs)
        ears.push({
          after,
          resolve: serial => {
            clearTimeout(timer)
            resolve(serial)
          },
        })
      }),
  }
}

/** Of the rdata of an SOA. */
const serialOf = (soa: string): number => Number(soa.split(' ')[2])

const zone = (more = '', serial = 'auto'): string => `
soa: {mname: ns1.live.test., rname: hostmaster.live.test., serial: ${serial}}
checks:
  web: {protocol: HTTP, port: ${backends.port}, path: /healthz, interval: 300ms, timeout: 1s, fall: 2, fast_interval: 100ms}
records:
  '@': {type: NS, value: ns1.live.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, check: web, values: [${hosts.join(', ')}]}
${more}
`
const open = () => `transfer: {allow: [{from: 127.0.0.0/8}], notify: [{to: '127.0.0.1:${secondary.port}'}]}\n`

async function serve(config = open(), text = zone(), flags: readonly string[] = []): Promise<LiveServer> {
  await writeFile(join(folder, 'robin.yaml'), config)
  const server = await startLiveServer({ 'live.test.yaml': text }, ['--config', join(folder, 'robin.yaml'), ...flags])
  opened.push(server.close)
  return server
}

const soa = async ({ port }: LiveServer) => serialOf((await dig(port, 'live.test', 'SOA')).answer[0]!.value)
const statusOf = async ({ adminUrl }: LiveServer) =>
  (await (await fetch(`${adminUrl}/api/v1/status`)).json()) as StatusView

/** The zone as a transfer gives it, `owner type value` of each record. */
async function transfer({ port }: LiveServer): Promise<string[]> {
  const peer = await dialTcp({ host: '127.0.0.1', port })
  peer.send(encodeQuery('live.test.', 'AXFR'))
  const { answer } = decode(await peer.next())
  peer.close()
  return answer.map(({ name, type, value }) => `${name} ${type} ${value}`)
}

describe.runIf(needs('dig'))('the serial', () => {
  it('grows with an edit and with health, and whoever is told of it finds that version', async () => {
    const server = await serve()
    const first = await secondary.told(0)
    expect(await soa(server)).toBe(first)
    await backends.fail(0)
    const second = await secondary.told(first)
    // What is told can be had: not before the answering threads have it.
    const failed = await transfer(server)
    expect(serialOf(failed[0]!.split(' SOA ')[1]!)).toBeGreaterThanOrEqual(second)
    await server.until(line => line.event === 'transition' && line['to'] === 'down')
    // The turn itself may have been told of already, with what led to it.
    let down = second
    while ((await transfer(server)).some(line => line.endsWith(hosts[0]!))) down = await secondary.told(down)
    await server.write('live.test.yaml', zone('  x: {type: TXT, value: hi}'))
    await secondary.told(down)
    expect(await transfer(server)).toContain('x.live.test. TXT "hi"')
    expect(await soa(server)).toBe(secondary.serials.at(-1))
    expect([...secondary.serials].sort((a, b) => a - b)).toEqual(secondary.serials)
  })

  it('is told to nobody, and not kept on the board, where a zone says none', async () => {
    const server = await serve(open(), `transfer: none\n${zone('', '7')}`)
    await backends.fail(0)
    await server.until(line => line.event === 'transition' && line['to'] === 'down')
    await server.write('live.test.yaml', `transfer: none\n${zone('  x: {type: TXT, value: hi}', '8')}`)
    await server.until(line => line.event === 'installed' && line['generation'] === 2)
    expect([await soa(server), secondary.serials]).toEqual([8, []])
    expect((await statusOf(server)).zones[0]!.transfer).toBeUndefined()
  })

  it('that stands in the file is where it begins, and a later one is taken up', async () => {
    const server = await serve(open(), zone('', '7'))
    expect(await secondary.told(0)).toBe(7)
    await backends.fail(0)
    expect(await secondary.told(7)).toBeLessThan(20)
    await server.write('live.test.yaml', zone('', '1000'))
    expect(await secondary.told(999)).toBe(1000)
    await server.write('live.test.yaml', zone('  x: {type: TXT, value: hi}', '999'))
    expect(await secondary.told(1000)).toBe(1001)
    expect(await soa(server)).toBe(1001)
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('goes on above all that was seen after %s', async signal => {
    const flags = ['--state', join(folder, 'state')]
    const server = await serve(open(), zone('', '7'), flags)
    await secondary.told(0)
    await backends.fail(0)
    const seen = await secondary.told(7)
    await server.until(line => line.event === 'transition' && line['to'] === 'down')
    server.signal(signal)
    await server.ended
    const last = Math.max(seen, ...secondary.serials)
    const again = await startLiveServer({}, [
      '--config',
      join(folder, 'robin.yaml'),
      '--zones',
      server.folder,
      ...flags,
    ])
    opened.push(again.close)
    expect(await soa(again)).toBeGreaterThanOrEqual(last)
    await backends.heal(0)
    expect(await secondary.told(last)).toBeGreaterThan(last)
    expect(await soa(again)).toBeGreaterThan(last)
  })

  it('stays over a restart if the zone did, so that no secondary asks for it again', async () => {
    const flags = ['--state', join(folder, 'state')]
    const server = await serve(open(), zone(), flags)
    const first = await secondary.told(0)
    server.signal('SIGTERM')
    await server.ended
    const words = ['--config', join(folder, 'robin.yaml'), '--zones', server.folder, ...flags]
    const again = await startLiveServer({}, words)
    opened.push(again.close)
    await again.until(line => line.event === 'notify' && line['fault'] === null)
    expect([await soa(again), secondary.serials.at(-1)]).toEqual([first, first])
    again.signal('SIGKILL')
    await again.ended
    const third = await startLiveServer({}, words)
    opened.push(third.close)
    expect(await soa(third)).toBeGreaterThan(first)
  })

  it('of a zone that names a key which the settings lack refuses the zone', async () => {
    const server = await serve()
    await server.write('live.test.yaml', `transfer: {allow: [{key: nobody}]}\n${zone()}`)
    const refused = await server.until(line => line.event === 'refused')
    expect(String(refused['problems'])).toMatch(/live\.test\.yaml:1:26: undefined-key/)
  })
})

describe('a secondary', () => {
  it('is seen in the status with the serial that it acknowledged, whether it is there or not', async () => {
    const config = open().replace('notify: [', "notify: [{to: '127.0.0.1:9'}, ")
    const server = await serve(config, zone('', '7'))
    await server.until(line => line.event === 'notify' && line['fault'] === null)
    expect((await statusOf(server)).zones[0]!.transfer!.secondaries).toMatchObject([
      { to: '127.0.0.1:9', state: 'waiting', acknowledged: null, fault: null },
      { to: `127.0.0.1:${secondary.port}`, state: 'told', acknowledged: 7 },
    ])
  })
})
