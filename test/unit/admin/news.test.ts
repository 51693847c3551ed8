/** Events on their way to watchers: noted at once, told soon after, some at a time. */
import { describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../../../src/core/view/events.ts'
import { newsPerTurn, openNews } from '../../../src/edge/admin/news.ts'

const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

function listen(waitingMax: number) {
  const ears = new Set<(recorded: RecordedEvent) => void>()
  const told: (number | 'anew')[][] = []
  const news = openNews(
    ear => {
      ears.add(ear)
      return () => void ears.delete(ear)
    },
    waitingMax,
    { tell: recorded => told.push(recorded.map(({ at }) => at)), tellAnew: () => told.push(['anew']) },
  )
  const happen = (from: number, to: number): void => {
    for (let at = from; at <= to; at++) {
      for (const ear of ears) ear({ at, event: { kind: 'check-mended', protocol: 'ICMP' } })
    }
  }
  return { news, told, ears, happen }
}

describe('news', () => {
  it('are told after the moment that brings them, some in each turn, in order', async () => {
    const { news, told, happen } = listen(1_000)
    happen(1, newsPerTurn + 1)
    expect({ told: told.length, waiting: news.waiting() }).toEqual({ told: 0, waiting: newsPerTurn + 1 })
    await nextTurn()
    expect(told).toEqual([Array.from({ length: newsPerTurn }, (_, i) => i + 1)])
    happen(newsPerTurn + 2, newsPerTurn + 2)
    await nextTurn()
    expect(told[1]).toEqual([newsPerTurn + 1, newsPerTurn + 2])
    expect(news.waiting()).toBe(0)
  })

  it('that are too many are told as that, once, and go on afterwards', async () => {
    const { news, told, happen } = listen(3)
    happen(1, 5)
    expect(news.waiting()).toBe(3)
    await nextTurn()
    happen(6, 6)
    await nextTurn()
    expect(told).toEqual([['anew'], [6]])
  })

  it('end with whoever listens', async () => {
    const { news, told, ears, happen } = listen(3)
    happen(1, 1)
    news.close()
    await nextTurn()
    expect({ told, ears: ears.size }).toEqual({ told: [], ears: 0 })
  })
})
