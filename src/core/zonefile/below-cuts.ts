/**
 * Records that are never answered because of what stands above them: a delegation, which leaves them to other
 * nameservers (RFC 1034 section 4.2.1), or a DNAME, which redirects every name below it (RFC 6672 section 2.4).
 */
import type { Span } from '../base/problem.ts'
import { formatName, type Name, nameKey, parentOf } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import { typeWord } from './types.ts'

/** An RRset, whatever front end it comes from. */
interface Placed {
  readonly owner: Name
  readonly type: number
  readonly span: Span
}

/** What an NS record points at. */
interface Pointing {
  readonly owner: Name
  readonly type: number
  readonly target: Name
}

type Cut = 'delegation' | 'dname'

/** Tells each set that is hidden. Addresses of the nameservers of a delegation are glue and have a use. */
export function warnBelowCuts(
  zone: Name,
  sets: readonly Placed[],
  targets: readonly Pointing[],
  tell: (span: Span, text: string, hint: string) => void,
): void {
  const isDelegation = ({ owner, type }: { owner: Name; type: number }) =>
    type === rrType.NS && owner.length > zone.length
  const cuts = new Map<string, Cut>()
  for (const set of sets) {
    if (isDelegation(set)) cuts.set(nameKey(set.owner), 'delegation')
    else if (set.type === rrType.DNAME) cuts.set(nameKey(set.owner), 'dname')
  }
  if (cuts.size === 0) return
  const served = new Set(targets.filter(isDelegation).map(({ target }) => nameKey(target)))
  for (const set of sets) {
    const { owner, type, span } = set
    const above = cutAbove(set, zone, cuts)
    const isGlue = (type === rrType.A || type === rrType.AAAA) && served.has(nameKey(owner))
    if (above === null || isGlue) continue
    const { name, cut } = above
    const why = `${formatName(name)} ${cut === 'delegation' ? 'is delegated' : 'is a DNAME'}`
    const hint = `move it to the zone that ${cut === 'delegation' ? 'it is delegated to' : 'the DNAME leads to'}`
    tell(span, `${formatName(owner)} ${typeWord(type)} is never answered, since ${why}`, hint)
  }
}

/** The nearest cut that hides the set. At a delegation itself NS and DS are answered, at a DNAME all that is there. */
function cutAbove(
  { owner, type }: Placed,
  zone: Name,
  cuts: ReadonlyMap<string, Cut>,
): { readonly name: Name; readonly cut: Cut } | null {
  const isOfParent = type === rrType.NS || type === rrType.DS
  for (let name: Name | null = owner; name !== null && name.length >= zone.length; name = parentOf(name)) {
    const cut = cuts.get(nameKey(name))
    const isHere = name.length === owner.length
    if (cut === undefined || (isHere && (cut === 'dname' || isOfParent))) continue
    return { name, cut }
  }
  return null
}
