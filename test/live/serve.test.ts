/** The main job, end to end: a zone file, living and dying backends, and dig. */

import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/core/view/status.ts'
import { type Backends, startBackends } from './backends.ts'
import { addresses, dig } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const hosts = ['127.0.0.21', '127.0.0.22', '127.0.0.23']

let opened: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

async function backendsUp(): Promise<Backends> {
  const backends = await startBackends(hosts)
  opened.push(backends.close)
  return backends
}

async function serve(zones: Readonly<Record<string, string>>, ...flags: string[]): Promise<LiveServer> {
  const server = await startLiveServer(zones, flags)
  opened.push(server.close)
  return server
}

function liveZone(port: number, policy = '', more = ''): string {
  return `
soa: {mname: ns1.live.test., rname: hostmaster.live.test., serial: auto}
checks:
  web: {protocol: HTTP, port: ${port}, path: /healthz, expect: {body: UP}, interval: 300ms, timeout: 1s, fall: 2, rise: 2, fast_interval: 100ms}
records:
  '@': {type: NS, value: ns1.live.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, check: web, values: [${hosts.join(', ')}], policy: {${policy}}}
${more}
`
}

async function statusOf(server: LiveServer): Promise<StatusView> {
  return (await (await fetch(`${server.adminUrl}/api/v1/status`)).json()) as StatusView
}

const isTransition = (to: string, address: string) => (line: Readonly<Record<string, unknown>>) =>
  line['event'] === 'transition' && line['to'] === to && String(line['target']).startsWith(address)

describe.runIf(needs('dig'))('a running server', () => {
  it('answers from the first moment with each member first equally often, qr aa, TTL 10', async () => {
    const backends = await backendsUp()
    const server = await serve({ 'live.test.yaml': liveZone(backends.port) })
    const first: string[] = []
    for (let i = 0; i < 9; i++) {
      const how = i % 2 === 0 ? '+notcp' : '+tcp'
      const response = await dig(server.port, 'www.live.test', 'A', how)
      expect(response).toMatchObject({ status: 'NOERROR', flags: 'qr aa' })
      expect(response.answer.map(({ ttl }) => ttl)).toEqual([10, 10, 10])
      first.push(response.answer[0]!.value)
    }
    for (const host of hosts) expect(first.filter(value => value === host)).toHaveLength(3)
  })

  it('takes a dying backend out, takes it back, and says so; all down is told as an error', async () => {
    const backends = await backendsUp()
    const server = await serve({ 'live.test.yaml': liveZone(backends.port) })
    await backends.fail(1)
    await server.until(isTransition('down', hosts[1]!))
    expect((await addresses(server.port, 'www.live.test')).sort()).toEqual([hosts[0], hosts[2]])
    const healed = server.lines.length
    await backends.heal(1)
    await server.until(isTransition('up', hosts[1]!), healed)
    expect((await addresses(server.port, 'www.live.test')).sort()).toEqual(hosts)
    for (let at = 0; at < 3; at++) await backends.fail(at)
    const told = await server.until(line => line.event === 'rotation' && line['mode'] === 'fail-open', healed)
    expect(told['level']).toBe('error')
    const response = await dig(server.port, 'www.live.test')
    expect(response.answer.map(({ value }) => value).sort()).toEqual(hosts)
    expect(response.answer.map(({ ttl }) => ttl)).toEqual([5, 5, 5])
  })

  it('probes an endpoint once however many records ask for it', async () => {
    const backends = await backendsUp()
    const more = Array.from({ length: 20 }, (_, i) => `  w${i}: {type: A, check: web, values: [${hosts.join(', ')}]}`)
    const server = await serve({ 'live.test.yaml': liveZone(backends.port, '', more.join('\n')) })
    expect((await statusOf(server)).checks.total).toBe(3)
    expect(server.lines.filter(isTransition('up', hosts[0]!))).toHaveLength(1)
  })

  it('serves IPv6 listeners beside IPv4, UDP and TCP', async () => {
    const backends = await backendsUp()
    const server = await serve({ 'live.test.yaml': liveZone(backends.port) }, '--listen', '[::1]:0')
    const port6 = server.lines.find(line => line.event === 'listening' && line['host'] === '::1')!['port'] as number
    for (const how of ['+notcp', '+tcp']) {
      const response = await dig(port6, '@::1', 'www.live.test', how)
      expect(response.answer).toHaveLength(3)
    }
  })

  it('begins at exact turns over several threads and transports', async () => {
    const backends = await backendsUp()
    const server = await serve({ 'live.test.yaml': liveZone(backends.port, 'max_answers: 1') }, '--workers', '3')
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, i) => addresses(server.port, 'www.live.test', i % 3 === 0 ? '+tcp' : '+notcp')),
    )
    for (const host of hosts) expect(all.filter(([first]) => first === host)).toHaveLength(10)
  })
})

