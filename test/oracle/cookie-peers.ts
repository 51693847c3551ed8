/**
 * Knot and NSD answering one small zone on loopback with a cookie secret that the test knows, and a client that speaks
 * to them in octets. Each runs in the foreground below a folder of its own and is ended by its pid.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface CookieReply {
  readonly rcode: number
  /** Content of the COOKIE option; null if there is none. */
  readonly cookie: Uint8Array | null
}

export interface CookiePeer {
  /** Sends one question with this COOKIE option. */
  ask(cookie: Uint8Array): Promise<CookieReply>
  close(): Promise<void>
}

export type PeerName = 'knotd' | 'nsd'

export const badCookie = 23

const host = '127.0.0.1'
const startsMax = 3
const readyMs = 10_000
const answerMs = 2_000
const pollMs = 100

const zone = `cookie.test. 3600 SOA ns1.cookie.test. hostmaster.cookie.test. 1 3600 900 86400 300
cookie.test. 3600 NS ns1.cookie.test.
ns1.cookie.test. 3600 A 192.0.2.53
`

const knotConfig = (folder: string, port: number, secret: string): string => `server:
    rundir: "${folder}"
    listen: ${host}@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: error
database:
    storage: "${folder}"
mod-cookies:
  - id: known
    secret: 0x${secret}
template:
  - id: default
    storage: "${folder}"
    global-module: mod-cookies/known
zone:
  - domain: cookie.test
    file: "${folder}/cookie.test.zone"
`

const nsdConfig = (folder: string, port: number, secret: string): string => `server:
    ip-address: ${host}@${port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "${folder}"
    pidfile: "${folder}/nsd.pid"
    database: ""
    xfrdfile: "${folder}/xfrd.state"
    zonelistfile: "${folder}/zone.list"
    xfrdir: "${folder}"
    answer-cookie: yes
    cookie-secret: "${secret}"
    cookie-secret-file: "${folder}/none.txt"
remote-control:
    control-enable: no
zone:
    name: cookie.test
    zonefile: cookie.test.zone
`

const configs = { knotd: knotConfig, nsd: nsdConfig }
const flags = { knotd: ['-c'], nsd: ['-d', '-c'] }

/** Starts the program; resolves when it answers. `secret` is 32 hex digits. */
export async function startCookiePeer(name: PeerName, secret: string): Promise<CookiePeer> {
  for (let start = 1; ; start++) {
    const folder = await mkdtemp(join(tmpdir(), `robin-${name}-`))
    const port = await freePort()
    const client = await openClient(port)
    await writeFile(join(folder, 'cookie.test.zone'), zone)
    await writeFile(join(folder, 'server.conf'), configs[name](folder, port, secret))
    const child = spawn(`/usr/sbin/${name}`, [...flags[name], join(folder, 'server.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const errors: string[] = []
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
    const ended = new Promise<void>(resolve => {
      child.on('error', () => resolve())
      child.on('close', () => resolve())
    })
    const close = async (): Promise<void> => {
      await end(child, ended)
      await client.close()
      await rm(folder, { recursive: true, force: true })
    }
    if (await answers(client, child)) return { ask: cookie => client.ask(cookie, answerMs), close }
    await close()
    // Another program may have taken the port in between.
    if (start === startsMax) throw new Error(`${name} does not answer:\n${errors.join('')}`)
  }
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  const overdue = setTimeout(() => child.kill('SIGKILL'), answerMs)
  await ended
  clearTimeout(overdue)
}

async function answers(client: Client, child: ChildProcess): Promise<boolean> {
  const deadline = performance.now() + readyMs
  while (performance.now() < deadline && child.exitCode === null) {
    const reply = await client.ask(new Uint8Array(8), pollMs).catch(() => null)
    // Knot says BADCOOKIE to a client that has not learnt its cookie yet.
    if (reply?.rcode === 0 || reply?.rcode === badCookie) return true
  }
  return false
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.once('error', reject)
    socket.bind(0, host, () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}

interface Client {
  /** Rejects if no answer comes within `waitMs`. */
  ask(cookie: Uint8Array, waitMs: number): Promise<CookieReply>
  close(): Promise<void>
}

/** One socket for all questions, open before the server is, so that it cannot be given the server's port. */
async function openClient(port: number): Promise<Client> {
  const socket = createSocket('udp4')
  const waiting = new Map<number, (reply: CookieReply) => void>()
  socket.on('message', response => {
    const id = response.readUInt16BE(0)
    waiting.get(id)?.(readReply(response))
  })
  await new Promise<void>(resolve => socket.bind(0, host, resolve))
  let asked = 0
  const ask = (cookie: Uint8Array, waitMs: number): Promise<CookieReply> => {
    const id = ++asked & 0xffff
    return new Promise<CookieReply>((resolve, reject) => {
      const overdue = setTimeout(() => reject(new Error('no answer')), waitMs)
      waiting.set(id, reply => {
        clearTimeout(overdue)
        resolve(reply)
      })
      socket.send(encodeQuestion(id, cookie), port, host)
    }).finally(() => waiting.delete(id))
  }
  return { ask, close: () => new Promise<void>(resolve => socket.close(resolve)) }
}

/** `cookie.test SOA` with an OPT that holds this COOKIE option. */
function encodeQuestion(id: number, cookie: Uint8Array): Buffer {
  const header = Buffer.from('000000000001000000000001', 'hex')
  header.writeUInt16BE(id)
  const question = Buffer.from('\x06cookie\x04test\x00\x00\x06\x00\x01', 'latin1')
  const opt = Buffer.from('00002904d000000000', 'hex')
  const option = Buffer.alloc(6)
  option.writeUInt16BE(4 + cookie.length, 0)
  option.writeUInt16BE(10, 2)
  option.writeUInt16BE(cookie.length, 4)
  return Buffer.concat([header, question, opt, option, cookie])
}

function readReply(response: Buffer): CookieReply {
  const skipName = (at: number): number => {
    for (;;) {
      const size = response.readUInt8(at)
      if (size >= 0xc0) return at + 2
      at += size + 1
      if (size === 0) return at
    }
  }
  const records = response.readUInt16BE(6) + response.readUInt16BE(8) + response.readUInt16BE(10)
  let at = skipName(12) + 4
  for (let i = 0; i < records; i++) {
    const fixed = skipName(at)
    const end = fixed + 10 + response.readUInt16BE(fixed + 8)
    if (response.readUInt16BE(fixed) === 41) {
      const rcode = (response.readUInt8(fixed + 4) << 4) | (response.readUInt8(3) & 0xf)
      return { rcode, cookie: findCookie(response.subarray(fixed + 10, end)) }
    }
    at = end
  }
  return { rcode: response.readUInt8(3) & 0xf, cookie: null }
}

function findCookie(options: Buffer): Uint8Array | null {
  for (let at = 0; at + 4 <= options.length; at += 4 + options.readUInt16BE(at + 2)) {
    if (options.readUInt16BE(at) === 10)
      return Uint8Array.from(options.subarray(at + 4, at + 4 + options.readUInt16BE(at + 2)))
  }
  return null
}
