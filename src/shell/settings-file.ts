/**
 * The optional config file (`robin serve --config robin.yaml`). It is read by the same code as zone files: every
 * mistake is a Problem with its place, a key that this version does not serve is refused rather than ignored.
 */
import { dirname, isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import type { Problem, Span } from '../core/base/problem.ts'
import { millis } from '../core/base/units.ts'
import type { SocketAddress } from '../core/ports.ts'
import { hasErrors, isMap, type Path, type Reader, refuse, shown } from '../core/zonefile/doc.ts'
import { judge } from '../core/zonefile/issues.ts'
import { type Refusal, refuseKeys } from '../core/zonefile/schema/later.ts'
import { duration, listOf, someText } from '../core/zonefile/schema/scalars.ts'
import { readMillis } from '../core/zonefile/times.ts'
import { parse } from '../core/zonefile/yaml.ts'
import { formatListen, parseListen } from '../edge/transport/listen.ts'
import { ioWishes } from './listeners.ts'
import { type Given, type ServeSettings, settingsDefault, workersMax } from './settings.ts'
import { catalogShape, readCatalogs } from './settings-catalog.ts'
import { maxChangeShape, readMaxChange } from './settings-change.ts'
import {
  keysShape,
  readKeys,
  readTransferSettings,
  readTransferSources,
  transferSettingsShape,
} from './settings-keys.ts'
import { readSecondaries, secondariesShape } from './settings-secondary.ts'
import { readSentinels, sentinelsShape } from './settings-sentinels.ts'
import { cookiesShape, guardShape, identityShape, readCookieFile, readTerms, rrlShape } from './settings-terms.ts'
import { type TransferLimits, transfersDefault } from './transfer-limits.ts'

const listensMax = 64
const tcpClientsCeiling = 65_536
const tcpIdleBounds = { minMs: 100, maxMs: 3_600_000 }
const probesCeiling = 65_536
const execCeiling = 1024
const transfersCeiling = 1024
const transferTimeBounds = { minMs: 1_000, maxMs: 86_400_000 }
const freezeBounds = { minMs: 0, maxMs: 3_600_000 }

const socketAddress = z.string().meta({ examples: ['127.0.0.1:5300', '[::1]:5300'] })

const adminShape = z.strictObject({
  listen: socketAddress.optional().describe('Status, health and orders over HTTP, or none (default 127.0.0.1:5380).'),
  token_file: someText
    .optional()
    .describe('File of the token that orders must show, relative to `state`; made if missing (default: admin.token).'),
})

const limitsShape = z.strictObject({
  tcp_clients: z.int().min(1).max(tcpClientsCeiling).optional().describe('TCP connections at once (default 256).'),
  tcp_idle: duration.optional().describe('How long a TCP connection may be silent: 100ms to 1h (default 10s).'),
  probes_in_flight: z.int().min(1).max(probesCeiling).optional().describe('Probes at once (default 4096).'),
  transfers: z.int().min(1).max(transfersCeiling).optional().describe('Zone transfers at once (default 16).'),
  transfers_per_address: z
    .int()
    .min(1)
    .max(transfersCeiling)
    .optional()
    .describe('Zone transfers at once to one address (default 4).'),
  transfer_time: duration.optional().describe('How long one zone transfer may take (default 2h).'),
  exec_in_flight: z.int().min(1).max(execCeiling).optional().describe('Programs of EXEC checks at once (default 32).'),
  freeze: duration
    .optional()
    .describe(
      'How long removals are frozen after most endpoints fell at once and no sentinel can judge (default 60s).',
    ),
  max_change: maxChangeShape.optional(),
  rrl: rrlShape.optional(),
})

/** Keys that people look for here and that have another place. */
const elsewhere: Readonly<Record<string, Refusal>> = Object.fromEntries([
  ...['records', 'soa', 'defaults', 'checks', 'tests'].map(key => {
    const hint = 'a zone file is judged by its path, without --config'
    return [key, { code: 'unknown-key', text: `\`${key}\` is a key of zone files, and this is a config file`, hint }]
  }),
  ...['log_level', 'log_format'].map(key => {
    const flag = `--${key.replace('_', '-')}`
    return [
      key,
      { code: 'unknown-key', text: `\`${key}\` is no key of the config file`, hint: `start it with ${flag}` },
    ]
  }),
])

/** The config file: behaviour of every key is in its description, which editors show. */
const configSchema = z.strictObject({
  listen: z
    .union([socketAddress, listOf(socketAddress, listensMax)], { error: 'HOST:PORT or a list of them' })
    .optional()
    .describe('Where queries are answered, over UDP and TCP (default 127.0.0.1:5300).'),
  admin: adminShape.optional().describe('The HTTP interface for operators.'),
  zones: someText
    .optional()
    .describe('Folder of the zone files, relative to this file (default: zones where the server is started).'),
  state: someText
    .optional()
    .describe('Folder of what is kept over a restart, relative to this file (default: nothing is kept).'),
  geoip: someText
    .optional()
    .describe('GeoIP file (.mmdb) for rules with `geos`, relative to this file; read again when it is replaced.'),
  sentinels: sentinelsShape.optional(),
  user: someText.optional().describe('Whom to become when started as root (default: nobody else).'),
  group: someText.optional().describe("The group to become with `user` (default: the user's own)."),
  workers: z
    .union([z.int().min(1).max(workersMax), z.literal('auto')], { error: 'a number or `auto`' })
    .optional()
    .describe('Answering threads (default auto).'),
  io: z
    .enum(ioWishes)
    .optional()
    .describe(
      'How UDP is read: batch, many packets a system call; dgram, portable; auto, batch where possible (default auto).',
    ),
  limits: limitsShape.optional().describe('The most of everything.'),
  identity: identityShape.optional(),
  cookies: cookiesShape.optional(),
  guard: guardShape.optional(),
  keys: keysShape.optional(),
  transfer: transferSettingsShape.optional(),
  catalog: catalogShape.optional(),
  secondary: secondariesShape.optional(),
})
refuseKeys(configSchema, elsewhere)

/** JSON Schema of the config file for editors: draft 7, which is what the YAML language server reads. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' }), title: 'Robin config file' }
}

/** Where the file names what lies elsewhere on the disk; its first line where it does not. */
export interface ConfigPlaces {
  readonly zones: Span
  readonly state: Span
  readonly geoip: Span
  readonly tokenFile: Span
}

export interface ConfigReading {
  /** Null if there is any error. */
  readonly config: Given | null
  readonly problems: readonly Problem[]
  /** Null for a file of which nothing could be read. */
  readonly places: ConfigPlaces | null
}

/** `file` is the path as given; folders in it are relative to where it lies. */
export function readConfig(file: string, text: string): ConfigReading {
  const { doc, problems } = parse(file, text)
  if (doc === null) return { config: null, problems, places: null }
  const reader: Reader = { doc, problems }
  // An empty file, or one of comments only, says nothing, which is allowed.
  const input = doc.tree === null ? {} : judge(reader, configSchema, doc.tree, [])
  const config = input === null ? null : readGiven(reader, input, dirname(file))
  problems.sort((a, b) => a.span.line - b.span.line || a.span.column - b.span.column)
  const places: ConfigPlaces = {
    zones: doc.valueSpan(['zones']),
    state: doc.valueSpan(['state']),
    geoip: doc.valueSpan(['geoip']),
    tokenFile: doc.valueSpan(['admin', 'token_file']),
  }
  return { config: hasErrors(problems) ? null : config, problems, places }
}

/** True for a text that says what a config file would say, and nothing else: for one that was taken for a zone. */
export function looksLikeConfig(text: string): boolean {
  const { doc } = parse('', text)
  const keys = isMap(doc?.tree) ? Object.keys(doc.tree) : []
  return keys.length > 0 && keys.every(key => Object.hasOwn(configSchema.shape, key))
}

function readGiven(reader: Reader, input: z.infer<typeof configSchema>, folder: string): Given {
  const { listen, admin, zones, state, sentinels, user, group, workers, io, limits, identity, cookies, guard } = input
  const keys = input.keys === undefined ? [] : readKeys(reader, input.keys, folder)
  const transfer = input.transfer === undefined ? null : readTransferSettings(reader, input.transfer, input.keys)
  const transferSources = input.transfer === undefined ? null : readTransferSources(reader, input.transfer)
  const terms = readTerms(reader, { identity, guard, rrl: limits?.rrl })
  const cookieSecretFile = readCookieFile(reader, cookies, folder)
  if (group !== undefined && user === undefined) {
    refuse(reader, 'missing-key', reader.doc.valueSpan(['group']), '`group` goes with `user`', 'name the user as well')
  }
  const listens = Array.isArray(listen)
    ? listen.map((text, i) => readAddress(reader, text, ['listen', i]))
    : listen === undefined
      ? []
      : [readAddress(reader, listen, ['listen'])]
  const adminAddress = admin?.listen === undefined ? null : readAdmin(reader, admin.listen)
  refuseTaken(reader, Array.isArray(listen), listens, adminAddress)
  return {
    ...(listens.length === 0 ? {} : { listen: listens.filter(address => address !== null) }),
    ...(admin?.listen === undefined ? {} : { admin: adminAddress }),
    ...(admin?.token_file === undefined ? {} : tokenAt(folder, state, admin.token_file)),
    ...(zones === undefined ? {} : { zonesFolder: resolve(folder, zones) }),
    ...(state === undefined ? {} : { stateFolder: resolve(folder, state) }),
    ...(input.geoip === undefined ? {} : { geoipFile: resolve(folder, input.geoip) }),
    ...(sentinels === undefined ? {} : { sentinels: readSentinels(reader, sentinels) }),
    ...(user === undefined ? {} : { account: { user, group: group ?? null } }),
    ...(workers === undefined ? {} : { workers }),
    ...(io === undefined ? {} : { io }),
    ...(limits === undefined ? {} : { limits: readLimits(reader, limits) }),
    ...(terms === null ? {} : { terms }),
    ...(cookieSecretFile === null ? {} : { cookieSecretFile }),
    ...(input.keys === undefined ? {} : { keys }),
    ...(transfer === null ? {} : { transfer }),
    ...(transferSources === null ? {} : { transferSources }),
    ...(input.secondary === undefined ? {} : { secondaries: readSecondaries(reader, input.secondary, input.keys) }),
    ...(input.catalog === undefined
      ? {}
      : { catalogs: readCatalogs(reader, input.catalog, input.keys, transfer ?? undefined) }),
  }
}

function readAdmin(reader: Reader, text: string): SocketAddress | null {
  return text === 'none' ? null : readAddress(reader, text, ['admin', 'listen'])
}

/** A flag may name another state folder. */
function tokenAt(folder: string, state: string | undefined, file: string): Given {
  const whole = { adminTokenFile: resolve(folder, state ?? '', file) }
  return isAbsolute(file) ? whole : { ...whole, tokenBelowState: file }
}

function readLimits(reader: Reader, limits: z.infer<typeof limitsShape>): Partial<ServeSettings['limits']> {
  const { tcp_clients, tcp_idle, probes_in_flight, exec_in_flight, freeze } = limits
  const idleMs = tcp_idle === undefined ? null : readMillis(reader, tcp_idle, ['limits', 'tcp_idle'], tcpIdleBounds)
  const freezeMs = freeze === undefined ? null : readMillis(reader, freeze, ['limits', 'freeze'], freezeBounds)
  const transfers = readTransferLimits(reader, limits)
  const { max_change: most } = limits
  const maxChange = most === undefined ? null : readMaxChange(reader, most, ['limits', 'max_change'])
  return {
    ...(maxChange === null ? {} : { maxChange }),
    ...(transfers === null ? {} : { transfers }),
    ...(freezeMs === null ? {} : { freezeLongestMs: freezeMs }),
    ...(tcp_clients === undefined ? {} : { tcpClientsMax: tcp_clients }),
    ...(tcp_idle === undefined ? {} : { tcpIdleMs: idleMs ?? millis(settingsDefault.limits.tcpIdleMs) }),
    ...(probes_in_flight === undefined ? {} : { probesInFlight: probes_in_flight }),
    ...(exec_in_flight === undefined ? {} : { execInFlight: exec_in_flight }),
  }
}

/** Null where the file says nothing of it. */
function readTransferLimits(
  reader: Reader,
  { transfers, transfers_per_address, transfer_time }: z.infer<typeof limitsShape>,
): TransferLimits | null {
  if (transfers === undefined && transfers_per_address === undefined && transfer_time === undefined) return null
  const longestMs =
    transfer_time === undefined
      ? null
      : readMillis(reader, transfer_time, ['limits', 'transfer_time'], transferTimeBounds)
  return {
    atOnceMax: transfers ?? transfersDefault.atOnceMax,
    perAddressMax: transfers_per_address ?? transfersDefault.perAddressMax,
    longestMs: longestMs ?? transfersDefault.longestMs,
  }
}

function readAddress(reader: Reader, text: string, path: Path): SocketAddress | null {
  const address = parseListen(text)
  if (address !== null) return address
  const sentence = `${shown(text)} is not an address and a port`
  refuse(reader, 'bad-address', reader.doc.valueSpan(path), sentence, 'write 127.0.0.1:5300 or [::1]:5300')
  return null
}

/** The server would be told by the system that another program has the place, and look for it in vain. */
function refuseTaken(
  reader: Reader,
  isList: boolean,
  listens: readonly (SocketAddress | null)[],
  admin: SocketAddress | null,
): void {
  const taken: SocketAddress[] = []
  const take = (address: SocketAddress, path: Path): void => {
    const rival = taken.find(each => overlap(each, address))
    taken.push(address)
    if (rival === undefined) return
    const [own, other] = [formatListen(address), formatListen(rival)]
    const text = own === other ? `${own} is taken twice` : `${own} and ${other} take the same place`
    refuse(reader, 'duplicate-value', reader.doc.valueSpan(path), text, 'leave one of the two, or take another port')
  }
  listens.forEach((address, i) => {
    if (address !== null) take(address, isList ? ['listen', i] : ['listen'])
  })
  if (admin !== null) take(admin, ['admin', 'listen'])
}

/** Port 0 is another one each time. IPv6 sockets are for IPv6 only. */
function overlap(a: SocketAddress, b: SocketAddress): boolean {
  if (a.port !== b.port || a.port === 0 || a.host.includes(':') !== b.host.includes(':')) return false
  return a.host === b.host || [a.host, b.host].some(host => host === '0.0.0.0' || host === '::')
}