describe.runIf(needs('dig'))('an edit', () => {
  it('is served without a restart, keeps health, and gives the zone a higher serial', async () => {
    const backends = await backendsUp()
    const server = await serve({ 'live.test.yaml': liveZone(backends.port) })
    await backends.fail(0)
    await server.until(isTransition('down', hosts[0]!))
    const before = (await statusOf(server)).zones[0]!.serial
    const from = server.lines.length
    await server.write('live.test.yaml', liveZone(backends.port, '', '  new: {type: TXT, value: here}'))
    await server.until(line => line.event === 'installed', from)
    expect((await dig(server.port, 'new.live.test', 'TXT')).answer[0]?.value).toBe('"here"')
    expect((await addresses(server.port, 'www.live.test')).sort()).toEqual(hosts.slice(1))
    expect((await statusOf(server)).zones[0]!.serial).toBeGreaterThan(before)
    expect(server.lines.slice(from).filter(line => line.event === 'transition')).toEqual([])
  })

  it('that is broken changes nothing, is told with its place, and is forgotten when mended', async () => {
    const backends = await backendsUp()
    const good = liveZone(backends.port)
    const server = await serve({ 'live.test.yaml': good })
    let from = server.lines.length
    await server.write('live.test.yaml', good.replace('check: web', 'check: wep'))
    const told = await server.until(line => line.event === 'refused', from)
    expect(JSON.stringify(told)).toContain('undefined-check')
    expect((await addresses(server.port, 'www.live.test')).sort()).toEqual(hosts)
    const refused = (await statusOf(server)).reload
    expect(refused).toMatchObject({ generation: 1, ok: false })
    expect(refused.problems[0]).toMatchObject({ code: 'undefined-check', span: { line: 8 } })
    from = server.lines.length
    await server.write('live.test.yaml', `${good}\n  more: {type: TXT, value: x}\n`)
    await server.until(line => line.event === 'installed', from)
    const mended = (await statusOf(server)).reload
    expect(mended).toMatchObject({ generation: 2, ok: true })
    expect(mended.problems.filter(problem => problem.severity === 'error')).toEqual([])
  })

  it('comes with SIGHUP too, and a new zone file is a new zone', async () => {
    const backends = await backendsUp()
    const server = await serve({ 'live.test.yaml': liveZone(backends.port) })
    const from = server.lines.length
    const soa = 'soa: {mname: ns.example.net., rname: hostmaster.example.net.}'
    const second = `${soa}\nrecords:\n  '@': {type: NS, value: ns.example.net.}\n  a: {type: TXT, value: two}\n`
    await server.write('two.test.yaml', second)
    server.signal('SIGHUP')
    await server.until(line => line.event === 'installed', from)
    expect((await dig(server.port, 'a.two.test', 'TXT')).answer[0]?.value).toBe('"two"')
  })
})

