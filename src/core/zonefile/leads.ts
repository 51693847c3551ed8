/**
 * Names that stand for other names, over all zones: an ALIAS must lead to addresses of ours, and neither it nor a pool
 * of names may lead back to itself, or nothing could ever answer it.
 */
import type { Problem } from '../base/problem.ts'
import { formatName, type Name, nameKey } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import { aliasType } from '../zone/layout.ts'
import { passesMax } from '../zone/reach.ts'
import { answeringName, type Grounds, groundOf, isDelegated, isRedirected, leadsTo, typesOf } from './ground.ts'
import type { TargetRef } from './records.ts'

/** Null if all is well, or where that cannot be known. */
export function judgeLead(ref: TargetRef, grounds: Grounds): Problem | null {
  const { owner, type, target, span } = ref
  if (type !== rrType.CNAME && type !== aliasType) return null
  const what = type === aliasType ? 'ALIAS' : 'CNAME'
  const error = (code: Problem['code'], text: string, hint: string): Problem => {
    return { code, severity: 'error', span, text, hint }
  }
  if (leadsBack(owner, target, grounds)) {
    const text = `the ${what} ${formatName(owner)} leads to ${formatName(target)} and from there back to itself`
    return error('target-loop', text, 'write a name that has addresses of its own')
  }
  if (type !== aliasType) return null
  const end = endOf(target, grounds)
  if (end === 'addresses' || end === 'unknown') return null
  const name = formatName(target)
  const text =
    end === 'elsewhere'
      ? `${name} is not answered from the zones here, so an ALIAS has no addresses to give`
      : `${name} has no address that an ALIAS could give`
  const hint =
    end === 'elsewhere'
      ? 'write a name in one of these zones, or the addresses as A and AAAA records; below the apex a CNAME can do it'
      : `add an A or AAAA record for ${name}`
  return error('alias-nowhere', text, hint)
}

/** True if some way from the target comes to the owner again. */
function leadsBack(owner: Name, target: Name, grounds: Grounds): boolean {
  const start = nameKey(owner)
  const seen = new Set<string>()
  const ahead: Name[] = [target]
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const image = groundOf(name, grounds)?.image ?? null
    const answering = image === null ? null : answeringName(image, name)
    if (image === null || answering === null) continue
    const key = nameKey(answering)
    if (key === start) return true
    if (seen.has(key)) continue
    seen.add(key)
    ahead.push(...leadsTo(image, answering))
  }
  return false
}

/** Where a name's addresses come from. A pool of names is enough if one of them has any. */
function endOf(target: Name, grounds: Grounds): 'addresses' | 'nothing' | 'elsewhere' | 'unknown' {
  let ahead: readonly Name[] = [target]
  let isElsewhere = false
  for (let passes = 0; passes <= passesMax && ahead.length > 0; passes++) {
    const next: Name[] = []
    for (const name of ahead) {
      const ground = groundOf(name, grounds)
      if (ground === null) {
        isElsewhere = true
        continue
      }
      const { image } = ground
      if (image === null) return 'unknown'
      if (isDelegated(image, name) || isRedirected(image, name)) {
        isElsewhere = true
        continue
      }
      const answering = answeringName(image, name)
      if (answering === null) continue
      const types = typesOf(image, answering)
      if (types.has(rrType.A) || types.has(rrType.AAAA)) return 'addresses'
      next.push(...leadsTo(image, answering))
    }
    ahead = next
  }
  return isElsewhere ? 'elsewhere' : 'nothing'
}
