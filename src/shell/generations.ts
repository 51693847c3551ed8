/**
 * From the zone files as they were judged, each by itself, to a generation that may be installed, or to the problems
 * that refuse it. All or nothing: one error in one file refuses the whole set, and what is served stays as it is.
 * Names across zones are looked at every time, since they are what an edit elsewhere can break.
 */
import type { Problem } from '../core/base/problem.ts'
import { formatName, lowerName, type Name, nameKey } from '../core/name/name.ts'
import type { JudgedFile, ZoneSource } from '../core/ports.ts'
import { judgeChange, type ZoneLoss } from '../core/rehearsal/change.ts'
import { type AnsweredNow, countPlain, countPooled, measureLoss } from '../core/rehearsal/loss.ts'
import { poolAt } from '../core/rehearsal/walk.ts'
import type { WantedSerial } from '../core/transfer/lineage.ts'
import type { ZoneView } from '../core/view/status.ts'
import { proveSnapshot } from '../core/zone/prove.ts'
import { hasErrors } from '../core/zonefile/doc.ts'
import type { PoolSlot, ZoneImage } from '../core/zonefile/image.ts'
import { judgeTogether } from '../core/zonefile/join.ts'
import { type Compiled, joinImages, writeSerial } from '../core/zonefile/snapshot.ts'
import { isTransferred, noTransfer, type TransferPlan } from '../core/zonefile/transfer-plan.ts'
import type { TransferredZone, Transfers } from './transfers.ts'

export type Prepared =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'ready'
      readonly compiled: Compiled
      readonly zones: readonly ZoneView[]
      /** Those of them that others may have. */
      readonly transferred: readonly TransferredZone[]
      /** Warnings only. */
      readonly problems: readonly Problem[]
      /** Remembers what is served: call it once the generation is live. */
      readonly commit: () => void
    }

export interface Generations {
  /** Reads, checks, compiles. Never rejects for what is in a file. */
  prepare(generation: number, options?: PrepareOptions): Promise<Prepared>
}

export interface PrepareOptions {
  /** From elsewhere. */
  readonly from?: Pick<ZoneSource, 'read'>
  /** Whatever it would take away of what is answered. */
  readonly force?: boolean
}

/** How much an edit may take away (core/rehearsal/change). */
export interface ChangeGuard {
  /** Share of all answers, 0 to 1. */
  readonly shareMax: number
  /** The pools on the live board, by rising slot, and the RRs that each is answered with now. */
  served(): { readonly pools: readonly PoolSlot[]; readonly orderOf: (pool: number) => readonly number[] }
}

export interface GenerationsOptions {
  /** The serial that each zone was served with in the run before this one, by the name that `ZoneView` gives it. */
  readonly serialsBefore?: ReadonlyMap<string, number>
  /** Absent: an edit may take away everything. */
  readonly change?: ChangeGuard
  /** Which zones others may have, and their serials; absent: none. */
  readonly transfers?: Pick<Transfers, 'planOf' | 'judge' | 'live' | 'firstOf'>
}

/** What is served of a zone. */
interface Served {
  readonly digest: string
  readonly serial: number
  readonly file: string
  readonly name: Name
  readonly image: ZoneImage
  /** True if people edit it. */
  readonly edited: boolean
  /** False for a catalog: what it holds is asked by servers, not answered to clients. */
  readonly counted: boolean
  /** Who else may have it. */
  readonly plan: TransferPlan
  readonly wanted: WantedSerial
}

export function createGenerations(source: ZoneSource, options: GenerationsOptions = {}): Generations {
  const { change, transfers } = options
  let served: ReadonlyMap<string, Served> = new Map()
  let servedDigests: string | null = null

  return {
    prepare: async (generation, { from = source, force = false } = {}) => {
      const { files, faults } = await from.read()
      const digests = files.map(({ file, digest }) => `${file} ${digest}`).join('\n')
      if (digests === servedDigests && faults.length === 0) return { kind: 'unchanged' }
      const judged = files.map(({ zone }) => zone)
      const problems = [...judgeTogether(judged), ...(transfers?.judge(judged) ?? [])]
      if (hasErrors(problems) || faults.length > 0) return { kind: 'refused', problems: [...faults, ...problems] }
      const next = new Map(files.flatMap(file => serve(file, served, options)))
      const excess = change === undefined || change.shareMax >= 1 || force ? null : judgeLoss(served, next, change)
      if (excess !== null) return { kind: 'refused', problems: [excess, ...problems] }
      const compiled = joinImages(
        [...next.values()].map(({ image }) => image),
        generation,
      )
      proveSnapshot(compiled.snapshot)
      return {
        kind: 'ready',
        compiled,
        zones: [...next.values()].map(viewOf),
        transferred: [...next].flatMap(([key, zone], i) =>
          transferredOf(key, zone, served.get(key), compiled.imagesAt[i]!),
        ),
        problems,
        commit: () => {
          served = next
          servedDigests = digests
        },
      }
    },
  }
}

