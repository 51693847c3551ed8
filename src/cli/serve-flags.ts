/**
 * From the words of `robin serve` and `robin demo` to settings: each flag is read strictly (`UsageFault`, exit code
 * 2), the config file is read and judged (its problems are printed as file:line:col, exit code 1), flags win.
 */
import { resolve } from 'node:path'
import { formatProblem } from '../core/zonefile/format.ts'
import { parseListen } from '../edge/transport/listen.ts'
import { ioWishes } from '../shell/listeners.ts'
import { readConfigApart } from '../shell/readers.ts'
import { type Given, joinSettings, logLevels, type ServeSettings, workersMax } from '../shell/settings.ts'
import { readConfigText } from './config-file.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'

/** As commander hands them over: text, or absent. */
export interface ServeFlags {
  readonly config?: string
  readonly zones?: string
  readonly state?: string
  readonly geoip?: string
  readonly listen?: readonly string[]
  readonly admin?: string
  readonly user?: string
  readonly group?: string
  readonly workers?: string
  readonly io?: string
  readonly logLevel?: string
  readonly logFormat?: string
}

/** The settings, or the exit code after saying on standard error what is wrong with the config file. */
export async function readSettings(flags: ServeFlags, io: Io): Promise<ServeSettings | number> {
  const given = readFlags(flags, io.terminal)
  if (flags.config === undefined) return joinSettings(given, {})
  const read = await readConfigText(flags.config)
  if (read.kind === 'fault') {
    io.err(`${formatProblem(read.fault, null)}\n`)
    return exitCodes.failed
  }
  const { file, text, openLines } = read.config
  const { config, problems } = await readConfigApart(file, text)
  for (const problem of problems) io.err(`${formatProblem(problem, openLines[problem.span.line - 1] ?? null)}\n`)
  return config === null ? exitCodes.failed : joinSettings(given, config)
}

/** Throws `UsageFault` for the first flag that cannot be meant. */
export function readFlags(flags: ServeFlags, terminal: boolean): Given {
  if (flags.group !== undefined && flags.user === undefined) throw new UsageFault('--group goes with --user')
  return {
    ...(flags.listen === undefined ? {} : { listen: flags.listen.map(text => readAddress('--listen', text)) }),
    ...(flags.admin === undefined
      ? {}
      : { admin: flags.admin === 'none' ? null : readAddress('--admin', flags.admin, ', or none') }),
    ...(flags.zones === undefined ? {} : { zonesFolder: resolve(flags.zones) }),
    ...(flags.geoip === undefined ? {} : { geoipFile: resolve(flags.geoip) }),
    ...(flags.state === undefined ? {} : { stateFolder: resolve(flags.state) }),
    ...(flags.user === undefined ? {} : { account: { user: flags.user, group: flags.group ?? null } }),
    ...(flags.workers === undefined ? {} : { workers: readWorkers(flags.workers) }),
    ...(flags.io === undefined ? {} : { io: readIo(flags.io) }),
    ...(flags.logLevel === undefined ? {} : { logLevel: readLogLevel(flags.logLevel) }),
    pretty: readPretty(flags.logFormat ?? 'auto', terminal),
  }
}

function readAddress(flag: string, text: string, or = ''): NonNullable<ServeSettings['admin']> {
  const address = parseListen(text)
  if (address === null) throw unfit(flag, text, `an address and a port like 127.0.0.1:5300 or [::1]:5300${or}`)
  return address
}

function readWorkers(text: string): ServeSettings['workers'] {
  if (text === 'auto') return 'auto'
  const workers = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (workers < 1 || workers > workersMax) throw unfit('--workers', text, `auto, or a number from 1 to ${workersMax}`)
  return workers
}

function readIo(text: string): ServeSettings['io'] {
  const wish = ioWishes.find(known => known === text)
  if (wish === undefined) throw unfit('--io', text, 'auto, batch or dgram')
  return wish
}

function readLogLevel(text: string): ServeSettings['logLevel'] {
  const level = logLevels.find(known => known === text)
  if (level === undefined) throw unfit('--log-level', text, `one of ${logLevels.join(', ')}`)
  return level
}

function readPretty(text: string, terminal: boolean): boolean {
  if (text === 'auto') return terminal
  if (text === 'json' || text === 'pretty') return text === 'pretty'
  throw unfit('--log-format', text, 'auto, json or pretty')
}

function unfit(flag: string, text: string, wanted: string): UsageFault {
  return new UsageFault(`${flag} takes ${wanted}, not ${JSON.stringify(text)}`)
}
