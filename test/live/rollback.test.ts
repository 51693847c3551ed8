/**
 * The way back with the real program: a served edit is taken back, a refused one undone, and a server that is started
 * over broken files serves the last good copy until they are mended.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addresses } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const mainFile = new URL('../../src/main.ts', import.meta.url).pathname
const zoneOf = (address: string): string => `
soa: {mname: ns1.back.test., rname: hostmaster.back.test.}
records:
  '@': {type: NS, value: ns1.back.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, value: ${address}}
`
const file = 'back.test.yaml'
const broken = 'records: ['

let state = ''
let server: LiveServer | null = null

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'robin-back-'))
})
afterEach(async () => {
  await server?.close()
  server = null
  await rm(state, { recursive: true, force: true })
})

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

function rollback(zones: string, ...words: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const args = [mainFile, 'rollback', '--zones', zones, '--state', state, ...words]
    execFile(process.execPath, args, (error, out, err) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

/** The copies by generation, newest first; waits until the newest is that one, since copies are made beside serving. */
async function untilKept(zones: string, generation: number): Promise<number[]> {
  for (;;) {
    const { out } = await rollback(zones, '--list', '--json')
    const kept = (JSON.parse(out) as { generation: number }[]).map(set => set.generation)
    if (kept[0] === generation) return kept
  }
}

it.runIf(needs('dig'))('takes a served edit back, then that back, and undoes a refused one', async () => {
  server = await startLiveServer({ [file]: zoneOf('10.0.0.1') }, ['--state', state])
  const { folder, port, until, write } = server
  const served = (generation: number) => until(line => line.event === 'installed' && line['generation'] === generation)
  await untilKept(folder, 1)
  await write(file, zoneOf('10.0.0.2'))
  await served(2)
  expect(await untilKept(folder, 2)).toEqual([2, 1])

  expect(await rollback(folder, '--json')).toMatchObject({ code: 0, out: expect.stringContaining('"generation": 1') })
  await served(3)
  expect(await addresses(port, 'www.back.test')).toEqual(['10.0.0.1'])
  await untilKept(folder, 3)
  expect((await rollback(folder)).code).toBe(0)
  await served(4)
  expect(await addresses(port, 'www.back.test')).toEqual(['10.0.0.2'])
  await untilKept(folder, 4)

  await write(file, broken)
  await until(line => line.event === 'refused')
  expect((await rollback(folder)).code).toBe(0)
  expect(await readFile(join(folder, file), 'utf8')).toBe(zoneOf('10.0.0.2'))
  // What was there is a copy too, though nobody would want it served.
  expect((await rollback(folder, '--to', '0')).code).toBe(1)
  expect((await rollback(folder, '--to', '1')).code).toBe(0)
  await until(line => line.event === 'installed' && Number(line['generation']) > 4)
  expect(await addresses(port, 'www.back.test')).toEqual(['10.0.0.1'])
  expect(await rollback(folder, '--to', '77')).toMatchObject({ code: 1, out: '' })
})

it.runIf(needs('dig'))('starts with the last good copy where the files are broken, until they are mended', async () => {
  const first = await startLiveServer({ [file]: zoneOf('10.0.0.1') }, ['--state', state])
  await untilKept(first.folder, 1)
  first.signal('SIGTERM')
  expect(await first.ended).toBe(0)
  await first.close()

  server = await startLiveServer({ [file]: broken }, ['--state', state])
  const { port, lines, adminUrl, until, write, folder } = server
  expect(lines.find(line => line.event === 'last-good')).toMatchObject({ level: 'error', generation: 1 })
  expect(lines.some(line => line.event === 'refused')).toBe(true)
  expect(await addresses(port, 'www.back.test')).toEqual(['10.0.0.1'])
  const status = (await (await fetch(`${adminUrl}/api/v1/status`)).json()) as {
    reload: { ok: boolean; problems: object[] }
  }
  expect(status.reload).toMatchObject({ ok: false, problems: [expect.objectContaining({ severity: 'error' })] })
  expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200)
  // What is served is a copy already; the broken file is none.
  expect((await rollback(folder, '--list', '--json')).out).not.toContain('"generation": 2')

  await write(file, zoneOf('10.0.0.9'))
  await until(line => line.event === 'installed' && line['generation'] === 3)
  expect(await addresses(port, 'www.back.test')).toEqual(['10.0.0.9'])
})

it('does not start with broken files where there is no copy, and says what is wrong with them', async () => {
  await expect(startLiveServer({ [file]: broken }, ['--state', state])).rejects.toThrow(file)
})

it('passes a damaged copy over for an older one', async () => {
  const first = await startLiveServer({ [file]: zoneOf('10.0.0.1') }, ['--state', state])
  await untilKept(first.folder, 1)
  await first.write(file, zoneOf('10.0.0.2'))
  await untilKept(first.folder, 2)
  await first.close()
  const { readdir } = await import('node:fs/promises')
  const lists = (await readdir(join(state, 'sets'))).filter(name => name.endsWith('-2.json'))
  const { files } = JSON.parse(await readFile(join(state, 'sets', lists[0]!), 'utf8')) as {
    files: { digest: string }[]
  }
  await writeFile(join(state, 'sets', 'octets', files[0]!.digest), 'torn')

  server = await startLiveServer({ [file]: broken }, ['--state', state])
  expect(server.lines.find(line => line.event === 'last-good')).toMatchObject({ generation: 1 })
  expect(server.lines.some(line => line.event === 'fault')).toBe(true)
})

it('is a usage error without a state folder', async () => {
  const code = await new Promise<number | string | undefined>(resolve => {
    execFile(process.execPath, [mainFile, 'rollback', '--zones', state], error => resolve(error?.code ?? undefined))
  })
  expect(code).toBe(2)
})