describe.runIf(needs('dig'))('a master file', () => {
  it('is served beside YAML, whole and rotated, and reloaded', async () => {
    const zone = '$TTL 300\n@ SOA ns1 h 1 60 15 86400 5\n NS ns1\nns1 A 127.0.0.1\n$GENERATE 1-20 www A 127.0.1.$\n'
    const server = await serve({ 'plain.test.zone': zone })
    const first = await addresses(server.port, 'www.plain.test')
    expect(first).toHaveLength(20)
    expect((await addresses(server.port, 'www.plain.test'))[0]).not.toBe(first[0])
    const from = server.lines.length
    await server.write('plain.test.zone', `${zone}old DNAME new\nx.new A 127.0.0.9\n`)
    await server.until(line => line.event === 'installed', from)
    expect(await addresses(server.port, 'x.old.plain.test')).toEqual(['127.0.0.9'])
  })

  it('is read again when a file that it includes changes', async () => {
    const zone = '$TTL 300\n@ SOA ns1 h 1 60 15 86400 5\n NS ns1\nns1 A 127.0.0.1\n$INCLUDE hosts.inc\n'
    const server = await serve({ 'plain.test.zone': zone, 'hosts.inc': 'www A 127.0.0.31\n' })
    expect(await addresses(server.port, 'www.plain.test')).toEqual(['127.0.0.31'])
    const from = server.lines.length
    await server.write('hosts.inc', 'www A 127.0.0.32\n')
    await server.until(line => line.event === 'installed', from)
    expect(await addresses(server.port, 'www.plain.test')).toEqual(['127.0.0.32'])
  })

  it('and a YAML file for one zone are refused', async () => {
    const zone = '$TTL 300\n@ SOA ns1 h 1 60 15 86400 5\n NS ns1\nns1 A 127.0.0.1\n'
    const server = await serve({ 'plain.test.zone': zone })
    const soa = 'soa: {mname: ns.example.net., rname: hostmaster.example.net.}'
    await server.write('plain.test.yaml', `${soa}\nrecords:\n  '@': {type: NS, value: ns.example.net.}\n`)
    const told = await server.until(line => line.event === 'refused')
    expect(JSON.stringify(told)).toContain('duplicate-zone')
  })
})

describe.runIf(needs('dig'))('the ends of a life', () => {
  it('SIGTERM: exit 0, nothing left listening', async () => {
    const backends = await backendsUp()
    const server = await serve({ 'live.test.yaml': liveZone(backends.port) })
    server.signal('SIGTERM')
    expect(await server.ended).toBe(0)
    await expect(dig(server.port, 'www.live.test')).rejects.toThrow()
  })

  it('kill -9 and a new start on the same port: answers go on', async () => {
    const backends = await backendsUp()
    const zone = { 'live.test.yaml': liveZone(backends.port) }
    const server = await serve(zone)
    server.signal('SIGKILL')
    expect(await server.ended).toBe('SIGKILL')
    const next = await serve(zone, '--listen', `127.0.0.1:${server.port}`)
    expect(next.lines.some(line => line.event === 'listening' && line['port'] === server.port)).toBe(true)
    expect(await addresses(server.port, 'www.live.test')).toHaveLength(3)
  })

  it('an address that is taken: one line, exit 1', async () => {
    const taken = createSocket('udp4')
    await new Promise<void>(resolve => taken.bind(0, '127.0.0.1', resolve))
    opened.push(() => new Promise(resolve => taken.close(() => resolve())))
    const { code, errors } = await failToStart('--listen', `127.0.0.1:${taken.address().port}`)
    expect(code).toBe(1)
    expect(errors.trim().split('\n')).toHaveLength(1)
    expect(errors).toContain(`127.0.0.1:${taken.address().port}`)
  })

  it('an address of another machine: one line, exit 1', async () => {
    const { code, errors } = await failToStart('--listen', '192.0.2.1:5300')
    expect(code).toBe(1)
    expect(errors.trim().split('\n')).toHaveLength(1)
  })
})

/** Runs `robin serve` over the example zones until it ends by itself. */
async function failToStart(...flags: string[]): Promise<{ code: number | null; errors: string }> {
  const main = new URL('../../src/main.ts', import.meta.url).pathname
  const zones = new URL('../../zones', import.meta.url).pathname
  const child = spawn(process.execPath, [main, 'serve', '--zones', zones, '--admin', '127.0.0.1:0', ...flags], {
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
