/**
 * A whole fleet on loopback: web servers, Robin with the documented settings and zone, and those secondaries that are
 * installed, each with a key of its own. Tests look at all of them by the same questions.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { reservePort } from '../../src/edge/transport/listen.ts'
import { dialTcp } from '../contract/transport-peers.ts'
import { encodeQuery } from '../dns/bench.ts'
import { type Decoded, decode } from '../dns/decode.ts'
import { type Backends, startBackends } from './backends.ts'
import {
  fillTemplate,
  type Place,
  placeFor,
  robinHost,
  type Secondary,
  type SecondaryName,
  secondaryNames,
  startSecondary,
} from './fleet-programs.ts'
import { type LiveServer, type LogLine, startLiveServer } from './server.ts'

const run = promisify(execFile)

export const zoneName = 'svc.example.com'
export const backendHosts = ['127.0.2.11', '127.0.2.12', '127.0.2.13'] as const
const same = (text: string): string => text
const zoneFile = `${zoneName}.yaml`

export interface Fleet {
  readonly robin: Place
  readonly backends: Backends
  readonly secondaries: readonly Secondary[]
  /** All that clients may ask: Robin and the secondaries. */
  readonly servers: readonly Place[]
  /** The text of the zone as it is served at first. */
  readonly zone: string
  /** Changes with a restart. */
  server(): LiveServer
  /** Another text for the zone. */
  edit(text: string): Promise<void>
  /** Ends Robin in one of the ways and starts it again where it was, with its state. */
  restart(signal: 'SIGTERM' | 'SIGKILL', meanwhile: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

export interface FleetOptions {
  /** Makes other settings of the documented ones. */
  readonly settings?: (text: string) => string
  /** Other zones, by file. */
  readonly zones?: Readonly<Record<string, string>>
  /** Makes another zone of the documented one. */
  readonly edit?: (text: string) => string
  /** Makes another configuration of a secondary's. */
  readonly reconfigure?: (name: SecondaryName, text: string) => string
}

/** Of each secondary, when the fleet does not come together. */
const linesShown = 12

export const secretOf = (name: SecondaryName): string => Buffer.alloc(32, name).toString('base64')

/** As dig's `-y` wants it. */
export const keyOf = (name: SecondaryName): string => `hmac-sha256:${name}.fleet:${secretOf(name)}`

export async function startFleet(names: readonly SecondaryName[], options: FleetOptions = {}): Promise<Fleet> {
  const closing: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const backends = await startBackends(backendHosts)
    closing.push(backends.close)
    const robin = await reservePort(robinHost, 0)
    const places = await Promise.all(secondaryNames.map(placeFor))
    const folder = await writeSettings(robin, places, options.settings ?? same)
    closing.push(() => rm(folder, { recursive: true, force: true }))
    const documented = await fillTemplate(`zones/${zoneFile}`, new Map(), [['port: 8080', `port: ${backends.port}`]])
    const zone = (options.edit ?? same)(documented)
    const flags = ['--config', join(folder, 'robin.yaml'), '--listen', `${robin.host}:${robin.port}`]
    const first = await startLiveServer({ ...options.zones, [zoneFile]: zone }, flags)
    let server = first
    closing.push(() => first.close())
    // A secondary that comes too early waits for NOTIFY, or for its own time: NSD half a minute.
    await until('Robin has the zone to give', () => isOffering(robin))
    const starting = names.map(async name => {
      const edit = (text: string): string => options.reconfigure?.(name, text) ?? text
      const begun = await startSecondary(name, placeOf(places, name), { robin, secret: secretOf(name), edit })
      closing.push(begun.stop)
      return begun
    })
    // If one fails, the others are awaited all the same, so that they can be ended.
    await Promise.allSettled(starting)
    const secondaries = await Promise.all(starting)
    const servers = [robin, ...secondaries]
    await untilAgreed(servers).catch(error => {
      throw new Error([String(error), ...secondaries.flatMap(({ lines }) => lines().slice(-linesShown))].join('\n'))
    })
    return {
      robin,
      backends,
      secondaries,
      servers,
      zone,
      server: () => server,
      edit: text => first.write(zoneFile, text),
      restart: async (signal, meanwhile) => {
        server.signal(signal)
        await server.ended
        await meanwhile()
        server = await startLiveServer({}, [...flags, '--zones', first.folder])
        closing.push(server.close)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function placeOf(places: readonly Place[], name: SecondaryName): Place {
  return places[secondaryNames.indexOf(name)]!
}

/** Before it has the zone ready for others it says SERVFAIL to everyone, and then REFUSED to who has no key. */
async function isOffering(robin: Place): Promise<boolean> {
  const peer = await dialTcp(robin)
  peer.send(encodeQuery(zoneName, 'AXFR'))
  const { rcode } = decode(await peer.next())
  await peer.close()
  return rcode === 'REFUSED'
}

async function writeSettings(robin: Place, places: readonly Place[], edit: (text: string) => string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-fleet-'))
  await mkdir(join(folder, 'keys'))
  for (const name of secondaryNames) await writeFile(join(folder, 'keys', `${name}.fleet`), `${secretOf(name)}\n`)
  const ports = new Map([robin, ...places].map(({ host, port }) => [host, port]))
  const text = await fillTemplate('robin.yaml', ports, [
    ['/etc/robin/keys/', `${folder}/keys/`],
    ['/etc/robin/zones', `${folder}/zones`],
    ['/var/lib/robin', `${folder}/state`],
  ])
  await writeFile(join(folder, 'robin.yaml'), edit(text))
  return folder
}

const askMs = 500

/** Asks once by UDP; null if no answer came in time. */
export async function ask({ host, port }: Place, name: string, type: string): Promise<Decoded | null> {
  const socket = createSocket('udp4')
  const answer = new Promise<Uint8Array | null>(resolve => {
    const timer = setTimeout(() => resolve(null), askMs)
    socket.once('message', message => {
      clearTimeout(timer)
      resolve(Uint8Array.from(message))
    })
  })
  socket.send(encodeQuery(name, type), port, host)
  const message = await answer
  socket.close()
  return message === null ? null : decode(message)
}

/** In the order of their numbers. Null where there is no good answer. */
export async function addressesOf(place: Place, name: string): Promise<readonly string[] | null> {
  const answer = await ask(place, `${name}.${zoneName}`, 'A')
  if (answer?.rcode !== 'NOERROR') return null
  return answer.answer.flatMap(({ type, value }) => (type === 'A' ? [value] : [])).sort()
}

export async function serialOf(place: Place): Promise<number | null> {
  const soa = (await ask(place, zoneName, 'SOA'))?.answer[0]
  return soa === undefined ? null : Number(soa.value.split(' ')[2])
}

const pollMs = 20

/** Resolves with the wall time at which `holds` held; rejects if it does not in time. */
export async function until(what: string, holds: () => Promise<boolean>, waitMs = 15_000): Promise<number> {
  for (const endMs = Date.now() + waitMs; Date.now() < endMs; ) {
    if (await holds()) return Date.now()
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
  throw new Error(`not within ${waitMs} ms: ${what}`)
}

/** Resolves with the serial that all have. */
async function untilAgreed(servers: readonly Place[], waitMs = 15_000): Promise<number> {
  let seen: readonly (number | null)[] = []
  await until(
    'one serial everywhere',
    async () => {
      seen = await Promise.all(servers.map(serialOf))
      return areSame(seen)
    },
    waitMs,
  ).catch(error => {
    throw new Error(`${String(error)}: ${seen.join(' ')}`)
  })
  return seen[0]!
}

/** Addresses by name, in the order of their numbers. */
export type Wanted = Readonly<Record<string, readonly string[]>>

/** Resolves with the wall time at which all of them answer so, at one and the same look. */
export async function untilAnswered(servers: readonly Place[], wanted: Wanted): Promise<number> {
  return until(`${JSON.stringify(wanted)} everywhere`, () => areAnswered(servers, wanted))
}

/** Resolves with their serial when all of them answer so and have the same. */
export async function untilSettled(servers: readonly Place[], wanted: Wanted): Promise<number> {
  let serials: readonly (number | null)[] = []
  await until(`${JSON.stringify(wanted)} with one serial everywhere`, async () => {
    serials = await Promise.all(servers.map(serialOf))
    return areSame(serials) && (await areAnswered(servers, wanted))
  })
  return serials[0]!
}

async function areAnswered(servers: readonly Place[], wanted: Wanted): Promise<boolean> {
  const looks = servers.flatMap(server =>
    Object.entries(wanted).map(async ([name, addresses]) => {
      return (await addressesOf(server, name))?.join() === [...addresses].sort().join()
    }),
  )
  return (await Promise.all(looks)).every(isSo => isSo)
}

function areSame(serials: readonly (number | null)[]): boolean {
  return serials[0] !== null && serials.every(serial => serial === serials[0])
}

/** What a server has of the zone: one hash over its records in order, and how many they are. */
export interface Digest {
  readonly records: number
  readonly digest: string
}

export async function digestOf({ host, port }: Place, key: string, from: string): Promise<Digest> {
  const words = [`@${host}`, '-p', `${port}`, '+tcp', '+nocookie', '+onesoa', '+time=5', '+tries=1', '-b', from]
  const { stdout } = await run('dig', [...words, '-y', key, zoneName, 'AXFR'], { timeout: 20_000, maxBuffer: 2 ** 26 })
  if (/Couldn't verify|Transfer failed/.test(stdout)) throw new Error(stdout)
  const records = stdout
    .split('\n')
    .filter(line => line !== '' && !line.startsWith(';') && !/\sTSIG\s/.test(line))
    .map(line => line.replace(/\s+/g, ' ').toLowerCase())
    .sort()
  return { records: records.length, digest: createHash('sha256').update(records.join('\n')).digest('hex') }
}

/** Of Robin, as each secondary would get it, and of each secondary. */
export async function digestsOf({ robin, secondaries }: Fleet): Promise<readonly Digest[]> {
  return Promise.all(
    secondaries.flatMap(secondary => [
      digestOf(robin, secondary.key, secondary.host),
      digestOf(secondary, secondary.key, secondary.host),
    ]),
  )
}

/** Transfers of versions later than that, as Robin told of them from that line of its log on. */
export function transfersSince({ lines }: LiveServer, from: number, serial = 0): readonly LogLine[] {
  return lines.slice(from).filter(line => line.event === 'transfer' && Number(line['serial']) > serial)
}

/** The outcomes and forms of transfers, each once. */
export function formsOf(transfers: readonly LogLine[]): readonly string[] {
  return [...new Set(transfers.map(({ outcome, form }) => `${outcome} ${form}`))].sort()
}

/** When a line was written, in wall time. */
export function timeOf({ time }: LogLine): number {
  return typeof time === 'string' ? Date.parse(time) : Number(time)
}
