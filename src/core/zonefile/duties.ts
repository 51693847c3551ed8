/**
 * A record's reference to checks → duties: which checks judge each member, and how many of them must be up.
 */
import type { CheckSpec, Quorum } from '../health/types.ts'
import type { Name } from '../name/name.ts'
import type { DutyModel } from '../roster/types.ts'
import { type CheckPlan, specFor } from './check-plan.ts'
import { type Checks, noCheck, refuseUnknownCheck } from './checks.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { type AddressFamily, routeSpec } from './route.ts'
import type { CheckRefInput } from './schema/check.ts'

/** The checks of one reference. */
export interface DutyPlan {
  readonly plans: readonly CheckPlan[]
  readonly quorum: Quorum
  /** Where the reference stands. */
  readonly path: Path
}

/** `none`: not to be checked. `faulty`: a problem with it was reported already. */
export type CheckChoice = DutyPlan | 'none' | 'faulty'

/** The checks as one record needs them, and how many must be up. */
export interface Duties {
  readonly specs: readonly CheckSpec[]
  /** For each of them the address that it probes instead of the member's own, or null. */
  readonly checkAddresses: readonly (string | null)[]
  readonly quorum: Quorum
}

export const noDuties: Duties = { specs: [], checkAddresses: [], quorum: { need: 0 } }

/** Adds the names of the checks it finds to `used`. */
export function readCheckRef(
  reader: Reader,
  ref: CheckRefInput,
  checks: Checks,
  used: Set<string>,
  path: Path,
): CheckChoice {
  if (ref === noCheck) return 'none'
  if (typeof ref === 'string') return planOf(reader, [ref], 1, checks, used, path, () => path)
  const { all, any, at_least: atLeast, of } = ref
  const given = Object.keys(ref).sort().join(' ')
  if (all !== undefined && given === 'all') {
    return planOf(reader, all, all.length, checks, used, path, i => [...path, 'all', i])
  }
  if (any !== undefined && given === 'any') return planOf(reader, any, 1, checks, used, path, i => [...path, 'any', i])
  if (atLeast === undefined || of === undefined || given !== 'at_least of') {
    const hint = 'write {all: [...]}, {any: [...]} or {at_least: n, of: [...]}'
    refuse(reader, 'bad-value', reader.doc.valueSpan(path), 'this is not one way to join checks', hint)
    return 'faulty'
  }
  if (atLeast > of.length) {
    const text = `\`at_least\` asks for ${atLeast} of ${of.length} checks`
    refuse(
      reader,
      'bad-value',
      reader.doc.valueSpan([...path, 'at_least']),
      text,
      `write a number from 1 to ${of.length}`,
    )
    return 'faulty'
  }
  return planOf(reader, of, atLeast, checks, used, path, i => [...path, 'of', i])
}

/** Null after having reported that a check is not possible for this owner and members of this family. */
export function dutiesFor(reader: Reader, plan: DutyPlan, owner: Name, family: AddressFamily): Duties | null {
  const specs: CheckSpec[] = []
  for (const each of plan.plans) {
    const complete = specFor(reader, each, owner, plan.path)
    const spec = complete === null ? null : routeSpec(reader, complete, each.route, family, plan.path)
    if (spec === null) return null
    specs.push(spec)
  }
  return { specs, checkAddresses: plan.plans.map(each => each.route.checkAddress), quorum: plan.quorum }
}

/** The duties of one member. `checkAddress` is its own: probed instead of what it or the check say, or null. */
export function dutiesOf(duties: Duties, address: string, checkAddress: string | null): readonly DutyModel[] {
  return duties.specs.map((check, i) => ({
    endpoint: {
      address: checkAddress ?? duties.checkAddresses[i] ?? address,
      port: check.protocol === 'ICMP' ? null : check.port,
    },
    check,
  }))
}

function planOf(
  reader: Reader,
  names: readonly string[],
  need: number,
  checks: Checks,
  used: Set<string>,
  path: Path,
  pathOf: (i: number) => Path,
): CheckChoice {
  const plans: CheckPlan[] = []
  const seen = new Set<string>()
  let faulty = false
  names.forEach((name, i) => {
    const plan = checks.get(name)
    used.add(name)
    if (plan === undefined) refuseUnknownCheck(reader, name, checks, pathOf(i))
    if (seen.has(name)) {
      const text = `the check ${shown(name)} is named twice, but can be counted only once`
      refuse(reader, 'duplicate-value', reader.doc.valueSpan(pathOf(i)), text, 'remove one')
    }
    if (plan === undefined || plan === null || seen.has(name)) faulty = true
    else plans.push(plan)
    seen.add(name)
  })
  return faulty ? 'faulty' : { plans, quorum: { need }, path }
}
