import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DutyModel } from '../../../src/core/roster/types.ts'
import type { JournalEvent } from '../../../src/core/view/events.ts'
import type { SentinelSettings } from '../../../src/shell/sentinel-settings.ts'
import { keepSentinels } from '../../../src/shell/sentinels.ts'
import { icmpCheck } from '../health/specs.ts'

const settings = (...addresses: string[]): SentinelSettings => ({
  check: icmpCheck({ name: 'sentinel' }),
  sources: { v4: null, v6: null },
  addresses,
})

let events: JournalEvent[]
let watched: (readonly DutyModel[])[]
let stop: () => void = () => undefined

beforeEach(() => {
  vi.useFakeTimers()
  events = []
  watched = []
})
afterEach(() => {
  stop()
  vi.useRealTimers()
})

async function keep(given: SentinelSettings | null, gateways: () => Promise<readonly string[]>): Promise<void> {
  const journal = { record: (event: JournalEvent) => void events.push(event) }
  const control = { watchSentinels: (duties: readonly DutyModel[]) => void watched.push(duties) }
  stop = (await keepSentinels({ journal, control, gateways }, given)).stop
}

const targets = () => watched.map(duties => duties.map(({ endpoint }) => endpoint.address))

describe('sentinels', () => {
  it('are on duty before anything else, and told', async () => {
    await keep(settings('gateway', '10.0.0.9'), async () => ['10.0.0.1', 'fe80::1%eth0'])
    expect(targets()).toEqual([['10.0.0.1', 'fe80::1%eth0', '10.0.0.9']])
    expect(events).toEqual([{ kind: 'sentinels', targets: ['10.0.0.1', 'fe80::1%eth0', '10.0.0.9'], missing: [] }])
  })

  it('follow the gateway where it goes, and are told only when it went', async () => {
    let now: readonly string[] = ['10.0.0.1']
    await keep(settings('gateway'), async () => now)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(targets()).toHaveLength(1)
    now = ['10.0.0.2']
    await vi.advanceTimersByTimeAsync(30_000)
    expect(targets()).toEqual([['10.0.0.1'], ['10.0.0.2']])
  })

  it('keep the gateway that is gone until there is another: who is cut off has no route', async () => {
    let now: readonly string[] = ['10.0.0.1']
    await keep(settings('gateway'), async () => now)
    now = []
    await vi.advanceTimersByTimeAsync(60_000)
    expect(targets().at(-1)).toEqual(['10.0.0.1'])
    expect(events.slice(1)).toEqual([{ kind: 'sentinels', targets: ['10.0.0.1'], missing: ['gateway'] }])
    now = ['10.0.0.1']
    await vi.advanceTimersByTimeAsync(30_000)
    expect(events.slice(2)).toEqual([{ kind: 'sentinels', targets: ['10.0.0.1'], missing: [] }])
    now = ['10.0.0.2']
    await vi.advanceTimersByTimeAsync(30_000)
    expect(targets().at(-1)).toEqual(['10.0.0.2'])
  })

  it('are no longer looked after once they are stopped, not even by a look under way', async () => {
    let found: (gateways: readonly string[]) => void = () => undefined
    let looks = 0
    await keep(settings('gateway'), async () => {
      if (++looks === 1) return ['10.0.0.1']
      return new Promise(resolve => {
        found = resolve
      })
    })
    await vi.advanceTimersByTimeAsync(30_000)
    stop()
    found(['10.0.0.2'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect([targets(), looks]).toEqual([[['10.0.0.1']], 2])
  })

  it('without a gateway among them are looked up once', async () => {
    let looks = 0
    await keep(settings('10.0.0.9'), async () => {
      looks++
      return []
    })
    await vi.advanceTimersByTimeAsync(120_000)
    expect(looks).toBe(0)
    expect(targets()).toEqual([['10.0.0.9']])
  })

  it('are none where none are set', async () => {
    await keep(null, async () => ['10.0.0.1'])
    expect(targets()).toEqual([])
    expect(events).toEqual([])
  })

  it('go on as they are while the routing table cannot be read', async () => {
    let broken = false
    await keep(settings('gateway'), async () => {
      if (broken) throw new Error('no table')
      return ['10.0.0.1']
    })
    broken = true
    await vi.advanceTimersByTimeAsync(60_000)
    expect(targets()).toEqual([['10.0.0.1']])
    expect(events.map(({ kind }) => kind)).toEqual(['sentinels', 'fault', 'fault'])
  })
})
