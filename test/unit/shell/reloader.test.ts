/** Reloads one at a time, and what forces one: an order that comes while another look is under way is not lost. */
import { expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { createReloader, type ReloaderDeps } from '../../../src/shell/reloader.ts'

function create() {
  const looks: { readonly force: boolean; readonly end: () => void }[] = []
  const deps = {
    clock: { now: () => millis(0), wall: () => 0 },
    journal: { record: (event: unknown) => expect(event).toBeUndefined() },
    control: { reload: { generation: 1 }, confirm: () => undefined },
    generations: {
      prepare: (_: number, { force = false } = {}) =>
        new Promise(resolve => {
          looks.push({ force, end: () => resolve({ kind: 'unchanged' }) })
        }),
    },
  } as unknown as ReloaderDeps
  return { looks, reloader: createReloader(deps) }
}

it('forces the look that was asked for, and no other', async () => {
  const { looks, reloader } = create()
  const first = reloader.request(true)
  looks[0]!.end()
  await first
  const second = reloader.request()
  looks[1]!.end()
  await second
  expect(looks.map(({ force }) => force)).toEqual([true, false])
})

it('lets a forced one follow the one that is under way, together with whoever else asks', async () => {
  const { looks, reloader } = create()
  const first = reloader.request()
  const others = [reloader.request(), reloader.request(true), reloader.request()]
  looks[0]!.end()
  await first
  await expect.poll(() => looks.length).toBe(2)
  looks[1]!.end()
  await Promise.all(others)
  expect(looks.map(({ force }) => force)).toEqual([false, true])
})
