/**
 * When are two checks the same? Equal duties are probed once, however many records share them, and an edit must not
 * reset health: so the answer is a key, in three strengths from `same probe, same rhythm` to `the check people mean`.
 * The name of a check is no part of what is probed; it only tells an edited check from a new one.
 */
import { never } from '../base/assert.ts'
import type { CheckSpec, Endpoint } from './types.ts'

/** Same endpoint, same question, same cadence: one probe. */
export function dutyKey(endpoint: Endpoint, check: CheckSpec): string {
  const { intervalMs, timeoutMs, fastIntervalMs, fall, rise } = check
  return `${targetKey(endpoint, check)} ${intervalMs}/${timeoutMs}/${fastIntervalMs}/${fall}/${rise}`
}

/** Same endpoint, same question, whatever the cadence: what one found is true for the other. */
export function targetKey(endpoint: Endpoint, check: CheckSpec): string {
  return `${endpoint.address} ${endpoint.port ?? '-'} ${check.protocol} ${JSON.stringify(questionOf(check))}`
}

/** Same address, and a check of the same name and protocol: the old and the new form of one that was edited. */
export function editKey(endpoint: Endpoint, check: CheckSpec): string {
  return `${endpoint.address} ${check.protocol} ${check.name}`
}

/** Everything that a check asks, apart from where, when and under which name. */
function questionOf(check: CheckSpec): readonly unknown[] {
  switch (check.protocol) {
    case 'ICMP':
      return []
    case 'TCP':
      return [check.port]
    case 'HTTP':
    case 'HTTPS': {
      const { port, method, path, host, headers, expect, tls } = check
      const ranges = expect.status.map(range => [range.low, range.high])
      const asked = [port, method, path, host, headers, ranges, expect.body, expect.regex, expect.withinMs]
      return check.protocol === 'HTTP' ? asked : [...asked, tls.serverName, tls.verify, tls.caFile]
    }
    default:
      return never(check)
  }
}
