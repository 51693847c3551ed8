/** Records of the types that came after RFC 1035 and its first helpers: values in the words of octoDNS. */
import { describe, expect, it } from 'vitest'
import { codesOf, judge, judgeMarked, placesOf, rdatasOf, rrsetOf } from './zones.ts'

const sha256 = '0123456789abcdef'.repeat(4)
const https = (svcparams: string) => `{type: HTTPS, value: {svcpriority: 1, targetname: ., svcparams: ${svcparams}}}`
const naptr = (rest: string) => `{type: NAPTR, value: {order: 1, preference: 2, ${rest}}}`
const tlsa = (rest: string) => `{type: TLSA, value: {certificate_usage: 3, selector: 1, matching_type: 1, ${rest}}}`
const sshfp = (rest: string) => `{type: SSHFP, value: {algorithm: 4, ${rest}}}`

describe('values', () => {
  it.each([
    ['DNAME', '{type: DNAME, value: New.example.net.}', ['New.example.net.']],
    ['TLSA', tlsa(`certificate_association_data: ${sha256}`), [`3 1 1 ${sha256}`]],
    ['TLSA', tlsa('certificate_association_data: "AB cd\\n EF"'), ['3 1 1 abcdef']],
    ['SSHFP', sshfp(`fingerprint_type: 2, fingerprint: '${sha256.toUpperCase()}'`), [`4 2 ${sha256}`]],
    [
      'NAPTR',
      naptr("flags: U, service: SIP+D2U, regexp: '!^(.*)$!sip:\\1@a.test!', replacement: ."),
      ['1 2 "U" "SIP+D2U" "!^(.*)$!sip:\\\\1@a.test!" .'],
    ],
    [
      'NAPTR',
      naptr("flags: '', service: '', regexp: '', replacement: _sip._udp.example.net."),
      ['1 2 "" "" "" _sip._udp.example.net.'],
    ],
    ['SVCB', '{type: SVCB, value: {svcpriority: 0, targetname: svc.example.net.}}', ['0 svc.example.net.']],
    ['SVCB', '{type: SVCB, value: {svcpriority: 0, targetname: ., svcparams: {}}}', ['0 .']],
    [
      'HTTPS',
      '{type: HTTPS, values: [{svcpriority: 1, targetname: .}, {svcpriority: 2, targetname: w.example.net.}]}',
      ['1 .', '2 w.example.net.'],
    ],
  ])('%s %s', (type, record, rdatas) => {
    const { model, problems } = judge(`  x: ${record}`)
    expect(placesOf(problems)).toEqual([])
    expect(rdatasOf(model, 'x.example.test.', type)).toEqual(rdatas)
  })

  it('keeps the replacement of a NAPTR and the target of an SVCB as they are written', () => {
    const { model } = judge("  x: {type: SVCB, value: {svcpriority: 1, targetname: 'A\\.B.Example.net.'}}")
    expect(rdatasOf(model, 'x.example.test.', 'SVCB')).toEqual(['1 A\\.B.Example.net.'])
  })
})

