/** Zones compiled and asked in this process, without sockets; every member of every pool is up. */
import { createBoard, createRotationSource, openBoard, publish } from '../src/board/board.ts'
import { answerQuery } from '../src/core/answer/answer.ts'
import { createLive, plainTerms, type Terms } from '../src/core/answer/live.ts'
import { createRecall } from '../src/core/answer/recall-memory.ts'
import { type Tally, tallyNames } from '../src/core/answer/tally.ts'
import { readClient } from '../src/core/guard/address.ts'
import { decide } from '../src/core/rotation/decide.ts'
import { noMemory } from '../src/core/rotation/types.ts'
import { createAsk } from '../src/core/wire/query.ts'
import type { Snapshot } from '../src/core/zone/layout.ts'
import { compile, type Model, readZones } from '../src/core/zonefile/index.ts'

type Compiled = ReturnType<typeof compile>

export interface Rig {
  /** Octets of the answer, which stands in `out`. */
  answer(query: Uint8Array): number
  readonly out: Uint8Array
}

export const clientOfRig = { address: '192.0.2.77', port: 40_000, nowSeconds: 1_800_000_000 } as const

/** Files by name to text; throws if one is broken. */
export function readModel(files: Readonly<Record<string, string>>): Model {
  const { model } = readZones(Object.entries(files).map(([file, text]) => ({ file, text })))
  if (model === null) throw new Error('the zone of this benchmark is broken')
  return model
}

/** A board with every rotation published. */
export function fillBoard(compiled: Compiled): ReturnType<typeof createBoard> {
  const board = createBoard(compiled.snapshot.boardWords)
  for (const pool of compiled.pools) {
    const { spec, members } = pool.plan.pool
    const standings = members.map(() => ({ verdict: 'up', pending: false, override: 'none', share: 1 }) as const)
    publish(board, pool, decide(spec, standings, noMemory))
  }
  return board
}

export function createRig(text: string, terms: Terms = plainTerms): Rig {
  const compiled = compile(readModel({ 'bench.test.yaml': text }), 1, () => 1)
  return openRig(compiled.snapshot, fillBoard(compiled).memory, new Float64Array(tallyNames.length), terms)
}

/** Answers from what others may share: a snapshot, the memory of its board, one thread's counters. */
export function openRig(snapshot: Snapshot, board: SharedArrayBuffer, tally: Tally, terms: Terms = plainTerms): Rig {
  const live = createLive(snapshot, createRotationSource(openBoard(board)), tally, terms)
  live.recall = createRecall()
  const ask = createAsk()
  readClient(ask.client, clientOfRig.address, clientOfRig.port)
  const out = new Uint8Array(1232)
  return {
    out,
    answer: query => {
      ask.query = query
      ask.via = 'udp'
      ask.nowSeconds = clientOfRig.nowSeconds
      return answerQuery(live, ask, out)
    },
  }
}
