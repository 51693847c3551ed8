/**
 * Keeps the sentinels' addresses true: `gateway` is looked up at the start and again and again, since routes come and
 * go without a word. A change is told; what is known of sentinels that stay is kept.
 */
import type { Journal } from '../core/ports.ts'
import type { DutyModel } from '../core/roster/types.ts'
import { formatEndpoint } from '../core/view/picture.ts'
import { familyOf } from '../core/zonefile/route.ts'
import { readGateways } from '../edge/gateway.ts'
import type { Control } from './control.ts'
import { gatewayWord, type SentinelSettings } from './sentinel-settings.ts'

export interface SentinelDeps {
  readonly journal: Journal
  readonly control: Pick<Control, 'watchSentinels'>
  /** The system's own unless given. */
  readonly gateways?: () => Promise<readonly string[]>
}

/** Between two looks at the routing table. */
const lookMs = 30_000

/** Resolves once the sentinels are on duty; they are looked after until `stop`. Without settings there are none. */
export async function keepSentinels(
  { journal, control, gateways = readGateways }: SentinelDeps,
  settings: SentinelSettings | null,
): Promise<{ readonly stop: () => void }> {
  if (settings === null) return { stop: () => undefined }
  const wantsGateway = settings.addresses.includes(gatewayWord)
  let known: string | null = null
  let told: string | null = null
  let last: readonly string[] = []
  let isStopped = false
  const look = async (): Promise<void> => {
    const found = wantsGateway ? await gateways() : []
    if (isStopped) return
    // A host that is cut off has no route either: until there is another, the gateway that was is asked.
    if (found.length > 0) last = found
    const duties = sentinelDuties(settings, last)
    const targets = duties.map(({ endpoint }) => formatEndpoint(endpoint))
    const missing = wantsGateway && found.length === 0 ? [gatewayWord] : []
    if (targets.join(' ') !== known) control.watchSentinels(duties)
    known = targets.join(' ')
    if (`${known} ${missing.length}` === told) return
    told = `${known} ${missing.length}`
    journal.record({ kind: 'sentinels', targets, missing })
  }
  await look()
  const again = (): void => {
    look().catch((error: unknown) => {
      journal.record({ kind: 'fault', where: 'sentinels', text: error instanceof Error ? error.message : `${error}` })
    })
  }
  const timer = wantsGateway ? setInterval(again, lookMs) : null
  return {
    stop: () => {
      isStopped = true
      if (timer !== null) clearInterval(timer)
    },
  }
}

/** The duties of the sentinels, where the gateways are these. */
export function sentinelDuties(settings: SentinelSettings, gateways: readonly string[]): readonly DutyModel[] {
  const { check, sources } = settings
  const addresses = settings.addresses.flatMap(text => (text === gatewayWord ? gateways : [text]))
  return [...new Set(addresses)].map(address => {
    const source = sources[familyOf(address)]
    return {
      endpoint: { address, port: check.protocol === 'ICMP' ? null : check.port },
      check: source === null ? check : { ...check, source },
    }
  })
}