/** The zone's entry by name, with its serial, which is another one only where the file is. */
function serve(
  { file, digest, modified, zone, origin }: JudgedFile,
  served: ReadonlyMap<string, Served>,
  { serialsBefore, transfers }: GenerationsOptions,
): [string, Served][] {
  const { name, image, serial: given } = zone
  if (name === null || image === null) return []
  const key = nameKey(name)
  const before = served.get(key)
  if (before?.digest === digest) return [[key, before]]
  // Nobody may have what nobody may be answered from.
  const plan = image.withheld === true ? noTransfer : (transfers?.planOf(zone) ?? noTransfer)
  const wanted = { serial: given ?? modified, isFixed: given !== null }
  const live = transfers?.live(key) ?? null
  const last = live ?? (before?.image.withheld === true ? null : before?.serial) ?? null
  const serial = isTransferred(plan)
    ? (live ?? transfers!.firstOf(name, wanted, last))
    : (given ?? nextSerial(last ?? undefined, modified, serialsBefore?.get(formatName(name))))
  writeSerial(image, serial)
  const edited = origin === undefined
  const counted = origin !== 'catalog'
  return [[key, { digest, serial, file, name, image, edited, counted, plan, wanted }]]
}

/**
 * `serial: auto` is the file's modification time in Unix seconds, but always above what was served before if the file
 * differs (RFC 1982: serials only grow), and the same while it does not. Of the run before this one only the serial is
 * known: a file that is older than that is taken for another one, since secondaries must not miss an edit.
 */
function nextSerial(before: number | undefined, modified: number, lastRun: number | undefined): number {
  if (before !== undefined) return Math.max(before + 1, modified) >>> 0
  return (lastRun === undefined || modified >= lastRun ? modified : lastRun + 1) >>> 0
}

/** Lost sets that are noted of one zone: a refusal names a few. */
const lostSetsMax = 1_000

/**
 * Null if the edit may be taken; the first generation always may. What another server took away, or what follows from
 * an edit by itself, is no edit.
 */
function judgeLoss(
  served: ReadonlyMap<string, Served>,
  next: ReadonlyMap<string, Served>,
  { shareMax, served: servedNow }: ChangeGuard,
): Problem | null {
  const { pools, orderOf } = servedNow()
  const answered: AnsweredNow = ({ placed }, { slot }) => {
    const pool = placed === null ? -1 : poolAt(pools, placed.boardBase + slot)
    return pool === -1 ? [] : orderOf(pool)
  }
  const losses: ZoneLoss[] = []
  for (const [key, before] of served) {
    const after = next.get(key)
    if (!before.edited || after === before) continue
    const loss = measureLoss(before.image, after?.image ?? null, answered, lostSetsMax)
    if (loss.removed > 0) losses.push({ file: after?.file ?? before.file, ...loss })
  }
  return judgeChange(losses, shareMax, () => {
    const plain = [...served.values()].reduce((sum, { image, counted }) => sum + (counted ? countPlain(image) : 0), 0)
    return plain + countPooled(pools, orderOf)
  })
}

function transferredOf(key: string, zone: Served, before: Served | undefined, at: number): TransferredZone[] {
  const { name, plan, wanted, serial, digest } = zone
  if (!isTransferred(plan)) return []
  return [{ key, name: lowerName(name), at, wanted, first: serial, digest, isSame: before === zone, plan }]
}

function viewOf({ name, file, serial, image, digest, edited }: Served): ZoneView {
  const view = { name: formatName(name), file, serial, rrsets: image.rrsets, ...(edited && { digest }) }
  return image.withheld === true ? { ...view, withheld: true } : view
}
