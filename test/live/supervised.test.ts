/**
 * The real program under what a service manager does: told its socket it tells how it is, handed sockets it answers on
 * them and leaves none of their queries behind at a restart, started as root it becomes somebody else.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type DatagramCalls, loadDatagramCalls } from '../../src/edge/ffi/datagrams.ts'
import { linux } from '../../src/edge/ffi/libc.ts'
import { writeSocketAddress } from '../../src/edge/ffi/sockaddr.ts'
import { readBoundPort } from '../../src/edge/ffi/sockets.ts'
import { loadStreamCalls } from '../../src/edge/ffi/streams.ts'
import { mayIsolate } from '../contract/probe-namespace.ts'
import { dig } from './dig.ts'
import { type NotifySocket, openNotifySocket } from './notify-socket.ts'
import { makeQuery, pairZone } from './pair-query.ts'
import { needs } from './program.ts'
import { type Birth, type LiveServer, startLiveServer } from './server.ts'

const zones = { 'pair.test.yaml': pairZone(7) }
const mainFile = new URL('../../src/main.ts', import.meta.url).pathname

let opened: (() => unknown)[] = []

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

async function serve(flags: readonly string[], env: Record<string, string> = {}, birth?: Birth): Promise<LiveServer> {
  const server = await startLiveServer(zones, flags, env, birth)
  opened.push(server.close)
  return server
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'robin-notify-'))
  opened.push(() => rmSync(folder, { recursive: true }))
  return folder
}

async function listen(name: string): Promise<NotifySocket> {
  const socket = await openNotifySocket(name)
  opened.push(socket.close)
  return socket
}

describe('a service manager that listens', () => {
  it.each([
    ['at a path', () => join(scratch(), 'notify')],
    ['at a name without a file', () => `@robin-test-${process.pid}-${Date.now()}`],
  ])('%s hears the whole life', async (_, nameOf) => {
    const name = nameOf()
    const manager = await listen(name)
    const server = await serve([], { NOTIFY_SOCKET: name, WATCHDOG_USEC: '900000' })
    await manager.until(message => message === 'READY=1')
    const from = manager.messages.length
    await manager.until(message => message === 'WATCHDOG=1', from)
    await manager.until(message => message === 'WATCHDOG=1', manager.messages.length)

    await server.write('pair.test.yaml', 'records: [')
    const before = manager.messages.length
    server.signal('SIGHUP')
    await manager.until(message => /^RELOADING=1\nMONOTONIC_USEC=[0-9]+$/.test(message), before)
    await manager.until(message => /^STATUS=zone files refused.*pair\.test\.yaml:1/.test(message), before)
    await manager.until(message => message === 'READY=1', before)
    const order = manager.messages.slice(before).filter(message => message !== 'WATCHDOG=1')
    expect(order.map(message => message.split('=')[0])).toEqual(['RELOADING', 'STATUS', 'READY'])

    server.signal('SIGTERM')
    await manager.until(message => /^STOPPING=1\nSTATUS=/.test(message))
    expect(await server.ended).toBe(0)
  })

  it.runIf(needs('systemd-notify'))('hears of it through a program where there is no koffi', async () => {
    const name = join(scratch(), 'notify')
    const manager = await listen(name)
    const preload = new URL('./without-koffi.ts', import.meta.url).href
    await serve([], { NOTIFY_SOCKET: name, NODE_OPTIONS: `--import ${preload}` })
    expect(await manager.until(message => message.includes('READY=1'))).toContain('READY=1')
  })

  it('is no reason to fail when it has gone', async () => {
    const server = await serve([], { NOTIFY_SOCKET: join(scratch(), 'nobody'), WATCHDOG_USEC: '300000' })
    server.signal('SIGTERM')
    expect(await server.ended).toBe(0)
  })
})

/** The shell becomes node, so its process is the one that is meant. */
const meant = ['sh', '-c', 'LISTEN_PID=$$ exec "$0" "$@"']

