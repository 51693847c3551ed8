/**
 * When are two checks the same? Equal duties are probed once, however many records share them, and an edit must not
 * reset health: so the answer is a key, in three strengths from `same probe, same rhythm` to `the check people mean`.
 * The name of a check is no part of what is probed; it only tells an edited check from a new one.
 */
import { never } from '../base/assert.ts'
import type { CheckSpec, Endpoint, HttpCheck } from './types.ts'

/** Same endpoint, same question, same cadence: one probe. */
export function dutyKey(endpoint: Endpoint, check: CheckSpec): string {
  const { intervalMs, timeoutMs, fastIntervalMs, fall, rise } = check
  return JSON.stringify([...questionOf(endpoint, check), intervalMs, timeoutMs, fastIntervalMs, fall, rise])
}

/** Same endpoint, same question, whatever the cadence: what one found is true for the other. */
export function targetKey(endpoint: Endpoint, check: CheckSpec): string {
  return JSON.stringify(questionOf(endpoint, check))
}

/** Same address, and a check of the same name and protocol: the old and the new form of one that was edited. */
export function editKey(endpoint: Endpoint, check: CheckSpec): string {
  return `${endpoint.address} ${check.protocol} ${check.name}`
}

/** Everything that is asked, and of whom; not when, nor under which name. */
function questionOf({ address, port }: Endpoint, check: CheckSpec): readonly unknown[] {
  const asked = [address, port, check.protocol]
  switch (check.protocol) {
    case 'ICMP':
      return asked
    case 'TCP':
      return [...asked, check.port]
    case 'HTTP':
    case 'HTTPS':
      return [...asked, ...requestOf(check)]
    default:
      return never(check)
  }
}

function requestOf({ protocol, port, method, path, host, headers, expect, tls }: HttpCheck): readonly unknown[] {
  const ranges = expect.status.map(range => [range.low, range.high])
  const request = [port, method, path, host, headers, ranges, expect.body, expect.regex, expect.withinMs]
  return protocol === 'HTTP' ? request : [...request, tls.serverName, tls.verify, tls.caFile]
}
