/**
 * What a server is started with, and the optional config file that says so (`robin serve --config robin.yaml`).
 * The file is read by the same code as zone files: every mistake is a Problem with its place, a key that this version
 * does not serve is refused rather than ignored. Flags win over the file, the file over the defaults.
 */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import type { Problem } from '../core/base/problem.ts'
import { millis } from '../core/base/units.ts'
import type { SocketAddress } from '../core/ports.ts'
import { type Path, type Reader, refuse, shown } from '../core/zonefile/doc.ts'
import { judge } from '../core/zonefile/issues.ts'
import { notServed, refuseKeys } from '../core/zonefile/schema/later.ts'
import { duration, listOf, someText } from '../core/zonefile/schema/scalars.ts'
import { readMillis } from '../core/zonefile/times.ts'
import { parse } from '../core/zonefile/yaml.ts'
import type { LogLevel } from '../edge/log.ts'
import { parseListen } from '../edge/transport/listen.ts'
import { type IoWish, ioWishes } from './listeners.ts'
import {
  cookiesShape,
  guardShape,
  identityShape,
  readSecretFile,
  readTerms,
  rrlShape,
  termsDefault,
} from './settings-terms.ts'
import type { TermsSettings } from './terms.ts'

export interface ServeSettings {
  readonly listen: readonly SocketAddress[]
  /** Null: no HTTP interface for operators. */
  readonly admin: SocketAddress | null
  readonly zonesFolder: string
  readonly workers: number | 'auto'
  readonly io: IoWish
  readonly limits: {
    readonly tcpClientsMax: number
    readonly tcpIdleMs: number
    readonly probesInFlight: number
  }
  readonly logLevel: LogLevel
  /** Access list, rate limit, identity. */
  readonly terms: TermsSettings
  /** Secrets of DNS cookies; null: drawn at each start. */
  readonly cookieSecretFile: string | null
  /** Log lines for people rather than JSON. */
  readonly pretty: boolean
}

/** Settings of one source: flags, or a file. What it does not say is absent. */
export type Given = Partial<Omit<ServeSettings, 'limits'>> & { readonly limits?: Partial<ServeSettings['limits']> }