describe('parameters of SVCB and HTTPS', () => {
  it.each([
    [
      '{alpn: [h2, h3], port: 443, ipv4hint: [192.0.2.1, 192.0.2.2]}',
      'alpn="h2,h3" port=443 ipv4hint=192.0.2.1,192.0.2.2',
    ],
    ["{port: '8443'}", 'port=8443'],
    [
      "{ipv6hint: ['2001:DB8::1', '::1'], alpn: [h3], no-default-alpn: ~}",
      'alpn="h3" no-default-alpn ipv6hint=2001:db8::1,::1',
    ],
    ['{no-default-alpn: , alpn: [h3]}', 'alpn="h3" no-default-alpn'],
    ['{mandatory: [port, alpn], alpn: [h2], port: 1}', 'mandatory=alpn,port alpn="h2" port=1'],
    ['{ech: AEX+DQ==}', 'ech=AEX+DQ=='],
    ["{dohpath: '/dns-query{?dns}'}", 'dohpath="/dns-query{?dns}"'],
    ['{ohttp: ~, tls-supported-groups: [29, 4588]}', 'ohttp tls-supported-groups=29,4588'],
    ['{docpath: [dns]}', 'docpath="dns"'],
    ['{docpath: ~}', 'docpath'],
    ["{alpn: ['a,b', 'c\\d', 'e\"f']}", 'alpn="a\\\\,b,c\\\\\\\\d,e\\"f"'],
    ["{key65000: 'two words', key667: ~}", 'key667 key65000="two words"'],
    ["{key65000: '\\000\\255'}", 'key65000="\\000\\255"'],
    ["{key3: '\\001\\187'}", 'port=443'],
    ["{mandatory: [key65000], key65000: ''}", 'mandatory=key65000 key65000'],
  ])('%s', (params, text) => {
    const { model, problems } = judge(`  x: ${https(params)}`)
    expect(placesOf(problems)).toEqual([])
    expect(rdatasOf(model, 'x.example.test.', 'HTTPS')).toEqual([`1 . ${text}`])
  })

  it.each([
    ['a key misspelled', '{¦apln: [h2]}', 'unknown-key'],
    ['a key out of range', '{¦key65535: x}', 'unknown-key'],
    ['a key with a leading zero', '{¦key01: x}', 'unknown-key'],
    ['a list for keyNNNNN', '{key667: ¦[a]}', 'wrong-type'],
    ['a text for alpn', '{alpn: ¦h2}', 'wrong-type'],
    ['a list of nothing', '{alpn: ¦[]}', 'bad-value'],
    ['an empty protocol', "{alpn: [h2, ¦'']}", 'bad-rdata'],
    ['a long protocol', `{alpn: [h2, ¦${'h'.repeat(256)}]}`, 'bad-rdata'],
    ['a value for no-default-alpn', '{alpn: [h3], no-default-alpn: ¦true}', 'wrong-type'],
    ['no-default-alpn alone', '{port: 1, no-default-alpn: ¦~}', 'bad-rdata'],
    ['a mandatory key that is missing', '{port: 1, mandatory: ¦[alpn]}', 'bad-rdata'],
    ['a mandatory key that is unknown', '{port: 1, mandatory: [port, ¦pot]}', 'bad-rdata'],
    ['mandatory as mandatory', '{mandatory: [¦mandatory]}', 'bad-rdata'],
    ['a mandatory key twice', '{port: 1, mandatory: ¦[port, port]}', 'bad-rdata'],
    ['a port out of range', '{port: ¦65536}', 'bad-value'],
    ['a port in words', '{port: ¦https}', 'bad-rdata'],
    ['no port', '{port: ¦~}', 'wrong-type'],
    ['an address of the other family', "{ipv4hint: [192.0.2.1, ¦'::1']}", 'wrong-family'],
    ['an IPv4 address among IPv6 addresses', "{ipv6hint: ['::1', ¦192.0.2.1]}", 'wrong-family'],
    ['no address', '{ipv4hint: [¦192.0.2]}', 'bad-address'],
    ['two addresses in one', "{ipv4hint: [¦'192.0.2.1,192.0.2.2']}", 'bad-address'],
    ['ech that is not base 64', "{ech: ¦'A==='}", 'bad-rdata'],
    ['a dohpath without dns', '{port: 1, dohpath: ¦/dns-query}', 'bad-rdata'],
    ['a key twice, by word and by number', "{port: 443, key3: ¦'\\001\\187'}", 'bad-rdata'],
    ['a broken escape', "{key667: ¦'\\25'}", 'bad-rdata'],
    ['wire form that is none', "{key3: ¦'443'}", 'bad-rdata'],
    ['a text for parameters', '¦alpn=h2', 'wrong-type'],
  ])('refuses %s', (_, params, code) => {
    const { model, problems, place } = judgeMarked(`  x: ${https(params)}`)
    expect(placesOf(problems)).toEqual([`${code} ${place}`])
    expect(model).toBeNull()
  })

  it('cannot be had by an alias', () => {
    const record = '{type: SVCB, value: {svcpriority: 0, targetname: a.test., ¦svcparams: {port: 1}}}'
    const { problems, place } = judgeMarked(`  x: ${record}`)
    expect(placesOf(problems)).toEqual([`bad-value ${place}`])
  })
})

