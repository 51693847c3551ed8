/** States at a glance, the order of trouble, shares of the answers, and words for ages and events. */
import { describe, expect, it } from 'vitest'
import { groupByZone, sharesOf, stateOfMember, stateOfPool, urgencyOf } from '../../../page/health.ts'
import { formatAge, formatShare, nameInZone, tell } from '../../../page/words.ts'
import type { MemberView, PoolView } from '../../../src/core/view/status.ts'
import { downMember, upMember } from '../cli/views.ts'
import { livePool } from './pictures.ts'

const memberState = (member: MemberView) => stateOfMember(livePool({ members: [member] }).members[0]!)

describe('the state of a member', () => {
  it.each<[string, Partial<MemberView>, string, string]>([
    ['up', {}, 'good', 'up'],
    ['on its way down', { pending: true }, 'doubt', 'up, failing'],
    ['down', { verdict: 'down', answered: false }, 'bad', 'down'],
    ['on its way up', { verdict: 'down', pending: true }, 'bad', 'down, rising'],
    ['held by a freeze', { verdict: 'down', held: true }, 'bad', 'down, held'],
    ['not heard of', { verdict: 'unknown' }, 'doubt', 'unknown'],
    ['drained though up', { override: 'drained' }, 'taken', 'drained'],
    ['forced up though down', { verdict: 'down', override: 'forced-up' }, 'taken', 'forced up'],
  ])('%s', (_, changes, tone, word) => {
    expect(memberState(upMember('127.0.0.1', changes))).toEqual({ tone, word })
  })
})

describe('the state of a service', () => {
  const up = upMember('127.0.0.1')
  it.each<[string, Partial<PoolView>, string, string, number]>([
    ['all up', {}, 'good', 'healthy', 2],
    ['one down', { members: [up, downMember('127.0.0.2')] }, 'doubt', 'degraded', 1],
    ['one drained', { members: [up, upMember('127.0.0.2', { override: 'drained' })] }, 'taken', 'overridden', 1],
    ['one unknown', { members: [up, upMember('127.0.0.2', { verdict: 'unknown' })] }, 'doubt', 'in doubt', 1],
    ['waiting for a word', { waitsForRelease: true }, 'taken', 'awaits release', 1],
    ['failing open', { mode: 'fail-open' }, 'bad', 'failing open', 0],
    ['with no answer', { mode: 'servfail' }, 'bad', 'answers SERVFAIL', 0],
  ])('%s', (_, changes, tone, word, urgency) => {
    const pool = livePool(changes)
    expect(stateOfPool(pool)).toEqual({ tone, word })
    expect(urgencyOf(pool)).toBe(urgency)
  })
})

describe('shares', () => {
  const share = (changes: Partial<PoolView>) => sharesOf(livePool(changes))

  it('are equal while members take turns, whatever their weight', () => {
    expect(share({ members: [upMember('127.0.0.1', { weight: 3 }), upMember('127.0.0.2')] })).toEqual([0.5, 0.5])
  })

  it('go by weight and what is left of it', () => {
    const members = [upMember('127.0.0.1', { weight: 3 }), upMember('127.0.0.2', { weight: 2, share: 0.5 })]
    expect(share({ answer: 'weighted', members })).toEqual([0.75, 0.25])
  })

  it('are nothing for who is not answered', () => {
    expect(share({ members: [upMember('127.0.0.1'), downMember('127.0.0.2')] })).toEqual([1, 0])
    expect(share({ mode: 'nodata', members: [downMember('127.0.0.2')] })).toEqual([0])
  })

  it('are all of the first in a failover', () => {
    expect(share({ answer: 'failover' })).toEqual([1, 0])
  })
})

describe('zones', () => {
  const zones = ['calm.test.', 'sick.test.', 'deep.sick.test.'].map(name => ({ name, file: '', serial: 7, rrsets: 1 }))
  const pools = [
    livePool({}, 'www.calm.test.'),
    livePool({}, 'b.sick.test.'),
    livePool({ members: [downMember('127.0.0.9')] }, 'z.sick.test.'),
    livePool({}, 'www.deep.sick.test.'),
  ]

  it('come in the order of their trouble, each with the services of the deepest zone', () => {
    const groups = groupByZone(pools, zones, '')
    expect(groups.map(group => [group.name, group.troubled, group.pools.map(pool => pool.owner)])).toEqual([
      ['sick.test.', 1, ['z.sick.test.', 'b.sick.test.']],
      ['calm.test.', 0, ['www.calm.test.']],
      ['deep.sick.test.', 0, ['www.deep.sick.test.']],
    ])
  })

  it.each([
    ['DEEP', ['www.deep.sick.test.']],
    ['127.0.0.9', ['z.sick.test.']],
    ['nothing of that name', []],
  ])('a filter for %s', (pattern, owners) => {
    expect(groupByZone(pools, zones, pattern).flatMap(group => group.pools.map(pool => pool.owner))).toEqual(owners)
  })
})

describe('words', () => {
  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [172_800_000, '2 d'],
  ])('%d ms is %s', (ms, text) => expect(formatAge(ms)).toBe(text))

  it.each([
    [0, '0 %'],
    [0.001, '<1 %'],
    [1 / 3, '33 %'],
    [1, '100 %'],
  ])('a share of %d is %s', (share, text) => expect(formatShare(share)).toBe(text))

  it.each([
    ['www.demo.test.', 'demo.test.', 'www'],
    ['demo.test.', 'demo.test.', '@'],
    ['*.pre.demo.test.', 'demo.test.', '*.pre'],
    ['com.', '.', 'com'],
  ])('%s in %s is %s', (owner, zone, name) => expect(nameInZone(owner, zone)).toBe(name))

  it('an event of another server version is passed over', () => {
    expect(tell({ kind: 'not-known-here' } as never)).toBeNull()
  })

  it('a transition names whom, both verdicts, and the evidence', () => {
    const outcome = { kind: 'fail', reason: 'refused', latencyMs: 1, detail: 'ECONNREFUSED' } as const
    const event = { kind: 'transition', target: '127.0.0.1:80', check: 'web (HTTP)', from: 'up', to: 'down' } as const
    const { tone, label, text } = tell({ ...event, cause: 'fall', leak: null, outcome })!
    expect({ tone, label }).toEqual({ tone: 'bad', label: 'down' })
    for (const part of ['127.0.0.1:80', 'up', 'down', 'web (HTTP)', 'refused', 'ECONNREFUSED'])
      expect(text).toContain(part)
  })
})
