/** Which pools and members a pattern selects, and in which order trouble is shown. */
import { describe, expect, it } from 'vitest'
import { isCalm, matchesGlob, poolsByUrgency, selectPools } from '../../../src/core/view/select.ts'
import { downMember, poolView, upMember } from './views.ts'

describe('matchesGlob', () => {
  it.each([
    ['www', 'www', true],
    ['www', 'wwww', false],
    ['WWW.Demo.*', 'www.demo.test.', true],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['*.12', '127.0.0.12', true],
    ['*.12', '127.0.0.121', false],
    ['a*b*c', 'axxbyybzc', true],
    ['a*b*c', 'axxbyybz', false],
    ['**', 'anything', true],
    ['a.c', 'abc', false],
    ['[a-z]', 'b', false],
  ])('%s against %s: %s', (pattern, text, matches) => {
    expect(matchesGlob(pattern, text)).toBe(matches)
  })

  it('is not slowed down by a pattern of stars', () => {
    const pattern = `${'a*'.repeat(200)}b`
    expect(matchesGlob(pattern, 'a'.repeat(2000))).toBe(false)
  })
})

describe('selectPools', () => {
  const pools = [poolView('www.demo.test.'), poolView('api.demo.test.', { members: [upMember('127.0.0.21')] })]

  it('takes a pool whole by its owner, with or without the closing dot', () => {
    expect(selectPools(pools, 'www.demo.test')).toEqual([pools[0]])
    expect(selectPools(pools, 'www.demo.test.')).toEqual([pools[0]])
  })

  it('takes only the members whose address matches', () => {
    const selected = selectPools(pools, '127.0.0.12')
    expect(selected.map(pool => pool.owner)).toEqual(['www.demo.test.'])
    expect(selected[0]?.members.map(member => member.address)).toEqual(['127.0.0.12'])
  })

  it('selects nothing where nothing matches', () => {
    expect(selectPools(pools, 'nope')).toEqual([])
  })
})

describe('poolsByUrgency', () => {
  const calm = poolView('calm.')
  const short = poolView('short.', { members: [upMember('127.0.0.1'), downMember('127.0.0.2')] })
  const open = poolView('open.', { mode: 'fail-open', eligible: 0, members: [downMember('127.0.0.2')] })

  it('puts pools that are not normal first and calm ones last', () => {
    expect(poolsByUrgency([calm, short, open]).map(pool => pool.owner)).toEqual(['open.', 'short.', 'calm.'])
  })

  it.each([
    ['pending', upMember('127.0.0.1', { pending: true })],
    ['unknown', upMember('127.0.0.1', { verdict: 'unknown' })],
    ['overridden', upMember('127.0.0.1', { override: 'forced-up' })],
    ['down', downMember('127.0.0.1')],
  ])('a pool with a member that is %s is not calm', (_, member) => {
    expect(isCalm(poolView('a.', { members: [member] }))).toBe(false)
    expect(isCalm(calm)).toBe(true)
  })
})
