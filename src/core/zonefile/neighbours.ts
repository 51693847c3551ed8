/**
 * Which types may stand at a name, and which beside each other: rules about owners that no single record shows.
 */
import type { Span } from '../base/problem.ts'
import { equalNames, formatName, isWildcard, type Name } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import { type Path, type Reader, refuse } from './doc.ts'
import { typeWord } from './types.ts'

/** What one name has, in file order, faulty records too. */
export interface OwnerEntry {
  readonly name: Name
  readonly types: Map<number, Path>
}

/** False after having reported that a name of this kind cannot have the type. */
export function requirePlace(reader: Reader, zone: Name, owner: Name, code: number, span: Span): boolean {
  if (code === rrType.NS && isWildcard(owner)) {
    const hint = 'delegate each name on its own'
    refuse(reader, 'bad-value', span, 'a wildcard cannot be delegated (RFC 4592 section 4.2)', hint)
    return false
  }
  if (code === rrType.DNAME && isWildcard(owner)) {
    const hint = 'write a DNAME for each name, or a CNAME for the wildcard'
    refuse(reader, 'bad-value', span, 'a wildcard cannot be a DNAME (RFC 6672 section 3.3)', hint)
    return false
  }
  if (code === rrType.DS && equalNames(owner, zone)) {
    const text = `the DS of ${formatName(zone)} belongs to the zone above it (RFC 4035 section 2.4)`
    refuse(reader, 'ds-misplaced', span, text, 'give it to whoever delegates this zone, and remove it here')
    return false
  }
  return true
}

/** Looks at a name when all of its records are known. */
export function refuseNeighbours(reader: Reader, zone: Name, entry: OwnerEntry): void {
  if (entry.types.has(rrType.CNAME)) {
    refuseBesideCname(reader, zone, entry)
    return
  }
  const isApex = equalNames(entry.name, zone)
  const isDelegated = entry.types.has(rrType.NS) && !isApex
  const name = formatName(entry.name)
  if (entry.types.has(rrType.DNAME) && isDelegated) {
    const text = `${name} is delegated, so its DNAME belongs to the zone below (RFC 6672 section 2.3)`
    refuse(reader, 'dname-and-other', typeSpan(reader, entry, rrType.DNAME), text, 'remove the DNAME, or the NS')
  }
  if (entry.types.has(rrType.DS) && !isDelegated && !isApex) {
    const text = `${name} has a DS but no NS, so there is no zone that it could vouch for (RFC 4035 section 2.4)`
    refuse(reader, 'ds-misplaced', typeSpan(reader, entry, rrType.DS), text, 'add the NS, or remove the DS')
  }
}

/** RFC 1034 section 3.6.2: an alias has no other data; the apex always has. */
function refuseBesideCname(reader: Reader, zone: Name, entry: OwnerEntry): void {
  const span = typeSpan(reader, entry, rrType.CNAME)
  const name = formatName(entry.name)
  if (equalNames(entry.name, zone)) {
    const text = `the zone itself, ${name}, cannot be an alias, since it has an SOA and NS`
    refuse(
      reader,
      'cname-and-other',
      span,
      text,
      'write `type: ALIAS` to have the addresses of another name, or A and AAAA records',
    )
    return
  }
  if (entry.types.size === 1) return
  const others = [...entry.types.keys()].filter(code => code !== rrType.CNAME).map(typeWord)
  const text = `${name} is an alias and has other records too (${others.join(', ')})`
  refuse(reader, 'cname-and-other', span, text, 'remove the CNAME, or the others')
}

function typeSpan(reader: Reader, entry: OwnerEntry, code: number): Span {
  return reader.doc.valueSpan([...entry.types.get(code)!, 'type'])
}
