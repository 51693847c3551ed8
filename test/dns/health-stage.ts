/**
 * Zones with a control of their own, whose world and clock the test turns: what `_health` tells is what control knows.
 */
import { createRotationSource, openBoard } from '../../src/board/board.ts'
import { createBulletinSource, openBulletin } from '../../src/board/bulletin.ts'
import { answerQuery } from '../../src/core/answer/answer.ts'
import { createLive } from '../../src/core/answer/live.ts'
import { tallyNames } from '../../src/core/answer/tally.ts'
import { millis } from '../../src/core/base/units.ts'
import { readClient } from '../../src/core/guard/address.ts'
import type { Outcome } from '../../src/core/health/types.ts'
import { createRoster } from '../../src/core/roster/index.ts'
import { createAsk } from '../../src/core/wire/query.ts'
import { openSnapshot } from '../../src/core/zone/layout.ts'
import { compile } from '../../src/core/zonefile/compile.ts'
import { formatProblem, readZones } from '../../src/core/zonefile/index.ts'
import { createControl } from '../../src/shell/control.ts'
import { beatOnce, type Letter, tickMs } from '../../src/shell/pulse.ts'
import { createTerms, orderTerms, type TermsSettings, termsDefault } from '../../src/shell/terms.ts'
import { encodeQuery, type QueryOptions } from './bench.ts'
import { type Decoded, decode } from './decode.ts'

/** What a probe of an address says. */
export type World = Map<string, Outcome>

export function createHealthStage(file: string, text: string, settings: Partial<TermsSettings> = {}) {
  const secrets = { current: new Uint8Array(16), other: null }
  const tally = new Float64Array(tallyNames.length)
  const terms = createTerms(orderTerms({ ...termsDefault, ...settings }, [], secrets, 1_000), tally)
  const world: World = new Map()
  let nowMs = 50_000
  const clock = { now: () => millis(nowMs), wall: () => 1_800_000_000_000 + nowMs }
  const roster = createRoster({ probesInFlightMax: 4_096, startedMs: clock.now(), freezeLongestMs: millis(0) })
  const draw = () => 0
  const control = createControl({ clock, draw, journal: { record: () => undefined }, roster })
  const ask = createAsk()
  const out = new Uint8Array(65_535)
  let letters: Letter[] = []
  let live: ReturnType<typeof createLive> | null = null
  let generation = 0
  const take = (contents: string): void => {
    const { model, problems } = readZones([{ file, text: contents }])
    if (model === null) throw new Error(problems.map(problem => formatProblem(problem, null)).join('\n'))
    const memory = control.take(
      compile(model, ++generation, () => 1),
      [],
      problems,
    )
    const board = openBoard(memory.board)
    live = createLive(openSnapshot(memory.snapshot), createRotationSource(board), tally, terms)
    live.bulletin = createBulletinSource(openBulletin(memory.bulletin!))
  }
  const beat = (): void => {
    const arrived = letters
    letters = []
    for (const { id, endpoint } of beatOnce(roster, clock, draw, arrived, { ...control, onExpired: () => undefined })) {
      const outcome = world.get(endpoint.address) ?? pass
      letters.push({ id, outcome })
    }
  }
  const elapse = (spanMs: number): void => {
    for (const endMs = nowMs + spanMs; nowMs < endMs; nowMs += tickMs) beat()
  }
  take(text)
  return {
    world,
    control,
    elapse,
    edit: take,
    query: (name: string, type: string, options: QueryOptions & { readonly from?: string } = {}): Decoded => {
      const { from = '127.0.0.1', via = 'udp' } = options
      readClient(ask.client, from, 40_000)
      Object.assign(ask, { query: encodeQuery(name, type, options), via, nowMs, nowSeconds: 0 })
      return decode(out.slice(0, answerQuery(live!, ask, via === 'udp' ? out.subarray(0, 1232) : out)))
    },
  }
}

const pass: Outcome = { kind: 'pass', reason: 'ok', latencyMs: 3, detail: null }
export const refused: Outcome = { kind: 'fail', reason: 'refused', latencyMs: 1, detail: null }
