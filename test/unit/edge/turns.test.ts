/** Long pages are made a few milliseconds at a time, one after the other. */
import { describe, expect, it } from 'vitest'
import { type PageSteps, text } from '../../../src/edge/admin/page.ts'
import { createTurns } from '../../../src/edge/turns.ts'

/** Steps until told to end. */
function* until(isOver: () => boolean, body: string): PageSteps {
  while (!isOver()) yield
  return text(200, body)
}

describe('turns', () => {
  it('let others come in between', async () => {
    let cameIn = false
    setImmediate(() => {
      cameIn = true
    })
    expect(await createTurns().take(until(() => cameIn, 'long'))).toMatchObject({ body: 'long' })
  })

  it('belong to one page at a time, in the order in which they were asked for', async () => {
    const turns = createTurns()
    let isFirstOver = false
    const begun: string[] = []
    const first = turns.take(until(() => isFirstOver, 'first')).then(({ body }) => begun.push(`${body} done`))
    const second = turns.take(
      until(() => {
        begun.push('second begins')
        return true
      }, 'second'),
    )
    setImmediate(() => setImmediate(() => (isFirstOver = true)))
    await Promise.all([first, second])
    expect(begun).toEqual(['first done', 'second begins'])
  })

  it('are not spent on those who are gone, be it before their page was begun or in the middle of it', async () => {
    const turns = createTurns()
    let isGone = false
    let steps = 0
    const step = () => {
      steps++
      isGone = steps > 10
      return false
    }
    const left = turns.take(until(step, 'never'), () => isGone)
    const later = turns.take(until(step, 'never'), () => true)
    await expect(left).rejects.toThrow()
    const taken = steps
    await expect(later).rejects.toThrow()
    expect(steps).toBe(taken)
    expect(await turns.take(until(() => true, 'next'))).toMatchObject({ body: 'next' })
  })

  it('go on after a page that failed', async () => {
    const turns = createTurns()
    const failing = turns.take(
      until(() => {
        throw new Error('drawn wrong')
      }, ''),
    )
    await expect(failing).rejects.toThrow('drawn wrong')
    expect(await turns.take(until(() => true, 'next'))).toMatchObject({ body: 'next' })
  })
})
