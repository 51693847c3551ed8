/**
 * A log that nobody reads: a pipe that is full and stays full, as behind a service manager that hangs. Written to and
 * waited for, it would stop every probe and every verdict.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/core/view/status.ts'

const main = new URL('../../src/main.ts', import.meta.url).pathname
/** Two lines each, of some 300 octets: more than the pipe and the server hold. */
const members = 2500
const waitMs = 60_000
const askMs = 5_000

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}

/** Members on closed ports: each goes down, which is two lines of the log. */
function zoneOf(port: number): string {
  const owners = Array.from(
    { length: members },
    (_, i) => `  s${i}: {type: A, check: it, value: 127.9.${i >> 8}.${i & 255}}`,
  )
  return [
    'soa: {mname: ns1.slow.test., rname: hostmaster.slow.test., serial: 1}',
    `checks: {it: {protocol: TCP, port: ${port}, interval: 500ms, timeout: 200ms, fall: 1}}`,
    'records:',
    "  '@': {type: NS, value: ns1.slow.test.}",
    '  ns1: {type: A, value: 127.0.0.1}',
    ...owners,
    '',
  ].join('\n')
}

async function countDown(admin: number): Promise<number> {
  try {
    const answer = await fetch(`http://127.0.0.1:${admin}/api/v1/status`, { signal: AbortSignal.timeout(askMs) })
    return ((await answer.json()) as StatusView).checks.endpointsDown
  } catch {
    // Not listening yet, or too busy to answer.
    return 0
  }
}

/** What has come since the last look. */
function readAll(reader: number): string {
  const piece = Buffer.alloc(65_536)
  let text = ''
  for (;;) {
    try {
      text += piece.toString('utf8', 0, readSync(reader, piece))
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN')
      return text
    }
  }
}

describe('a reader of the log that is stuck', () => {
  it('delays no verdict, and is told later how many lines it missed', { timeout: 2 * waitMs }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'robin-slow-log-'))
    const pipe = join(folder, 'log')
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    const writer = openSync(pipe, constants.O_WRONLY)
    const [closed, admin] = [await findFreePort(), await findFreePort()]
    await writeFile(join(folder, 'slow.test.yaml'), zoneOf(closed))
    const flags = ['--zones', folder, '--listen', '127.0.0.1:0', '--admin', `127.0.0.1:${admin}`]
    const child = spawn(process.execPath, [main, 'serve', ...flags], { stdio: ['ignore', writer, 'ignore'] })
    const ended = once(child, 'exit')
    try {
      await expect.poll(() => countDown(admin), { timeout: waitMs, interval: 200 }).toBe(members)
      let text = ''
      const lostLine = () => {
        text += readAll(reader)
        return text.split('\n').find(line => line.includes('"event":"log-lost"'))
      }
      await expect.poll(lostLine, { timeout: waitMs, interval: 50 }).toBeDefined()
      expect(JSON.parse(lostLine()!)).toMatchObject({ level: 'warn', lines: expect.any(Number) })
      const whole = text.slice(0, text.lastIndexOf('\n')).split('\n')
      for (const line of whole) expect(JSON.parse(line)).toHaveProperty('event')
      child.kill('SIGTERM')
      expect(await ended).toEqual([0, null])
    } finally {
      child.kill('SIGKILL')
      await ended
      closeSync(reader)
      closeSync(writer)
      await rm(folder, { recursive: true, force: true })
    }
  })
})
