/** Which installs are kept, and that trouble is told once. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { JournalEvent } from '../../../src/core/view/events.ts'
import { createClock } from '../../../src/edge/clock.ts'
import { createHistory, type History } from '../../../src/shell/history.ts'
import { keepSets, type SetKeeper } from '../../../src/shell/set-keeper.ts'

let root = ''
let history: History
let keeper: SetKeeper

const clock = createClock()
const installed = (generation: number): JournalEvent => {
  return { kind: 'installed', generation, zones: 1, rrsets: 1, checks: 0, tookMs: 0 }
}
const faults = (): number => history.events().filter(({ event }) => event.kind === 'fault').length
const generations = async (): Promise<number[]> => (await keeper.kept!.sets.list()).map(({ generation }) => generation)

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'robin-keeper-'))
  await mkdir(join(root, 'zones'))
  await mkdir(join(root, 'state'))
  history = createHistory(clock, [])
  keeper = keepSets({ clock, history }, join(root, 'zones'), join(root, 'state'))
})
afterEach(async () => {
  await keeper.stop()
  await rm(root, { recursive: true })
})

/** Lets the keeper do what it has to; `stop` waits for it. */
async function settle(): Promise<void> {
  await keeper.stop()
  keeper = keepSets({ clock, history }, join(root, 'zones'), join(root, 'state'))
}

it('keeps an install, and of several at once the last', async () => {
  await writeFile(join(root, 'zones', 'a.test.yaml'), 'one')
  for (const generation of [1, 2, 3]) history.record(installed(generation))
  await settle()
  expect(await generations()).toEqual([3])
})

it('does not keep what comes from a copy', async () => {
  await writeFile(join(root, 'zones', 'a.test.yaml'), 'broken')
  history.record(installed(1))
  history.record({ kind: 'last-good', generation: 7, keptAt: 1 })
  await settle()
  expect(await generations()).toEqual([])
})

it('tells trouble once, and keeps again when it is over', async () => {
  await writeFile(join(root, 'zones', 'a.test.yaml'), 'one')
  await writeFile(join(root, 'state', 'sets'), 'in the way')
  history.record(installed(1))
  await new Promise<void>(resolve => {
    const forget = history.follow(({ event }) => {
      if (event.kind !== 'fault') return
      forget()
      resolve()
    })
  })
  history.record(installed(2))
  await keeper.stop()
  expect(faults()).toBe(1)
  await rm(join(root, 'state', 'sets'))
  keeper = keepSets({ clock, history }, join(root, 'zones'), join(root, 'state'))
  history.record(installed(3))
  await settle()
  expect(await generations()).toEqual([3])
  expect(faults()).toBe(1)
})

it('is not there without a state folder', () => {
  expect(keepSets({ clock, history }, join(root, 'zones'), null).kept).toBeNull()
})
