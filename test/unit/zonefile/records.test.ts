/** Owners and records of every type: what they come to in wire form, and what is refused. */
import { describe, expect, it } from 'vitest'
import { formatName } from '../../../src/core/name/name.ts'
import { readZones } from '../../../src/core/zonefile/index.ts'
import { codesOf, judge, placesOf, rdatasOf, rrsetOf } from './zones.ts'

describe('rdata', () => {
  it.each([
    ['A', '{type: A, value: 192.0.2.7}', ['192.0.2.7']],
    ['AAAA', "{type: AAAA, value: '2001:DB8:0:0::1'}", ['2001:db8::1']],
    ['CNAME', '{type: CNAME, value: www.example.net.}', ['www.example.net.']],
    ['NS', '{type: NS, values: [ns.example.net., ns.example.org.]}', ['ns.example.net.', 'ns.example.org.']],
    ['PTR', '{type: PTR, value: www.example.net.}', ['www.example.net.']],
    ['MX', '{type: MX, value: {preference: 10, exchange: mx.example.net.}}', ['10 mx.example.net.']],
    ['MX', '{type: MX, values: [{priority: 5, value: mx.example.net.}]}', ['5 mx.example.net.']],
    ['TXT', '{type: TXT, value: hello world}', ['"hello world"']],
    ['TXT', "{type: TXT, value: 'v=DKIM1\\; k=rsa'}", ['"v=DKIM1; k=rsa"']],
    ['TXT', `{type: TXT, value: '"one " "two"'}`, ['"one two"']],
    ['TXT', "{type: TXT, value: ''}", ['""']],
    ['SRV', '{type: SRV, value: {priority: 1, weight: 2, port: 3, target: t.example.net.}}', ['1 2 3 t.example.net.']],
    ['CAA', '{type: CAA, value: {tag: issue, value: ca.example.net}}', ['0 issue "ca.example.net"']],
    ['TYPE65280', "{type: TYPE65280, value: '\\# 4 0A 00 00 01'}", ['\\# 4 0a000001']],
  ])('%s %s', (type, record, rdatas) => {
    const { model, problems } = judge(`  x: ${record}`)
    expect(placesOf(problems)).toEqual([])
    expect(rdatasOf(model, 'x.example.test.', type)).toEqual(rdatas)
  })

  it.each(['1.10', '0x10', '1e3', '007', '123456789012345678901', '.inf'])(
    '%s is a number, to be put in quotes as it stands',
    text => {
      for (const record of [`{type: TXT, value: ${text}}`, `[{type: TXT, values: [x, ${text}]}]`]) {
        const { problems } = judge(`  a: ${record}`)
        expect(problems.map(({ code, hint }) => [code, hint?.includes(`'${text}'`)])).toEqual([['wrong-type', true]])
      }
    },
  )

  it('cuts a long text into strings of 255 octets', () => {
    const { model } = judge(`  x: {type: TXT, value: ${'a'.repeat(600)}}`)
    const [rdata] = rrsetOf(model, 'x.example.test.', 'TXT').rdatas
    expect([rdata![0], rdata![256], rdata![512], rdata!.length]).toEqual([255, 255, 90, 603])
  })

  it.each([
    ['a dotless address', '{type: A, value: 1.2.3}', 'bad-address'],
    ['leading zeros', '{type: A, value: 10.0.0.01}', 'bad-address'],
    ['a prefix', '{type: A, value: 10.0.0.0/8}', 'bad-address'],
    ['IPv4 in AAAA', '{type: AAAA, value: 192.0.2.1}', 'wrong-family'],
    ['a relative target', '{type: CNAME, value: www}', 'bad-name'],
    ['@ as a target', "{type: CNAME, value: '@'}", 'bad-name'],
    ['an address as a target', '{type: NS, value: 192.0.2.1.}', 'bad-name'],
    ['an IPv6 address as a target', "{type: CNAME, value: '2001:db8::1'}", 'bad-name'],
    ['an empty target', "{type: CNAME, value: ''}", 'bad-name'],
    ['a target with a space', "{type: CNAME, value: 'a b.example.net.'}", 'bad-name'],
    ['a target beyond ASCII', '{type: CNAME, value: bücher.example.net.}', 'bad-name'],
    ['an empty label', '{type: CNAME, value: a..example.net.}', 'bad-name'],
    ['a long label in a target', `{type: CNAME, value: ${'a'.repeat(64)}.net.}`, 'label-too-long'],
    ['a broken escape', "{type: CNAME, value: 'a\\25.net.'}", 'bad-name'],
    ['a preference out of range', '{type: MX, value: {preference: 65536, exchange: mx.example.net.}}', 'bad-value'],
    ['an MX without exchange', '{type: MX, value: {preference: 1}}', 'missing-key'],
    ['an MX as text', '{type: MX, value: 10 mx.example.net.}', 'wrong-type'],
    ['an SRV without port', '{type: SRV, value: {priority: 1, weight: 2, target: t.example.net.}}', 'missing-key'],
    [
      'an SRV with half a port',
      '{type: SRV, value: {priority: 1, weight: 2, port: 1.5, target: t.net.}}',
      'wrong-type',
    ],
    ['a CAA tag with a dash', "{type: CAA, value: {tag: is-sue, value: ''}}", 'bad-rdata'],
    ['hex of another length', "{type: TYPE65280, value: '\\# 2 00'}", 'bad-rdata'],
    ['no value', '{type: A}', 'missing-key'],
    ['an empty list', '{type: A, values: []}', 'bad-value'],
    ['both value and values', '{type: A, value: 192.0.2.1, values: [192.0.2.2]}', 'bad-value'],
    ['a list under value', '{type: A, value: [192.0.2.1]}', 'wrong-type'],
    ['a text under values', '{type: A, values: 192.0.2.1}', 'wrong-type'],
    ['nothing', '', 'wrong-type'],
    ['no records', '[]', 'bad-value'],
    ['a type in small letters', '{type: a, value: 192.0.2.1}', 'unknown-record-type'],
    ['a type without words', "{type: DNSKEY, value: '257 3 13 AA=='}", 'unknown-record-type'],
    ['a type beyond 65535', "{type: TYPE65536, value: '\\# 0'}", 'unknown-record-type'],
    ['a number for a type of addresses', "{type: TYPE1, value: '\\# 4 00000000'}", 'bad-value'],
    ['a type of questions', "{type: TYPE255, value: '\\# 0'}", 'bad-value'],
    ['an SOA', '{type: SOA, value: x}', 'bad-value'],
    ['an RRSIG by number', "{type: TYPE46, value: '\\# 1 00'}", 'not-supported'],
    ['an NSEC3', '{type: NSEC3, value: x}', 'not-supported'],
    ['an ALIAS of a name elsewhere', '{type: ALIAS, value: example.net.}', 'alias-nowhere'],
    ['an ALIAS of two names', '{type: ALIAS, values: [ns1.example.test., ns2.example.test.]}', 'bad-value'],
    ['an ALIAS with a policy', '{type: ALIAS, value: ns1.example.test., policy: {}}', 'check-not-possible'],
    ['a type that is a number', '{type: 1, value: x}', 'wrong-type'],
    ['the same target in other letters', '{type: NS, values: [a.example.net., A.EXAMPLE.net.]}', 'duplicate-value'],
    ['the same address in another spelling', "{type: AAAA, values: ['::1', '0::1']}", 'duplicate-value'],
    ['two names for one alias', '{type: CNAME, values: [a.example.net., b.example.net.]}', 'cname-and-other'],
    ['a text too long for a message', `{type: TXT, values: [${'a'.repeat(65_300)}]}`, 'rrset-too-large'],
    ['geo', '{type: A, value: 192.0.2.1, geo: {}}', 'not-supported'],
    ['octodns.lenient', '{type: A, value: 192.0.2.1, octodns: {lenient: true}}', 'not-supported'],
    ['a healthcheck of a TXT', '{type: TXT, value: x, octodns: {healthcheck: {}}}', 'check-not-possible'],
    ['a policy of a TXT', '{type: TXT, value: x, policy: {}}', 'check-not-possible'],
    ['pools of texts', '{type: TXT, value: x, dynamic: {}}', 'check-not-possible'],
    ['a policy of one name', '{type: CNAME, value: x.example.net., policy: {}}', 'check-not-possible'],
    ['a check of one name', '{type: CNAME, value: x.example.net., check: none}', 'check-not-possible'],
  ])('refuses %s', (_, record, code) => {
    const { model, problems } = judge(`  x: ${record}`)
    expect(codesOf(problems)).toEqual([code])
    expect(model).toBeNull()
  })
})