describe('what is not a value', () => {
  it.each([
    ['a relative DNAME', '{type: DNAME, value: ¦new}', 'bad-name'],
    ['a DNAME with a check', '{type: DNAME, value: new.test., ¦check: web}', 'check-not-possible'],
    ['an SVCB without a target', '{type: SVCB, ¦value: {svcpriority: 1}}', 'missing-key'],
    ['a relative target', '{type: HTTPS, value: {svcpriority: 1, targetname: ¦www}}', 'bad-name'],
    ['a priority out of range', '{type: HTTPS, value: {svcpriority: ¦65536, targetname: .}}', 'bad-value'],
    ['an SVCB as text', "{type: SVCB, value: ¦'1 .'}", 'wrong-type'],
    ['flags of signs', naptr("flags: ¦'-', service: '', regexp: '', replacement: ."), 'bad-rdata'],
    ['a long service', naptr(`flags: S, service: ¦${'a'.repeat(256)}, regexp: '', replacement: .`), 'bad-rdata'],
    ['a rule of two kinds', naptr("flags: U, service: S, regexp: '!a!b!', replacement: ¦a.test."), 'bad-rdata'],
    ['a relative replacement', naptr("flags: S, service: S, regexp: '', replacement: ¦sip"), 'bad-name'],
    ['a NAPTR without regexp', naptr('flags: S, service: S, replacement: .').replace('v', '¦v'), 'missing-key'],
    ['digits that are not hexadecimal', sshfp('fingerprint_type: 1, fingerprint: ¦0g'), 'bad-rdata'],
    ['a fingerprint of another length', sshfp('fingerprint_type: 1, fingerprint: ¦0a'), 'bad-rdata'],
    ['an empty fingerprint', sshfp("fingerprint_type: 9, fingerprint: ¦''"), 'bad-value'],
    ['a fingerprint of spaces', sshfp("fingerprint_type: 9, fingerprint: ' '").replace(': {a', ': ¦{a'), 'bad-rdata'],
    ['a fingerprint that is a number', sshfp('fingerprint_type: 9, fingerprint: ¦1234'), 'wrong-type'],
    ['half an octet', tlsa("certificate_association_data: ¦'abc'"), 'bad-rdata'],
    ['a usage out of range', tlsa('certificate_association_data: ab').replace('3', '¦256'), 'bad-value'],
  ])('%s', (_, record, code) => {
    const { model, problems, place } = judgeMarked(`  x: ${record}`)
    expect(placesOf(problems)).toEqual([`${code} ${place}`])
    expect(model).toBeNull()
  })

  it.each([
    [
      'a digest of another length',
      `key_tag: 1, algorithm: 8, digest_type: 2, digest: ${'ab'.repeat(20)}`,
      ['bad-rdata'],
    ],
    ['an algorithm in words', 'key_tag: 1, algorithm: RSASHA256, digest_type: 9, digest: ab', ['wrong-type']],
    [
      'the words of older octoDNS',
      'flags: 1, protocol: 8, algorithm: 2, public_key: ab',
      [...Array<string>(3).fill('missing-key'), ...Array<string>(3).fill('unknown-key')],
    ],
  ])('%s in a DS', (_, value, codes) => {
    const { problems } = judge(`  x: [{type: DS, value: {${value}}}, {type: NS, value: a.example.net.}]`)
    expect([...codesOf(problems)].sort()).toEqual(codes)
  })

  it('the same value twice, as each type compares them', () => {
    const twice = (type: string, ...values: readonly string[]) =>
      codesOf(judge(`  x: {type: ${type}, values: [${values.join(', ')}]}`).problems)
    const rule = (replacement: string) =>
      `{order: 1, preference: 1, flags: S, service: '', regexp: '', replacement: ${replacement}}`
    expect(twice('NAPTR', rule('a.test.'), rule('A.TEST.'))).toEqual(['duplicate-value'])
    const print = (hex: string) => `{algorithm: 9, fingerprint_type: 9, fingerprint: ${hex}}`
    expect(twice('SSHFP', print('ab'), print('AB'))).toEqual(['duplicate-value'])
    const params = (text: string) => `{svcpriority: 1, targetname: ., svcparams: {${text}}}`
    expect(twice('HTTPS', params('port: 1, alpn: [h2]'), params('alpn: [h2], port: 1'))).toEqual(['duplicate-value'])
    expect(twice('HTTPS', params('port: 1'), params('port: 2'))).toEqual([])
  })
})

