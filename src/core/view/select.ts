/**
 * Which part of the picture a person asked for, and in what order they want to see it: trouble first.
 * Knows nothing of terminals; invariant: selecting never changes a view, and an unmatched pattern selects nothing.
 */
import type { MemberView, PoolView } from './status.ts'

/**
 * The pools whose owner matches, whole; of the others the members whose address matches. Pools without a matching
 * member are left out.
 */
export function selectPools(pools: readonly PoolView[], pattern: string): readonly PoolView[] {
  const selected: PoolView[] = []
  for (const pool of pools) {
    if (matchesOwner(pattern, pool.owner)) {
      selected.push(pool)
      continue
    }
    const members = pool.members.filter(member => matchesGlob(pattern, member.address))
    if (members.length > 0) selected.push({ ...pool, members })
  }
  return selected
}

/** Pools that serve other than as configured, then those short of a member, then the calm ones; each in given order. */
export function poolsByUrgency(pools: readonly PoolView[]): readonly PoolView[] {
  return [0, 1, 2].flatMap(urgency => pools.filter(pool => poolUrgency(pool) === urgency))
}

/** True if every member stands as the zone file hopes: eligible pool, nobody down, unknown, pending or overridden. */
export function isCalm(pool: PoolView): boolean {
  return poolUrgency(pool) === 2
}

/**
 * `*` stands for any run of characters, also none; letters match in either case; everything else is itself.
 * Never worse than the two lengths multiplied: one point of return is enough for a pattern of stars.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = pattern.toLowerCase()
  const given = text.toLowerCase()
  let at = 0
  let star = -1
  let resumeAt = 0
  for (let i = 0; i < given.length; ) {
    if (wanted[at] === '*') {
      star = at++
      resumeAt = i
    } else if (at < wanted.length && wanted[at] === given[i]) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++resumeAt
    } else {
      return false
    }
  }
  while (wanted[at] === '*') at++
  return at === wanted.length
}

/** People leave out the closing dot of a name. */
function matchesOwner(pattern: string, owner: string): boolean {
  return matchesGlob(pattern, owner) || (owner.endsWith('.') && matchesGlob(pattern, owner.slice(0, -1)))
}

/** How soon people want to see it, 0 before 1 before 2. */
export function poolUrgency(pool: PoolView): 0 | 1 | 2 {
  if (pool.mode !== 'normal') return 0
  return pool.members.every(isCalmMember) ? 2 : 1
}

function isCalmMember(member: MemberView): boolean {
  return member.verdict === 'up' && !member.pending && !member.held && member.override === 'none'
}
