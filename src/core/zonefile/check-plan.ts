/**
 * A check that is complete but for what only the record knows: its owner, which an HTTPS check without a host asks for
 * by name, so that the certificate can be verified.
 */
import type { CheckSpec, HttpCheck } from '../health/types.ts'
import { formatName, isWildcard, type Name } from '../name/name.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'

export interface CheckPlan {
  readonly spec: CheckSpec
  /** True if the owner of the record goes into `host` and, for HTTPS, into the name that is verified. */
  readonly hostFromOwner: boolean
}

/** The check as this owner needs it, or null after having reported that it cannot be. */
export function specFor(reader: Reader, plan: CheckPlan, owner: Name, path: Path): CheckSpec | null {
  const { spec, hostFromOwner } = plan
  if (!hostFromOwner || spec.protocol === 'ICMP' || spec.protocol === 'TCP') return spec
  if (isWildcard(owner)) {
    const text = `the check ${shown(spec.name)} has no \`host\`, and the wildcard ${formatName(owner)} is not one`
    refuse(reader, 'check-not-possible', reader.doc.valueSpan(path), text, 'give the check a `host: NAME`')
    return null
  }
  const host = formatName(owner).slice(0, -1)
  const serverName = spec.protocol === 'HTTPS' ? (spec.tls.serverName ?? host) : null
  return { ...spec, host, tls: { ...spec.tls, serverName } } satisfies HttpCheck
}
