/**
 * A list of zones → the catalog that says so (RFC 9432 sections 3 and 4), as a master file, so that it goes the way of
 * every other zone. The label of a member is made of nothing but the name of its zone: it is the same after a restart,
 * on another server, and in another catalog, and consumers keep what they have.
 */
import { readSipKey, sipHash, sipHashOctets, sipKeyOctets } from '../guard/siphash.ts'
import { formatName, lowerName, type Name, nameKey } from '../name/name.ts'
import { encodeTxt, quote } from '../rdata/txt.ts'
import { catalogLabel, catalogVersion } from './catalog.ts'

export interface ListedZone {
  readonly zone: Name
  readonly groups: readonly string[]
}

/**
 * Nobody resolves a catalog, so it needs no nameserver (section 4.1); it is not to expire, since a consumer that cannot
 * reach us had better keep its zones.
 */
const soa = 'invalid. invalid. 0 300 60 2147483646 0'

/** The order of `zones` does not matter. None is in it twice. */
export function writeCatalog(apex: Name, zones: readonly ListedZone[]): string {
  const lines = [
    `$ORIGIN ${formatName(apex)}`,
    '$TTL 0',
    `@ SOA ${soa}`,
    '@ NS invalid.',
    `${catalogLabel.version} TXT "${catalogVersion}"`,
  ]
  for (const [unique, { zone, groups }] of labelMembers(zones)) {
    const node = `${unique}.${catalogLabel.zones}`
    lines.push(`${node} PTR ${formatName(lowerName(zone))}`)
    for (const group of groups) lines.push(`${catalogLabel.group}.${node} TXT ${formatGroup(group)}`)
  }
  return `${lines.join('\n')}\n`
}

/** Each zone under its label, in the order of their names. */
export function labelMembers(zones: readonly ListedZone[]): ReadonlyMap<string, ListedZone> {
  const sorted = zones.map(listed => ({ key: nameKey(listed.zone), listed }))
  sorted.sort((a, b) => (a.key < b.key ? -1 : 1))
  const labelled = new Map<string, ListedZone>()
  for (const { listed } of sorted) {
    const label = uniqueLabel(listed.zone)
    let free = label
    for (let i = 2; labelled.has(free); i++) free = `${label}-${i}`
    labelled.set(free, listed)
  }
  return labelled
}

/** Any will do that never changes: it makes labels, not secrets. */
const labelKey = readSipKey(new Uint8Array(sipKeyOctets))

/** Sixteen hex digits. */
export function uniqueLabel(zone: Name): string {
  const lowered = lowerName(zone)
  const hash = new Uint8Array(sipHashOctets)
  sipHash(labelKey, lowered, 0, lowered.length, hash, 0)
  return Array.from(hash, octet => octet.toString(16).padStart(2, '0')).join('')
}

function formatGroup(group: string): string {
  const rdata = encodeTxt([new TextEncoder().encode(group)])
  const texts: string[] = []
  for (let at = 0; at < rdata.length; at += rdata[at]! + 1)
    texts.push(quote(rdata.subarray(at + 1, at + 1 + rdata[at]!)))
  return texts.join(' ')
}