describe('types by number (RFC 3597 section 5)', () => {
  it.each([
    ['TYPE2', 'NS', '\\# 5 0161016200', 'a.b.'],
    ['TYPE5', 'CNAME', '\\# 3 016100', 'a.'],
    ['TYPE15', 'MX', '\\# 5 000a016100', '10 a.'],
    ['TYPE16', 'TXT', '\\# 2 0161', '"a"'],
    ['TYPE39', 'DNAME', '\\# 3 016100', 'a.'],
    ['TYPE65', 'HTTPS', '\\# 3 000100', '1 .'],
    ['TYPE48', 'DNSKEY', '\\# 5 010103 0d 01', '257 3 13 AQ=='],
    ['TYPE65280', 'TYPE65280', '\\# 0', '\\# 0'],
  ])('%s is %s', (number, type, value, text) => {
    const { model, problems } = judge(`  x: {type: ${number}, value: '${value}'}`)
    expect(placesOf(problems)).toEqual([])
    expect(rdatasOf(model, 'x.example.test.', type)).toEqual([text])
    expect(rrsetOf(model, 'x.example.test.', type).pool).toBeNull()
  })

  it.each([
    ['TYPE2', "¦'\\# 2 0161'", 'bad-rdata'],
    ['TYPE5', "¦'\\# 2 c00c'", 'bad-rdata'],
    ['TYPE39', "¦'\\# 4 016100ff'", 'bad-rdata'],
    ['TYPE65', "¦'\\# 2 0001'", 'bad-rdata'],
    ['TYPE64', "¦'\\# 7 0001000003 0000'", 'bad-rdata'],
    ['TYPE16', "¦'\\# 0'", 'bad-rdata'],
    ['TYPE48', "¦'\\# 1 00'", 'bad-rdata'],
    ['¦TYPE1', "'\\# 4 c0000201'", 'bad-value'],
    ['¦TYPE28', "'\\# 16 00000000000000000000000000000001'", 'bad-value'],
    ['¦TYPE6', "'\\# 1 00'", 'bad-value'],
    ['¦TYPE41', "'\\# 0'", 'bad-value'],
    ['¦TYPE50', "'\\# 0'", 'not-supported'],
  ])('%s cannot be %s', (type, value, code) => {
    const { model, problems, place } = judgeMarked(`  x: {type: ${type}, value: ${value}}`)
    expect(placesOf(problems)).toEqual([`${code} ${place}`])
    expect(model).toBeNull()
  })

  it('are the same RRset as their words, and their targets are looked at', () => {
    const both = "  x: [{type: TXT, value: a}, {type: TYPE16, value: '\\# 2 0161'}]"
    expect(codesOf(judge(both).problems)).toEqual(['duplicate-rrset'])
    const exchange = `000a 0161 07${Buffer.from('example').toString('hex')} 04${Buffer.from('test').toString('hex')} 00`
    const mx = `  a: {type: CNAME, value: x.example.net.}\n  x: {type: TYPE15, value: ¦'\\# 18 ${exchange}'}`
    const { problems, place } = judgeMarked(mx)
    expect(placesOf(problems)).toEqual([`target-is-alias ${place}`])
    const alias = "  x: {type: TYPE5, values: ['\\# 3 016100', '\\# 3 014100']}"
    expect(codesOf(judge(alias).problems)).toEqual(['duplicate-value'])
  })
})
