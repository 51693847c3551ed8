/**
 * Keeps over a restart what should not be lost: it takes up what the last run left, saves soon after something changed
 * and now and then besides (the next run trusts verdicts only while they are young), and once more on the way down.
 * What is saved is of one moment, and made in short steps.
 * Invariant: nothing that is wrong with files or disk keeps the server from serving; it is told, once for each reason.
 */
import { createHash } from 'node:crypto'
import type { Clock, Journal } from '../core/ports.ts'
import { type Roster, resume } from '../core/roster/index.ts'
import {
  decodeState,
  encodeInSteps,
  gatherInSteps,
  isFresh,
  type RunningDigest,
  recollect,
  recollectFreeze,
  recollectOrders,
  type SavedSerial,
  type SavedState,
} from '../core/state/index.ts'
import type { Moment } from '../core/view/picture.ts'
import type { StateView } from '../core/view/status.ts'
import { type StateFolder, stateName } from '../edge/disk/state-folder.ts'
import { createTurns, type Steps } from '../edge/turns.ts'

export interface KeeperDeps {
  readonly clock: Clock
  readonly journal: Journal
  readonly roster: Roster
  readonly folder: StateFolder
}

/** What is kept beside the roster. */
export interface Kept {
  readonly generation: number
  readonly serials: readonly SavedSerial[]
}

export interface Keeper {
  /** Gives the roster what the last run knew, before the first generation; null if there is nothing. */
  restore(): Promise<SavedState | null>
  /** Saves from now on, at once and whenever there is reason. */
  begin(kept: () => Kept): void
  /** Saves what is to be kept now; resolves once the disk has it, false if it would not take it. */
  flush(): Promise<boolean>
  view(): StateView
  /** Saves once more if it had begun, and gives up the folder. */
  close(): Promise<void>
}

/** Between two looks whether something changed. */
const lookMs = 500
/** Between two saves at least, however much changes. */
export const saveQuietMs = 3_000
/** Between two saves at most: well within the age that the next run still trusts. */
export const saveBeatMs = 30_000

export function createKeeper(deps: KeeperDeps): Keeper {
  const { clock, journal, roster, folder } = deps
  const moment = (): Moment => ({ nowMs: clock.now(), at: clock.wall() })
  const turns = createTurns()
  let kept: (() => Kept) | null = null
  let timer: NodeJS.Timeout | null = null
  let saving: Promise<void> | null = null
  let savedAt: number | null = null
  let triedMs = Number.NEGATIVE_INFINITY
  let saved = ''
  let trouble: string | null = null

  /** Its first step takes hold of all of it: what is saved is of one moment. */
  function* encode({ generation, serials }: Kept): Steps<Uint8Array> {
    return yield* encodeInSteps(yield* gatherInSteps(roster, generation, serials, moment()), runningDigest())
  }
  const save = async (now: Kept): Promise<void> => {
    triedMs = clock.now()
    saved = markOf(roster, now)
    const octets = await turns.take(encode(now))
    try {
      await folder.write(octets)
      savedAt = clock.wall()
      if (trouble !== null) journal.record({ kind: 'state-kept', folder: folder.folder })
      trouble = null
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (trouble !== reason) journal.record({ kind: 'state-lost', folder: folder.folder, reason })
      trouble = reason
      saved = ''
    }
  }
  const look = (): void => {
    if (kept === null || saving !== null) return
    const now = kept()
    const waitedMs = clock.now() - triedMs
    if (waitedMs < saveQuietMs || (waitedMs < saveBeatMs && markOf(roster, now) === saved)) return
    saving = save(now).finally(() => {
      saving = null
    })
  }

  /** At most one save under way and one to follow, however many wait for it. */
  const flush = async (): Promise<boolean> => {
    await saving
    if (kept === null) return false
    saving ??= save(kept()).finally(() => {
      saving = null
    })
    await saving
    return trouble === null
  }

  return {
    flush,
    restore: () => restore(deps, moment()),
    begin: source => {
      kept = source
      look()
      timer = setInterval(look, lookMs)
    },
    view: () => ({ folder: folder.folder, savedAt, trouble }),
    close: async () => {
      if (timer !== null) clearInterval(timer)
      await saving
      if (kept !== null) await save(kept())
      kept = null
      await folder.close()
    },
  }
}

/** Everything whose change is worth a save, in a few characters. */
function markOf({ revision }: Roster, { generation, serials }: Kept): string {
  return `${revision} ${generation} ${serials.map(({ serial, reserve }) => reserve ?? serial).join()}`
}

async function restore({ journal, roster, folder }: KeeperDeps, moment: Moment): Promise<SavedState | null> {
  const read = await folder.read()
  if (read.kind === 'none') return null
  const decoded = read.kind === 'octets' ? decodeState(read.octets, digest) : null
  if (decoded?.kind !== 'state') {
    const fault = decoded === null ? `unreadable: ${read.kind === 'unreadable' ? read.reason : ''}` : decoded.fault
    journal.record({ kind: 'state-aside', file: stateName, to: await folder.setAside(new Date(moment.at)), fault })
    return null
  }
  const { state } = decoded
  const recollection = recollect(state, moment)
  const orders = recollectOrders(state, moment)
  resume(roster, recollection, orders, recollectFreeze(state, moment))
  journal.record({
    kind: 'state-restored',
    file: stateName,
    ageMs: Math.max(0, moment.at - state.writtenAt),
    generation: state.generation,
    verdicts: isFresh(state, moment.at) ? recollection.tracks.size : 0,
    overrides: orders.length,
  })
  return state
}

function digest(octets: Uint8Array): string {
  const running = runningDigest()
  running.take(octets)
  return running.end()
}

function runningDigest(): RunningDigest {
  const hash = createHash('sha256')
  return {
    take: octets => void hash.update(octets),
    end: () => hash.digest('hex'),
  }
}
