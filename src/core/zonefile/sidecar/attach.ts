/**
 * Health to the address sets of a zone that was read elsewhere: each becomes what the same record would be in a YAML
 * zone with these keys. Sets that the sidecar says nothing of stay as they are; what it says of sets that are not there
 * is an error, since a check that watches nothing looks like one that does.
 */
import type { Problem } from '../../base/problem.ts'
import { formatName } from '../../name/name.ts'
import { formatRdata, formatType, rrType } from '../../rdata/table.ts'
import { refuse, shown, warn } from '../doc.ts'
import type { RRsetModel } from '../model.ts'
import { readPooledSet } from '../pools.ts'
import type { AddressInput } from '../schema/records.ts'
import { type Entry, entryKey, type Sidecar } from './read.ts'

/** A sidecar at work on one zone. */
export interface Attaching {
  readonly sidecar: Sidecar
  /** Keys of entries whose set was met. */
  readonly met: Set<string>
  /** The records are a primary's, who may take some away: what is said of them then is idle, and no error. */
  readonly isPulled: boolean
}

export function beginAttaching(sidecar: Sidecar, isPulled = false): Attaching {
  return { sidecar, met: new Set(), isPulled }
}

/** What health makes of the set; null where nothing is said of it, or after a problem (see `takeProblems`). */
export function attachHealth(
  { sidecar, met }: Attaching,
  { owner, type, ttl, rdatas }: Pick<RRsetModel, 'owner' | 'type' | 'ttl' | 'rdatas'>,
): Pick<RRsetModel, 'pool' | 'rules'> | null {
  if (type !== rrType.A && type !== rrType.AAAA) return null
  const key = entryKey(owner, type)
  const entry = sidecar.entries.get(key)
  if (entry !== undefined) met.add(key)
  else if (!sidecar.forAll) return null
  const { scope } = sidecar
  const before = scope.reader.problems.length
  const path = entry?.path ?? ['defaults']
  const set = readPooledSet(scope, inputOf(type, rdatas, entry), owner, ttl, path)
  if (entry === undefined) nameOwner(scope.reader.problems, before, formatName(owner))
  return set === null ? null : { pool: set.pool, ...(set.rules !== null && { rules: set.rules }) }
}

/** Problems since the last call, which are then the caller's: a zone may have a million sets. */
export function takeProblems({ sidecar }: Attaching): readonly Problem[] {
  const { problems } = sidecar.scope.reader
  return problems.length === 0 ? problems : problems.splice(0)
}

/** What can be said only when all sets were seen. */
export function endAttaching({ sidecar, met, isPulled }: Attaching): void {
  const { scope, entries } = sidecar
  const { reader, checks, usedChecks } = scope
  const seen = new Set<Entry['input']>([...entries].filter(([key]) => met.has(key)).map(([, { input }]) => input))
  for (const [key, { owner, type, input, path }] of entries) {
    if (met.has(key) || seen.has(input)) continue
    seen.add(input)
    const what = input.type === undefined ? 'A or AAAA' : formatType(type)
    if (isPulled) {
      const idle = `${formatName(owner)} has no ${what} records in what the primary sent`
      warn(reader, 'idle-set', reader.doc.keySpan(path), idle, 'remove it here, or add the records at the primary')
      continue
    }
    const text = `${formatName(owner)} has no ${what} records in the master file`
    refuse(reader, 'no-such-set', reader.doc.keySpan(path), text, 'remove it here, or add the records there')
  }
  for (const name of checks.keys()) {
    if (usedChecks.has(name)) continue
    const hint = `write \`check: ${name}\` for an owner, or remove it`
    warn(reader, 'unused-check', reader.doc.keySpan(['checks', name]), `nothing uses the check ${shown(name)}`, hint)
  }
}

function inputOf(type: number, rdatas: readonly Uint8Array[], entry: Entry | undefined): AddressInput {
  const { check, policy, failover_within } = entry?.input ?? {}
  return {
    type: type === rrType.A ? 'A' : 'AAAA',
    values: rdatas.map(rdata => formatRdata(type, rdata)),
    ...(check !== undefined && { check }),
    ...(policy !== undefined && { policy }),
    ...(failover_within !== undefined && { failover_within }),
  }
}

/** Where the defaults alone speak, their place does not tell of whom. */
function nameOwner(problems: Problem[], from: number, owner: string): void {
  for (let i = from; i < problems.length; i++) {
    const problem = problems[i]!
    problems[i] = { ...problem, text: `${owner}: ${problem.text}` }
  }
}
