/**
 * Where a story is played: the server's own control, roster, board and answers, with a clock that the story turns and
 * probes that say what the story has them say. No sockets, no timers.
 */
import { createRotationSource, openBoard } from '../../src/board/board.ts'
import { answerQuery } from '../../src/core/answer/answer.ts'
import { createLive, type Live } from '../../src/core/answer/live.ts'
import { tallyNames } from '../../src/core/answer/tally.ts'
import { type Millis, millis } from '../../src/core/base/units.ts'
import { freezeLongestDefaultMs } from '../../src/core/health/freeze.ts'
import type { Outcome } from '../../src/core/health/types.ts'
import { formatName, lowerName } from '../../src/core/name/name.ts'
import { formatRdata, formatType } from '../../src/core/rdata/table.ts'
import { createRoster, firstRoundDone, longestTimeoutMs, type Roster } from '../../src/core/roster/index.ts'
import type { DueProbe } from '../../src/core/roster/types.ts'
import type { JournalEvent } from '../../src/core/view/events.ts'
import { formatEndpoint } from '../../src/core/view/picture.ts'
import { createAsk } from '../../src/core/wire/query.ts'
import { openSnapshot } from '../../src/core/zone/layout.ts'
import { compile, type Model, readZones } from '../../src/core/zonefile/index.ts'
import type { StateFolder } from '../../src/edge/disk/state-folder.ts'
import { type Control, createControl } from '../../src/shell/control.ts'
import { createKeeper, type Keeper } from '../../src/shell/keeper.ts'
import { beatOnce, tickMs } from '../../src/shell/pulse.ts'
import { sentinelDuties } from '../../src/shell/sentinels.ts'
import { encodeQuery } from '../dns/bench.ts'
import { type Decoded, decode } from '../dns/decode.ts'
import type { Word } from './story.ts'

export interface Stage {
  /** The server that runs now: another one after a restart. */
  readonly roster: Roster
  readonly control: Control
  /** False while the first round of probes keeps the sockets closed. */
  readonly open: boolean
  /** What ops were told, in order. */
  readonly events: JournalEvent[]
  /** Probes started, by target. */
  readonly probes: ReadonlyMap<string, number>
  /** The RRs of a pool as text, by `owner type`, in the order of their indexes. */
  readonly rrs: ReadonlyMap<string, readonly string[]>
  /** What targets say from now on, probe by probe; the last word goes on. */
  say(words: Readonly<Record<string, readonly Word[]>>): void
  elapse(spanMs: number): void
  edit(file: string, replace: string, by: string): void
  /** The server ends, and after a while another one begins; `spoil` is what becomes of the state file meanwhile. */
  restart(afterMs: number, spoil: (octets: Uint8Array | null) => Uint8Array | null): Promise<void>
  now(): Millis
  ask(name: string, type: string, subnet?: string): Decoded
}

interface Letter {
  readonly id: number
  readonly outcome: Outcome
  readonly atMs: number
}

/** How long a probe takes that does not run into its timeout. */
const usualLatencyMs = 1
/** What the first round may take beyond the longest timeout, as on the server. */
const firstRoundGraceMs = 1_000

/** One server from its start to its end. */
interface Run {
  readonly clock: { now(): Millis; wall(): number }
  readonly roster: Roster
  readonly control: Control
  readonly keeper: Keeper
  letters: Letter[]
  open: boolean
}

