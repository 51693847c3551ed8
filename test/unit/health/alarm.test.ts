import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { alarmEveryMs, createAlarmBook, noteObstacle, takeAlarms } from '../../../src/core/health/alarm.ts'
import type { Outcome } from '../../../src/core/health/types.ts'

const obstacle = (reason: Outcome['reason'], detail: string | null = null): Outcome => {
  return { kind: 'inconclusive', reason, latencyMs: 0, detail }
}
const at = (address: string) => ({ address, port: 80 })

describe('an alarm', () => {
  it('comes at once, and then once in a while with all that came meanwhile', () => {
    const book = createAlarmBook()
    noteObstacle(book, 'TCP', at('10.0.0.1'), obstacle('no-socket', 'EMFILE'))
    expect(takeAlarms(book, millis(1_000))).toEqual([
      { protocol: 'TCP', reason: 'no-socket', count: 1, endpoint: at('10.0.0.1'), detail: 'EMFILE' },
    ])
    for (let i = 0; i < 500; i++) noteObstacle(book, 'TCP', at(`10.0.0.${i & 255}`), obstacle('no-socket', 'EMFILE'))
    expect(takeAlarms(book, millis(999 + alarmEveryMs))).toEqual([])
    expect(takeAlarms(book, millis(1_000 + alarmEveryMs))).toMatchObject([{ count: 500 }])
    expect(takeAlarms(book, millis(1_000 + 9 * alarmEveryMs))).toEqual([])
  })

  it('of trouble that lasts is told more and more seldom, and anew once it was away', () => {
    const book = createAlarmBook()
    const told: number[] = []
    for (let second = 0; second < 5 * 3_600; second++) {
      if (second < 4 * 3_600) noteObstacle(book, 'TCP', at('10.0.0.1'), obstacle('no-socket'))
      if (takeAlarms(book, millis(second * 1_000)).length > 0) told.push(second / 60)
    }
    expect(told).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243])
    noteObstacle(book, 'TCP', at('10.0.0.1'), obstacle('no-socket'))
    expect(takeAlarms(book, millis(30_000_000))).toHaveLength(1)
    noteObstacle(book, 'TCP', at('10.0.0.1'), obstacle('no-socket'))
    expect(takeAlarms(book, millis(30_000_000 + alarmEveryMs))).toHaveLength(1)
  })

  it('of one kind does not keep another waiting', () => {
    const book = createAlarmBook()
    noteObstacle(book, 'TCP', at('10.0.0.1'), obstacle('no-socket'))
    takeAlarms(book, millis(0))
    noteObstacle(book, 'TCP', at('10.0.0.1'), obstacle('no-socket'))
    noteObstacle(book, 'HTTP', at('10.0.0.1'), obstacle('no-socket'))
    noteObstacle(book, 'TCP', at('10.0.0.1'), obstacle('late'))
    expect(takeAlarms(book, millis(50)).map(({ protocol, reason }) => `${protocol} ${reason}`)).toEqual([
      'HTTP no-socket',
      'TCP late',
    ])
  })

  it('is none where everybody could judge', () => {
    expect(takeAlarms(createAlarmBook(), millis(0))).toEqual([])
  })
})
