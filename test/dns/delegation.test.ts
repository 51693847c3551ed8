import { describe, expect, it } from 'vitest'
import { brief, createBench } from './bench.ts'
import { createRefBench } from './ref.ts'

const bench = createRefBench()

function owners(records: readonly { name: string; type: string }[]) {
  return [...new Set(records.map(({ name, type }) => `${name} ${type}`))]
}

describe('delegation (RFC 1034 4.3.2 3b, RFC 9471)', () => {
  it.each([
    ['host.child', 'A'],
    ['child', 'NS'],
    ['child', 'TXT'],
    ['deep.sub.child', 'TXT'],
    ['x.child', 'A'],
    ['ns1.child', 'A'],
  ])('%s %s is a referral with glue and without AA', (name, type) => {
    const response = bench.query(`${name}.ref.test`, type)
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr'], answer: [] })
    expect(brief(response.authority)).toEqual(['NS ns1.child.ref.test.', 'NS ns2.child.ref.test.'])
    expect(brief(response.additional)).toEqual(['A 192.0.2.80', 'AAAA 2001:db8::80', 'A 192.0.2.81'])
  })

  it('DS at the cut is the parent side: answered with AA', () => {
    const response = bench.query('child.ref.test', 'DS')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'], answer: [] })
    expect(owners(response.authority)).toEqual(['ref.test. SOA'])
  })

  it('to servers elsewhere has no addresses', () => {
    expect(bench.query('x.ext.ref.test', 'A')).toMatchObject({ answer: [], additional: [] })
  })

  it('adds sibling glue', () => {
    expect(brief(bench.query('x.sib.ref.test', 'A').additional)).toContain('A 192.0.2.80')
  })

  it('the upper of two cuts refers', () => {
    expect(owners(bench.query('x.below.c.child2.ref.test', 'A').authority)).toEqual(['c.child2.ref.test. NS'])
  })

  it('a name server may be the cut itself', () => {
    const response = bench.query('selfns.ref.test', 'A')
    expect(response).toMatchObject({ flags: ['qr'], answer: [] })
    expect(brief(response.additional)).toEqual(['A 192.0.2.84'])
  })

  it('in-domain glue that does not fit truncates; over TCP it is complete', () => {
    expect(bench.query('x.bigdel.ref.test', 'A').flags).toEqual(['qr', 'tc'])
    expect(bench.query('x.bigdel.ref.test', 'A', { edns: { payload: 700 } }).flags).toEqual(['qr', 'tc'])
    const whole = bench.query('x.bigdel.ref.test', 'A', { via: 'tcp' })
    expect(whole.flags).toEqual(['qr'])
    expect([whole.authority.length, whole.additional.length]).toEqual([13, 26])
  })
})

describe('a delegation with glue of both kinds', () => {
  const siblings = Array.from({ length: 12 }, (_, i) => `ns${i}.sib.mix.test.`)
  const mix = createBench({
    'mix.test.yaml': `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1}
records:
  '@': {type: NS, value: ns.example.net.}
  sib: {type: NS, values: [${siblings.join(', ')}]}
${siblings.map((_, i) => `  ns${i}.sib: {type: AAAA, value: '2001:db8::${i}'}`).join('\n')}
  child: {type: NS, values: [${siblings.join(', ')}, ns.child.mix.test.]}
  ns.child: {type: A, value: 192.0.2.7}
`,
  })

  it('gives what is required the room first, and is not truncated for the rest (RFC 9471 3.2)', () => {
    const response = mix.query('www.child.mix.test', 'A')
    expect(response.flags).toEqual(['qr'])
    expect(response.additional[0]).toMatchObject({ name: 'ns.child.mix.test.', value: '192.0.2.7' })
    expect(response.additional.length).toBeLessThan(13)
  })
})

describe('parent and child zone both served', () => {
  const soa = 'soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1}'
  const both = createBench({
    'up.test.yaml': `${soa}\nrecords:\n  '@': {type: NS, value: ns.example.net.}\n  sub: {type: NS, value: ns.example.net.}\n  al: {type: CNAME, value: www.sub.up.test.}\n`,
    'sub.up.test.yaml': `${soa}\nrecords:\n  '@': {type: NS, value: ns.example.net.}\n  www: {type: A, value: 192.0.2.9}\n`,
  })

  it('the deepest zone answers', () => {
    expect(both.query('www.sub.up.test', 'A')).toMatchObject({ flags: ['qr', 'aa'], answer: [{ value: '192.0.2.9' }] })
    expect(owners(both.query('nope.sub.up.test', 'A').authority)).toEqual(['sub.up.test. SOA'])
  })

  it('DS of the child comes from the parent', () => {
    expect(owners(both.query('sub.up.test', 'DS').authority)).toEqual(['up.test. SOA'])
  })

  it('an alias into the child zone is left to the resolver', () => {
    expect(both.query('al.up.test', 'A').answer).toHaveLength(1)
  })
})
