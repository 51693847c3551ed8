/** The book on the answering threads, with signals that a test gives. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createEar, createSignals, openSignals } from '../../../src/board/signal.ts'
import { millis } from '../../../src/core/base/units.ts'
import { keepAttendance } from '../../../src/shell/attendance.ts'

const nothing = { listens: [], sockets: [], streams: [], descriptors: null }
const listens = (['udp', 'tcp'] as const).map(via => ({
  via,
  address: { host: '127.0.0.1', port: 1 },
  reusePort: false,
}))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setStage() {
  const memory = createSignals(2)
  const ears = [0, 1].map(row => createEar(memory, row))
  const posts = listens.map(listen => ({ ...nothing, listens: [listen] }))
  const clock = { now: () => millis(performance.now()) }
  const attendance = keepAttendance(openSignals(memory), posts, clock)
  return { ears, attendance, thread: (row: number) => attendance.threads()[row]! }
}

it('tells how long a thread is silent, and counts a silence of more than a second once', () => {
  const { ears, attendance, thread } = setStage()
  expect(thread(0)).toMatchObject({ worker: 0, via: ['udp'], silentMs: null, stalls: 0, generation: 0 })
  attendance.begin(0, 1)
  attendance.begin(1, 1)
  for (let i = 0; i < 30; i++) {
    ears[0]!.beat()
    vi.advanceTimersByTime(100)
  }
  expect(thread(0)).toMatchObject({ silentMs: 0, stalls: 0 })
  expect(thread(1)).toMatchObject({ worker: 1, via: ['tcp'], silentMs: 3_000, stalls: 1 })
  ears[1]!.beat()
  vi.advanceTimersByTime(100)
  expect(thread(1)).toMatchObject({ silentMs: 0, stalls: 1 })
  vi.advanceTimersByTime(900)
  expect(thread(1)).toMatchObject({ silentMs: 900, stalls: 1 })
  attendance.stop()
  expect(vi.getTimerCount()).toBe(0)
})

it('tells which generation a thread serves, for how long, and how long each took to be taken', () => {
  const { attendance, thread } = setStage()
  attendance.begin(0, 4)
  attendance.installed(0, 5, 3)
  attendance.installed(0, 6, 40)
  vi.advanceTimersByTime(2_000)
  const { generation, servedMs, installs } = thread(0)
  expect({ generation, servedMs }).toEqual({ generation: 6, servedMs: 2_000 })
  expect(installs.sumSeconds).toBeCloseTo(0.043)
  expect(installs.counts.reduce((sum, count) => sum + count)).toBe(2)
  expect(thread(1).generation).toBe(0)
  attendance.stop()
})

it('counts who was lost, and never takes a successor back to an older generation', () => {
  const { attendance, thread } = setStage()
  attendance.begin(0, 1)
  attendance.lose(0)
  expect(thread(0)).toMatchObject({ silentMs: null, replaced: 1 })
  attendance.installed(0, 3, 1)
  attendance.begin(0, 2)
  expect(thread(0)).toMatchObject({ silentMs: 0, replaced: 1, generation: 3 })
  attendance.stop()
})
