/**
 * What can only be seen over all names of all zones: two files for one zone, nameservers and mail hosts that lead to
 * nothing, to an alias, or to addresses that come and go. Small: it looks at what points somewhere, not at all records.
 * A zone whose file has errors is unknown ground: nothing is said about names in it.
 */
import type { Problem } from '../base/problem.ts'
import { equalNames, formatName, isUnder, type Name, nameKey, parentOf, wildcardOf } from '../name/name.ts'
import { formatType, rrType } from '../rdata/table.ts'
import type { RRsetModel, ZoneModel } from './model.ts'
import type { TargetRef } from './records.ts'
import type { ZoneReading } from './zone.ts'

type Types = ReadonlyMap<number, RRsetModel>

/** A zone with its names at hand. */
interface Ground {
  readonly name: Name
  /** Null for unknown ground. */
  readonly owners: ReadonlyMap<string, Types> | null
  /** Names that exist only because something below them does. */
  readonly betweens: ReadonlySet<string>
}

export function lookAcross(readings: readonly ZoneReading[]): readonly Problem[] {
  const problems: Problem[] = refuseTwins(readings)
  const grounds = new Map<string, Ground>()
  for (const { name, zone } of readings) {
    if (name === null) continue
    grounds.set(nameKey(name), zone === null ? { name, owners: null, betweens: new Set() } : survey(zone))
  }
  for (const { zone, targets } of readings) {
    if (zone === null) continue
    for (const ref of targets) {
      const problem = judgeTarget(ref, zone, grounds)
      if (problem !== null) problems.push(problem)
    }
  }
  return problems
}

function refuseTwins(readings: readonly ZoneReading[]): Problem[] {
  const files = new Map<string, string>()
  const problems: Problem[] = []
  for (const { name, file, nameSpan } of readings) {
    if (name === null) continue
    const first = files.get(nameKey(name))
    if (first === undefined) {
      files.set(nameKey(name), file)
      continue
    }
    const text = `the zone ${formatName(name)} is in ${first} already`
    problems.push({ code: 'duplicate-zone', severity: 'error', span: nameSpan, text, hint: 'join the two files' })
  }
  return problems
}

function survey(zone: ZoneModel): Ground {
  const owners = new Map<string, Map<number, RRsetModel>>()
  const betweens = new Set<string>()
  for (const rrset of zone.rrsets) {
    const key = nameKey(rrset.owner)
    const types = owners.get(key)
    if (types !== undefined) {
      types.set(rrset.type, rrset)
      continue
    }
    owners.set(key, new Map([[rrset.type, rrset]]))
    for (
      let above = parentOf(rrset.owner);
      above !== null && above.length >= zone.name.length;
      above = parentOf(above)
    ) {
      const aboveKey = nameKey(above)
      if (betweens.has(aboveKey)) break
      betweens.add(aboveKey)
    }
  }
  return { name: zone.name, owners, betweens }
}

function judgeTarget(ref: TargetRef, zone: ZoneModel, grounds: ReadonlyMap<string, Ground>): Problem | null {
  const { owner, type, target, span } = ref
  if (type !== rrType.NS && type !== rrType.MX && type !== rrType.SRV) return null
  const ground = groundOf(target, grounds)
  if (ground === null || ground.owners === null) return null
  const types = typesAt(ground, target)
  const name = formatName(target)
  const error = (code: Problem['code'], text: string, hint: string): Problem => ({
    code,
    severity: 'error',
    span,
    text,
    hint,
  })
  if (types?.has(rrType.CNAME)) {
    const text = `${name} is an alias, which ${formatType(type)} may not point at (RFC 2181 section 10.3)`
    return error('target-is-alias', text, 'write the name that the alias leads to')
  }
  if (isRedirected(ground, target)) {
    const text = `${name} is below a DNAME, which makes an alias of it that ${formatType(type)} may not point at`
    return error('target-is-alias', text, 'write the name that it is redirected to (RFC 2181 section 10.3)')
  }
  if (type !== rrType.NS) return null
  const addresses = [types?.get(rrType.A), types?.get(rrType.AAAA)].filter(rrset => rrset !== undefined)
  if (addresses.length === 0) {
    const isOwnGround = equalNames(ground.name, zone.name)
    if (isOwnGround && owner.length > zone.name.length && isUnder(target, owner)) {
      const text = `${formatName(owner)} is delegated to ${name}, whose address only this zone can give`
      return error('missing-glue', text, `add an A or AAAA record for ${name}`)
    }
    if (cutAbove(ground, target)) return null
    return error('ns-nowhere', `the nameserver ${name} has no address`, `add an A or AAAA record for ${name}`)
  }
  const isChecked = addresses.some(({ pool }) => pool?.members.some(member => member.duties.length > 0))
  if (!isChecked) return null
  const text = `the nameserver ${name} has addresses that a check may take out, and the zone with them`
  return error('ns-pooled', text, `write \`check: none\` on the records of ${name}`)
}

/** The deepest of our zones that the name is in. */
function groundOf(name: Name, grounds: ReadonlyMap<string, Ground>): Ground | null {
  for (let above: Name | null = name; above !== null; above = parentOf(above)) {
    const ground = grounds.get(nameKey(above))
    if (ground !== undefined) return ground
  }
  return null
}

/** What a question for the name would find: its own types, or the wildcard's (RFC 4592 section 3.3.1). */
function typesAt(ground: Ground, name: Name): Types | null {
  const own = ground.owners!.get(nameKey(name))
  if (own !== undefined) return own
  if (ground.betweens.has(nameKey(name))) return null
  for (let above = parentOf(name); above !== null && above.length >= ground.name.length; above = parentOf(above)) {
    if (!ground.betweens.has(nameKey(above)) && !ground.owners!.has(nameKey(above))) continue
    const wildcard = wildcardOf(above)
    return wildcard === null ? null : (ground.owners!.get(nameKey(wildcard)) ?? null)
  }
  return null
}

/** True if a DNAME stands above the name; what is delegated away further up is for others to say. */
function isRedirected(ground: Ground, name: Name): boolean {
  let redirected = false
  for (let above = parentOf(name); above !== null && above.length >= ground.name.length; above = parentOf(above)) {
    const types = ground.owners!.get(nameKey(above))
    if (types?.has(rrType.DNAME)) redirected = true
    else if (types?.has(rrType.NS) && above.length > ground.name.length) redirected = false
  }
  return redirected
}

/** True if the name is in a part of the zone that is delegated away, where others know the addresses. */
function cutAbove(ground: Ground, name: Name): boolean {
  for (let above: Name | null = name; above !== null && above.length > ground.name.length; above = parentOf(above)) {
    if (ground.owners!.get(nameKey(above))?.has(rrType.NS)) return true
  }
  return false
}
