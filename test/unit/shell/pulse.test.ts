/** The beat in the real event loop: what a probe's deadline counts where this thread itself was held up. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { recentOutcomes } from '../../../src/core/health/evidence.ts'
import type { Outcome } from '../../../src/core/health/types.ts'
import type { Probe } from '../../../src/core/ports.ts'
import { adopt, createRoster, evidenceOf } from '../../../src/core/roster/index.ts'
import { createClock } from '../../../src/edge/clock.ts'
import { type Pulse, startPulse } from '../../../src/shell/pulse.ts'
import { tcpCheck } from '../health/specs.ts'
import { planOf } from '../roster/plans.ts'

const clock = createClock()
const timeoutMs = 100
const ears = {
  onPublish: () => {},
  onTrackChange: () => {},
  onRotations: () => {},
  onExpired: () => {},
  onOverridesExpired: () => {},
  onFreeze: () => {},
  onLag: () => {},
  onObstacle: () => {},
}
let server: Server
let near: Socket
let far: Socket
let pulse: Pulse | null = null

beforeEach(async () => {
  server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const accepted = new Promise<Socket>(resolve => server.once('connection', resolve))
  near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  far = await accepted
})

afterEach(() => {
  pulse?.stop()
  near.destroy()
  far.destroy()
  server.close()
})

const said = (kind: Outcome['kind'], reason: Outcome['reason']): Outcome => ({
  kind,
  reason,
  latencyMs: 1,
  detail: null,
})

/** Passes by what it reads, unless its deadline comes first. */
function probeAfter(hold: () => void): Probe {
  return (_endpoint, _check, signal) =>
    new Promise(resolve => {
      near.once('data', () => resolve(said('pass', 'ok')))
      signal.addEventListener('abort', () => resolve(said('fail', 'timeout')))
      // What work of control does that an event brought: behind it timers come first, then what lies in the sockets.
      setTimeout(() => setImmediate(hold))
    })
}

async function firstOutcome(probe: Probe): Promise<Outcome['kind'] | undefined> {
  const roster = createRoster({ probesInFlightMax: 8, startedMs: clock.now() })
  const check = tcpCheck({ timeoutMs: millis(timeoutMs) })
  adopt(roster, [planOf('www.test.', [{ address: '10.0.0.1', checks: [check] }])], clock.now(), () => 0.5)
  pulse = startPulse({ clock, draw: () => 0, probe, roster, ...ears })
  const outcomes = () => recentOutcomes(evidenceOf(roster, 0)[0]![0]!)
  await expect.poll(() => outcomes().length).toBe(1)
  return outcomes()[0]?.kind
}

describe('a deadline that passes while this thread is held up', () => {
  const holdUp = (): void => {
    const untilMs = clock.now() + timeoutMs + 20
    while (clock.now() < untilMs);
  }

  it('does not count against who replied in time', async () => {
    const kind = await firstOutcome(
      probeAfter(() => {
        far.write('x')
        holdUp()
      }),
    )
    expect(kind).toBe('pass')
  })

  it('counts against who did not', async () => {
    expect(await firstOutcome(probeAfter(holdUp))).toBe('fail')
  })
})
