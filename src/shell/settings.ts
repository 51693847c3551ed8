/**
 * What a server is started with: defaults, and flags over a config file over them. The file itself is read elsewhere
 * (settings-file.ts), by a thread of its own, so that a running server carries nothing that reads files.
 */
import { resolve } from 'node:path'
import { freezeLongestDefaultMs } from '../core/health/freeze.ts'
import type { SocketAddress } from '../core/ports.ts'
import { noSources, type Sources } from '../core/zonefile/route.ts'
import { noTransfer, type TransferPlan } from '../core/zonefile/transfer-plan.ts'
import type { Account } from '../edge/account.ts'
import type { LogLevel } from '../edge/log.ts'
import { execInFlightDefault } from '../edge/probe/exec/slots.ts'
import { type CatalogSettings, noCatalogs } from './catalogs.ts'
import type { KeySettings } from './keys.ts'
import type { IoWish } from './listeners.ts'
import type { SecondaryPlan } from './secondary-plans.ts'
import type { SentinelSettings } from './sentinel-settings.ts'
import { type TermsSettings, termsDefault } from './terms.ts'
import { type TransferLimits, transfersDefault } from './transfer-limits.ts'

export interface ServeSettings {
  readonly listen: readonly SocketAddress[]
  /** Null: no HTTP interface for operators. */
  readonly admin: SocketAddress | null
  /** The token that orders over HTTP must show; null: in the state folder, or, without one, no orders are taken. */
  readonly adminTokenFile: string | null
  /** Whom to become when started as root; null: nobody else. */
  readonly account: Account | null
  readonly zonesFolder: string
  /** Where verdicts, overrides and serials are kept over a restart; null: nowhere. */
  readonly stateFolder: string | null
  /** For rules that name places; null: they are refused. */
  readonly geoipFile: string | null
  /** By whom the server judges itself; null: by nobody. */
  readonly sentinels: SentinelSettings | null
  readonly workers: number | 'auto'
  readonly io: IoWish
  readonly limits: {
    readonly tcpClientsMax: number
    readonly tcpIdleMs: number
    readonly transfers: TransferLimits
    readonly probesInFlight: number
    /** Programs of EXEC checks. */
    readonly execInFlight: number
    /** How long removals may be frozen where no sentinel can judge; 0: they never are. */
    readonly freezeLongestMs: number
    /** Share of all answers, 0 to 1, that a reload may take away without being forced. */
    readonly maxChange: number
  }
  readonly logLevel: LogLevel
  /** Access list, rate limit, identity. */
  readonly terms: TermsSettings
  /** Secrets of DNS cookies; null: drawn at each start. */
  readonly cookieSecretFile: string | null
  /** Keys of signed messages. */
  readonly keys: readonly KeySettings[]
  /** Of zones whose file says nothing of it. */
  readonly transfer: TransferPlan
  /** Local addresses that NOTIFYs, questions to primaries and pulls go out from, where nothing else is said of one. */
  readonly transferSources: Sources
  /** Zones that are pulled from elsewhere. */
  readonly secondaries: readonly SecondaryPlan[]
  /** Catalog zones, by which others learn what zones there are. */
  readonly catalogs: CatalogSettings
  /** Log lines for people rather than JSON. */
  readonly pretty: boolean
}

/** Settings of one source: flags, or a file. What it does not say is absent. */
export type Given = Partial<Omit<ServeSettings, 'limits'>> & {
  readonly limits?: Partial<ServeSettings['limits']>
  /** The file of the token as the config file names it, where that is relative to the state folder. */
  readonly tokenBelowState?: string
}

export const settingsDefault: ServeSettings = {
  listen: [{ host: '127.0.0.1', port: 5300 }],
  admin: { host: '127.0.0.1', port: 5380 },
  adminTokenFile: null,
  account: null,
  zonesFolder: resolve('zones'),
  stateFolder: null,
  geoipFile: null,
  sentinels: null,
  workers: 'auto',
  io: 'auto',
  limits: {
    tcpClientsMax: 256,
    tcpIdleMs: 10_000,
    transfers: transfersDefault,
    probesInFlight: 4096,
    execInFlight: execInFlightDefault,
    freezeLongestMs: freezeLongestDefaultMs,
    maxChange: 0.5,
  },
  logLevel: 'info',
  terms: termsDefault,
  cookieSecretFile: null,
  keys: [],
  transfer: noTransfer,
  transferSources: noSources,
  secondaries: [],
  catalogs: noCatalogs,
  pretty: false,
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[]
export const workersMax = 64

/** Flags win over the file, the file over the defaults. */
export function joinSettings(flags: Given, { tokenBelowState, ...file }: Given): ServeSettings {
  const limits = { ...settingsDefault.limits, ...file.limits, ...flags.limits }
  const moved = flags.stateFolder != null && tokenBelowState !== undefined
  const token = moved ? { adminTokenFile: resolve(flags.stateFolder, tokenBelowState) } : {}
  return { ...settingsDefault, ...file, ...token, ...flags, limits }
}
