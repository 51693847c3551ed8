/** The journal: history at once, readers at once or in turns, in order, bounded. */
import { describe, expect, it } from 'vitest'
import type { JournalEvent } from '../../../src/core/view/events.ts'
import { historyEventsMax } from '../../../src/core/view/events.ts'
import { createHistory, historyLimits } from '../../../src/shell/history.ts'

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const { perTurn, waitingMax } = historyLimits

function begin() {
  let nowMs = 0
  const heard: number[] = []
  const clock = { now: () => nowMs as never, wall: () => ++nowMs }
  const reader = { record: (event: JournalEvent) => void heard.push(numberOf(event)) }
  const history = createHistory(clock, [reader])
  const happen = (from: number, to: number): void => {
    for (let number = from; number <= to; number++) history.record(eventOf(number))
  }
  return { history, heard, happen }
}

const eventOf = (number: number): JournalEvent => ({ kind: 'check-mended', protocol: `${number}` })
const numberOf = (event: JournalEvent): number => (event.kind === 'check-mended' ? Number(event.protocol) : -1)
const upTo = (number: number): readonly number[] => Array.from({ length: number }, (_, i) => i + 1)

describe('readers', () => {
  it('hear of an event before the call returns', () => {
    const { heard, happen } = begin()
    happen(1, 3)
    expect(heard).toEqual([1, 2, 3])
  })

  it('hear of thousands in turns, in order, all of them', async () => {
    const { history, heard, happen } = begin()
    const many = perTurn * 5 + 1
    happen(1, many)
    expect(heard).toEqual(upTo(perTurn))
    expect(history.events()).toHaveLength(many)
    await nextTurn()
    expect(heard.length).toBeLessThanOrEqual(perTurn * 2)
    // What comes meanwhile waits behind what came before.
    happen(many + 1, many + 1)
    while (heard.length < many + 1) {
      const before = heard.length
      await nextTurn()
      expect(heard.length - before).toBeLessThanOrEqual(perTurn)
      expect(heard.length).toBeGreaterThan(before)
    }
    expect(heard).toEqual(upTo(many + 1))
  })

  it('hear at once again when the turns are over', async () => {
    const { heard, happen } = begin()
    happen(1, perTurn * 3)
    while (heard.length < perTurn * 3) await nextTurn()
    await nextTurn()
    happen(perTurn * 3 + 1, perTurn * 3 + 1)
    expect(heard).toEqual(upTo(perTurn * 3 + 1))
  })

  it.each([
    { kind: 'stopping', signal: 'SIGTERM' } as const,
    { kind: 'fault', where: 'here', text: 'broken' } as const,
  ])('hear all that waits and the word $kind at once', event => {
    const { history, heard, happen } = begin()
    happen(1, perTurn * 3)
    history.record(event)
    expect(heard).toEqual([...upTo(perTurn * 3), -1])
  })

  it('do not let more wait than may', () => {
    const { heard, happen } = begin()
    const many = waitingMax + perTurn + 1_000
    happen(1, many)
    expect(heard).toEqual(upTo(many - waitingMax))
  })
})

describe('history', () => {
  it('is bounded, and tells those who follow at once', () => {
    const { history, happen } = begin()
    const told: number[] = []
    const unfollow = history.follow(({ event }) => void told.push(numberOf(event)))
    happen(1, historyEventsMax * 2 + 10)
    unfollow()
    happen(1, 1)
    expect(told).toEqual(upTo(historyEventsMax * 2 + 10))
    expect(history.events()).toHaveLength(historyEventsMax)
  })
})
