/** What outlives the real program: verdicts, serials and the number of the generation, over every way to end. */

import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/core/view/status.ts'
import { type Backends, startBackends } from './backends.ts'
import { addresses } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const hosts = ['127.0.0.31', '127.0.0.32', '127.0.0.33']

let opened: (() => Promise<void>)[] = []
let folder = ''
let backends: Backends

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-live-state-'))
  backends = await startBackends(hosts)
  opened.push(() => rm(folder, { recursive: true, force: true }), backends.close)
})
afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

function zone(more = ''): string {
  return `
soa: {mname: ns1.live.test., rname: hostmaster.live.test., serial: auto}
checks:
  web: {protocol: HTTP, port: ${backends.port}, path: /healthz, interval: 400ms, timeout: 1s, fall: 2, fast_interval: 100ms}
records:
  '@': {type: NS, value: ns1.live.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, check: web, values: [${hosts.join(', ')}]}
${more}
`
}

const state = () => join(folder, 'state')
const stateFile = () => join(state(), 'robin.state')

/** A server with zones of its own, or with those of one before it. */
async function serve(before: LiveServer | null = null, ...flags: string[]): Promise<LiveServer> {
  const zones = before === null ? { 'live.test.yaml': zone() } : {}
  const own = before === null ? [] : ['--zones', before.folder]
  const server = await startLiveServer(zones, [...own, '--state', state(), ...flags])
  opened.push(server.close)
  return server
}

async function statusOf(server: LiveServer): Promise<StatusView> {
  return (await (await fetch(`${server.adminUrl}/api/v1/status`)).json()) as StatusView
}

async function end(server: LiveServer, signal: NodeJS.Signals): Promise<void> {
  server.signal(signal)
  await server.ended
}

const isDown = (host: string) => (line: Readonly<Record<string, unknown>>) =>
  line['event'] === 'transition' && line['to'] === 'down' && String(line['target']).startsWith(host)

/** Fails the first backend, and waits until the file knows of it. */
async function savedWithDown(server: LiveServer): Promise<void> {
  await backends.fail(0)
  await server.until(isDown(hosts[0]!))
  const deadline = Date.now() + 15_000
  while (!(await readFile(stateFile(), 'utf8')).includes('"verdict":"down"')) {
    if (Date.now() > deadline) throw new Error('the verdict was not saved')
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe.runIf(needs('dig'))('a restart', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('after %s goes on from the verdicts before any probe', async signal => {
    const first = await serve()
    await savedWithDown(first)
    await end(first, signal)
    const second = await serve(first)
    expect(second.lines.filter(line => line.event === 'transition')).toEqual([])
    expect((await addresses(second.port, 'www.live.test')).sort()).toEqual(hosts.slice(1))
    const restored = second.lines.find(line => line.event === 'state-restored')
    expect(restored).toMatchObject({ verdicts: 3, overrides: 0, generation: 1 })
    expect(second.lines.find(line => line.event === 'installed')).toMatchObject({ generation: 2 })
    expect((await statusOf(second)).state).toMatchObject({ folder: state(), trouble: null })
  })

  it('serves no lower serial, whatever the dates of the files say', async () => {
    const first = await serve()
    const before = (await statusOf(first)).zones[0]!.serial
    await end(first, 'SIGTERM')
    const file = join(first.folder, 'live.test.yaml')
    await writeFile(file, zone('  old: {type: TXT, value: restored from a backup}'))
    await utimes(file, 1_000_000_000, 1_000_000_000)
    const second = await serve(first)
    expect((await statusOf(second)).zones[0]!.serial).toBeGreaterThan(before)
  })

  it.each([
    ['torn', async () => truncate(stateFile(), 300)],
    ['foreign', async () => writeFile(stateFile(), 'something else')],
    ['newer', async () => writeFile(stateFile(), 'robin-state 99 of a time to come\n')],
  ])('with a state file that is %s begins anew, and says so', async (fault, spoil) => {
    const first = await serve()
    await end(first, 'SIGTERM')
    await spoil()
    const second = await serve(first)
    const told = second.lines.find(line => line.event === 'state-aside')
    expect(told).toMatchObject({ level: 'error', fault })
    expect(await readdir(state())).toContain(told!['to'])
    expect(await addresses(second.port, 'www.live.test')).toHaveLength(3)
  })
})

describe('a state folder', () => {
  it('has one server: the second ends with one line and exit code 1', async () => {
    await serve()
    const { code, errors } = await failToStart('--state', state())
    expect(code).toBe(1)
    expect(errors.trim().split('\n')).toHaveLength(1)
    expect(errors).toContain(state())
  })

  it('that is a file is refused in one line', async () => {
    await writeFile(state(), '')
    const { code, errors } = await failToStart('--state', state())
    expect(code).toBe(1)
    expect(errors.trim().split('\n')).toHaveLength(1)
  })

  it('that goes away is told, and the server goes on', async () => {
    const server = await serve()
    await rm(state(), { recursive: true, maxRetries: 10, retryDelay: 20 })
    // Something that is worth a save, whether or not the first one was done before.
    await server.write('live.test.yaml', zone('  more: {type: A, value: 127.0.0.9}'))
    const told = await server.until(line => line.event === 'state-lost')
    expect(told).toMatchObject({ level: 'error', folder: state() })
    expect((await statusOf(server)).state?.trouble).not.toBeNull()
    await end(server, 'SIGTERM')
    expect(await server.ended).toBe(0)
  })
})

/** Runs `robin serve` over the example zones until it ends by itself. */
async function failToStart(...flags: string[]): Promise<{ code: number | null; errors: string }> {
  const main = new URL('../../src/main.ts', import.meta.url).pathname
  const zones = new URL('../../zones', import.meta.url).pathname
  const usual = ['--zones', zones, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
  const child = spawn(process.execPath, [main, 'serve', ...usual, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 20_000,
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { code, errors }
}