async function loadCalls(): Promise<DatagramCalls> {
  const calls = await loadDatagramCalls()
  if ('reason' in calls) throw new Error(calls.reason)
  return calls
}

/** Ports tried until one is free for datagrams and for streams. */
const portAttemptsMax = 16
const one = new Uint8Array(Int32Array.of(1).buffer.transfer(64), 0, 4)

/** Sockets of 127.0.0.1 on one port of the system's choice: one for streams, as many as asked for datagrams. */
async function openSockets(datagrams = 1): Promise<{ port: number; handed: number[] }> {
  const [udp, tcp] = [await loadCalls(), await loadStreamCalls()]
  if ('reason' in tcp) throw new Error(tcp.reason)
  // Nonblocking, as systemd hands them over with NonBlocking=yes.
  const open = (type: number, port: number, isShared: boolean): number => {
    const fd = udp.openSocket(linux.familyV4, type | 0x800, 0)
    opened.push(() => udp.close(fd))
    if (isShared) udp.setOption(fd, linux.levelSocket, linux.optionReusePort, one)
    return udp.bind(fd, writeSocketAddress(Uint8Array.of(127, 0, 0, 1), port)) < 0 ? -1 : fd
  }
  for (let attempt = 0; attempt < portAttemptsMax; attempt++) {
    const first = open(linux.typeDatagram, 0, datagrams > 1)
    const port = readBoundPort(udp, first)
    const stream = open(linux.typeStream, port, false)
    if (stream < 0) continue
    const more = Array.from({ length: datagrams - 1 }, () => open(linux.typeDatagram, port, true))
    expect(tcp.listen(stream, 16)).toBe(0)
    return { port, handed: [first, ...more, stream] }
  }
  throw new Error('no port is free for both')
}

const serveHanded = (handed: readonly number[], ...flags: readonly string[]): Promise<LiveServer> =>
  serve(flags, { LISTEN_FDS: String(handed.length) }, { prefix: meant, handed })

