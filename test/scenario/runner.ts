/**
 * Plays a story step by step and holds it to what it expects. A failure names the step, counted from 1.
 */
import { expect } from 'vitest'
import { countsOf, rotationOf, standingsOf, tracksOf } from '../../src/core/roster/index.ts'
import type { JournalEvent } from '../../src/core/view/events.ts'
import { formatEndpoint } from '../../src/core/view/picture.ts'
import { createStage, type Stage } from './stage.ts'
import type { Expectation, Query, Step, Story } from './story.ts'

type Overriding = Extract<Step, { OVERRIDE: unknown }>['OVERRIDE']
type Releasing = Extract<Step, { RELEASE: unknown }>['RELEASE']

export async function playStory({ zones, sentinels, freeze, steps }: Story): Promise<void> {
  const stage = createStage(zones, sentinels, freeze)
  for (const [at, step] of steps.entries()) await playStep(stage, step, `step ${at + 1} (${Object.keys(step)[0]})`)
}

async function playStep(stage: Stage, step: Step, place: string): Promise<void> {
  if ('OUTCOME' in step) stage.say(step.OUTCOME)
  else if ('ELAPSE' in step) stage.elapse(step.ELAPSE)
  else if ('EDIT' in step) stage.edit(step.EDIT.file, step.EDIT.replace, step.EDIT.with)
  else if ('QUERY' in step) query(stage, step.QUERY, place)
  else if ('OVERRIDE' in step) override(stage, step.OVERRIDE, place)
  else if ('RELEASE' in step) release(stage, step.RELEASE, place)
  else if ('RESTART' in step) await stage.restart(step.RESTART.after, spoilers[step.RESTART.state])
  else compare(stage, step.EXPECT, place)
}

const author = 'ops'

const spoilers = {
  kept: (octets: Uint8Array | null) => octets,
  torn: (octets: Uint8Array | null) => octets?.subarray(0, octets.length >> 1) ?? null,
  foreign: () => new TextEncoder().encode('something else\n'),
  gone: () => null,
}

function override(
  stage: Stage,
  { target, as, for: forMs, reason, force, ...expected }: Overriding,
  place: string,
): void {
  const request = { target, override: as, reason, author, force, ...(forMs !== undefined && { forMs }) }
  const outcome = stage.control.override(request)
  expect(outcome.kind === 'refused' ? outcome.code : undefined, `${place}: refused`).toBe(expected.refused)
  if (expected.hurts !== undefined) expect(outcome, place).toMatchObject({ pools: expected.hurts })
}

function release(stage: Stage, { target, refused }: Releasing, place: string): void {
  const outcome = stage.control.release(target, author)
  expect(outcome.kind === 'refused' ? outcome.code : undefined, `${place}: refused`).toBe(refused)
}

function query(stage: Stage, { ask, times, ...expected }: Query, place: string): void {
  const [name, type] = ask.split(' ')
  const responses = Array.from({ length: times }, () => stage.ask(name!, type!, expected.subnet))
  if (expected.scope !== undefined) {
    for (const { opt } of responses) expect(opt?.subnetScope, `${place}: scope`).toBe(expected.scope)
  }
  const answers = responses.map(response => response.answer.filter(record => record.type === type))
  for (const { rcode } of responses) expect(rcode, `${place}: rcode`).toBe(expected.rcode ?? 'NOERROR')
  if (expected.first !== undefined) {
    expect(
      answers.map(records => records[0]?.value),
      `${place}: first`,
    ).toEqual(expected.first)
  }
  const wanted = expected.answer?.toSorted()
  for (const records of answers) {
    if (wanted !== undefined) expect(records.map(({ value }) => value).sort(), `${place}: answer`).toEqual(wanted)
    if (expected.ttl !== undefined) expect(new Set(records.map(({ ttl }) => ttl))).toEqual(new Set([expected.ttl]))
  }
}

