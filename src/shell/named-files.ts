/**
 * What the settings name on the disk, judged where it is named: the folders, the GeoIP file, the token of orders, and
 * what pulled zones need. For those who judge settings without a server; one that starts comes upon the same. What
 * belongs to the machine alone (its addresses, ports and users) is not judged, since settings are often judged on
 * another one; what this user may not look into is passed over where the server's user would have it closed.
 */
import { opendir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Problem, Span } from '../core/base/problem.ts'
import { isToken } from '../edge/admin/token.ts'
import { errorCodeOf } from '../edge/disk/disk-error.ts'
import { describeDiskError } from '../edge/disk/lone-file.ts'
import { openGeoFile } from '../edge/geoip.ts'
import { catalogPlans, judgeTwice } from './catalogs.ts'
import { tokenName } from './orders-desk.ts'
import { judgePlans } from './secondary-plans.ts'
import type { ServeSettings } from './settings.ts'
import type { ConfigPlaces } from './settings-file.ts'
import { isOpenToAll, nameFile, pathHint } from './settings-secrets.ts'

/** The folder of zone files by itself: null if it can be listed. */
export async function judgeZonesFolder(folder: string, span: Span, isNamed: boolean): Promise<Problem | null> {
  const fault = await faultOfFolder(folder)
  if (fault === null) return null
  if (isNamed) return refusal('unreadable', span, `${nameFile(folder)} ${fault}`, `zone files lie there; ${pathHint}`)
  const text = `no folder of zone files is named, and the usual one, ${nameFile(folder)}, ${fault}`
  return refusal('unreadable', span, text, 'write `zones: FOLDER`')
}

/** Everything else. */
export async function judgeNamed(settings: ServeSettings, places: ConfigPlaces): Promise<readonly Problem[]> {
  const { secondaries, catalogs, stateFolder, listen } = settings
  return [
    ...(await judgeState(stateFolder, places.state)),
    ...judgeGeo(settings.geoipFile, places.geoip),
    ...(await judgeToken(settings, places)),
    ...judgePlans([...secondaries, ...catalogPlans(catalogs)], stateFolder, listen),
    ...judgeTwice(catalogs, secondaries),
  ]
}

/** One that is not there is made. */
async function judgeState(folder: string | null, span: Span): Promise<readonly Problem[]> {
  if (folder === null) return []
  try {
    if ((await stat(folder)).isDirectory()) return []
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOTDIR') return []
  }
  return [refusal('unreadable', span, `${nameFile(folder)} is not a folder`, 'name a folder, or remove what is there')]
}

/** A server does without until a zone names places, and then refuses that zone. */
function judgeGeo(file: string | null, span: Span): readonly Problem[] {
  if (file === null) return []
  const opened = openGeoFile(file).look().open()
  if (typeof opened !== 'string') return []
  const text = `the GeoIP file cannot be used: ${opened}`
  const hint = `put a file in MaxMind format there; ${pathHint}`
  return [{ code: 'geoip-unusable', severity: 'warning', span, text, hint }]
}

/** One that is not there is made; for one below what is no folder the state folder is told. */
async function judgeToken(
  { admin, adminTokenFile, stateFolder }: ServeSettings,
  places: ConfigPlaces,
): Promise<readonly Problem[]> {
  const file = adminTokenFile ?? (stateFolder === null ? null : join(stateFolder, tokenName))
  if (admin === null || file === null) return []
  const span = adminTokenFile === null ? places.state : places.tokenFile
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const code = errorCodeOf(error)
    const isMade = code === 'ENOENT' || (code === 'ENOTDIR' && adminTokenFile === null)
    if (isMade || code === 'EACCES' || code === 'EPERM') return []
    return [refusal('unreadable', span, `${nameFile(file)} ${describeDiskError(error)}`, 'name a file')]
  }
  if (!isToken(text.trim())) {
    const hint = 'remove it, or write one line of 16 to 256 printable characters'
    return [refusal('bad-secret', span, `${nameFile(file)} does not hold a token`, hint)]
  }
  if (!isOpenToAll(file)) return []
  const said = `${nameFile(file)} holds the token of orders, and everybody on this machine may read or write it`
  return [{ code: 'exposed-secret', severity: 'warning', span, text: said, hint: 'close it: chmod 600' }]
}

async function faultOfFolder(folder: string): Promise<string | null> {
  try {
    await (await opendir(folder)).close()
    return null
  } catch (error) {
    return describeDiskError(error)
  }
}

function refusal(code: Problem['code'], span: Span, text: string, hint: string): Problem {
  return { code, severity: 'error', span, text, hint }
}
