/**
 * Plays a story step by step and holds it to what it expects. A failure names the step, counted from 1.
 */
import { expect } from 'vitest'
import { countsOf, rotationOf, tracksOf } from '../../src/core/roster/index.ts'
import type { JournalEvent } from '../../src/core/view/events.ts'
import { formatEndpoint } from '../../src/core/view/picture.ts'
import { createStage, type Stage } from './stage.ts'
import type { Expectation, Query, Step, Story } from './story.ts'

export function playStory({ zones, steps }: Story): void {
  const stage = createStage(zones)
  steps.forEach((step, at) => {
    playStep(stage, step, `step ${at + 1} (${Object.keys(step)[0]})`)
  })
}

function playStep(stage: Stage, step: Step, place: string): void {
  if ('OUTCOME' in step) stage.say(step.OUTCOME)
  else if ('ELAPSE' in step) stage.elapse(step.ELAPSE)
  else if ('EDIT' in step) stage.edit(step.EDIT.file, step.EDIT.replace, step.EDIT.with)
  else if ('QUERY' in step) query(stage, step.QUERY, place)
  else compare(stage, step.EXPECT, place)
}

function query(stage: Stage, { ask, times, ...expected }: Query, place: string): void {
  const [name, type] = ask.split(' ')
  const responses = Array.from({ length: times }, () => stage.ask(name!, type!))
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
      return `${event.target} ${event.from} > ${event.to}: ${event.outcome.reason}`
    case 'rotation': {
      const key = `${event.owner} ${event.type}`
      const order = named(stage, key, event.to.order)
      return `${key} ${event.from?.mode ?? 'nothing'} > ${event.to.mode}: ${order.join(' ')}`.trimEnd()
    }
    case 'refused':
      return `refused: ${event.problems.map(problem => problem.code).join(' ')}`
    default:
      throw new Error(`a story has no words for the event ${event.kind}`)
  }
}

function named(stage: Stage, key: string, order: readonly number[]): readonly string[] {
  const rrs = stage.rrs.get(key) ?? []
  return order.map(rr => rrs[rr] ?? `RR ${rr}`)
}
