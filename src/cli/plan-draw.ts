/**
 * Draws the plan from two sets of judged files: what each zone's answers are on either side, and what the server would
 * say to it. Pure.
 */
import type { Problem } from '../core/base/problem.ts'
import { formatName, nameKey } from '../core/name/name.ts'
import { judgeChange, type ZoneLoss } from '../core/rehearsal/change.ts'
import { compareChecks, compareZones, type Side } from '../core/rehearsal/compare.ts'
import { type AnsweredNow, countPlain, countPooled, measureLoss } from '../core/rehearsal/loss.ts'
import { answeredNow, foresee, type Knowledge, noKnowledge, recall } from '../core/rehearsal/outlook.ts'
import { poolAt } from '../core/rehearsal/walk.ts'
import { hasErrors } from '../core/zonefile/doc.ts'
import type { ZoneImage } from '../core/zonefile/image.ts'
import { joinImages } from '../core/zonefile/snapshot.ts'
import type { FileJudged } from './judge-files.ts'
import type { Present } from './plan-present.ts'
import type { PlanOutput } from './plan-shape.ts'

export interface Planned {
  readonly present: Present
  readonly next: readonly FileJudged[]
  /** Of the set as it would be. */
  readonly problems: readonly Problem[]
}

/** Where no server says what it allows. */
const maxChangeDefault = 0.5
/** Lost sets that a refusal chooses from to name a few. */
const lostSetsMax = 1_000

interface ZonePair {
  readonly name: string
  readonly file: string
  readonly before: ZoneImage | null
  readonly after: ZoneImage | null
}

export function drawPlan({ present, next, problems }: Planned): PlanOutput {
  const { status, folder, notes } = present
  const health = status === null ? 'assumed' : 'server'
  const compared = { with: present.with, folder, generation: status?.reload.generation ?? null }
  if (hasErrors(problems)) {
    const zones = { added: [], removed: [], changed: [], same: 0 }
    const rest = { zones, answers: null, changes: [], checks: [], problems: drawProblems(problems), notes: [...notes] }
    return { ok: false, refusal: 'problems', compared: null, health, ...rest }
  }
  const { pairs, same } = pairZones(present.files, next)
  const sides = drawSides(present, next)
  const { answers, excess } = drawAnswers(present, pairs, sides.before)
  const changes = pairs.flatMap(({ name, before, after }) =>
    compareZones(before, after, sides).map(change => ({ zone: name, ...change })),
  )
  const checks = pairs.flatMap(({ name, before, after }) =>
    compareChecks(before, after).map(change => ({ zone: name, ...change })),
  )
  return {
    ok: excess === null,
    refusal: excess === null ? null : 'max-change',
    compared,
    health,
    zones: {
      added: pairs.filter(({ before }) => before === null).map(({ name }) => name),
      removed: pairs.filter(({ after }) => after === null).map(({ name }) => name),
      changed: pairs.filter(({ before, after }) => before !== null && after !== null).map(({ name }) => name),
      same,
    },
    answers,
    changes: changes
      .sort((a, b) => compareTexts(a.zone, b.zone) || compareTexts(a.owner, b.owner) || compareTexts(a.type, b.type))
      .map(({ enters, leaves, settings, ...change }) => {
        return { ...change, enters: [...enters], leaves: [...leaves], settings: [...settings] }
      }),
    checks: checks.map(({ settings, ...check }) => ({ ...check, settings: [...settings] })),
    problems: drawProblems(excess === null ? problems : [excess, ...problems]),
    notes: [...notes],
  }
}

function drawProblems(problems: readonly Problem[]): PlanOutput['problems'] {
  return problems.map(({ code, severity, span, text, hint }) => ({ code, severity, ...span, text, hint }))
}

/** Zones whose files differ, by name. */
function pairZones(present: readonly FileJudged[], next: readonly FileJudged[]) {
  const earlier = byName(present)
  const later = byName(next)
  const pairs: ZonePair[] = []
  let same = 0
  for (const key of new Set([...earlier.keys(), ...later.keys()])) {
    const [before, after] = [earlier.get(key), later.get(key)]
    if (before !== undefined && after !== undefined && before.digest === after.digest) {
      same++
      continue
    }
    const { zone } = (after ?? before)!
    const images = { before: before?.zone.image ?? null, after: after?.zone.image ?? null }
    if (images.before === null && images.after === null) continue
    pairs.push({ name: formatName(zone.name!), file: zone.file, ...images })
  }
  return { pairs: pairs.sort((a, b) => compareTexts(a.name, b.name)), same }
}

function byName(files: readonly FileJudged[]): ReadonlyMap<string, FileJudged> {
  return new Map(files.flatMap(file => (file.zone.name === null ? [] : [[nameKey(file.zone.name), file]])))
}

/** Images of zones that stay may be part of both sets, so the first is done with before the second is joined. */
function drawSides(
  { files, status, with: compared }: Present,
  next: readonly FileJudged[],
): { before: Side; after: Side } {
  const { pools } = joinImages(imagesOf(files), 1)
  const knowledge: Knowledge = status === null ? noKnowledge : recall(pools, status.pools, status.overrides)
  const before: Side =
    status === null || compared !== 'served'
      ? { pools, ...foresee(pools, knowledge) }
      : { pools, orderOf: answeredNow(pools, status.pools), isProven: () => true }
  const later = joinImages(imagesOf(next), 2).pools
  return { before, after: { pools: later, ...foresee(later, knowledge) } }
}

function imagesOf(files: readonly FileJudged[]): readonly ZoneImage[] {
  return files.flatMap(({ zone }) => (zone.image === null ? [] : [zone.image]))
}

/** As a server counts them before it takes an edit. */
function drawAnswers({ files, status }: Present, pairs: readonly ZonePair[], { pools, orderOf }: Side) {
  const answered: AnsweredNow = ({ placed }, { slot }) => {
    const pool = placed === null ? -1 : poolAt(pools, placed.boardBase + slot)
    return pool === -1 ? [] : orderOf(pool)
  }
  const losses = pairs.flatMap(({ file, before, after }): readonly ZoneLoss[] => {
    return before === null ? [] : [{ file, ...measureLoss(before, after, answered, lostSetsMax) }]
  })
  const plain = imagesOf(files).reduce((sum, image) => sum + countPlain(image), 0)
  const now = plain + countPooled(pools, orderOf)
  const maxChange = status?.server.maxChange ?? maxChangeDefault
  const removed = losses.reduce((sum, loss) => sum + loss.removed, 0)
  return { answers: { now, removed, maxChange }, excess: judgeChange(losses, maxChange, () => now) }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