describe('sockets that were handed over', () => {
  it.runIf(needs('dig')).each([
    [1, 1],
    [1, 3],
    [3, 2],
  ])('%i for datagrams and %i threads', async (datagrams, workers) => {
    const { port, handed } = await openSockets(datagrams)
    const server = await serveHanded(handed, '--workers', String(workers))
    const listening = server.lines.filter(line => line.event === 'listening' && line['via'] !== 'admin')
    expect(listening.map(line => [line['via'], line['port']])).toEqual([
      ['udp', port],
      ['tcp', port],
    ])
    for (let i = 0; i < 8; i++) {
      for (const via of ['+notcp', '+tcp']) {
        expect(await dig(port, 'www.pair.test', via)).toMatchObject({
          status: 'NOERROR',
          answer: [{ value: '10.0.0.7' }],
        })
      }
    }
    server.signal('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('lose no query at a restart', async () => {
    const { port, handed } = await openSockets()
    const first = await serveHanded(handed)
    const client: Socket = createSocket('udp4')
    opened.push(() => client.close())
    const answered = new Set<number>()
    client.on('message', answer => answered.add(answer.readUInt16BE(0)))
    const ask = (id: number): void => client.send(makeQuery(id), port, '127.0.0.1')
    ask(1)
    await once(client, 'message')
    first.signal('SIGKILL')
    await first.ended
    for (const id of [2, 3, 4]) ask(id)
    await serveHanded(handed)
    while (answered.size < 4) await once(client, 'message')
    expect([...answered].sort()).toEqual([1, 2, 3, 4])
  })

  it.each([
    ['a local socket', linux.familyUnix, linux.typeDatagram, 'IPv4 or IPv6', []],
    ['a stream that does not listen', linux.familyV4, linux.typeStream, 'listener', []],
    ['any, with io: dgram', linux.familyV4, linux.typeDatagram, 'io', ['--io', 'dgram']],
  ] as const)('are refused if one is %s', async (_, family, type, word, flags) => {
    const udp = await loadCalls()
    const fd = udp.openSocket(family, type, 0)
    opened.push(() => udp.close(fd))
    await expect(serveHanded([fd], ...flags)).rejects.toThrow(word)
  })

  it('are refused if an IPv6 wildcard takes IPv4 as well', async () => {
    const udp = await loadCalls()
    const fd = udp.openSocket(linux.familyV6, linux.typeDatagram, 0)
    opened.push(() => udp.close(fd))
    expect(udp.bind(fd, writeSocketAddress(new Uint8Array(16), 0))).toBe(0)
    await expect(serveHanded([fd])).rejects.toThrow('ipv6-only')
  })
})

/** A network of its own, where port 53 is free and ping sockets are not allowed. */
const apart = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"']
const rooted = mayIsolate() && needs('nsenter') && needs('dig')

const withPing = {
  'pair.test.yaml': `${pairZone(7)}  pinged: {type: A, values: [127.0.0.11, 127.0.0.12], check: host}\nchecks:\n  host: {protocol: ICMP}\n`,
}

describe.runIf(rooted)('a server that is started as root', () => {
  it('becomes the user in every thread, listens on port 53, and pings', async () => {
    const flags = ['--user', 'nobody', '--listen', '127.0.0.1:53', '--workers', '2']
    const server = await startLiveServer(withPing, flags, {}, { prefix: apart })
    opened.push(server.close)
    expect(server.lines.find(line => line.event === 'account')).toMatchObject({
      user: 'nobody',
      kept: ['CAP_NET_BIND_SERVICE', 'CAP_NET_RAW'],
    })
    const inside = (...words: readonly string[]): string =>
      execFileSync('nsenter', ['-t', String(server.pid), '-n', ...words], { encoding: 'utf8' })
    expect(inside('dig', '@127.0.0.1', 'www.pair.test', '+short', '+norec')).toBe('10.0.0.7\n')
    expect(inside('dig', '@127.0.0.1', 'www.pair.test', '+short', '+norec', '+tcp')).toBe('10.0.0.7\n')
    const status = JSON.parse(inside(process.execPath, mainFile, 'status', '--json', '--admin', server.adminUrl))
    expect(status.checks.icmp).toContain('raw-socket')
    expect(status.pools[0].members.map((member: { verdict: string }) => member.verdict)).toEqual(['up', 'up'])

    const id = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).trim()
    const threads = readdirSync(`/proc/${server.pid}/task`).map(thread => {
      const text = readFileSync(`/proc/${server.pid}/task/${thread}/status`, 'latin1')
      const read = (key: string): string => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
      return { uids: read('Uid'), groups: read('Groups'), permitted: Number.parseInt(read('CapPrm'), 16) }
    })
    expect(threads.length).toBeGreaterThan(4)
    for (const { uids, groups, permitted } of threads) {
      expect(uids.split(/\s+/)).toEqual([id, id, id, id])
      expect(groups.split(/\s+/)).not.toContain('0')
      // CAP_NET_BIND_SERVICE and CAP_NET_RAW, or none at all.
      expect([0, 0x2400]).toContain(permitted)
    }
  })

  it.each([
    ['a user that is not there', ['--user', 'no-such-user'], 'no user no-such-user'],
    ['a group that is not there', ['--user', 'nobody', '--group', 'no-such-group'], 'no group no-such-group'],
    ['what is no name', ['--user', '-x'], 'not the name'],
  ])('does not start as %s', async (_, flags, words) => {
    await expect(startLiveServer(zones, flags)).rejects.toThrow(words)
  })

  it.runIf(needs('setpriv'))('cannot become another user than root can', () => {
    const prefix = ['--reuid', 'nobody', '--clear-groups', process.execPath]
    const { status, stderr } = spawnSync('setpriv', [...prefix, mainFile, 'serve', '--user', 'daemon'], {
      encoding: 'utf8',
      cwd: '/',
    })
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('only root can') })
  })
})
