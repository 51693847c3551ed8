import { describe, expect, it } from 'vitest'
import { readZone } from '../../../src/core/zonefile/index.ts'
import { createSharePool } from '../../../src/core/zonefile/share.ts'

const text = `
zone: a.test
soa: {mname: ns1.a.test., rname: h.a.test., serial: 1}
checks: {web: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns1.a.test.}
  ns1: {type: A, value: 192.0.2.53}
  one: {type: A, values: [192.0.2.1, 192.0.2.2], check: web}
  two: {type: A, values: [192.0.2.1, 192.0.2.2], check: web}
  three: {type: A, values: [192.0.2.1, 192.0.2.3], check: web}
  four: {type: A, values: [192.0.2.1, 192.0.2.2]}
  five: {type: A, values: [192.0.2.1, 192.0.2.2], check: web, policy: {max_answers: 1}}
`

function poolsOf() {
  const { zone } = readZone({ file: 'a.test.yaml', text })
  return zone!.rrsets.flatMap(({ pool }) => (pool === null ? [] : [pool]))
}

describe('sharing pools', () => {
  it('makes equal policies one, and changes nothing in them', () => {
    const share = createSharePool()
    const [one, two, three, four, five] = poolsOf().map(share)
    expect([one, two, three, four, five]).toEqual(poolsOf())
    expect(two?.spec).toBe(one?.spec)
    expect(three?.spec).toBe(one?.spec)
    expect(four?.spec).toBe(one?.spec)
    expect(five?.spec).not.toBe(one?.spec)
  })
})
