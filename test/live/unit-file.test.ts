/**
 * The systemd unit: as closed as promised, and not more closed than the program needs: every call that it makes of the
 * kernel in its daily life is one that the unit lets through.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { dig } from './dig.ts'
import { needs } from './program.ts'
import { startLiveServer } from './server.ts'

const unit = fileURLToPath(new URL('../../deploy/systemd/robin.service', import.meta.url))

let opened: (() => unknown)[] = []

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

/** The values of a setting, in order. */
function settingsOf(name: string): readonly string[] {
  return readFileSync(unit, 'utf8')
    .split('\n')
    .filter(line => line.startsWith(`${name}=`))
    .map(line => line.slice(name.length + 1))
}

/** The calls of a group and of the groups in it; a call by itself is one. */
function expandGroup(group: string): readonly string[] {
  if (!group.startsWith('@')) return [group]
  const listed = execFileSync('systemd-analyze', ['syscall-filter', group], { encoding: 'utf8' })
  const members = listed
    .split('\n')
    .slice(1)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
  return members.flatMap(expandGroup)
}

/** As systemd adds the lines up: groups named are let through, those behind `~` are not. */
function callsLetThrough(): ReadonlySet<string> {
  const calls = new Set<string>()
  for (const line of settingsOf('SystemCallFilter')) {
    const taken = line.startsWith('~')
    for (const group of line.replace('~', '').split(/\s+/)) {
      for (const call of expandGroup(group)) {
        if (taken) calls.delete(call)
        else calls.add(call)
      }
    }
  }
  return calls
}

describe.runIf(needs('systemd-analyze'))('robin.service', () => {
  it('is exposed at 2.5 of 10 at most', () => {
    const { status, stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--threshold=25', '--no-pager', unit],
      { encoding: 'utf8' },
    )
    expect(stdout).toMatch(/Overall exposure level for robin\.service: [0-9.]+/)
    expect(status).toBe(0)
  })

  it('refuses a more open unit, so the measure measures', () => {
    const open = unit.replace('robin.service', 'robin.socket')
    expect(spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', open]).status).not.toBe(0)
  })

  it.runIf(needs('strace') && needs('dig'))(
    'lets every call through that a day of the server needs',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'robin-strace-'))
      opened.push(() => rmSync(folder, { recursive: true }))
      const zone = `
soa: {mname: ns1.day.test., rname: hostmaster.day.test.}
checks:
  host: {protocol: ICMP, interval: 1s}
  port: {protocol: TCP, port: 9, interval: 1s}
  page: {protocol: HTTP, port: 9, interval: 1s}
  tool: {protocol: EXEC, command: ['true'], interval: 1s}
records:
  '@': {type: NS, value: ns1.day.test.}
  ns1: {type: A, value: 127.0.0.1}
  a: {type: A, values: [127.0.0.11, 127.0.0.12], check: {all: [host, tool]}}
  b: {type: A, values: [127.0.0.11, 127.0.0.12], check: {any: [port, page]}}
`
      const trace = join(folder, 'calls')
      const prefix = ['strace', '-ff', '-qq', '-e', 'signal=none', '-o', trace]
      const server = await startLiveServer(
        { 'day.test.yaml': zone },
        ['--state', join(folder, 'state')],
        {},
        { prefix },
      )
      opened.push(server.close)
      for (const via of ['+notcp', '+tcp']) await dig(server.port, 'a.day.test', via)
      expect((await fetch(`${server.adminUrl}/api/v1/status`)).status).toBe(200)
      await server.write('day.test.yaml', zone.replace('127.0.0.12', '127.0.0.13'))
      await server.until(line => line.event === 'installed' && line['generation'] === 2)
      // What is traced is not what was started: strace waits for it.
      const { server: view } = (await (await fetch(`${server.adminUrl}/api/v1/status`)).json()) as {
        server: { pid: number }
      }
      process.kill(view.pid, 'SIGTERM')
      expect(await server.ended).toBe(0)

      const made = new Set(
        readdirSync(folder)
          .filter(file => file.startsWith('calls.'))
          .flatMap(file =>
            [...readFileSync(join(folder, file), 'latin1').matchAll(/^([a-z0-9_]+)\(/gm)].map(([, call]) => call!),
          ),
      )
      expect(made.size).toBeGreaterThan(50)
      expect([...made].filter(call => !allowed.has(call))).toEqual([])
    },
    60_000,
  )

  const allowed = needs('systemd-analyze') ? callsLetThrough() : new Set<string>()
})
