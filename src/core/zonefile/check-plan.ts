/**
 * A check that is complete but for what only the record knows: its owner, which a check over TLS without a name of its
 * own asks for, so that the certificate can be verified.
 */
import { never } from '../base/assert.ts'
import type { CheckSpec, TlsSpec } from '../health/types.ts'
import { formatName, isWildcard, type Name } from '../name/name.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import type { Route } from './route.ts'

/** What the keys of one protocol come to. */
export interface CheckDraft {
  readonly spec: CheckSpec
  /** True if the owner of the record goes into `host` and, over TLS, into the name that is verified. */
  readonly hostFromOwner: boolean
}

export interface CheckPlan extends CheckDraft {
  readonly route: Route
}

/** The check as this owner needs it, or null after having reported that it cannot be. */
export function specFor(reader: Reader, plan: CheckPlan, owner: Name, path: Path): CheckSpec | null {
  const { spec, hostFromOwner } = plan
  if (!hostFromOwner) return spec
  const host = formatName(owner).slice(0, -1)
  if (!isWildcard(owner) && /^[A-Za-z0-9._-]+$/.test(host)) return withHost(spec, host)
  const what = isWildcard(owner) ? `the wildcard ${formatName(owner)}` : `the name ${formatName(owner)}`
  const text = `the check ${shown(spec.name)} has no \`${nameKey(spec)}\`, and ${what} is not one`
  const hint = `give the check a \`${nameKey(spec)}: NAME\``
  refuse(reader, 'check-not-possible', reader.doc.valueSpan(path), text, hint)
  return null
}

function withHost(spec: CheckSpec, host: string): CheckSpec {
  switch (spec.protocol) {
    case 'HTTP':
      return { ...spec, host }
    case 'HTTPS':
      return { ...spec, host, tls: named(spec.tls, host) }
    case 'GRPC':
      return { ...spec, host, tls: spec.tls === null ? null : named(spec.tls, host) }
    case 'TCP':
    case 'METRICS':
      return { ...spec, tls: spec.tls === null ? null : named(spec.tls, host) }
    case 'ICMP':
    case 'DNS':
    case 'EXEC':
      return spec
    default:
      return never(spec)
  }
}

function named(tls: TlsSpec, host: string): TlsSpec {
  return { ...tls, serverName: tls.serverName ?? host }
}

/** What of the check would say the name. */
function nameKey({ protocol }: CheckSpec): string {
  return protocol === 'TCP' || protocol === 'METRICS' ? 'tls.server_name' : 'host'
}
