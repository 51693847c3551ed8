/**
 * Which zones a server had from which catalogs, as it is kept over a restart: a broken catalog must not cost anybody
 * the zones of its last good version (RFC 9432 section 5.1), nor a restart make us forget that a label changed.
 */
import { formatName, isNameFault, lowerName, type Name, nameKey, parseName } from '../name/name.ts'
import type { Membership, Memberships } from './plan.ts'

const savedVersion = 1

export function saveMemberships(memberships: Memberships): string {
  const members = [...memberships.values()].map(({ zone, catalog, unique, groups }) => {
    return { zone: formatName(zone), catalog: formatName(catalog), unique, groups }
  })
  return `${JSON.stringify({ version: savedVersion, members })}\n`
}

/** Null if it is not what this version wrote. */
export function restoreMemberships(text: string): Memberships | null {
  const saved = parse(text)
  if (!isRecord(saved) || saved['version'] !== savedVersion || !Array.isArray(saved['members'])) return null
  const memberships = new Map<string, Membership>()
  for (const entry of saved['members'] as readonly unknown[]) {
    const membership = restoreOne(entry)
    if (membership === null) return null
    memberships.set(nameKey(membership.zone), membership)
  }
  return memberships
}

function restoreOne(entry: unknown): Membership | null {
  if (!isRecord(entry)) return null
  const { zone: zoneText, catalog: catalogText, unique, groups } = entry
  const zone = nameIn(zoneText)
  const catalog = nameIn(catalogText)
  if (zone === null || catalog === null || typeof unique !== 'string' || !isTexts(groups)) return null
  return { zone, catalog, unique, groups }
}

function nameIn(text: unknown): Name | null {
  const name = typeof text === 'string' ? parseName(text, null) : 'relative'
  return isNameFault(name) ? null : lowerName(name)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(text => typeof text === 'string')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
