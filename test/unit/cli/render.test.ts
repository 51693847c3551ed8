/** What people read: durations, tables, states and status. Asserts facts and places, not sentences. */
import { describe, expect, it } from 'vitest'
import { renderStates } from '../../../src/cli/render-states.ts'
import { renderStatus } from '../../../src/cli/render-status.ts'
import { createPaint, formatDuration, printable, renderTable } from '../../../src/cli/render-text.ts'
import { downMember, poolView, statusView, trackView, upMember } from './views.ts'

const plain = createPaint(false)
const colored = createPaint(true)
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const escapes = /\u001b\[[0-9]*m/g

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [-5, '0s'],
    [400, '0.4s'],
    [1000, '1s'],
    [9949, '9.9s'],
    [9950, '10s'],
    [59_400, '59s'],
    [60_000, '1m'],
    [200_000, '3m 20s'],
    [3_600_000, '1h'],
    [7_500_000, '2h 5m'],
    [90_000_000, '1d 1h'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

describe('renderTable', () => {
  it('pads by what is seen, not by colour codes', () => {
    const rows = [
      [{ text: 'a', paint: colored.bad }, 'x'],
      ['long', 'y'],
    ]
    const lines = renderTable(rows, '  ').replace(escapes, '').split('\n')
    expect(lines.slice(0, 2)).toEqual(['  a     x', '  long  y'])
  })

  it('leaves no trailing blanks and nothing that a terminal would obey', () => {
    const text = renderTable(
      [
        ['a\u001b[2Jb', 'c\nd'],
        ['e', ''],
      ],
      '',
    )
    expect(text).not.toContain('\u001b')
    expect(text.split('\n')).toHaveLength(3)
  })
})

it('printable shows controls and direction marks instead of sending them', () => {
  expect(printable('a\u0007\u202eb')).toBe('a\\u{7}\\u{202e}b')
})

describe('renderStates of pools by client', () => {
  it('says whom each pool serves, by which weight, and what names follow', () => {
    const rule = { pool: 'busan', subnets: ['10.8.0.0/16', '10.9.0.0/16'], others: true }
    const members = [
      upMember('127.0.0.11', { weight: 3, pool: 'busan' }),
      upMember('www.demo.test.', { pool: 'busan', checks: [], follows: ['www.demo.test. A'] }),
      upMember('lost.demo.test.', { pool: 'busan', checks: [], follows: [] }),
    ]
    const text = renderStates([poolView('api.demo.test.', { rule, answer: 'weighted', members })], plain)
    for (const fact of [
      'pool busan',
      '10.8.0.0/16',
      'everyone else',
      'weighted',
      'weight 3',
      'follows www.demo.test. A',
    ]) {
      expect(text).toContain(fact)
    }
    const many = Array.from({ length: 1_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}/32`)
    const short = renderStates([poolView('api.demo.test.', { rule: { ...rule, subnets: many } })], plain)
    expect(short).toContain('996 more')
    expect(short).not.toContain('weight')
  })
})

describe('renderStates', () => {
  const pool = poolView('www.demo.test.', { eligible: 1, members: [upMember('127.0.0.11'), downMember('127.0.0.12')] })

  it('gives each member a line with its address, verdict, reason and age', () => {
    const lines = renderStates([pool], plain).split('\n')
    const [down] = lines.filter(line => line.includes('127.0.0.12'))
    expect(down?.split(/ {2,}/).slice(1)).toEqual([
      '127.0.0.12',
      'no',
      'down',
      '12s',
      'web HTTP 127.0.0.12:8053',
      'fail refused: ECONNREFUSED',
      '0.4s',
    ])
    expect(lines.find(line => line.includes('127.0.0.11'))).toMatch(/ yes +up +3m 20s .* pass in 1\.3ms +0\.4s$/)
  })

  it('colours only when asked, and then the same text', () => {
    const without = renderStates([pool], plain)
    const withColors = renderStates([pool], colored)
    expect(without).not.toMatch(escapes)
    expect(withColors).toMatch(escapes)
    expect(withColors.replace(escapes, '')).toBe(without)
  })

  it('shows what is under way, the word of the operator and a further tier', () => {
    const turning = upMember('127.0.0.11', { pending: true, checks: [trackView('127.0.0.11', { against: 1 })] })
    const drained = upMember('127.0.0.12', { override: 'drained', answered: false, tier: 1 })
    const text = renderStates([poolView('a.', { members: [turning, drained] })], plain)
    expect(text).toMatch(/127\.0\.0\.11 .* up 1\/3 against /)
    expect(text).toMatch(/127\.0\.0\.12 \(tier 2\) +no +up, drained /)
  })

  it('gives every check of a member a line with the address in it', () => {
    const checks = [trackView('127.0.0.11'), trackView('127.0.0.11', { check: 'port', protocol: 'TCP', last: null })]
    const text = renderStates([poolView('a.', { members: [upMember('127.0.0.11', { checks })] })], plain)
    const lines = text.split('\n').filter(line => line.includes('127.0.0.11:8053'))
    expect(lines.map(line => /web|port/.exec(line)?.[0])).toEqual(['web', 'port'])
    expect(lines[1]).toContain('not probed yet')
  })

  it('says so of a member without checks', () => {
    expect(renderStates([poolView('a.', { members: [upMember('10.0.0.1', { checks: [] })] })], plain)).toContain(
      'no check',
    )
  })
})

describe('renderStatus', () => {
  it('shows which serial each secondary has acknowledged, those first that do not answer', () => {
    const [zone] = statusView().zones
    const told = { to: '192.0.2.1:53', state: 'told', acknowledged: 7, acknowledgedAt: 0, fault: null } as const
    const lost = { ...told, to: '192.0.2.2:53', state: 'lost', acknowledged: null, acknowledgedAt: null } as const
    const secondaries = [told, { ...lost, fault: 'no-response' as const }]
    const text = renderStatus(statusView({ zones: [{ ...zone!, transfer: { secondaries } }] }), plain)
    const rows = text.split('\n').filter(line => line.startsWith('192.0.2.'))
    expect(rows.map(row => row.split(/ {2,}/).slice(0, 4))).toEqual([
      ['192.0.2.2:53', zone!.name, 'lost', '-'],
      ['192.0.2.1:53', zone!.name, 'told', '7'],
    ])
    expect(rows[0]).toContain('no-response')
    expect(renderStatus(statusView(), plain)).not.toContain('NOTIFIED')
  })

  it('tells version, ages by the clock of the server, zones and what was counted', () => {
    const text = renderStatus(statusView(), plain)
    expect(text).toContain('robin 9.8.7  pid 4242  up 1m  ready')
    expect(text).toContain('generation 3, installed 10s ago')
    expect(text).toMatch(/demo\.test\. +7 +10 +zones\/demo\.test\.yaml/)
    expect(text).toMatch(/queries +12\n/)
    expect(text).not.toContain('dropped')
  })

  it('tells a refused reload with place, code and hint, and that the older generation serves', () => {
    const span = { file: 'zones/a.yaml', line: 12, column: 5, endColumn: 9 }
    const problem = { code: 'unknown-key', severity: 'error', span, text: 'tpye?', hint: 'type' } as const
    const reload = { generation: 3, installedAt: 1_700_000_000_000, ok: false, triedAt: 1_700_000_056_000 }
    const text = renderStatus(statusView({ reload: { ...reload, problems: [problem] } }), plain)
    expect(text).toMatch(/refused 4s ago.*generation 3/)
    expect(text).toContain('zones/a.yaml:12:5: unknown-key: tpye? (type)')
  })

  it('names a check that cannot run with its remedy', () => {
    const broken = [{ protocol: 'ICMP', reason: 'no-permission', remedy: 'sysctl -w net.ipv4.ping_group_range' }]
    const checks = { ...statusView().checks, late: 2, broken, icmp: 'none' }
    const text = renderStatus(statusView({ checks }), plain)
    expect(text).toContain('no-permission')
    expect(text).toContain('sysctl -w net.ipv4.ping_group_range')
    expect(text).toContain('2 late')
  })

  it('lists pools in trouble first, and no more than fit a screen', () => {
    const calm = Array.from({ length: 30 }, (_, i) => poolView(`calm${i}.`))
    const open = poolView('broken.', { mode: 'fail-open', eligible: 0, members: [downMember('127.0.0.1')] })
    const lines = renderStatus(statusView({ pools: [...calm, open] }), plain).split('\n')
    const header = lines.findIndex(line => line.startsWith('POOL'))
    expect(lines[header + 1]).toMatch(/^broken\. +A +0\/1 +10 +fail-open/)
    expect(lines.filter(line => line.startsWith('calm'))).toHaveLength(19)
    expect(lines.some(line => line.includes('11 more'))).toBe(true)
  })
})
