/**
 * What can only be seen over all names of all zones: two files for one zone, nameservers and mail hosts that lead to
 * nothing, to an alias, or to addresses that come and go. Small: it looks at what points somewhere, not at all records.
 * A zone whose file has errors, or that is pulled, is unknown ground: nothing is said about names in it.
 */
import type { Problem } from '../base/problem.ts'
import { equalNames, formatName, isUnder, lowerName, type Name, nameKey } from '../name/name.ts'
import { formatType, rrType } from '../rdata/table.ts'
import { answeringName, type Ground, type Grounds, groundOf, isDelegated, isRedirected, typesOf } from './ground.ts'
import type { ZoneImage } from './image.ts'
import type { JudgedZone } from './judged.ts'
import { judgeLead } from './leads.ts'
import type { TargetRef } from './records.ts'

export function lookAcross(zones: readonly JudgedZone[]): readonly Problem[] {
  const problems: Problem[] = refuseTwins(zones)
  const grounds = new Map<string, Ground>()
  for (const { name, image, origin } of zones) {
    // What a primary has in its zone is not ours to demand, and may be another thing tomorrow.
    if (name !== null) grounds.set(nameKey(name), { name, image: origin === undefined ? image : null })
  }
  for (const { name, image, targets } of zones) {
    if (name === null || image === null) continue
    for (const ref of targets) {
      const problem = judgeTarget(ref, name, grounds) ?? judgeLead(ref, grounds)
      if (problem !== null) problems.push(problem)
    }
  }
  return problems
}

function refuseTwins(zones: readonly JudgedZone[]): Problem[] {
  const files = new Map<string, string>()
  const problems: Problem[] = []
  for (const { name, file, nameSpan, origin } of zones) {
    if (name === null) continue
    const first = files.get(nameKey(name))
    if (first === undefined) {
      files.set(nameKey(name), file)
      continue
    }
    const text = `the zone ${formatName(name)} is in ${first} already`
    const hint = origin === undefined ? 'join the two files' : 'remove the file, or do not pull the zone'
    problems.push({ code: 'duplicate-zone', severity: 'error', span: nameSpan, text, hint })
  }
  return problems
}

function judgeTarget(ref: TargetRef, zone: Name, grounds: Grounds): Problem | null {
  const { owner, type, target, span } = ref
  if (type !== rrType.NS && type !== rrType.MX && type !== rrType.SRV) return null
  const ground = groundOf(target, grounds)
  if (ground === null || ground.image === null) return null
  const { image } = ground
  const answering = answeringName(image, target)
  const types = answering === null ? noTypes : typesOf(image, answering)
  const name = formatName(target)
  const error = (code: Problem['code'], text: string, hint: string): Problem => ({
    code,
    severity: 'error',
    span,
    text,
    hint,
  })
  if (types.has(rrType.CNAME)) {
    const text = `${name} is an alias, which ${formatType(type)} may not point at (RFC 2181 section 10.3)`
    return error('target-is-alias', text, 'write the name that the alias leads to')
  }
  if (isRedirected(image, target)) {
    const text = `${name} is below a DNAME, which makes an alias of it that ${formatType(type)} may not point at`
    return error('target-is-alias', text, 'write the name that it is redirected to (RFC 2181 section 10.3)')
  }
  if (type !== rrType.NS) return null
  if (!types.has(rrType.A) && !types.has(rrType.AAAA)) {
    const isOwnGround = equalNames(ground.name, zone)
    if (isOwnGround && owner.length > zone.length && isUnder(target, owner)) {
      const text = `${formatName(owner)} is delegated to ${name}, whose address only this zone can give`
      return error('missing-glue', text, `add an A or AAAA record for ${name}`)
    }
    if (isDelegated(image, target)) return null
    return error('ns-nowhere', `the nameserver ${name} has no address`, `add an A or AAAA record for ${name}`)
  }
  if (answering === null || !isChecked(image, answering)) return null
  const text = `the nameserver ${name} has addresses that a check may take out, and the zone with them`
  return error('ns-pooled', text, `write \`check: none\` on the records of ${name}`)
}

const noTypes: ReadonlySet<number> = new Set()

/** True if a check may take addresses of the name out. */
function isChecked({ pools }: ZoneImage, name: Name): boolean {
  const owner = formatName(lowerName(name))
  return pools.some(({ plan }) => {
    const isAddress = plan.type === 'A' || plan.type === 'AAAA'
    return isAddress && plan.owner === owner && plan.pool.members.some(member => member.duties.length > 0)
  })
}
