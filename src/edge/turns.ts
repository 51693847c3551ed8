/**
 * Long work on the control thread, a few milliseconds at a time: what twenty thousand members come to as text takes
 * half a second, in which no probe would begin and nobody else be answered. One piece of work after the other, so that
 * many who ask at once cost no more memory than one, and so that no piece sees another half done.
 */
/** Work that takes long: each step is short, the last one yields what comes of it. */
export type Steps<T> = Generator<unknown, T>

/** How long work goes on before others have their turn. */
const turnMs = 4

export interface Turns {
  /** Rejects with what a step throws, and where nobody waits any more for what comes of it. */
  take<T>(steps: Steps<T>, isGone?: () => boolean): Promise<T>
}

export function createTurns(): Turns {
  let before: Promise<unknown> = Promise.resolve()
  return {
    take: (steps, isGone = () => false) => {
      const work = before.then(() => workOff(steps, isGone))
      before = work.catch(() => undefined)
      return work
    },
  }
}

/** Who asks again and again and never waits must not have all that work done. */
async function workOff<T>(steps: Steps<T>, isGone: () => boolean): Promise<T> {
  for (;;) {
    if (isGone()) throw new Error('nobody waits for it any more')
    const untilMs = performance.now() + turnMs
    do {
      const step = steps.next()
      if (step.done === true) return step.value
    } while (performance.now() < untilMs)
    await new Promise(resolve => setImmediate(resolve))
  }
}
