/**
 * Five thousand of twenty thousand endpoints die in the same second, one in each of five thousand pools, and all of it
 * comes to one beat: how long until the board has what is to be answered from now on, and until everything was told.
 * In this process, with the real control, log and board, on a clock that is turned by hand; every probe's word is
 * given.
 */
import { createRotationSource, openBoard } from '../src/board/board.ts'
import { type Millis, millis } from '../src/core/base/units.ts'
import type { Outcome } from '../src/core/health/types.ts'
import { createRoster } from '../src/core/roster/index.ts'
import type { RotationChange } from '../src/core/roster/types.ts'
import { createTurn } from '../src/core/rotation/types.ts'
import { compile } from '../src/core/zonefile/index.ts'
import { createLog, createLogJournal } from '../src/edge/log.ts'
import { createControl } from '../src/shell/control.ts'
import { createHistory } from '../src/shell/history.ts'
import { type BeatEars, beatOnce, type Letter, tickMs } from '../src/shell/pulse.ts'
import { ms, print } from './print.ts'
import { readModel } from './rig.ts'
import { median } from './support.ts'
import { addressOf } from './zones.ts'

export interface DeathsReport {
  readonly pools: number
  readonly died: number
  /** Publishing calls of the beat that took in the last word on all of them. */
  readonly publishes: number
  /** Rotations in them. */
  readonly changes: number
  /** From the beginning of that beat. Medians of `rounds`. */
  readonly publishedMs: number
  readonly toldMs: number
  /** Pools that the board still answers with a dead member. */
  readonly wrong: number
}

const pools = 5000
const membersEach = 4
const rounds = 3
const intervalMs = 10_000
const zoneName = 'bench.test'
const passed: Outcome = { kind: 'pass', reason: 'ok', latencyMs: 1, detail: null }
const refused: Outcome = { kind: 'fail', reason: 'refused', latencyMs: 1, detail: 'ECONNREFUSED' }

interface Round {
  readonly publishes: number
  readonly changes: number
  readonly publishedMs: number
  readonly toldMs: number
  readonly wrong: number
}

export function benchProbeDeaths(): DeathsReport {
  const found = Array.from({ length: rounds }, playRound)
  const worst = (of: (round: Round) => number): number => Math.max(...found.map(of))
  return {
    pools,
    died: pools,
    publishes: worst(({ publishes }) => publishes),
    changes: Math.min(...found.map(({ changes }) => changes)),
    publishedMs: median(found.map(({ publishedMs }) => publishedMs)),
    toldMs: median(found.map(({ toldMs }) => toldMs)),
    wrong: worst(({ wrong }) => wrong),
  }
}

function playRound(): Round {
  let nowMs: Millis = millis(0)
  const clock = { now: () => nowMs, wall: () => 1_800_000_000_000 + nowMs }
  const draw = (): number => 0
  const roster = createRoster({ probesInFlightMax: pools * membersEach, startedMs: nowMs })
  let octetsLogged = 0
  const destination = {
    write: (line: string) => {
      octetsLogged += line.length
    },
  }
  const log = createLog({ level: 'info', pretty: false, color: false, destination })
  const journal = createHistory(clock, [createLogJournal(log)])
  const control = createControl({ clock, draw, journal, roster })
  const compiled = compile(readModel({ [`${zoneName}.yaml`]: zoneText() }), 1, () => 1)
  const memory = control.take(compiled, [], [])
  const told = { publishes: 0, changes: 0, publishedMs: 0 }
  let beganMs = 0
  const onPublish = (changes: readonly RotationChange[]): void => {
    control.onPublish(changes)
    told.publishes++
    told.changes += changes.length
    told.publishedMs = performance.now() - beganMs
  }
  const ears: BeatEars = { ...control, onPublish, onExpired: () => {}, onLag: () => {} }
  let letters: Letter[] = []
  const dying: Letter[] = []
  const isDying = ({ address }: { readonly address: string }): boolean => doomed.has(address)
  const beat = (): void => {
    const arrived = letters
    letters = []
    beganMs = performance.now()
    for (const { id, endpoint } of beatOnce(roster, clock, draw, arrived, ears)) {
      const isLast = nowMs > intervalMs && isDying(endpoint)
      if (isLast) dying.push({ id, outcome: refused })
      else letters.push({ id, outcome: passed })
    }
    nowMs = millis(nowMs + tickMs)
  }
  while (dying.length < pools) beat()
  control.speak()
  Object.assign(told, { publishes: 0, changes: 0 })
  letters.push(...dying)
  beat()
  const toldMs = performance.now() - beganMs
  if (octetsLogged === 0) throw new Error('nothing was logged')
  return { ...told, toldMs, wrong: countWrong(memory.board, compiled) }
}

const doomed: ReadonlySet<string> = new Set(Array.from({ length: pools }, (_, i) => addressOf(i * membersEach)))

/** Pools whose rotation still has their first member, the one that died. */
function countWrong(memory: SharedArrayBuffer, compiled: ReturnType<typeof compile>): number {
  const source = createRotationSource(openBoard(memory))
  const turn = createTurn()
  return compiled.pools.filter(({ plan, slot }) => {
    const { members } = plan.pool.spec
    source.take(slot, members.length, turn, 0)
    return turn.count !== membersEach - 1 || turn.order.subarray(0, turn.count).includes(members[0]!.rr)
  }).length
}

function zoneText(): string {
  const lines = Array.from({ length: pools }, (_, i) => {
    const addresses = Array.from({ length: membersEach }, (_, member) => addressOf(i * membersEach + member))
    return `  svc${i}: {type: A, check: it, values: [${addresses.join(', ')}]}`
  })
  return `soa: {mname: ns1.${zoneName}., rname: hostmaster.${zoneName}., serial: 1}
checks: {it: {protocol: TCP, port: 80, interval: ${intervalMs}ms, timeout: 9s, fall: 1}}
records:
  '@': {type: NS, value: ns1.${zoneName}.}
  ns1: {type: A, value: 127.0.0.1}
${lines.join('\n')}
`
}

export function printProbeDeaths(report: DeathsReport): void {
  const { died, pools, publishes, changes, wrong } = report
  print('died at once', `${died} endpoints in ${pools} pools: ${publishes} publish with ${changes} rotations`)
  print('from the beat to the board', `${ms(report.publishedMs)}, to the last word in the log ${ms(report.toldMs)}`)
  print('pools still answered with the dead', String(wrong))
}
