/** The engines in the real program: which one runs and why, addresses, reloads under load, the end, and memory. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeQuery, runPace } from '../../bench/pace.ts'
import { readResidentBytes } from '../../bench/support.ts'
import type { StatusView } from '../../src/core/view/status.ts'
import { dig } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const owners = 50
/** Rounds of load, some seconds each, that a few reloads may take: reading gives way to whoever else wants the cores. */
const roundsMax = 12
/** A version replaces all addresses, which no slip of the hand should do: the server has to be told that it may. */
const config = 'limits: {max_change: 100%}\n'
/** Versions that have an octet of their own. */
const versionsMax = 250

let opened: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

/** Every address of a version has its number in the third octet. */
function zoneOf(version: number): string {
  const names = Array.from({ length: owners }, (_, i) => {
    const addresses = [1, 2, 3, 4].map(member => `127.${i}.${version}.${member}`)
    return `  svc${i}: {type: A, values: [${addresses.join(', ')}]}`
  })
  return `
soa: {mname: ns1.engine.test., rname: hostmaster.engine.test., serial: auto}
records:
  '@': {type: NS, value: ns1.engine.test.}
  ns1: {type: A, value: 127.0.0.1}
${names.join('\n')}
`
}

const queries = Array.from({ length: owners }, (_, i) => makeQuery(`svc${i}.engine.test`))

/** Four records of sixteen octets end the message. */
function isOfOneVersion(response: Uint8Array): boolean {
  if ((response[3]! & 0xf) !== 0 || response[7] !== 4) return false
  const versions = [0, 1, 2, 3].map(i => response[response.length - 64 + i * 16 + 14])
  return versions.every(version => version === versions[0])
}

async function serve(flags: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<LiveServer> {
  const server = await startLiveServer({ 'engine.test.yaml': zoneOf(1) }, flags, env)
  opened.push(server.close)
  return server
}

async function statusOf(server: LiveServer): Promise<StatusView> {
  return (await (await fetch(`${server.adminUrl}/api/v1/status`)).json()) as StatusView
}

function preload(file: string): Record<string, string> {
  const options = process.env['NODE_OPTIONS'] ?? ''
  return { NODE_OPTIONS: `${options} --import ${new URL(file, import.meta.url).href}` }
}

function portOf(server: LiveServer, host: string): number {
  return server.lines.find(line => line.event === 'listening' && line['via'] === 'udp' && line['host'] === host)![
    'port'
  ] as number
}

describe('io', () => {
  it.each([
    ['auto', 'batch'],
    ['batch', 'batch'],
    ['dgram', 'dgram'],
  ])('%s is %s here', async (wish, io) => {
    const server = await serve(['--io', wish])
    expect(server.lines.find(line => line.event === 'engine')).toMatchObject({ level: 'info', io, reason: null })
    expect((await statusOf(server)).server).toMatchObject({ io, ioReason: null })
  })

  it.runIf(needs('dig')).each([
    ['koffi is not installed', './without-koffi.ts', 'koffi'],
    ['the system refuses the call', './without-recvmmsg.ts', 'recvmmsg'],
  ])('auto answers all the same where %s, and says why it does so otherwise', async (_case, file, word) => {
    const server = await serve(['--io', 'auto', '--workers', '2'], preload(file))
    const told = server.lines.find(line => line.event === 'engine')
    expect(told).toMatchObject({ level: 'warn', io: 'dgram', reason: expect.stringContaining(word) })
    expect((await statusOf(server)).server).toMatchObject({ io: 'dgram', ioReason: told!['reason'] })
    expect((await dig(server.port, 'svc1.engine.test')).answer).toHaveLength(4)
  })

  it.each(['./without-koffi.ts', './without-recvmmsg.ts'])(
    'batch does not start: one line, exit 1 (%s)',
    async file => {
      const main = new URL('../../src/main.ts', import.meta.url).pathname
      const zones = new URL('../../zones', import.meta.url).pathname
      const flags = ['--zones', zones, '--listen', '127.0.0.1:0', '--admin', 'none', '--io', 'batch']
      const child = spawn(process.execPath, [main, 'serve', ...flags], {
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: 20_000,
        env: { ...process.env, ...preload(file) },
      })
      let errors = ''
      child.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString()
      })
      expect(await new Promise(resolve => child.once('close', resolve))).toBe(1)
      expect(errors.trim().split('\n')).toHaveLength(1)
    },
  )
})

describe.runIf(needs('dig')).each(['batch', 'dgram'])('wildcards with io %s', io => {
  it('answer from the address asked, IPv4 and IPv6', async () => {
    const server = await serve(['--io', io, '--listen', '0.0.0.0:0', '--listen', '[::]:0'])
    // dig takes no answer from another address than the one it asked.
    const port = io === 'batch' ? portOf(server, '0.0.0.0') : server.port
    const asked = io === 'batch' ? ['127.0.0.1', '127.0.0.7', '127.3.2.1'] : ['127.0.0.1']
    for (const host of asked) expect((await dig(port, `@${host}`, 'svc1.engine.test')).answer).toHaveLength(4)
    const port6 = server.lines.findLast(line => line.event === 'listening' && line['via'] === 'udp')!['port'] as number
    expect((await dig(port6, '@::1', 'svc1.engine.test')).answer).toHaveLength(4)
  })
})

describe.each(['batch', 'dgram'])('load with io %s', io => {
  it('loses nothing to reloads, and every answer is of one version', { timeout: roundsMax * 5_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'robin-engine-'))
    opened.push(() => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'robin.yaml'), config)
    const server = await serve(['--io', io, '--workers', '2', '--config', join(folder, 'robin.yaml')])
    let version = 1
    const timer = setInterval(() => {
      void server.write('engine.test.yaml', zoneOf((++version % versionsMax) + 1)).then(() => server.signal('SIGHUP'))
    }, 200)
    opened.push(async () => clearInterval(timer))
    let generation = 1
    for (let round = 0; round < roundsMax && generation <= 3; round++) {
      const pace = await runPace({ port: server.port, queries, perSecond: 3000, runSeconds: 3, judge: isOfOneVersion })
      expect(pace).toMatchObject({ sent: 9000, answered: 9000, wrong: 0 })
      generation = (await statusOf(server)).reload.generation
    }
    clearInterval(timer)
    expect(generation).toBeGreaterThan(3)
  })

  it('does not make memory grow', async () => {
    const server = await serve(['--io', io])
    const run = (): ReturnType<typeof runPace> =>
      runPace({ port: server.port, queries, perSecond: 10_000, runSeconds: 1, judge: isOfOneVersion })
    // Code is compiled and the heaps find their size.
    await run()
    await run()
    const before = readResidentBytes(server.pid)
    for (let i = 0; i < 3; i++) await run()
    expect((readResidentBytes(server.pid) - before) / 2 ** 20).toBeLessThan(10)
  })

  it('is no hindrance to the end: SIGTERM is obeyed within a second', async () => {
    const server = await serve(['--io', io, '--workers', '2'])
    await runPace({ port: server.port, queries, perSecond: 2000, runSeconds: 1, judge: isOfOneVersion })
    const beganMs = performance.now()
    server.signal('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(performance.now() - beganMs).toBeLessThan(1000)
  })
})
