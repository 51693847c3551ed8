/**
 * Knot DNS and NSD on the same master files as Robin, each with its files in a folder of its own and its listeners on
 * ports of the system's choice. Their limits are set equal to ours (1232 octets over UDP, no cookies, no rate limit, no
 * identity), so that what differs is how they read the protocol. Each runs in a process group of its own, which is
 * ended whole, by number.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A zone as a master file. */
export interface ZoneText {
  readonly zone: string
  readonly text: string
}

export interface Peer {
  readonly name: string
  /** The same port on 127.0.0.1 and ::1, UDP and TCP. */
  readonly port: number
  close(): Promise<void>
}

/** Clients from here may take whole zones; all others are refused, as Robin refuses them. */
export const transferAddress = '127.0.0.77'

const udpOctetsMax = 1232
const stopWaitMs = 5_000

interface Recipe {
  readonly name: string
  readonly program: string
  readonly args: (config: string) => readonly string[]
  readonly config: (folder: string, port: number, zones: readonly ZoneText[]) => string
}

const knot: Recipe = {
  name: 'knot',
  program: 'knotd',
  args: config => ['-c', config],
  config: (folder, port, zones) => `
server:
  rundir: ${folder}
  listen: [127.0.0.1@${port}, "::1@${port}"]
  identity: ""
  version: ""
  nsid: ""
  udp-max-payload: ${udpOctetsMax}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: ${folder}
acl:
  - id: transfer
    address: ${transferAddress}
    action: transfer
template:
  - id: default
    storage: ${folder}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    acl: transfer
zone:
${zones.map(({ zone }) => `  - domain: ${zone}\n    file: ${zone}.zone`).join('\n')}
`,
}

const nsd: Recipe = {
  name: 'nsd',
  program: 'nsd',
  args: config => ['-d', '-c', config],
  config: (folder, port, zones) => `
server:
  server-count: 1
  ip-address: 127.0.0.1@${port}
  ip-address: ::1@${port}
  username: ""
  zonesdir: ${folder}
  zonelistfile: ${folder}/zone.list
  xfrdfile: ${folder}/xfrd.state
  xfrdir: ${folder}
  pidfile: ""
  database: ""
  logfile: ${folder}/nsd.log
  ipv4-edns-size: ${udpOctetsMax}
  ipv6-edns-size: ${udpOctetsMax}
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  minimal-responses: yes
  round-robin: no
  hide-version: yes
  hide-identity: yes
  answer-cookie: yes
  tcp-count: 200
remote-control:
  control-enable: no
${zones.map(({ zone }) => `zone:\n  name: ${zone}\n  zonefile: ${zone}.zone`).join('\n')}
`,
}

export function startKnot(zones: readonly ZoneText[]): Promise<Peer> {
  return startPeer(knot, zones)
}

export function startNsd(zones: readonly ZoneText[]): Promise<Peer> {
  return startPeer(nsd, zones)
}

/** Resolves once the last of the zones is answered for. */
async function startPeer(recipe: Recipe, zones: readonly ZoneText[]): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), `robin-${recipe.name}-`))
  for (const { zone, text } of zones) await writeFile(join(folder, `${zone}.zone`), text)
  const port = await findFreePort()
  const config = join(folder, 'server.conf')
  await writeFile(config, recipe.config(folder, port, zones))
  const child = spawn(recipe.program, recipe.args(config), {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin` },
  })
  const told: string[] = []
  child.stderr.on('data', (chunk: Buffer) => told.push(chunk.toString()))
  const endAtExit = (): void => endGroup(child, 'SIGKILL')
  process.once('exit', endAtExit)
  const close = async (): Promise<void> => {
    await stop(child)
    process.off('exit', endAtExit)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (const { zone } of zones) await answersFor(child, port, zone)
  } catch (error) {
    const log = await readFile(join(folder, 'nsd.log'), 'utf8').catch(() => '')
    await close()
    throw new Error(`${recipe.name}: ${(error as Error).message}\n${told.join('')}${log}`)
  }
  return { name: recipe.name, port, close }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  endGroup(child, 'SIGTERM')
  const timer = setTimeout(() => endGroup(child, 'SIGKILL'), stopWaitMs)
  await ended
  clearTimeout(timer)
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    // It ended by itself in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const askAgainMs = 50
const readyMs = 20_000

/** Asks for the zone's SOA until somebody answers with a record. */
function answersFor(child: ChildProcess, port: number, zone: string): Promise<void> {
  const labels = zone.split('.').flatMap(label => [label.length, ...Buffer.from(label)])
  const query = Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 6, 0, 1])
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    const deadline = performance.now() + readyMs
    const end = (error: Error | null): void => {
      clearInterval(timer)
      child.off('close', gone)
      socket.close()
      if (error === null) resolve()
      else reject(error)
    }
    const ask = (): void => {
      if (performance.now() > deadline) end(new Error(`no answer for ${zone} in ${readyMs} ms`))
      else socket.send(query, port, '127.0.0.1')
    }
    const gone = (): void => end(new Error('ended at once'))
    const timer = setInterval(ask, askAgainMs)
    child.once('close', gone)
    socket.on('message', answer => {
      if (answer.readUInt16BE(6) > 0) end(null)
    })
  })
}

/** A port that nobody has on either address, for UDP and TCP. Another program could still take it before the server. */
async function findFreePort(): Promise<number> {
  const attempts = 20
  for (let i = 0; i < attempts; i++) {
    const port = await tryTcp('127.0.0.1', 0)
    if (port !== null && (await tryTcp('::1', port)) !== null && (await tryUdp(port))) return port
  }
  throw new Error(`no free port in ${attempts} attempts`)
}

function tryTcp(host: string, port: number): Promise<number | null> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(null))
    server.listen(port, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null))
    })
  })
}

async function tryUdp(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const free = await new Promise<boolean>(resolve => {
      socket.once('error', () => resolve(false))
      socket.bind(port, host, () => resolve(true))
    })
    socket.close()
    if (!free) return false
  }
  return true
}
