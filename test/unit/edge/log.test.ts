import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../src/core/base/problem.ts'
import { seconds } from '../../../src/core/base/units.ts'
import type { Rotation, RotationMode } from '../../../src/core/rotation/types.ts'
import { rotationModes } from '../../../src/core/rotation/types.ts'
import type { TransferNews } from '../../../src/core/transfer/news.ts'
import type { JournalEvent } from '../../../src/core/view/events.ts'
import { createLog, createLogJournal, type LogLevel } from '../../../src/edge/log.ts'

function createSink(level: LogLevel = 'info', pretty = false) {
  const lines: string[] = []
  const log = createLog({ level, pretty, color: true, destination: { write: line => lines.push(line) } })
  return { lines, log, journal: createLogJournal(log) }
}

function logged(event: JournalEvent): Record<string, unknown> {
  const { lines, journal } = createSink()
  journal.record(event)
  expect(lines).toHaveLength(1)
  expect(lines[0]!.endsWith('\n')).toBe(true)
  return JSON.parse(lines[0]!)
}

function rotation(mode: RotationMode, eligible: number): Rotation {
  const tier = mode === 'normal' ? 0 : null
  const common = {
    order: [],
    weights: [],
    ttl: seconds(5),
    maxAnswers: 8,
    answer: 'rotate',
    sticky: { v4: 24, v6: 56 },
    members: 3,
  } as const
  return { ...common, mode, eligible, tier }
}

function rotationEvent(from: Rotation | null, to: Rotation): JournalEvent {
  return { kind: 'rotation', owner: 'www.demo.test.', type: 'A', from, to }
}

function problem(text: string, severity: Problem['severity'] = 'error'): Problem {
  const span = { file: 'zones/a.yaml', line: 3, column: 7, endColumn: 9 }
  return { code: 'bad-value', severity, span, text, hint: null }
}

const passed = { kind: 'pass', reason: 'ok', latencyMs: 2, detail: null } as const
function transfer(outcome: TransferNews['outcome'], reason: TransferNews['reason']): JournalEvent {
  const sent = { zone: 'a.test.', form: 'axfr', serial: 7, messages: 2, octets: 20_000 } as const
  return { kind: 'transfer', ...sent, address: '192.0.2.1', key: 'xfr.', ms: 12, untold: 0, outcome, reason }
}

const failed = { kind: 'fail', reason: 'status', latencyMs: 3, detail: 'HTTP 503' } as const

describe('log', () => {
  it('writes one JSON line at once, and nothing below its level', () => {
    const { lines, log } = createSink('warn')
    log.info('no')
    log.warn({ port: 53 }, 'yes')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', port: 53, msg: 'yes' })
    expect(Date.parse(JSON.parse(lines[0]!).time)).toBeGreaterThan(0)
  })

  it('writes words for people, at once', () => {
    const { lines, log, journal } = createSink('info', true)
    journal.record({ kind: 'listening', via: 'udp', host: '::1', port: 5300 })
    log.info({ port: 53 }, 'other')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('[::1]:5300')
    expect(lines[0]).not.toContain('{')
    expect(lines[1]).toContain('port')
  })

  it('shows people the problems of a refusal, each on its line', () => {
    const { lines, journal } = createSink('info', true)
    journal.record({ kind: 'refused', generation: 2, problems: [problem('one'), problem('two')] })
    const shown = lines.join('').split('\n')
    expect(shown.filter(line => line.includes('zones/a.yaml:3:7: bad-value: '))).toHaveLength(2)
  })
})

