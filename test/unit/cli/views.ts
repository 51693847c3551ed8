/** Pictures of a server, for tests of what is drawn from them. */
import type { Outcome } from '../../../src/core/health/types.ts'
import type { DrawnStatus, MemberView, PoolView, StatusView, TrackView } from '../../../src/core/view/status.ts'

const passed: Outcome = { kind: 'pass', reason: 'ok', latencyMs: 1.25, detail: null }
const refused: Outcome = { kind: 'fail', reason: 'refused', latencyMs: 0.4, detail: 'ECONNREFUSED' }

export function trackView(address: string, changes: Partial<TrackView> = {}): TrackView {
  return {
    check: 'web',
    protocol: 'HTTP',
    target: `${address}:8053`,
    verdict: 'up',
    sinceMs: 200_000,
    against: 0,
    needed: 3,
    cause: 'first',
    leak: null,
    share: 1,
    last: passed,
    lastAgoMs: 400,
    failures: [],
    ...changes,
  }
}

export function upMember(address: string, changes: Partial<MemberView> = {}): MemberView {
  return {
    address,
    answered: true,
    verdict: 'up',
    pending: false,
    override: 'none',
    status: 'none',
    order: null,
    share: 1,
    held: false,
    tier: 0,
    pool: null,
    weight: 1,
    answers: { carried: 0, first: 0 },
    follows: null,
    checks: [trackView(address)],
    ...changes,
  }
}

export function downMember(address: string): MemberView {
  const checks = [trackView(address, { verdict: 'down', last: refused, sinceMs: 12_000, needed: 2 })]
  return upMember(address, { answered: false, verdict: 'down', checks })
}

export function poolView(owner: string, changes: Partial<PoolView> = {}): PoolView {
  return {
    owner,
    type: 'A',
    rule: null,
    mode: 'normal',
    answer: 'rotate',
    ttl: 10,
    eligible: 2,
    onAllDown: 'all',
    worstRemovalMs: 11_000,
    failoverWithinMs: null,
    answers: 0,
    waitsForRelease: false,
    members: [upMember('127.0.0.11'), upMember('127.0.0.12')],
    ...changes,
  }
}

export function statusView(changes: Partial<StatusView> = {}): StatusView {
  return {
    server: {
      version: '9.8.7',
      pid: 4242,
      startedAt: 1_700_000_000_000,
      uptimeMs: 60_000,
      ready: true,
      io: 'dgram',
      ioReason: null,
      workers: 2,
      listening: ['udp 127.0.0.1:5300', 'tcp 127.0.0.1:5300', 'admin 127.0.0.1:5380'],
      tokenFile: null,
      zonesFolder: '/srv/zones',
      maxChange: 0.5,
    },
    reload: {
      generation: 3,
      installedAt: 1_700_000_050_000,
      ok: true,
      triedAt: 1_700_000_050_000,
      problems: [],
    },
    secondaries: [],
    zones: [{ name: 'demo.test.', file: 'zones/demo.test.yaml', serial: 7, rrsets: 10 }],
    pools: [poolView('www.demo.test.')],
    checks: {
      total: 2,
      inFlight: 1,
      probes: 40,
      late: 0,
      lateness: { counts: [], sumSeconds: 0 },
      latencies: [],
      endpoints: 2,
      endpointsDown: 0,
      broken: [],
      icmp: null,
    },
    threads: [],
    freeze: null,
    sentinels: [],
    overrides: [],
    state: null,
    counters: { queries: 12, noerror: 11, refused: 1, dropped: 0 },
    ...changes,
  }
}

/** What draws the picture a step at a time. */
export function* statusInSteps(view: StatusView = statusView(), at: number = Date.now()): Generator<void, DrawnStatus> {
  for (const _ of view.pools) yield
  return drawnStatus(view, at)
}

export function drawnStatus(view: StatusView, at: number): DrawnStatus {
  return { view, at, poolsAt: view.pools.map(() => at) }
}

/** Takes all steps at once. */
export function finish<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