export const settingsDefault: ServeSettings = {
  listen: [{ host: '127.0.0.1', port: 5300 }],
  admin: { host: '127.0.0.1', port: 5380 },
  zonesFolder: resolve('zones'),
  workers: 'auto',
  io: 'auto',
  limits: { tcpClientsMax: 256, tcpIdleMs: 10_000, probesInFlight: 4096 },
  logLevel: 'info',
  terms: termsDefault,
  cookieSecretFile: null,
  pretty: false,
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[]
export const workersMax = 64

const listensMax = 64
const tcpClientsCeiling = 65_536
const tcpIdleBounds = { minMs: 100, maxMs: 3_600_000 }
const probesCeiling = 65_536

const socketAddress = z.string().meta({ examples: ['127.0.0.1:5300', '[::1]:5300'] })

const adminShape = refuseKeys(
  z.strictObject({
    listen: socketAddress.optional().describe('Status and health over HTTP, or none (default 127.0.0.1:5380).'),
  }),
  { token_file: notServed('`admin.token_file`', 'remove it; this version has nothing that writes') },
)

const limitsShape = z.strictObject({
  tcp_clients: z.int().min(1).max(tcpClientsCeiling).optional().describe('TCP connections at once (default 256).'),
  tcp_idle: duration.optional().describe('How long a TCP connection may be silent (default 10s).'),
  probes_in_flight: z.int().min(1).max(probesCeiling).optional().describe('Probes at once (default 4096).'),
  rrl: rrlShape.optional(),
})

/** The config file: behaviour of every key is in its description, which editors show. */
const configSchema = refuseKeys(
  z.strictObject({
    listen: z
      .union([socketAddress, listOf(socketAddress, listensMax)], { error: 'HOST:PORT or a list of them' })
      .optional()
      .describe('Where queries are answered, over UDP and TCP (default 127.0.0.1:5300).'),
    admin: adminShape.optional(),
    zones: someText.optional().describe('Folder of the zone files, relative to this file (default: ./zones).'),
    workers: z
      .union([z.int().min(1).max(workersMax), z.literal('auto')], { error: 'a number or `auto`' })
      .optional()
      .describe('Answering threads (default auto).'),
    io: z
      .enum(ioWishes)
      .optional()
      .describe(
        'How UDP is read: batch, many packets a system call; dgram, portable; auto, batch where possible (default).',
      ),
    limits: limitsShape.optional(),
    identity: identityShape.optional(),
    cookies: cookiesShape.optional(),
    guard: guardShape.optional(),
  }),
  {
    state: notServed('`state`', 'remove it; nothing is kept across restarts'),
    sentinels: notServed('`sentinels`', 'remove it; each check is judged by itself'),
    keys: notServed('`keys`', 'remove it; there are no signed requests'),
    transfer: notServed('`transfer`', 'remove it; zones are not transferred'),
    secondary: notServed('`secondary`', 'remove it; zones come from files only'),
  },
)

/** JSON Schema of the config file for editors: draft 7, which is what the YAML language server reads. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' }), title: 'Robin config file' }
}

/** `file` is the path as given; folders in it are relative to where it lies. Null if there is any error. */
export function readConfig(file: string, text: string): { config: Given | null; problems: readonly Problem[] } {
  const { doc, problems } = parse(file, text)
  if (doc === null) return { config: null, problems }
  const reader: Reader = { doc, problems }
  // An empty file, or one of comments only, says nothing, which is allowed.
  const input = doc.tree === null ? {} : judge(reader, configSchema, doc.tree, [])
  const config = input === null ? null : readGiven(reader, input, dirname(file))
  return { config: problems.length > 0 ? null : config, problems }
}

/** Flags win over the file, the file over the defaults. */
export function joinSettings(flags: Given, file: Given): ServeSettings {
  const limits = { ...settingsDefault.limits, ...file.limits, ...flags.limits }
  return { ...settingsDefault, ...file, ...flags, limits }
}

function readGiven(reader: Reader, input: z.infer<typeof configSchema>, folder: string): Given {
  const { listen, admin, zones, workers, io, limits, identity, cookies, guard } = input
  const terms = readTerms(reader, { identity, guard, rrl: limits?.rrl })
  const cookieSecretFile = readSecretFile(cookies, folder)
  const listens = Array.isArray(listen)
    ? listen.map((text, i) => readAddress(reader, text, ['listen', i]))
    : listen === undefined
      ? []
      : [readAddress(reader, listen, ['listen'])]
  return {
    ...(listens.length === 0 ? {} : { listen: listens.filter(address => address !== null) }),
    ...(admin?.listen === undefined ? {} : { admin: readAdmin(reader, admin.listen) }),
    ...(zones === undefined ? {} : { zonesFolder: resolve(folder, zones) }),
    ...(workers === undefined ? {} : { workers }),
    ...(io === undefined ? {} : { io }),
    ...(limits === undefined ? {} : { limits: readLimits(reader, limits) }),
    ...(terms === null ? {} : { terms }),
    ...(cookieSecretFile === null ? {} : { cookieSecretFile }),
  }
}

function readAdmin(reader: Reader, text: string): SocketAddress | null {
  return text === 'none' ? null : readAddress(reader, text, ['admin', 'listen'])
}

function readLimits(reader: Reader, limits: z.infer<typeof limitsShape>): Partial<ServeSettings['limits']> {
  const { tcp_clients, tcp_idle, probes_in_flight } = limits
  const idleMs = tcp_idle === undefined ? null : readMillis(reader, tcp_idle, ['limits', 'tcp_idle'], tcpIdleBounds)
  return {
    ...(tcp_clients === undefined ? {} : { tcpClientsMax: tcp_clients }),
    ...(tcp_idle === undefined ? {} : { tcpIdleMs: idleMs ?? millis(settingsDefault.limits.tcpIdleMs) }),
    ...(probes_in_flight === undefined ? {} : { probesInFlight: probes_in_flight }),
  }
}

function readAddress(reader: Reader, text: string, path: Path): SocketAddress | null {
  const address = parseListen(text)
  if (address !== null) return address
  const sentence = `${shown(text)} is not an address and a port`
  refuse(reader, 'bad-address', reader.doc.valueSpan(path), sentence, 'write 127.0.0.1:5300 or [::1]:5300')
  return null
}
