/**
 * A config file as `robin check --config` has it: read and judged as a server does at its start, and then what it names
 * on the disk. What is wrong with it stands at its place in that file, without the lines that could hold a secret.
 */
import type { Problem, Span } from '../core/base/problem.ts'
import { judgeNamed, judgeZonesFolder } from '../shell/named-files.ts'
import { joinSettings, type ServeSettings } from '../shell/settings.ts'
import { readConfig } from '../shell/settings-file.ts'
import { readConfigText } from './config-file.ts'

export interface ConfigJudged {
  /** As its problems name it. */
  readonly file: string
  readonly problems: readonly Problem[]
  /** Null if a server would not take them, or has no zones to go with them. */
  readonly settings: ServeSettings | null
  /** Where it names the folder of the zone files, or could. */
  readonly zonesSpan: Span
  /** Its lines; null for those that are not to be shown. */
  readonly openLines: readonly (string | null)[]
}

export interface ConfigJudging {
  /** Flags win. */
  readonly flags: { readonly geoip?: string | undefined }
  /** True if the zone files are those in the folder that it names. */
  readonly withZones: boolean
}

export async function judgeConfig(
  path: string,
  { flags, withZones }: ConfigJudging,
): Promise<ConfigJudged | { readonly missing: string }> {
  const read = await readConfigText(path)
  if (read.kind === 'fault' && read.missing) return { missing: `${path}: no such file or folder` }
  if (read.kind === 'fault') {
    const { span } = read.fault
    return { file: span.file, problems: [read.fault], settings: null, zonesSpan: span, openLines: [] }
  }
  const { file, text, openLines } = read.config
  const { config, problems, places } = readConfig(file, text)
  const zonesSpan = places?.zones ?? { file, line: 1, column: 1, endColumn: 2 }
  const place = { file, zonesSpan, openLines }
  if (config === null || places === null) return { ...place, problems, settings: null }
  const settings = joinSettings(flags.geoip === undefined ? {} : { geoipFile: flags.geoip }, config)
  const folder = withZones
    ? await judgeZonesFolder(settings.zonesFolder, zonesSpan, config.zonesFolder !== undefined)
    : null
  const named = [...(folder === null ? [] : [folder]), ...(await judgeNamed(settings, places))]
  return { ...place, problems: [...problems, ...named], settings: folder === null ? settings : null }
}