describe('journal', () => {
  it.each<[JournalEvent, string]>([
    [{ kind: 'listening', via: 'tcp', host: '127.0.0.1', port: 53 }, 'info'],
    [{ kind: 'installed', generation: 1, zones: 1, rrsets: 2, checks: 3, tookMs: 4 }, 'info'],
    [{ kind: 'installed', generation: 1, zones: 0, rrsets: 0, checks: 0, tookMs: 4 }, 'warn'],
    [{ kind: 'check-broken', protocol: 'ICMP', reason: 'no-permission', remedy: 'sysctl …' }, 'error'],
    [{ kind: 'check-mended', protocol: 'ICMP' }, 'info'],
    [{ kind: 'ready', firstRoundMs: 40, worstRemovalMs: 13_000 }, 'info'],
    [{ kind: 'worker-lost', worker: 1, text: 'exit 1' }, 'error'],
    [{ kind: 'fault', where: 'tick', text: 'broken' }, 'error'],
    [{ kind: 'stopping', signal: 'SIGTERM' }, 'info'],
    [transfer('done', null), 'info'],
    [transfer('failed', 'broken-off'), 'warn'],
    [transfer('refused', 'no-rule'), 'warn'],
  ])('keeps the data of %o', (event, level) => {
    const { kind, ...fields } = event
    expect(logged(event)).toMatchObject({ level, event: kind, ...fields })
  })

  it('does not call state old that had no verdicts', () => {
    const restored = { kind: 'state-restored', file: 'robin.state', generation: 3, verdicts: 0, overrides: 0 } as const
    expect(logged({ ...restored, ageMs: 2_000 })['msg']).not.toContain('too old')
    expect(logged({ ...restored, ageMs: 90_000 })['msg']).toContain('too old')
  })

  it('says the remedy of a broken check', () => {
    const line = logged({ kind: 'check-broken', protocol: 'ICMP', reason: 'no-permission', remedy: 'set X' })
    expect(line['msg']).toContain('set X')
  })

  it('warns when a target goes down, tells when it comes up', () => {
    const event = { kind: 'transition', target: '10.0.0.1:80', check: 'web', cause: 'fall', leak: null } as const
    expect(logged({ ...event, from: 'up', to: 'down', outcome: failed })).toMatchObject({
      level: 'warn',
      target: '10.0.0.1:80',
      from: 'up',
      to: 'down',
      reason: 'status',
      latencyMs: 3,
      detail: 'HTTP 503',
    })
    expect(logged({ ...event, from: 'down', to: 'up', outcome: passed })).toMatchObject({ level: 'info' })
  })

  it.each(rotationModes.filter(mode => mode !== 'normal'))(
    'cries when a pool turns to %s, and tells its return',
    mode => {
      const [calm, bad] = [rotation('normal', 3), rotation(mode, 0)]
      const cry = logged(rotationEvent(calm, bad))
      expect(cry).toMatchObject({ level: 'error', mode, wasMode: 'normal', eligible: 0, members: 3 })
      expect(cry['msg']).toMatch(/all 3 members of www\.demo\.test\. A are down/)
      expect(cry['msg']).toContain('on_all_down')
      expect(logged(rotationEvent(bad, calm))).toMatchObject({ level: 'info', mode: 'normal', wasMode: mode })
    },
  )

  it('does not call all members down where some are up', () => {
    const line = logged(rotationEvent(rotation('normal', 3), rotation('fail-open', 1)))
    expect(line).toMatchObject({ level: 'error', eligible: 1 })
    expect(line['msg']).not.toContain('all 3 members')
  })

  it('tells that a member left a rotation', () => {
    expect(logged(rotationEvent(rotation('normal', 3), rotation('normal', 2)))).toMatchObject({
      level: 'info',
      eligible: 2,
      wasEligible: 3,
    })
  })

  it('tells the first rotation of a pool', () => {
    expect(logged(rotationEvent(null, rotation('normal', 3)))).toMatchObject({ level: 'info', wasMode: null })
    expect(logged(rotationEvent(null, rotation('servfail', 0)))).toMatchObject({ level: 'error', wasMode: null })
  })

  it('names the problems of a refusal, bounded, and counts all', () => {
    const problems = [...Array.from({ length: 80 }, (_, i) => problem(`p${i}`)), problem('w', 'warning')]
    const line = logged({ kind: 'refused', generation: 4, problems })
    expect(line).toMatchObject({ level: 'error', generation: 4, errors: 80, problemsTotal: 81 })
    expect(line['problems']).toHaveLength(50)
    expect((line['problems'] as string[])[0]).toBe('zones/a.yaml:3:7: bad-value: p0')
  })

  it.each([false, true])('lets no control or turning character through (pretty: %s)', pretty => {
    const { lines, journal } = createSink('info', pretty)
    const evil = 'a\u001b[2Jb\r\nc\u009b1md\u202ee\u2028f\u007f'
    const outcome = { ...failed, detail: evil }
    journal.record({
      kind: 'transition',
      target: evil,
      check: evil,
      from: 'up',
      to: 'down',
      cause: 'fall',
      leak: null,
      outcome,
    })
    journal.record({ kind: 'refused', generation: 1, problems: [problem(evil)] })
    journal.record({ kind: 'fault', where: evil, text: evil })
    const text = lines.join('')
    for (const character of ['\u001b[2J', '\r', '\u009b', '\u202e', '\u2028', '\u007f']) {
      expect(text.includes(character)).toBe(false)
    }
    expect(text.includes('b\\x0d\\x0ac') || text.includes('b\\\\x0d\\\\x0ac')).toBe(true)
  })
})
