/**
 * What zones and settings come to together, seen when both are there: keys that the settings lack, serials that a
 * restart takes back, sentinels that are servers of the zones.
 */
import type { Problem } from '../core/base/problem.ts'
import type { JudgedZone } from '../core/zonefile/judged.ts'
import { isTransferred, keyUsesOf, type TransferPlan } from '../core/zonefile/transfer-plan.ts'
import type { KeySettings } from './keys.ts'
import { gatewayWord, type SentinelSettings } from './sentinel-settings.ts'
import { sayUndefinedKey } from './undefined-key.ts'

export interface JoinedSettings {
  readonly keys: readonly KeySettings[]
  /** Of zones that say nothing of it. */
  readonly transfer: TransferPlan
  readonly sentinels?: SentinelSettings | null
}

/** `keepsSerials`: there is a place for them that outlives a restart. */
export function judgeJoined(
  zones: readonly JudgedZone[],
  { keys, transfer, sentinels = null }: JoinedSettings,
  keepsSerials: boolean,
): readonly Problem[] {
  const known = keys.map(({ name }) => name)
  return [
    ...zones.flatMap(zone => [
      ...(zone.transfer === null ? [] : judgeKeys(zone.transfer, known)),
      ...(keepsSerials || !isTransferred(zone.transfer ?? transfer) ? [] : judgeSerial(zone)),
    ]),
    ...(sentinels === null ? [] : judgeSentinels(sentinels, zones)),
  ]
}

function judgeKeys(plan: TransferPlan, known: readonly string[]): readonly Problem[] {
  return keyUsesOf(plan).flatMap(({ name, span }): Problem[] => {
    if (known.includes(name)) return []
    const [text, hint] = sayUndefinedKey(name, known)
    return [{ code: 'undefined-key', severity: 'error', span, text, hint }]
  })
}

/** A serial from the file grows with health; without a state folder the next run would begin where the file says. */
function judgeSerial({ serial, nameSpan }: JudgedZone): readonly Problem[] {
  if (serial === null) return []
  const text = `the serial of this zone grows as health changes it, and a restart would take it back to ${serial}`
  const hint = 'set a `state` folder, or write `serial: auto`'
  return [{ code: 'serial-not-kept', severity: 'warning', span: nameSpan, text, hint }]
}

/**
 * A sentinel stands for the way out of this machine. One that is a server of ours dies with it, and then its own
 * removal is frozen; beside one that is none it does no harm, since all of them must be down.
 */
function judgeSentinels({ addresses, span }: SentinelSettings, zones: readonly JudgedZone[]): readonly Problem[] {
  if (span === undefined || addresses.length === 0 || addresses.includes(gatewayWord)) return []
  const strangers = new Set(addresses)
  for (const { image } of zones) {
    for (const { plan } of image?.pools ?? []) for (const { address } of plan.pool.members) strangers.delete(address)
    if (strangers.size === 0) break
  }
  if (strangers.size > 0) return []
  const text = 'every sentinel is a member of a pool: when they fail, they stay in the answers'
  const hint = 'name an address beyond these servers, or `gateway`'
  return [{ code: 'sentinel-served', severity: 'warning', span, text, hint }]
}
