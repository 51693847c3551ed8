/**
 * A sidecar → what it says of each address set, not yet compared with the zone. Checks, defaults and policies are read
 * by the code that reads those of zone files.
 */
import { formatName, type Name, nameKey } from '../../name/name.ts'
import { rrType } from '../../rdata/table.ts'
import { readChecks } from '../checks.ts'
import { type Doc, isMap, type Path, type Reader, refuse, shown } from '../doc.ts'
import { readCheckRef } from '../duties.ts'
import { judge } from '../issues.ts'
import { readOwner } from '../names.ts'
import { policyDefaults, readPolicy } from '../policies.ts'
import { type SidecarEntry, sidecarDefaults, sidecarEntry, sidecarTop } from '../schema/sidecar.ts'
import type { Scope } from '../scope.ts'
import { readTransfer } from '../transfer.ts'
import type { TransferPlan } from '../transfer-plan.ts'
import type { ZoneTest } from '../zone-test.ts'
import { readTests } from '../zone-tests.ts'

export interface Sidecar {
  readonly scope: Scope
  /** True if the defaults say something, so that every address set is concerned. */
  readonly forAll: boolean
  /** By key of owner and type. */
  readonly entries: ReadonlyMap<string, Entry>
  /** Null where it says nothing of it, or after an error in it. */
  readonly transfer: TransferPlan | null
  readonly tests: readonly ZoneTest[]
}

export interface Entry {
  readonly owner: Name
  readonly type: number
  readonly input: SidecarEntry
  readonly path: Path
}

export function entryKey(owner: Name, type: number): string {
  return `${type} ${nameKey(owner)}`
}

/** Problems are in its scope's reader. */
export function readSidecar(doc: Doc, zone: Name, ttl: Scope['ttl']): Sidecar {
  const reader: Reader = { doc, problems: [] }
  const tree = isMap(doc.tree) ? doc.tree : null
  if (tree === null) {
    const hint = 'begin with `checks:`, then `owners:` or `defaults:`'
    refuse(reader, 'wrong-type', doc.valueSpan([]), 'a health file must be a map of keys, and this is not one', hint)
  } else judge(reader, sidecarTop, tree, [])
  const scope = readScope(reader, zone, ttl, tree ?? {})
  const entries = tree?.['owners'] === undefined ? new Map() : readEntries(scope, tree['owners'], ['owners'])
  const given = tree?.['transfer']
  const transfer = given === undefined ? null : readTransfer(reader, given, ['transfer'])
  const rehearsed = tree?.['tests']
  const tests = rehearsed === undefined ? [] : readTests(reader, rehearsed, zone, ['tests'])
  return { scope, forAll: tree?.['defaults'] !== undefined, entries, transfer, tests }
}

function readScope(reader: Reader, zone: Name, ttl: Scope['ttl'], tree: Readonly<Record<string, unknown>>): Scope {
  const usedChecks = new Set<string>()
  const checks = tree['checks'] === undefined ? new Map() : readChecks(reader, tree['checks'], ['checks'])
  const plain: Scope = {
    reader,
    zone,
    form: 'full',
    checks,
    usedChecks,
    ttl,
    policy: policyDefaults,
    check: 'none',
  }
  const given = tree['defaults'] === undefined ? null : judge(reader, sidecarDefaults, tree['defaults'], ['defaults'])
  if (given === null) return plain
  const { policy, check } = given
  const own = policy === undefined ? null : readPolicy(reader, policy, policyDefaults, ['defaults', 'policy'])
  const choice = check === undefined ? 'none' : readCheckRef(reader, check, checks, usedChecks, ['defaults', 'check'])
  return { ...plain, policy: own ?? policyDefaults, check: choice }
}

function readEntries(scope: Scope, value: unknown, path: Path): Map<string, Entry> {
  const { reader, zone } = scope
  const entries = new Map<string, Entry>()
  if (!isMap(value)) {
    const hint = 'write `owners: {www: {check: NAME}}`'
    refuse(reader, 'wrong-type', reader.doc.valueSpan(path), '`owners` must be a map of owners', hint)
    return entries
  }
  for (const [text, given] of Object.entries(value)) {
    const at = [...path, text]
    const owner = readOwner(reader, text, zone, reader.doc.keySpan(at))
    if (owner === null) continue
    const list = Array.isArray(given)
      ? given.map((entry: unknown, i) => ({ entry, at: [...at, i] }))
      : [{ entry: given, at }]
    for (const each of list) enterEntry(reader, entries, owner, each.entry, each.at)
  }
  return entries
}

function enterEntry(reader: Reader, entries: Map<string, Entry>, owner: Name, value: unknown, path: Path): void {
  const input = judge(reader, sidecarEntry, value, path)
  if (input === null) return
  const types = input.type === undefined ? [rrType.A, rrType.AAAA] : [rrType[input.type]]
  for (const type of types) {
    const key = entryKey(owner, type)
    if (entries.has(key)) {
      const text = `${shown(formatName(owner))} is here twice for the same records`
      refuse(reader, 'duplicate-rrset', reader.doc.keySpan(path), text, 'leave one')
      return
    }
    entries.set(key, { owner, type, input, path })
  }
}
