/**
 * Whom `robin probe` means: members of the pools in the zone files of a folder, by the name of their record or by a
 * target as operators write it. The files are read as the server reads them; one with errors is told and left out,
 * since a mistake in one zone is no reason not to probe the others.
 */
import { canonicalOwner, matchesTarget, parseTarget } from '../core/roster/target.ts'
import type { DutyModel, MemberModel, PoolPlan } from '../core/roster/types.ts'
import { formatProblem } from '../core/zonefile/format.ts'
import { listZones } from '../edge/disk/zone-listing.ts'
import { createReaders } from '../shell/readers.ts'
import type { FileOrder } from '../shell/reading-words.ts'
import type { Io } from './io.ts'
import { createProgress } from './progress.ts'

export interface NamedMember {
  readonly owner: string
  readonly type: string
  readonly address: string
  readonly duties: readonly DutyModel[]
}

/** Where to look. */
export interface MembersPlace {
  readonly zones: string
  /** File that places in rules are looked up in. */
  readonly geoip?: string
}

/** In the order of the files; a text that says why there are none. */
export async function findMembers(
  text: string,
  { zones: folder, geoip }: MembersPlace,
  io: Io,
): Promise<readonly NamedMember[] | string> {
  const { paths, marks, fault } = await listZones(folder)
  if (fault !== null) return `${folder}: ${fault.text}`
  if (paths.length === 0) return `there are no zone files in ${folder}`
  const orders = paths.map(path => ({ path, octets: marks.get(path)?.octets ?? 0, digest: null }))
  const plans = await readPlans(orders, geoip ?? null, io)
  const members = choose(plans, text)
  if (members.length > 0) return members
  return `no zone in ${folder} has a record with members named ${text}, or a member ${text}`
}

/** Only the checks of that name, and the members that have it. */
export function ofCheck(members: readonly NamedMember[], name: string): readonly NamedMember[] | string {
  const chosen = members.flatMap(member => {
    const duties = member.duties.filter(({ check }) => check.name === name)
    return duties.length === 0 ? [] : [{ ...member, duties }]
  })
  if (chosen.length > 0) return chosen
  const names = new Set(members.flatMap(({ duties }) => duties.map(({ check }) => check.name)))
  return `no check ${name} there; ${names.size === 0 ? 'there are none' : `there are ${[...names].join(', ')}`}`
}

async function readPlans(orders: readonly FileOrder[], geoip: string | null, io: Io): Promise<readonly PoolPlan[]> {
  const progress = createProgress(io)
  const reports = await createReaders({ geoip }).read(orders, { yielding: false, progress: progress.tell })
  progress.end()
  const plans: PoolPlan[] = []
  for (const report of reports) {
    const problems = report.kind === 'fault' ? [report.fault] : report.kind === 'judged' ? report.zone.problems : []
    for (const problem of problems.filter(({ severity }) => severity === 'error')) {
      io.err(`${formatProblem(problem, null)}\n`)
    }
    if (report.kind === 'judged') plans.push(...(report.zone.image?.pools ?? []).map(({ plan }) => plan))
  }
  return plans
}

/** By owner if there is one of that name, with what its records lead to; else as a target. */
function choose(plans: readonly PoolPlan[], text: string): readonly NamedMember[] {
  const owners = new Set([canonicalOwner(text)])
  // An owner that is led to is added while the set is walked, each once.
  for (const owner of owners) {
    const led = plans.filter(plan => plan.owner === owner).flatMap(({ pool }) => pool.members)
    for (const { target, address } of led) if (target !== undefined) owners.add(canonicalOwner(address))
  }
  const own = plans.filter(plan => owners.has(plan.owner))
  if (own.length > 0) return join(own, (_, { target }) => target === undefined)
  const target = parseTarget(text)
  return target === null ? [] : join(plans, (plan, member) => matchesTarget(target, plan, member))
}

/** A member that several rules of one record share is one member. */
function join(
  plans: readonly PoolPlan[],
  fits: (plan: PoolPlan, member: MemberModel) => boolean,
): readonly NamedMember[] {
  const members = new Map<string, NamedMember>()
  for (const plan of plans) {
    for (const member of plan.pool.members) {
      const { owner, type } = plan
      const { address, duties } = member
      if (fits(plan, member)) members.set(`${owner} ${type} ${address}`, { owner, type, address, duties })
    }
  }
  return [...members.values()]
}
