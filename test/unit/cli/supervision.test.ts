/** What counts of what a service manager puts into the environment, and that nothing of it is left there. */
import { expect, it } from 'vitest'
import { handedMax, takeSupervision } from '../../../src/cli/supervision.ts'

const nothing = { notifySocket: null, watchdogMs: null, handed: [] }

it.each([
  [{}, nothing],
  [{ NOTIFY_SOCKET: '/run/systemd/notify' }, { ...nothing, notifySocket: '/run/systemd/notify' }],
  [{ NOTIFY_SOCKET: '' }, nothing],
  [
    { WATCHDOG_USEC: '10000000', WATCHDOG_PID: '42' },
    { ...nothing, watchdogMs: 10_000 },
  ],
  [{ WATCHDOG_USEC: '10000000' }, { ...nothing, watchdogMs: 10_000 }],
  [{ WATCHDOG_USEC: '10000000', WATCHDOG_PID: '41' }, nothing],
  [{ WATCHDOG_USEC: 'soon' }, nothing],
  [
    { LISTEN_PID: '42', LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:b' },
    { ...nothing, handed: [3, 4] },
  ],
  [{ LISTEN_PID: '41', LISTEN_FDS: '2' }, nothing],
  [{ LISTEN_FDS: '2' }, nothing],
  [{ LISTEN_PID: '42', LISTEN_FDS: '-1' }, nothing],
])('%j', (env: Record<string, string>, expected) => {
  const held: Record<string, string | undefined> = { ...env, PATH: '/bin' }
  expect(takeSupervision(held, 42)).toEqual(expected)
  expect(held).toEqual({ PATH: '/bin' })
})

it('takes no more than a server could use', () => {
  expect(takeSupervision({ LISTEN_PID: '1', LISTEN_FDS: '100000' }, 1).handed).toHaveLength(handedMax)
})
