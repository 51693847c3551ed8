/** Pulled zones in the picture: metrics, readiness, the status for people, sentences for the log. */
import { describe, expect, it } from 'vitest'
import { renderStatus } from '../../../src/cli/render-status.ts'
import { createPaint } from '../../../src/cli/render-text.ts'
import { describeSecondaryEvent } from '../../../src/core/secondary/news.ts'
import { renderMetrics } from '../../../src/core/view/metrics.ts'
import { readinessOf } from '../../../src/core/view/readiness.ts'
import { drawSelf } from '../../../src/core/view/self.ts'
import type { SecondaryView } from '../../../src/core/view/status.ts'
import { statusView } from '../cli/views.ts'

const calm: SecondaryView = {
  zone: 'a.test.',
  state: 'current',
  serial: 7,
  primaries: ['192.0.2.1:53'],
  checkedAt: 1_000_000,
  confirmedAt: 1_000_000,
  pulledAt: null,
  nextInMs: 30_000,
  expiresInMs: 86_400_000,
  failure: null,
}
const failure = { primary: '192.0.2.1:53', reason: 'refused', detail: 'the primary refuses', at: 1_000_000 } as const
const expired: SecondaryView = { ...calm, zone: 'b.test.', state: 'expired', expiresInMs: 0, failure }
const fresh: SecondaryView = {
  ...calm,
  zone: 'c.test.',
  state: 'new',
  serial: null,
  confirmedAt: null,
  expiresInMs: null,
}

describe('metrics', () => {
  const page = renderMetrics(statusView({ secondaries: [calm, expired, fresh] }), {
    transitions: { up: 0, down: 0 },
    refusals: 0,
  })

  it('have the state, the serial and the age of each', () => {
    expect(page).toContain('robin_secondary_state{zone="a.test.",state="current"} 1\n')
    expect(page).toContain('robin_secondary_state{zone="b.test.",state="current"} 0\n')
    expect(page).toContain('robin_secondary_state{zone="b.test.",state="expired"} 1\n')
    expect(page).toContain('robin_secondary_serial{zone="a.test."} 7\n')
    expect(page).not.toContain('robin_secondary_serial{zone="c.test."}')
    expect(page).toContain('robin_secondary_confirmed_timestamp_seconds{zone="a.test."} 1000\n')
    expect(page).toContain('robin_secondary_expires_seconds{zone="b.test."} 0\n')
  })

  it('say nothing of them where there are none', () => {
    expect(renderMetrics(statusView(), { transitions: { up: 0, down: 0 }, refusals: 0 })).not.toContain(
      'robin_secondary_',
    )
  })
})

describe('readiness', () => {
  const server = { listening: ['udp 127.0.0.1:53'] }
  const zones = [{ name: 'c.test.', file: 'c', serial: 0, rrsets: 1, withheld: true as const }]

  it('names those that are not there or too old, and is not hurt by it', () => {
    const lines = readinessOf({ server, zones, freeze: null, secondaries: [calm, expired, fresh] }, true)
    expect(lines.find(({ name }) => name === 'pulled')).toEqual({
      name: 'pulled',
      ok: true,
      note: 'b.test. expired, c.test. never had',
    })
    const many = Array.from({ length: 30 }, () => fresh)
    expect(readinessOf({ server, zones, freeze: null, secondaries: many }, true)[2]?.note).toMatch(/, 20 more$/)
    expect(readinessOf({ server, zones, freeze: null }, true).map(({ name }) => name)).not.toContain('pulled')
  })

  it('fails where nothing at all can be answered from, and names no such zone to be asked for', () => {
    expect(readinessOf({ server, zones, freeze: null }, true).find(({ name }) => name === 'zones')?.ok).toBe(false)
    expect(drawSelf({ server, zones, freeze: null }, true).zone).toBeNull()
  })
})

it('the status for people has trouble first', () => {
  const lines = renderStatus(statusView({ secondaries: [calm, fresh, expired] }), createPaint(false)).split('\n')
  const at = lines.findIndex(line => line.startsWith('PULLED'))
  expect(lines.slice(at + 1, at + 4).map(line => line.split(/\s+/).slice(0, 3))).toEqual([
    ['c.test.', 'new', '-'],
    ['b.test.', 'expired', '7'],
    ['a.test.', 'current', '7'],
  ])
  expect(lines[at + 2]).toContain('192.0.2.1:53: the primary refuses')
})

describe('sentences', () => {
  it('are as loud as what they tell', () => {
    const pulled = {
      kind: 'zone-pulled',
      zone: 'a.test.',
      primary: 'p',
      how: 'ixfr',
      from: 1,
      serial: 2,
      records: 3,
      octets: 4,
      tookMs: 5,
    } as const
    const missed = { kind: 'zone-not-pulled', zone: 'a.test.', primary: 'p', reason: 'signed', detail: 'd' } as const
    expect(describeSecondaryEvent(pulled).level).toBe('info')
    expect(describeSecondaryEvent({ ...pulled, from: null, how: 'axfr' }).text).toContain('serial 2')
    expect(describeSecondaryEvent({ ...missed, state: 'new' })).toMatchObject({ level: 'error' })
    expect(describeSecondaryEvent({ ...missed, state: 'refreshing' })).toMatchObject({ level: 'warn' })
    expect(describeSecondaryEvent({ ...missed, state: 'new' }).text).toContain('`signed: strip`')
    expect(describeSecondaryEvent({ kind: 'zone-expired', zone: 'a.test.', serial: 1, confirmedAt: 0 }).level).toBe(
      'error',
    )
    expect(describeSecondaryEvent({ kind: 'zone-confirmed', zone: 'a.test.', primary: 'p', serial: 1 }).level).toBe(
      'info',
    )
  })
})