export function createStage(
  zones: Readonly<Record<string, string>>,
  sentinels: readonly string[] = [],
  freezeLongestMs: number = freezeLongestDefaultMs,
): Stage {
  const texts = new Map(Object.entries(zones))
  const words = new Map<string, Word[]>()
  const events: JournalEvent[] = []
  const probes = new Map<string, number>()
  const wall = { atMs: 0 }
  const disk: { octets: Uint8Array | null } = { octets: null }
  const draw = () => 0
  let generation = 0
  let rrs: ReadonlyMap<string, readonly string[]> = new Map()
  let live: Live | null = null
  let run = begin(0)

  /** `baseMs` is when the monotonic clock of this server began. */
  function begin(baseMs: number): Run {
    const clock = { now: () => millis(wall.atMs - baseMs), wall: () => wall.atMs }
    const options = { probesInFlightMax: 4_096, startedMs: clock.now(), freezeLongestMs: millis(freezeLongestMs) }
    const roster = createRoster(options)
    const journal = { record: (event: JournalEvent) => void events.push(event) }
    const control = createControl({ clock, draw, journal, roster })
    const keeper = createKeeper({ clock, journal, roster, folder: folderOn(disk) })
    return { clock, roster, control, keeper, letters: [], open: false }
  }

  const watch = (): void => {
    if (sentinels.length === 0) return
    const check = { protocol: 'ICMP', name: 'sentinel', intervalMs: millis(5_000), timeoutMs: millis(2_000) } as const
    const spec = { ...check, fastIntervalMs: millis(1_000), fall: 3, rise: 2 }
    run.control.watchSentinels(
      sentinelDuties({ check: spec, sources: { v4: null, v6: null }, addresses: sentinels }, []),
    )
  }

  const take = (): void => {
    const { model, problems } = readZones([...texts].map(([file, text]) => ({ file, text })))
    if (model === null) {
      run.control.refuse(problems)
      return
    }
    const compiled = compile(model, ++generation, () => generation)
    rrs = rrsOf(model)
    const memory = run.control.take(compiled, [], problems)
    const rotation = createRotationSource(openBoard(memory.board))
    const tally = live?.tally ?? new Float64Array(tallyNames.length)
    live = createLive(openSnapshot(memory.snapshot), rotation, tally)
  }

  const launch = ({ id, endpoint, check }: DueProbe): void => {
    const target = formatEndpoint(endpoint)
    probes.set(target, (probes.get(target) ?? 0) + 1)
    const said = words.get(`${target} ${check.name}`) ?? words.get(target) ?? [{ kind: 'pass', reason: 'ok' }]
    const word = said.length > 1 ? said.shift()! : said[0]!
    if (word.kind === 'silent') return
    const latencyMs = word.reason === 'timeout' ? check.timeoutMs : usualLatencyMs
    run.letters.push({ id, outcome: { ...word, latencyMs, detail: null }, atMs: wall.atMs + latencyMs })
  }

  const beat = (): void => {
    const { roster, control, clock } = run
    const arrived = run.letters.filter(letter => letter.atMs <= wall.atMs)
    run.letters = run.letters.filter(letter => letter.atMs > wall.atMs)
    const ears = { ...control, onExpired: () => {} }
    for (const due of beatOnce(roster, clock, draw, arrived, ears)) launch(due)
    const waitedMs = clock.now() - roster.options.startedMs
    if (run.open || (!firstRoundDone(roster) && waitedMs < longestTimeoutMs(roster) + firstRoundGraceMs)) return
    run.open = true
    control.speak()
  }

  watch()
  take()
  if (generation === 0) throw new Error(`the story's own zones are refused: ${JSON.stringify(events)}`)
  return {
    get roster() {
      return run.roster
    },
    get control() {
      return run.control
    },
    get open() {
      return run.open
    },
    events,
    probes,
    get rrs() {
      return rrs
    },
    say: said => {
      for (const [target, list] of Object.entries(said)) words.set(target, [...list])
    },
    elapse: spanMs => {
      for (const endMs = wall.atMs + spanMs; wall.atMs < endMs; ) {
        wall.atMs = Math.min(wall.atMs + tickMs, endMs)
        beat()
      }
    },
    edit: (file, replace, by) => {
      const text = texts.get(file)
      if (text === undefined || !text.includes(replace)) throw new Error(`nothing to replace in ${file}: ${replace}`)
      texts.set(file, text.replace(replace, by))
      take()
    },
    restart: async (afterMs, spoil) => {
      run.keeper.begin(() => ({ generation, serials: [] }))
      await run.keeper.close()
      disk.octets = spoil(disk.octets)
      wall.atMs += afterMs
      run = begin(wall.atMs - 1_000)
      const state = await run.keeper.restore()
      generation = state?.generation ?? 0
      watch()
      take()
      beat()
    },
    now: () => run.clock.now(),
    ask: (name, type, subnet) => {
      if (!run.open) throw new Error('the sockets are not open yet')
      return answer(live, name, type, subnet)
    },
  }
}

function folderOn(disk: { octets: Uint8Array | null }): StateFolder {
  return {
    folder: 'state',
    read: async () => (disk.octets === null ? { kind: 'none' } : { kind: 'octets', octets: disk.octets }),
    setAside: async () => {
      disk.octets = null
      return 'robin.state.bad'
    },
    write: async octets => {
      disk.octets = octets
    },
    close: async () => {},
  }
}

function answer(live: Live | null, name: string, type: string, subnet?: string): Decoded {
  if (live === null) throw new Error('nothing is served')
  const ask = createAsk()
  ask.query = encodeQuery(name, type, subnet === undefined ? {} : { edns: { subnet } })
  const out = new Uint8Array(1_232)
  return decode(out.slice(0, answerQuery(live, ask, out)))
}

function rrsOf(model: Model): ReadonlyMap<string, readonly string[]> {
  const rrsets = model.zones.flatMap(zone => zone.rrsets)
  return new Map(
    rrsets.map(({ owner, type, rdatas }) => {
      const key = `${formatName(lowerName(owner))} ${formatType(type)}`
      return [key, rdatas.map(rdata => formatRdata(type, rdata))]
    }),
  )
}
