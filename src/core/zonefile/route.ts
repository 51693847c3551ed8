/**
 * `check_address` and `source` of a check: whom it probes if not the member itself, and where its probes start out.
 * A source is of one address family, and which one is needed is known only at the record that uses the check. What is
 * sent to other nameservers has sources too, written the same way.
 */
import type { CheckSpec } from '../health/types.ts'
import { formatIpv4, parseIpv4 } from '../rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../rdata/aaaa.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import type { CadenceInput } from './schema/cadence.ts'

export type AddressFamily = 'v4' | 'v6'

/** What is sent to addresses of each family starts from: canonical text; null leaves it to the system. */
export type Sources = Readonly<Record<AddressFamily, string | null>>

export const noSources: Sources = { v4: null, v6: null }

/** Addresses are canonical text. */
export interface Route {
  /** Probed instead of the member's own address, or null. */
  readonly checkAddress: string | null
  readonly sources: Sources
}

export function familyOf(address: string): AddressFamily {
  return address.includes(':') ? 'v6' : 'v4'
}

/** Null after having reported what is wrong. */
export function readRoute(reader: Reader, input: CadenceInput, path: Path): Route | null {
  const { check_address: given, source } = input
  const checkAddress = given === undefined ? null : readHost(reader, given, [...path, 'check_address'])
  const sources = source === undefined ? noSources : readSources(reader, source, [...path, 'source'])
  if (sources === null || (given !== undefined && checkAddress === null)) return null
  const route = { checkAddress, sources }
  const fits = checkAddress === null || requireSource(reader, route, familyOf(checkAddress), [...path, 'source'])
  return fits ? route : null
}

/** An address, or one of each family. Null after having reported what is wrong. */
export function readSources(reader: Reader, given: string | readonly string[], path: Path): Sources | null {
  const sources: Record<AddressFamily, string | null> = { v4: null, v6: null }
  const list = typeof given === 'string' ? [given] : given
  let faulty = false
  list.forEach((text, i) => {
    const at = typeof given === 'string' ? path : [...path, i]
    const address = readHost(reader, text, at)
    const family = address === null ? null : familyOf(address)
    if (family !== null && sources[family] !== null) {
      const what = family === 'v4' ? 'IPv4' : 'IPv6'
      refuse(reader, 'bad-value', reader.doc.valueSpan(at), `there are two ${what} sources`, 'remove one')
    }
    if (family === null || sources[family] !== null) faulty = true
    else sources[family] = address
  })
  return faulty ? null : sources
}

/** The check with the source that it has for this family; null after having reported that it has none. */
export function routeSpec(
  reader: Reader,
  spec: CheckSpec,
  route: Route,
  family: AddressFamily,
  path: Path,
): CheckSpec | null {
  const reached = route.checkAddress === null ? family : familyOf(route.checkAddress)
  if (!requireSource(reader, route, reached, path)) return null
  const source = route.sources[reached]
  return source === null ? spec : { ...spec, source }
}

/** False after having reported that only the other family has a source. */
function requireSource(reader: Reader, { sources }: Route, family: AddressFamily, path: Path): boolean {
  const other = sources[family === 'v4' ? 'v6' : 'v4']
  if (sources[family] !== null || other === null) return true
  const [has, lacks] = family === 'v4' ? ['IPv6', 'IPv4'] : ['IPv4', 'IPv6']
  const text = `the source ${shown(other)} is an ${has} address, but an ${lacks} address is probed`
  refuse(
    reader,
    'wrong-family',
    reader.doc.valueSpan(path),
    text,
    `write one of each in the check: \`source: [${other}, …]\``,
  )
  return false
}

/** The address of one host as canonical text; null after having reported that it is none. */
export function readHost(reader: Reader, text: string, path: Path): string | null {
  const v4 = parseIpv4(text)
  const v6 = parseIpv6(text)
  const octets = v4 ?? v6
  if (octets === null) {
    const hint = 'write an address such as 10.0.0.5 or 2001:db8::5, without a port or a prefix length'
    refuse(reader, 'bad-address', reader.doc.valueSpan(path), `${shown(text)} is not an address`, hint)
    return null
  }
  const isMany = octets.every(octet => octet === 0) || (v4 === null ? octets[0] === 0xff : octets[0]! >= 224)
  if (isMany) {
    const text4 = `${shown(text)} is not the address of one host`
    refuse(reader, 'bad-address', reader.doc.valueSpan(path), text4, 'write the address of an interface')
    return null
  }
  return v4 === null ? formatIpv6(octets) : formatIpv4(octets)
}