describe('owners', () => {
  it.each([
    ["'a.b'", 'a.b.example.test.'],
    ["'*'", '*.example.test.'],
    ["'*.a'", '*.a.example.test.'],
    ["'a.*'", 'a.*.example.test.'],
    ['a.example.test.', 'a.example.test.'],
    ['_x._tcp', '_x._tcp.example.test.'],
    ["'a\\.b'", 'a\\.b.example.test.'],
    ['1.10', '1.10.example.test.'],
    ['no', 'no.example.test.'],
  ])('%s is %s', (owner, name) => {
    const { model, problems } = judge(`  ${owner}: {type: TXT, value: x}`)
    expect(placesOf(problems)).toEqual([])
    expect(rdatasOf(model, name, 'TXT')).toEqual(['"x"'])
  })

  it.each([
    ['a space', "'a b'", 'bad-name'],
    ['a glob', "'web*'", 'bad-name'],
    ['half a wildcard', "'*a'", 'bad-name'],
    ['an empty label', "'a..b'", 'bad-name'],
    ['letters beyond ASCII', 'bücher', 'bad-name'],
    ['another zone', 'example.net.', 'outside-zone'],
    ['the parent', 'test.', 'outside-zone'],
  ])('refuses %s', (_, owner, code) => {
    expect(codesOf(judge(`  ${owner}: {type: TXT, value: x}`).problems)).toEqual([code])
  })

  it('knows one owner by all its spellings', () => {
    const spellings =
      "  '': {type: TXT, value: a}\n  example.test.: {type: TXT, value: b}\n  EXAMPLE.test.: {type: TXT, value: c}"
    expect(placesOf(judge(spellings).problems)).toEqual(['duplicate-rrset 7:25', 'duplicate-rrset 8:25'])
  })

  it('refuses an alias at the apex, beside other data, and at a name with two spellings', () => {
    expect(codesOf(judge("  '': {type: CNAME, value: x.example.net.}").problems)).toEqual(['cname-and-other'])
    const split = '  a: {type: CNAME, value: x.example.net.}\n  A: {type: TXT, value: x}'
    expect(placesOf(judge(split).problems)).toEqual(['cname-and-other 6:13'])
  })

  it('refuses a wildcard delegation', () => {
    expect(codesOf(judge("  '*': {type: NS, value: ns.example.net.}").problems)).toEqual(['bad-value'])
  })

  it('refuses more types at a name than an image can hold', () => {
    const list = Array.from({ length: 201 }, (_, i) => `    - {type: TYPE${1000 + i}, value: '\\# 0'}`)
    expect(codesOf(judge(`  x:\n${list.join('\n')}`).problems)).toEqual(['rrset-too-large'])
  })
})

