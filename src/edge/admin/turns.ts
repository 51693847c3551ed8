/**
 * Long work on the control thread, a few milliseconds at a time: what twenty thousand members come to as text takes
 * half a second, in which no probe would begin and nobody else be answered. One piece of work after the other, so that
 * many who ask at once cost no more memory than one.
 */
import type { Page } from './page.ts'

/** A page that takes long: each step is short, the last one yields it. */
export type PageSteps = Generator<unknown, Page>

/** How long work goes on before others have their turn. */
const turnMs = 4

export interface Turns {
  /** Rejects with what a step throws, and where nobody waits for the page any more. */
  take(steps: PageSteps, isGone?: () => boolean): Promise<Page>
}

export function createTurns(): Turns {
  let before: Promise<unknown> = Promise.resolve()
  return {
    take: (steps, isGone = () => false) => {
      const page = before.then(() => workOff(steps, isGone))
      before = page.catch(() => undefined)
      return page
    },
  }
}

/** Who asks again and again and never waits must not have all those pages made. */
async function workOff(steps: PageSteps, isGone: () => boolean): Promise<Page> {
  for (;;) {
    if (isGone()) throw new Error('nobody waits for the page any more')
    const untilMs = performance.now() + turnMs
    do {
      const step = steps.next()
      if (step.done === true) return step.value
    } while (performance.now() < untilMs)
    await new Promise(resolve => setImmediate(resolve))
  }
}
