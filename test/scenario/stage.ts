/**
 * Where a story is played: the server's own control, roster, board and answers, with a clock that the story turns and
 * probes that say what the story has them say. No sockets, no timers.
 */
import { createRotationSource, openBoard } from '../../src/board/board.ts'
import { answerQuery } from '../../src/core/answer/answer.ts'
import { createLive, type Live } from '../../src/core/answer/live.ts'
import { tallyNames } from '../../src/core/answer/tally.ts'
import { type Millis, millis } from '../../src/core/base/units.ts'
import type { Outcome } from '../../src/core/health/types.ts'
import { formatName, lowerName } from '../../src/core/name/name.ts'
import { formatRdata, formatType } from '../../src/core/rdata/table.ts'
import {
  absorb,
  createRoster,
  expire,
  firstRoundDone,
  type Roster,
  settle,
  takeDue,
} from '../../src/core/roster/index.ts'
import type { DueProbe } from '../../src/core/roster/types.ts'
import type { JournalEvent } from '../../src/core/view/events.ts'
import { formatEndpoint } from '../../src/core/view/picture.ts'
import { createAsk } from '../../src/core/wire/query.ts'
import { openSnapshot } from '../../src/core/zone/layout.ts'
import { compile, type Model, readZones } from '../../src/core/zonefile/index.ts'
import { type Control, createControl } from '../../src/shell/control.ts'
import { tickMs } from '../../src/shell/pulse.ts'
import { encodeQuery } from '../dns/bench.ts'
import { type Decoded, decode } from '../dns/decode.ts'
import type { Word } from './story.ts'

export interface Stage {
  readonly roster: Roster
  readonly control: Control
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
  ask(name: string, type: string): Decoded
}

interface Letter {
  readonly id: number
  readonly outcome: Outcome
  readonly atMs: number
}

/** How long a probe takes that does not run into its timeout. */
const usualLatencyMs = 1

export function createStage(zones: Readonly<Record<string, string>>): Stage {
  const texts = new Map(Object.entries(zones))
  const words = new Map<string, Word[]>()
  const events: JournalEvent[] = []
  const probes = new Map<string, number>()
  const clock = { nowMs: millis(0), now: () => clock.nowMs, wall: () => clock.nowMs }
  const draw = () => 0
  const roster = createRoster({ probesInFlightMax: 4_096, startedMs: clock.nowMs })
  const control = createControl({ clock, draw, journal: { record: event => events.push(event) }, roster })
  let generation = 0
  let rrs: ReadonlyMap<string, readonly string[]> = new Map()
  let letters: Letter[] = []
  let speaks = false
  let live: Live | null = null

  const take = (): void => {
    const { model, problems } = readZones([...texts].map(([file, text]) => ({ file, text })))
    if (model === null) {
      control.refuse(problems)
      return
    }
    const compiled = compile(model, ++generation, () => generation)
    rrs = rrsOf(model)
    const memory = control.take(compiled, [], problems)
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
    letters.push({ id, outcome: { ...word, latencyMs, detail: null }, atMs: clock.nowMs + latencyMs })
  }

  const beat = (): void => {
    const arrived = letters.filter(letter => letter.atMs <= clock.nowMs)
    letters = letters.filter(letter => letter.atMs > clock.nowMs)
    for (const { id, outcome } of arrived) {
      const change = absorb(roster, id, outcome, clock.nowMs, draw)
      if (change !== null) control.onTrackChange(change)
    }
    expire(roster, clock.nowMs)
    control.onRotations(settle(roster))
    for (const due of takeDue(roster, clock.nowMs)) launch(due)
    if (!speaks && firstRoundDone(roster)) {
      speaks = true
      control.speak()
    }
  }

  take()
  if (generation === 0) throw new Error(`the story's own zones are refused: ${JSON.stringify(events)}`)
  return {
    roster,
    control,
    events,
    probes,
    get rrs() {
      return rrs
    },
    say: said => {
      for (const [target, list] of Object.entries(said)) words.set(target, [...list])
    },
    elapse: spanMs => {
      for (const endMs: Millis = millis(clock.nowMs + spanMs); clock.nowMs < endMs; ) {
        clock.nowMs = millis(Math.min(clock.nowMs + tickMs, endMs))
        beat()
      }
    },
    edit: (file, replace, by) => {
      const text = texts.get(file)
      if (text === undefined || !text.includes(replace)) throw new Error(`nothing to replace in ${file}: ${replace}`)
      texts.set(file, text.replace(replace, by))
      take()
    },
    ask: (name, type) => answer(live, name, type),
  }
}

function answer(live: Live | null, name: string, type: string): Decoded {
  if (live === null) throw new Error('nothing is served')
  const ask = createAsk()
  ask.query = encodeQuery(name, type)
  const out = new Uint8Array(1_232)
  return decode(out.slice(0, answerQuery(live, ask, out)))
}

function rrsOf(model: Model): ReadonlyMap<string, readonly string[]> {
  const pooled = model.zones.flatMap(zone => zone.rrsets.filter(rrset => rrset.pool !== null))
  return new Map(
    pooled.map(({ owner, type, rdatas }) => {
      const key = `${formatName(lowerName(owner))} ${formatType(type)}`
      return [key, rdatas.map(rdata => formatRdata(type, rdata))]
    }),
  )
}
