import { describe, expect, it } from 'vitest'
import { brief, createBench } from './bench.ts'
import { createRefBench } from './ref.ts'

const bench = createRefBench()

describe('CNAME (RFC 1034 3.6.2, 4.3.2)', () => {
  it('is followed within the zone, each record with its own owner and TTL', () => {
    const response = bench.query('cn1.ref.test', 'A')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'] })
    expect(response.answer.map(({ name, type, ttl }) => `${name} ${ttl} ${type}`)).toEqual([
      'cn1.ref.test. 3600 CNAME',
      'cn2.ref.test. 3600 CNAME',
      'cn3.ref.test. 3600 CNAME',
      'www.ref.test. 60 A',
      'www.ref.test. 60 A',
    ])
    expect(bench.query('cnlow.ref.test', 'A').answer.map(({ ttl }) => ttl)).toEqual([10, 5, 5, 5, 5, 5, 5, 5, 5])
  })

  it('asked for as such is the answer', () => {
    expect(brief(bench.query('cn1.ref.test', 'CNAME').answer)).toEqual(['CNAME cn2.ref.test.'])
  })

  it.each(['cnout', 'cnother'])('%s: a target in another zone is left to the resolver', name => {
    const response = bench.query(`${name}.ref.test`, 'A')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'], authority: [] })
    expect(response.answer).toHaveLength(1)
  })

  it('to a missing name is NXDOMAIN with the SOA (RFC 6604)', () => {
    const response = bench.query('cnnx.ref.test', 'A')
    expect(response.rcode).toBe('NXDOMAIN')
    expect(brief(response.answer)).toEqual(['CNAME nope.ref.test.'])
    expect(response.authority).toMatchObject([{ type: 'SOA', ttl: 300 }])
  })

  it.each([
    ['cnnodata', 'AAAA'],
    ['cnent', 'A'],
  ])('%s: to a name without the type is NOERROR with the SOA', (name, type) => {
    const response = bench.query(`${name}.ref.test`, type)
    expect(response.rcode).toBe('NOERROR')
    expect(response.answer).toHaveLength(1)
    expect(response.authority).toMatchObject([{ type: 'SOA' }])
  })

  it('to a name below a cut: AA, the CNAME, then the referral with glue', () => {
    const response = bench.query('cndel.ref.test', 'A')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'] })
    expect(response.answer).toHaveLength(1)
    expect(response.authority.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'child.ref.test. NS',
      'child.ref.test. NS',
    ])
    expect(brief(response.additional)).toContain('A 192.0.2.80')
  })

  it('through a wildcard, to a wildcard, in another case, to the apex', () => {
    const synthesized = bench.query('x.cnwildcard.ref.test', 'A')
    expect(synthesized.answer[0]).toMatchObject({ name: 'x.cnwildcard.ref.test.', type: 'CNAME' })
    expect(synthesized.answer).toHaveLength(3)
    expect(bench.query('cnwild.ref.test', 'A').answer[1]).toMatchObject({ name: 'anything.wild.ref.test.' })
    expect(bench.query('cncase.ref.test', 'A').answer).toHaveLength(3)
    expect(brief(bench.query('cnapex.ref.test', 'A').answer)).toContain('A 192.0.2.1')
    expect(bench.query('x.cnnxwild.ref.test', 'A')).toMatchObject({ rcode: 'NXDOMAIN' })
  })

  it.each([
    ['loopa', ['loopa', 'loopb']],
    ['cnself', ['cnself']],
    ['y.cnloopwild', ['y.cnloopwild', 'x.cnloopwild']],
  ])('%s: a loop ends where it closes, no record twice', (name, owners) => {
    const response = bench.query(`${name}.ref.test`, 'A')
    expect(response).toMatchObject({ rcode: 'NOERROR', authority: [] })
    expect(response.answer.map(record => record.name)).toEqual(owners.map(owner => `${owner}.ref.test.`))
  })
})

describe('what may stand beside a CNAME (RFC 4035 section 2.5)', () => {
  it.each([
    ['before', 'x TYPE46 \\# 2 0001\nx CNAME y\n'],
    ['behind', 'x CNAME y\nx TYPE46 \\# 2 0001\n'],
  ])('is answered itself, %s it in the file', (_, records) => {
    const text = `$TTL 60\n@ SOA ns.example.net. h.example.net. 1 2 3 4 5\n@ NS ns.example.net.\ny A 192.0.2.1\n${records}`
    const beside = createBench({ 'beside.test.zone': text })
    expect(brief(beside.query('x.beside.test', 'TYPE46').answer)).toEqual(['TYPE46 \\# 2 0001'])
    expect(brief(beside.query('x.beside.test', 'A').answer)).toEqual(['CNAME y.beside.test.', 'A 192.0.2.1'])
    expect(brief(beside.query('x.beside.test', 'CNAME').answer)).toEqual(['CNAME y.beside.test.'])
  })
})