function compare(stage: Stage, expected: Expectation, place: string): void {
  for (const [key, rotation] of Object.entries(expected.rotations ?? {})) {
    expect(rotationAt(stage, key), `${place}: ${key}`).toMatchObject(rotation)
  }
  for (const [key, member] of Object.entries(expected.members ?? {})) {
    expect(memberAt(stage, key), `${place}: ${key}`).toMatchObject(member)
  }
  if (expected.frozen !== undefined) {
    expect(stage.roster.freeze.freeze?.cause ?? false, `${place}: frozen`).toBe(expected.frozen)
  }
  if (expected.open !== undefined) expect(stage.open, `${place}: open`).toBe(expected.open)
  if (expected.overrides !== undefined) {
    expect(
      stage.control.overrides().map(({ target }) => target),
      `${place}: overrides`,
    ).toEqual(expected.overrides)
  }
  for (const [target, track] of Object.entries(expected.tracks ?? {})) {
    expect(trackAt(stage, target), `${place}: ${target}`).toMatchObject(track)
  }
  for (const [target, count] of Object.entries(expected.probes ?? {})) {
    expect(stage.probes.get(target) ?? 0, `${place}: probes of ${target}`).toBe(count)
  }
  if (expected.duties !== undefined) expect(countsOf(stage.roster).duties, place).toBe(expected.duties)
  if (expected.events === undefined) return
  expect(
    stage.events.splice(0).map(event => formatEvent(stage, event)),
    `${place}: events`,
  ).toEqual(expected.events)
}

function rotationAt(stage: Stage, key: string): object {
  const pool = stage.control.plans.findIndex(plan => plan.key === key)
  const rotation = pool < 0 ? null : rotationOf(stage.roster, pool)
  if (rotation === null) throw new Error(`no pool ${key}`)
  return { ...rotation, order: named(stage, key, rotation.order) }
}

/** One member of one pool, by `owner type address`. */
function memberAt(stage: Stage, key: string): object {
  const [owner, type, address] = key.split(' ')
  for (const [pool, plan] of stage.control.plans.entries()) {
    if (plan.owner !== owner || plan.type !== type) continue
    const at = plan.pool.members.findIndex(member => member.address === address)
    if (at < 0) continue
    const standing = standingsOf(stage.roster, pool, stage.now())[at]!
    return { ...standing, by: standing.order?.author ?? null, share: Math.round(standing.share * 100) / 100 }
  }
  throw new Error(`no member ${key}`)
}

/** The track behind a target, or behind a target and a check's name. */
function trackAt(stage: Stage, target: string): object {
  for (const [pool, plan] of stage.control.plans.entries()) {
    for (const [at, { duties }] of plan.pool.members.entries()) {
      const duty = duties.findIndex(({ endpoint, check }) => {
        const text = formatEndpoint(endpoint)
        return target === text || target === `${text} ${check.name}`
      })
      if (duty < 0) continue
      const track = tracksOf(stage.roster, pool)[at]![duty]!
      return { ...track, last: track.last?.reason ?? null, obstacle: track.obstacle?.reason ?? null }
    }
  }
  throw new Error(`nothing probes ${target}`)
}

function formatEvent(stage: Stage, event: JournalEvent): string {
  switch (event.kind) {
    case 'transition':
      return `${event.target} ${event.from} > ${event.to}: ${event.outcome.reason}${event.cause === 'leak' ? ' leak' : ''}`
    case 'rotation': {
      const key = `${event.owner} ${event.type}`
      const order = named(stage, key, event.to.order)
      return `${key} ${event.from?.mode ?? 'nothing'} > ${event.to.mode}: ${order.join(' ')}`.trimEnd()
    }
    case 'override':
      return `${event.target} ${event.override} ${event.action} by ${event.author}: ${event.reason}`
    case 'failback':
      return `released by ${event.author}: ${event.pools.join(' ')}`
    case 'inconclusive':
      return `cannot judge ${event.target}: ${event.protocol} ${event.reason}`
    case 'freeze':
      return `frozen: ${event.cause}, ${event.down} of ${event.endpoints}`
    case 'thaw':
      return `thawed: ${event.cause}, ${event.down} of ${event.endpoints}`
    case 'state-restored':
      return `state: ${event.verdicts} verdicts, ${event.overrides} overrides`
    case 'state-aside':
      return `state put aside: ${event.fault}`
    case 'refused':
      return `refused: ${event.problems.map(problem => problem.code).join(' ')}`
    default:
      throw new Error(`a story has no words for the event ${event.kind}`)
  }
}

function named(stage: Stage, key: string, order: readonly number[]): readonly string[] {
  const [owner, type] = key.split(' ')
  const rrs = stage.rrs.get(`${owner} ${type}`) ?? []
  return order.map(rr => rrs[rr] ?? `RR ${rr}`)
}
