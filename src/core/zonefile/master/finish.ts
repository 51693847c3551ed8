/**
 * The last look at a zone that was read from a master file, and the model of it. As strict as named-checkzone is by
 * default: no SOA, no NS, an alias with other data, and nameservers of the zone itself that lead to nothing are errors;
 * whatever else other servers load is loaded, with warnings.
 */
import type { Problem, Span, WarningCode } from '../../base/problem.ts'
import { seconds } from '../../base/units.ts'
import { formatName } from '../../name/name.ts'
import { decodeSoa } from '../../rdata/soa.ts'
import { formatType, rrType } from '../../rdata/table.ts'
import { lookAcross } from '../across.ts'
import { warnBelowCuts } from '../below-cuts.ts'
import { judgedOf } from '../judged.ts'
import type { SoaModel, ZoneModel } from '../model.ts'
import type { TargetRef } from '../records.ts'
import { type Attaching, attachHealth, endAttaching, takeProblems } from '../sidecar/attach.ts'
import type { RRsetDraft, ZoneDraft } from './draft.ts'
import { adopt, isFull, refuseAt, warnAt } from './findings.ts'
import { findOwner } from './owners.ts'
import { plainPoolOf } from './plain-pool.ts'

/** Null if there are errors. */
export function finishZone(draft: ZoneDraft, file: string, health: Attaching | null): ZoneModel | null {
  const { findings } = draft
  if (isFull(findings)) return null
  requireSoaAndNs(draft, file)
  for (const { sets } of draft.owners.all) refuseBesideCname(draft, sets)
  if (findings.errors > 0) return null
  const zone = modelOf(draft, file, health)
  if (findings.errors > 0) return null
  judgeTargets(draft, zone, health)
  if (findings.errors > 0) return null
  warnOfZone(draft, file)
  return zone
}

function requireSoaAndNs({ findings, zone, sawSoa, sawApexNs }: ZoneDraft, file: string): void {
  const apex = formatName(zone)
  const span: Span = { file, line: 1, column: 1, endColumn: 2 }
  if (!sawSoa) {
    const hint = `add \`@ SOA ns1.${apex} hostmaster.${apex} 1 60 15 86400 5\``
    refuseAt(findings, 'missing-soa', span, `the zone ${apex} has no SOA`, hint)
  }
  if (sawApexNs) return
  refuseAt(findings, 'missing-ns', span, `the zone ${apex} has no NS record`, `add \`@ NS ns1.${apex}\``)
}

/** Types that may stand beside a CNAME: RFC 4034 section 2.5 of the keys' predecessors, RFC 4035 section 2.5. */
const besideCname: ReadonlySet<number> = new Set([25, 46, 47])

/** RFC 1034 section 3.6.2. */
function refuseBesideCname({ findings }: ZoneDraft, sets: readonly RRsetDraft[]): void {
  if (sets.length === 1) return
  const cname = sets.find(({ type }) => type === rrType.CNAME)
  if (cname === undefined) return
  const others = sets.filter(({ type }) => type !== rrType.CNAME && !besideCname.has(type))
  if (others.length === 0) return
  const types = others.map(({ type }) => formatType(type)).join(', ')
  const text = `${formatName(cname.owner)} is an alias and has other records too (${types})`
  refuseAt(findings, 'cname-and-other', cname.span, text, 'remove the CNAME, or the others')
}

function modelOf({ zone, sets, findings }: ZoneDraft, file: string, health: Attaching | null): ZoneModel {
  const soa = sets.find(({ type }) => type === rrType.SOA)!
  const rrsets = sets
    .filter(set => set !== soa)
    .map(({ owner, type, ttl, rdatas, span }) => {
      const set = { owner, type, ttl, rdatas, span }
      const attached = health === null ? null : attachHealth(health, set)
      if (health !== null) adopt(findings, takeProblems(health))
      return { ...set, ...(attached ?? { pool: plainPoolOf(type, rdatas, ttl) }) }
    })
  if (health !== null) {
    endAttaching(health)
    adopt(findings, takeProblems(health))
  }
  return { name: zone, file, soa: soaModelOf(soa), rrsets }
}

function soaModelOf({ rdatas, ttl }: RRsetDraft): SoaModel {
  const { mname, rname, serial, refresh, retry, expire, minimum } = decodeSoa(rdatas[0]!)
  return {
    mname,
    rname,
    serial,
    refresh: seconds(refresh),
    retry: seconds(retry),
    expire: seconds(expire),
    negativeTtl: seconds(minimum),
    ttl,
  }
}

/** What records point at inside the zone. Only the nameservers of the zone itself are worth refusing it. */
function judgeTargets(draft: ZoneDraft, model: ZoneModel, health: Attaching | null): void {
  const { zone, findings } = draft
  const isOwnNs = ({ owner, type }: TargetRef) => type === rrType.NS && owner.length === zone.length
  // With health, addresses of a nameserver may come and go.
  const suspects = draft.targets.filter(ref => isSuspect(draft, ref) || (health !== null && ref.type === rrType.NS))
  for (const problem of lookAt(model, suspects.filter(isOwnNs))) {
    findings.errors++
    findings.problems.push(problem)
  }
  const others = suspects.filter(ref => !isOwnNs(ref))
  for (const { code, span, text, hint } of lookAt(model, others)) warnAt(findings, milder(code), span, text, hint)
}

/** False where nothing can be wrong, which spares most zones the look at an image made for it alone. */
function isSuspect({ owners, hasWildcard, hasDname }: ZoneDraft, { type, target }: TargetRef): boolean {
  if (hasDname) return true
  const sets = findOwner(owners, target)?.sets
  if (sets === undefined) return type === rrType.NS || hasWildcard
  if (sets.some(set => set.type === rrType.CNAME)) return true
  return type === rrType.NS && !sets.some(set => isAddress(set.type))
}

function lookAt(zone: ZoneModel, targets: readonly TargetRef[]): readonly Problem[] {
  if (targets.length === 0) return []
  const { name, file } = zone
  const nameSpan = { file, line: 1, column: 1, endColumn: 2 }
  return lookAcross([judgedOf({ file, name, nameSpan, zone, targets, transfer: null, tests: [], problems: [] })])
}

function milder(code: Problem['code']): WarningCode {
  return code === 'target-is-alias' ? 'leads-to-alias' : 'leads-nowhere'
}

/** What is allowed but hardly meant. */
function warnOfZone(draft: ZoneDraft, file: string): void {
  const { findings, zone, sets, targets } = draft
  if (sets.every(({ type }) => type === rrType.NS || type === rrType.SOA)) {
    const text = `the zone ${formatName(zone)} has nothing but its SOA and NS records`
    warnAt(findings, 'nothing-to-serve', { file, line: 1, column: 1, endColumn: 2 }, text, 'add records')
  }
  warnBelowCuts(zone, sets, targets, (span, text, hint) => warnAt(findings, 'below-cut', span, text, hint))
}

function isAddress(type: number): boolean {
  return type === rrType.A || type === rrType.AAAA
}
