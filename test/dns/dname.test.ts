import { describe, expect, it } from 'vitest'
import { brief, createBench } from './bench.ts'

const label = 'x'.repeat(63)
const bench = createBench({
  'dname.test.yaml': `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1}
records:
  '@': {type: NS, value: ns.example.net.}
  old: [{type: DNAME, value: new.dname.test.}, {type: TXT, value: the owner itself}]
  www.new: {type: A, value: 192.0.2.1}
  away: {type: DNAME, value: example.com.}
  self: {type: DNAME, value: self.dname.test.}
  b.b: {type: DNAME, value: b.dname.test.}
  there: {type: DNAME, value: back.dname.test.}
  back: {type: DNAME, value: again.there.dname.test.}
  chain: {type: CNAME, value: www.old.dname.test.}
  long: {type: DNAME, value: ${`${label}.`.repeat(3)}gggggg.dname.test.}
`,
})

describe('DNAME (RFC 6672)', () => {
  it('answers a name below it with the DNAME, a CNAME made of it, and what that leads to', () => {
    const response = bench.query('wWw.old.dname.test', 'A')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'] })
    expect(response.answer.map(({ name, type, ttl }) => `${name} ${ttl} ${type}`)).toEqual([
      'old.dname.test. 10 DNAME',
      'wWw.old.dname.test. 10 CNAME',
      'www.new.dname.test. 10 A',
    ])
    expect(response.answer[1]!.value).toBe('www.new.dname.test.')
  })

  it('does not redirect its own owner', () => {
    expect(brief(bench.query('old.dname.test', 'TXT').answer)).toEqual(['TXT "the owner itself"'])
    expect(bench.query('old.dname.test', 'A')).toMatchObject({ rcode: 'NOERROR', answer: [] })
    expect(bench.query('old.dname.test', 'DNAME').answer).toHaveLength(1)
  })

  it('leads to NXDOMAIN, or out of the zone, like a CNAME', () => {
    expect(bench.query('nope.old.dname.test', 'A')).toMatchObject({ rcode: 'NXDOMAIN' })
    const away = bench.query('a.b.away.dname.test', 'A')
    expect(away).toMatchObject({ rcode: 'NOERROR', authority: [] })
    expect(away.answer[1]).toMatchObject({ type: 'CNAME', value: 'a.b.example.com.' })
  })

  it('asked for the CNAME itself, that is the answer', () => {
    expect(bench.query('www.old.dname.test', 'CNAME').answer.map(({ type }) => type)).toEqual(['DNAME', 'CNAME'])
  })

  it('is followed from a CNAME, and a loop ends', () => {
    expect(bench.query('chain.dname.test', 'A').answer.map(({ type }) => type)).toEqual([
      'CNAME',
      'DNAME',
      'CNAME',
      'A',
    ])
    const loop = bench.query('x.self.dname.test', 'A', { via: 'tcp' })
    expect(loop.rcode).toBe('NOERROR')
    expect(loop.answer.length).toBeLessThan(40)
  })

  it('a name that would become too long is YXDOMAIN', () => {
    const response = bench.query(`${label}.long.dname.test`, 'A')
    expect(response.rcode).toBe('RCODE6')
    expect(response.answer.map(({ type }) => type)).toEqual(['DNAME'])
  })

  it('stands in the answer once, however often it redirects', () => {
    const { rcode, answer } = bench.query('x.there.dname.test', 'A', { via: 'tcp' })
    expect(rcode).toBe('NOERROR')
    expect(answer.filter(({ type }) => type === 'DNAME').map(({ name }) => name)).toEqual([
      'there.dname.test.',
      'back.dname.test.',
    ])
    const made = answer.filter(({ type }) => type === 'CNAME').map(({ name }) => name)
    expect(made.length).toBeGreaterThan(4)
    expect(new Set(made).size).toBe(made.length)
  })

  it('stands in the answer once where it leads to itself', () => {
    const { answer } = bench.query('b.b.b.dname.test', 'DNAME')
    expect(brief(answer)).toEqual(['DNAME b.dname.test.', 'CNAME b.b.dname.test.'])
  })
})
