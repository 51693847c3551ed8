/**
 * What one answer costs in user space, by phenomenon, without sockets: nanoseconds each, and octets allocated over a
 * million of them, which must be next to nothing.
 */
import { createBoard, createRotationSource, publish } from '../src/board/board.ts'
import { answerQuery } from '../src/core/answer/answer.ts'
import { createLive } from '../src/core/answer/live.ts'
import { tallyNames } from '../src/core/answer/tally.ts'
import { decide } from '../src/core/rotation/decide.ts'
import { createAsk } from '../src/core/wire/query.ts'
import { compile, readZones } from '../src/core/zonefile/index.ts'
import { makeQuery } from './pace.ts'
import { median } from './support.ts'

export interface AnswerReport {
  readonly phenomenon: string
  readonly nanoseconds: number
  readonly octetsPerMillion: number
}

const soa = 'soa: {mname: ns1.bench.test., rname: hostmaster.bench.test., serial: 1}'
const zone = `${soa}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.bench.test., ns2.bench.test.]}
  ns1: {type: A, value: 127.0.0.1}
  ns2: {type: A, value: 127.0.0.2}
  www: {type: A, check: port, values: [127.0.0.11, 127.0.0.12, 127.0.0.13, 127.0.0.14]}
  one: {type: A, value: 127.0.0.9}
  alias: {type: CNAME, value: www.bench.test.}
  '*.wild': {type: A, value: 127.0.0.10}
  cut: {type: NS, values: [ns1.cut.bench.test., ns2.cut.bench.test.]}
  ns1.cut: {type: A, value: 127.0.0.3}
  ns2.cut: {type: A, value: 127.0.0.4}
`

const questions: Readonly<Record<string, string>> = {
  'rotated, 4 addresses': 'www.bench.test',
  'one address': 'one.bench.test',
  'alias to the rotated': 'alias.bench.test',
  wildcard: 'x.wild.bench.test',
  referral: 'x.cut.bench.test',
  NXDOMAIN: 'nope.bench.test',
  'outside our zones': 'www.example.com',
}

const rounds = 7
const answersPerRound = 200_000
const answersForMemory = 1_000_000

export function benchAnswer(): readonly AnswerReport[] {
  const answer = createAnswerer()
  return Object.entries(questions).map(([phenomenon, name]) => {
    const query = withEdns(makeQuery(name))
    for (let i = 0; i < answersPerRound; i++) answer(query)
    const times = Array.from({ length: rounds }, () => {
      const began = process.hrtime.bigint()
      for (let i = 0; i < answersPerRound; i++) answer(query)
      return Number(process.hrtime.bigint() - began) / answersPerRound
    })
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < answersForMemory; i++) answer(query)
    const octets = Math.max(0, process.memoryUsage().heapUsed - before)
    return { phenomenon, nanoseconds: median(times), octetsPerMillion: octets }
  })
}

function createAnswerer(): (query: Uint8Array) => number {
  const { model } = readZones([{ file: 'bench.test.yaml', text: zone }])
  if (model === null) throw new Error('the zone of this benchmark is broken')
  const compiled = compile(model, 1, () => 1)
  const board = createBoard(compiled.snapshot.boardWords)
  for (const { plan, slot, ordersMax } of compiled.pools) {
    const standings = plan.pool.members.map(() => ({ verdict: 'up', pending: false, override: 'none' }) as const)
    publish(board, slot, ordersMax, decide(plan.pool.spec, standings, []))
  }
  const live = createLive(compiled.snapshot, createRotationSource(board), new Float64Array(tallyNames.length))
  const ask = createAsk()
  const out = new Uint8Array(1232)
  return query => {
    ask.query = query
    ask.via = 'udp'
    return answerQuery(live, ask, out)
  }
}

/** The query with an OPT record that offers 1232 octets. */
function withEdns(query: Uint8Array): Uint8Array {
  const extended = Uint8Array.from([...query, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0])
  extended[11] = 1
  return extended
}