describe('TTLs', () => {
  it('come from the record, else the zone, else 10', () => {
    const records = '  a: {type: TXT, value: x}\n  b: {type: TXT, ttl: 1h, value: x}'
    expect(rrsetOf(judge(records).model, 'a.example.test.', 'TXT').ttl).toBe(10)
    const { model } = judge(records, 'defaults: {ttl: 5m}\n')
    expect(rrsetOf(model, 'a.example.test.', 'TXT').ttl).toBe(300)
    expect(rrsetOf(model, 'b.example.test.', 'TXT').ttl).toBe(3600)
  })

  it.each(['-1', '2147483648', '1.5', '500ms', 'soon', "'300'"])('refuses %s', ttl => {
    expect(codesOf(judge(`  a: {type: TXT, ttl: ${ttl}, value: x}`).problems)).toEqual(['bad-ttl'])
  })

  it('refuses what is no time at all', () => {
    expect(codesOf(judge('  a: {type: TXT, ttl: [1], value: x}').problems)).toEqual(['wrong-type'])
  })
})

describe('pure octoDNS zones', () => {
  const text = `---
? ''
: - type: NS
    values: [ns1.example.net., ns2.example.net.]
zone: {type: A, value: 192.0.2.1}
www: {type: CNAME, ttl: 60, value: example.net.}
`
  const { model, problems } = readZones([{ file: 'zones/octo.test.yaml', text }])

  it('take the name of the file, and every key for an owner', () => {
    expect(placesOf(problems)).toEqual([])
    expect(formatName(model!.zones[0]!.name)).toBe('octo.test.')
    expect(rdatasOf(model, 'zone.octo.test.', 'A')).toEqual(['192.0.2.1'])
  })

  it('derive the SOA', () => {
    const { soa } = model!.zones[0]!
    expect([formatName(soa.mname), formatName(soa.rname)]).toEqual(['ns1.example.net.', 'hostmaster.octo.test.'])
    expect(soa).toMatchObject({ serial: null, refresh: 60, retry: 15, expire: 86_400, negativeTtl: 5, ttl: 300 })
  })

  it('need an NS too', () => {
    const { problems } = readZones([{ file: 'octo.test.yaml', text: 'www: {type: A, value: 192.0.2.1}' }])
    expect(codesOf(problems)).toEqual(['missing-ns'])
  })
})

