/**
 * Runs the rehearsals of a set against the code that answers queries, without a socket and without waiting. Each test
 * asks until every member could have had its turn: that follows from the rotations that its answers were taken from,
 * so that an answer which only some clients would see is seen. Deterministic: chance begins anew with each test.
 */
import { answerQuery } from '../answer/answer.ts'
import { createLive, type Live } from '../answer/live.ts'
import { tallyNames } from '../answer/tally.ts'
import type { Rotation } from '../rotation/types.ts'
import { rcode as rcodes } from '../wire/header.ts'
import { type Ask, createAsk } from '../wire/query.ts'
import type { Compiled } from '../zonefile/snapshot.ts'
import type { ZoneTest } from '../zonefile/zone-test.ts'
import { type Cast, createCast } from './cast.ts'
import { judge } from './judge.ts'
import { type Answered, readResponse, writeQuery } from './message.ts'
import type { TestReport } from './report.ts'
import { createStage } from './stage.ts'

/** Queries of one test at most, whatever its pools come to. */
const queriesMax = 16_384
/** What makes it as good as certain that chance has met every member. */
const drawsPerPlace = 16
const responseOctetsMax = 65_535

/** One report for each test, same order. */
export function rehearse(compiled: Compiled, tests: readonly ZoneTest[]): readonly TestReport[] {
  const cast = createCast(compiled.pools, tests)
  const out = new Uint8Array(responseOctetsMax)
  return tests.map(test => rehearseOne(compiled, cast, test, out))
}

function rehearseOne({ snapshot }: Compiled, cast: Cast, test: ZoneTest, out: Uint8Array): TestReport {
  const stage = createStage(cast, test)
  const live = createLive(snapshot, stage, new Float64Array(tallyNames.length))
  const ask = createAsk()
  setClient(ask, test)
  ask.via = 'tcp'
  ask.query = writeQuery(test)
  const answers: Answered[] = []
  let wanted = test.within ?? 1
  while (answers.length < wanted) {
    answers.push(askOnce(live, ask, test.qtype, out))
    wanted = Math.min(queriesMax, Math.max(wanted, queriesFor([...stage.taken.values()])))
  }
  const first = answers[0]!
  const values = new Set(answers.flatMap(answer => answer.values))
  return {
    test,
    faults: [...stage.faults, ...judge(test, answers)],
    answered: [...values],
    rcode: rcodeName(first.rcode),
    ttl: first.ttls[0] ?? first.denialTtl,
    queries: answers.length,
    pools: stage.draw(),
  }
}

function askOnce(live: Live, ask: Ask, qtype: number, out: Uint8Array): Answered {
  const octets = answerQuery(live, ask, out)
  return readResponse(out.subarray(0, octets), qtype)
}

function setClient({ client }: Ask, { from }: ZoneTest): void {
  if (from === null || from.kind === 'network') return
  const { octets } = from.subnet
  client.octets.set(octets)
  client.length = octets.length
  client.port = 53_000
}

/** So many in a row meet every place of every rotation, each beside every place of the others. */
function queriesFor(rotations: readonly Rotation[]): number {
  return rotations.reduce((product, rotation) => Math.min(queriesMax, product * placesOf(rotation)), 1)
}

function placesOf({ answer, order, weights }: Rotation): number {
  if (order.length < 2) return 1
  switch (answer) {
    case 'failover':
    case 'sticky':
      return 1
    case 'rotate':
    case 'weighted':
      return weights.length === 0 ? order.length : sum(weights)
    case 'random':
      return drawsPerPlace * (weights.length === 0 ? order.length : sum(weights))
  }
}

function sum(weights: readonly number[]): number {
  return weights.reduce((total, weight) => total + weight, 0)
}

const rcodeNames = new Map<number, string>(Object.entries(rcodes).map(([name, code]) => [code, name]))

/** Of the header's four bits. */
function rcodeName(code: number): string {
  return rcodeNames.get(code) ?? `RCODE${code}`
}
