/** `failover_within` and `leak`: promises that are proved, and a window that is kept. */
import { describe, expect, it } from 'vitest'
import { codesOf, judge, rrsetOf } from './zones.ts'

const checks = `checks:
  web: {protocol: HTTP, path: /healthz, host: www.example.test}
  quick: {protocol: TCP, port: 80, interval: 1s, timeout: 500ms, fast_interval: 250ms, fall: 2}
  leaky: {protocol: ICMP, leak: 5/20}
`
const two = '[192.0.2.11, 192.0.2.12]'

function judgeX(record: string) {
  const using = '  used: {type: A, ttl: 1, values: [192.0.2.91, 192.0.2.92], check: {all: [web, quick, leaky]}}'
  return judge(`${using}\n  x: ${record}`, checks)
}

const withinOf = (record: string) => {
  const { model, problems } = judgeX(record)
  expect(codesOf(problems)).toEqual([])
  return rrsetOf(model, 'x.example.test.', 'A').pool?.failoverWithinMs
}

describe('failover_within', () => {
  it('is kept where removal and TTL add up to no more', () => {
    expect(withinOf(`{type: A, ttl: 10, values: ${two}, check: web, failover_within: 23s}`)).toBe(23_000)
    expect(withinOf(`{type: A, ttl: 2, values: ${two}, check: quick, failover_within: 5s}`)).toBe(5_000)
    expect(withinOf(`{type: A, values: ${two}, check: web}`)).toBeUndefined()
  })

  it('counts the slowest way that a member can go', () => {
    const any = (within: string) =>
      judgeX(`{type: A, ttl: 1, values: ${two}, check: {any: [quick, web]}, failover_within: ${within}}`)
    expect(codesOf(any('14s').problems)).toEqual([])
    expect(codesOf(any('13s').problems)).toEqual(['failover-too-slow'])
    const all = judgeX(`{type: A, ttl: 1, values: ${two}, check: {all: [quick, web]}, failover_within: 4s}`)
    expect(codesOf(all.problems)).toEqual([])
  })

  it('holds for every pool of the record', () => {
    const dynamic =
      '{pools: {a: {fallback: b, values: [{value: 192.0.2.11}]}, b: {values: [{value: 192.0.2.12}]}}, rules: [{pool: a}]}'
    expect(withinOf(`{type: A, ttl: 5, check: web, dynamic: ${dynamic}, failover_within: 20s}`)).toBe(20_000)
  })

  it.each([
    ['is too slow by a second', `{type: A, ttl: 10, values: ${two}, check: web, failover_within: 22s}`, '`ttl: 9`'],
    ['is too slow whatever the TTL', `{type: A, ttl: 1, values: ${two}, check: web, failover_within: 10s}`, '`web`'],
    ['is never, without a check', `{type: A, values: ${two}, failover_within: 60s}`, '`check: NAME`'],
  ])('that %s is refused with a remedy', (_story, record, remedy) => {
    const { problems } = judgeX(record)
    expect(codesOf(problems)).toEqual(['failover-too-slow'])
    expect(problems[0]?.hint).toContain(remedy)
  })

  it('names the sum', () => {
    const { problems } = judgeX(`{type: A, ttl: 10, values: ${two}, check: web, failover_within: 15s}`)
    for (const part of ['23 s', '13 s', '10 s', '15 s']) expect(problems[0]?.text).toContain(part)
  })

  it.each([
    ['is no time', `{type: A, values: ${two}, check: web, failover_within: soon}`, 'bad-duration'],
    [
      'is no time that anybody can keep',
      `{type: A, values: ${two}, check: web, failover_within: 10ms}`,
      'bad-duration',
    ],
    ['stands where nothing is pooled', '{type: TXT, value: x, failover_within: 15s}', 'check-not-possible'],
  ])('that %s is refused', (_story, record, code) => {
    expect(codesOf(judgeX(record).problems)).toEqual([code])
  })
})

describe('leak', () => {
  it('goes into the check, and is no part of one without it', () => {
    const { model } = judgeX(`{type: A, values: ${two}, check: {all: [web, leaky]}}`)
    const [web, leaky] = rrsetOf(model, 'x.example.test.', 'A').pool!.members[0]!.duties
    expect(leaky!.check.leak).toEqual({ failures: 5, window: 20 })
    expect('leak' in web!.check).toBe(false)
  })
})
