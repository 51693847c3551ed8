import { describe, expect, it } from 'vitest'
import { formatTarget, matchesTarget, parseTarget } from '../../../src/core/roster/target.ts'
import { planOf } from './plans.ts'

const plan = planOf('www.test.', ['10.0.0.1', '2001:db8::1', 'db.test.'])
const [v4, v6, named] = plan.pool.members

describe('a target', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1:8080', '10.0.0.1:8080'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['[2001:db8::1]:443', '[2001:db8::1]:443'],
    ['WWW.Example.com=10.0.0.1', 'www.example.com.=10.0.0.1'],
    ['www.example.com.=2001:db8:0:0::1', 'www.example.com.=2001:db8::1'],
    ['*.preview.test=[::1]:80', '*.preview.test.=[::1]:80'],
    ['Db.Test.', 'db.test'],
    ['db.test:5432', 'db.test:5432'],
  ])('%s is written %s', (text, canonical) => {
    const target = parseTarget(text)
    expect(target).not.toBeNull()
    expect(formatTarget(target!)).toBe(canonical)
    expect(parseTarget(canonical)).toEqual(target)
  })

  it.each(['', '=10.0.0.1', '10.0.0.1:0', '10.0.0.1:65536', 'www.test=', 'a b', '[::1', `${'x'.repeat(700)}`])(
    '%j names nobody',
    text => {
      expect(parseTarget(text)).toBeNull()
    },
  )

  it.each([
    ['10.0.0.1', v4, true],
    ['10.0.0.1:80', v4, true],
    ['10.0.0.1:81', v4, false],
    ['www.test=10.0.0.1', v4, true],
    ['api.test=10.0.0.1', v4, false],
    ['10.0.0.1', v6, false],
    ['[2001:db8::1]:80', v6, true],
    ['db.test', named, true],
    ['DB.TEST.', named, true],
  ] as const)('%s means the member or not', (text, member, meant) => {
    expect(matchesTarget(parseTarget(text)!, plan, member!)).toBe(meant)
  })
})
