/** Every type that a zone file has words for: served, read back by the tests' own decoder, and never compressed. */
import { describe, expect, it } from 'vitest'
import { brief, createBench } from './bench.ts'

const sha256 = '0123456789abcdef'.repeat(4)
const bench = createBench({
  'types.test.yaml': `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1}
records:
  '@': [{type: NS, value: ns.example.net.}, {type: HTTPS, value: {svcpriority: 0, targetname: svc.types.test.}}]
  old: {type: DNAME, value: svc.types.test.}
  naptr:
    type: NAPTR
    values:
      - {order: 10, preference: 1, flags: S, service: SIP+D2U, regexp: '', replacement: naptr.types.test.}
      - {order: 20, preference: 2, flags: U, service: E2U+sip, regexp: '!^(.*)$!sip:\\1@types.test!', replacement: .}
  svc:
    - {type: A, value: 192.0.2.1}
    - {type: AAAA, value: '2001:db8::1'}
    - type: HTTPS
      values:
        - {svcpriority: 1, targetname: ., svcparams: {alpn: [h2, h3], port: 8443, ipv4hint: [192.0.2.1]}}
        - {svcpriority: 2, targetname: Svc.types.test., svcparams: {mandatory: [key667], key667: '\\255 x', ech: AEX+DQ==}}
  _dns.svc: {type: SVCB, value: {svcpriority: 1, targetname: svc.types.test., svcparams: {alpn: [h3], no-default-alpn: ~}}}
  '*.svc': {type: HTTPS, value: {svcpriority: 1, targetname: svc.types.test.}}
  lab: [{type: NS, value: ns.example.org.}, {type: DS, value: {key_tag: 7, algorithm: 13, digest_type: 2, digest: ${sha256}}}]
  host:
    - type: TLSA
      value: {certificate_usage: 3, selector: 1, matching_type: 1, certificate_association_data: ${sha256}}
    - {type: SSHFP, value: {algorithm: 4, fingerprint_type: 2, fingerprint: ${sha256}}}
  alias: {type: CNAME, value: host.types.test.}
  number: {type: TYPE35, value: '\\# 8 000a0001000000 00'}
  unknown: {type: TYPE65280, value: '\\# 3 010203'}
`,
})

describe('each type comes back as it was written', () => {
  it.each([
    ['old', 'DNAME', ['svc.types.test.']],
    [
      'naptr',
      'NAPTR',
      ['10 1 "S" "SIP+D2U" "" naptr.types.test.', '20 2 "U" "E2U+sip" "!^(.*)$!sip:\\\\1@types.test!" .'],
    ],
    [
      'svc',
      'HTTPS',
      [
        '1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1',
        '2 Svc.types.test. mandatory=key667 ech=AEX+DQ== key667="\\255 x"',
      ],
    ],
    ['_dns.svc', 'SVCB', ['1 svc.types.test. alpn="h3" no-default-alpn']],
    ['x.y.svc', 'HTTPS', ['1 svc.types.test.']],
    ['host', 'TLSA', [`3 1 1 ${sha256}`]],
    ['host', 'SSHFP', [`4 2 ${sha256}`]],
    ['number', 'NAPTR', ['10 1 "" "" "" .']],
    ['unknown', 'TYPE65280', ['\\# 3 010203']],
  ])('%s %s', (name, type, values) => {
    const response = bench.query(`${name}.types.test`, type)
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'], authority: [] })
    expect(brief(response.answer)).toEqual(values.map(value => `${type} ${value}`))
    expect(bench.query(`${name}.types.test`, type, { via: 'tcp' }).answer).toEqual(response.answer)
  })

  it('at the apex, where a CNAME could not be', () => {
    expect(brief(bench.query('types.test', 'HTTPS').answer)).toEqual(['HTTPS 0 svc.types.test.'])
  })

  it('behind a CNAME', () => {
    expect(brief(bench.query('alias.types.test', 'TLSA').answer)).toEqual([
      'CNAME host.types.test.',
      `TLSA 3 1 1 ${sha256}`,
    ])
  })
})

describe('a type that is not there', () => {
  it.each(['DNAME', 'NAPTR', 'SVCB', 'DS', 'TLSA', 'TYPE65280'])('%s is NODATA', type => {
    const response = bench.query('svc.types.test', type)
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'], answer: [] })
    expect(response.authority).toMatchObject([{ type: 'SOA' }])
  })
})

describe('DS (RFC 4035 3.1.4.1)', () => {
  it('is answered by the parent at the cut, where all else is a referral', () => {
    const response = bench.query('lab.types.test', 'DS')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'] })
    expect(brief(response.answer)).toEqual([`DS 7 13 2 ${sha256}`])
    expect(bench.query('lab.types.test', 'TLSA')).toMatchObject({ flags: ['qr'], answer: [] })
    expect(bench.query('x.lab.types.test', 'DS')).toMatchObject({ flags: ['qr'], answer: [] })
  })
})