describe('the header', () => {
  const around = (header: string) =>
    readZones([
      {
        file: 'x.test.yaml',
        text: `${header}\nrecords: {'@': {type: NS, value: ns.example.net.}, a: {type: TXT, value: x}}`,
      },
    ])

  it('reads an SOA in full', () => {
    const soa =
      'soa: {mname: a.example.net., rname: b\\.c.example.net., serial: 7, refresh: 1h, retry: 5m, expire: 1w, negative_ttl: 9, ttl: 8}'
    const { model, problems } = around(soa)
    expect(placesOf(problems)).toEqual([])
    expect(model!.zones[0]!.soa).toMatchObject({
      serial: 7,
      refresh: 3600,
      retry: 300,
      expire: 604_800,
      negativeTtl: 9,
      ttl: 8,
    })
    expect(formatName(model!.zones[0]!.soa.rname)).toBe('b\\.c.example.net.')
  })

  it.each([
    ['a serial out of range', 'serial: 4294967296', 'bad-value'],
    ['a negative serial', 'serial: -1', 'bad-value'],
    ['a serial in words', 'serial: now', 'bad-value'],
    ['a mail address', 'rname: me@example.net', 'bad-name'],
    ['half a second', 'retry: 500ms', 'bad-duration'],
    ['a bad TTL', 'ttl: -5', 'bad-ttl'],
    ['an unknown key', 'minimum: 5', 'unknown-key'],
  ])('refuses %s in the SOA', (_, line, code) => {
    const rname = line.startsWith('rname') ? '' : 'rname: h.example.net., '
    expect(codesOf(around(`soa: {mname: a.example.net., ${rname}${line}}`).problems)).toEqual([code])
  })

  const soa = 'soa: {mname: a.example.net., rname: b.example.net.}'
  it.each([
    ['no SOA', 'zone: x.test', ['missing-soa']],
    ['a key misspelled', `${soa}\ncheks: {}`, ['unknown-key']],
    ['tests of another kind', `${soa}\ntests: {}`, ['wrong-type']],
    ['a list of checks', `${soa}\nchecks: []`, ['wrong-type']],
    ['a number for a zone', `${soa}\nzone: 7`, ['wrong-type']],
    ['the root', `${soa}\nzone: .`, ['bad-zone-name']],
    ['a wildcard for a zone', `${soa}\nzone: '*.test'`, ['bad-zone-name']],
    ['defaults of another kind', `${soa}\ndefaults: 5`, ['wrong-type']],
    ['a default check that is not there', `${soa}\ndefaults: {check: web}`, ['undefined-check']],
  ])('refuses %s', (_, header, codes) => {
    expect(codesOf(around(header).problems)).toEqual(codes)
  })

  it.each(['', '# nothing\n', '[]', 'text', '{}', 'null'])('refuses %j for a file', text => {
    expect(codesOf(readZones([{ file: 'x.test.yaml', text }]).problems)).toEqual(['wrong-type'])
  })

  it('refuses a file without records', () => {
    expect(codesOf(readZones([{ file: 'x.test.yaml', text: soa }]).problems)).toEqual(['missing-key'])
  })
})
