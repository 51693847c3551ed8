/** What checks of each protocol may say beyond a connection, and everything of it that would become bytes of a probe. */
import { describe, expect, it } from 'vitest'
import type { CheckSpec } from '../../../src/core/health/types.ts'
import { codesOf, judge, placesOf, rrsetOf } from './zones.ts'

const records = '  x: {type: A, values: [192.0.2.11, 192.0.2.12], check: c, ttl: 1}'
const define = (definition: string, inRecords = records) => judge(inRecords, `checks: {c: ${definition}}\n`)

function specOf(definition: string): CheckSpec {
  const { model, problems } = define(definition)
  expect(placesOf(problems)).toEqual([])
  return rrsetOf(model, 'x.example.test.', 'A').pool!.members[0]!.duties[0]!.check
}

const noTls = { serverName: null, verify: true, caFile: null, certFile: null, keyFile: null }

describe('TCP', () => {
  it.each([
    ['send: "PING\\r\\n"', { send: 'PING\r\n', expect: null }],
    ['send: "\\0\\u00e9"', { send: '\0é' }],
    ["expect: {text: '+PONG'}", { send: null, expect: { kind: 'text', text: '+PONG' } }],
    ["expect: {regex: '^220 '}", { expect: { kind: 'regex', source: '^220 ' } }],
    ['tls: false', { tls: null }],
    ['tls: true', { tls: { ...noTls, serverName: 'x.example.test' } }],
    ['tls: {verify: false}', { tls: { ...noTls, verify: false } }],
    ['tls: {server_name: s.test, ca: ca.pem}', { tls: { serverName: 's.test', caFile: 'ca.pem' } }],
    ['tls: {cert: a.pem, key: /k/a.key}', { tls: { certFile: 'a.pem', keyFile: '/k/a.key' } }],
  ])('%s', (settings, spec) => {
    expect(specOf(`{protocol: TCP, port: 5432, ${settings}}`)).toMatchObject(spec)
  })

  it.each([
    ["send: ''", 'bad-value'],
    ['send: 5', 'wrong-type'],
    ['send: "\\ud800"', 'bad-value'],
    [`send: ${'a'.repeat(4097)}`, 'bad-value'],
    ['expect: {}', 'bad-value'],
    ["expect: {text: a, regex: 'b'}", 'bad-value'],
    ["expect: {text: ''}", 'bad-value'],
    ["expect: {regex: '('}", 'bad-regex'],
    ['expect: UP', 'wrong-type'],
    ['expect: {body: UP}', 'unknown-key'],
    ['tls: yes please', 'wrong-type'],
    ['tls: {cert: a.pem}', 'missing-key'],
    ['tls: {key: a.pem}', 'missing-key'],
    ['tls: {server_name: "a\\0b"}', 'bad-value'],
    ['tls: {server_name: 192.0.2.1}', 'bad-value'],
    ["tls: {server_name: '2001:db8::1'}", 'bad-value'],
  ])('%s is %s', (settings, code) => {
    const { model, problems } = define(`{protocol: TCP, port: 5432, ${settings}}`)
    expect(codesOf(problems)).toEqual([code])
    expect(model).toBeNull()
  })
})

describe('HTTP and HTTPS', () => {
  const expectation = (text: string) => specOf(`{protocol: HTTPS, path: /up, expect: {${text}}}`)

  it.each([
    [
      "json: {'/status': UP, '/n': 1.5, '/ok': true, '/none': null, '': x}",
      {
        json: [
          ['/status', 'UP'],
          ['/n', 1.5],
          ['/ok', true],
          ['/none', null],
          ['', 'x'],
        ],
      },
    ],
    ["json: {'/__proto__': 1}", { json: [['/__proto__', 1]] }],
    [
      "headers: {X-State: active, Server: {regex: '^nginx'}}",
      {
        headers: [
          ['x-state', { kind: 'text', text: 'active' }],
          ['server', { kind: 'regex', source: '^nginx' }],
        ],
      },
    ],
    ["headers: {X-Empty: ''}", { headers: [['x-empty', { kind: 'text', text: '' }]] }],
    ['cert_days: 14', { certDays: { warn: null, fail: 14 } }],
    ['cert_days: {warn: 21, fail: 7}', { certDays: { warn: 21, fail: 7 } }],
    ['cert_days: {warn: 21}', { certDays: { warn: 21, fail: null } }],
  ])('expect %s', (text, expected) => {
    expect(expectation(text)).toMatchObject({ expect: expected })
  })

  it('speak HTTP/2 and keep connections if told to', () => {
    expect(specOf('{protocol: HTTP, path: /up, http2: true, reuse: true}')).toMatchObject({ http2: true, reuse: true })
    expect(specOf('{protocol: HTTPS, path: /up, http2: false}')).toMatchObject({ http2: false, reuse: false })
  })

  it('present a certificate', () => {
    const tls = { certFile: 'probe.pem', keyFile: 'probe.key', serverName: 'x.example.test' }
    expect(specOf('{protocol: HTTPS, path: /up, tls: {cert: probe.pem, key: probe.key}}')).toMatchObject({ tls })
  })

  it.each([
    ['HTTP', 'expect: {json: {}}', 'bad-value'],
    ['HTTP', 'expect: {json: {status: UP}}', 'bad-value'],
    ['HTTP', "expect: {json: {'/a~2': UP}}", 'bad-value'],
    ['HTTP', "expect: {json: {'/a': [1]}}", 'wrong-type'],
    ['HTTP', "expect: {json: {'/a': {}}}", 'wrong-type'],
    ['HTTP', "expect: {json: {'/a': .inf}}", 'wrong-type'],
    ['HTTP', `expect: {json: {${Array.from({ length: 33 }, (_, i) => `/a${i}: 1`).join(', ')}}}`, 'bad-value'],
    ['HTTP', "method: HEAD, expect: {json: {'/a': 1}}", 'bad-value'],
    ['HTTP', 'expect: {headers: {}}', 'bad-value'],
    ['HTTP', "expect: {headers: {'a b': x}}", 'bad-value'],
    ['HTTP', 'expect: {headers: {A: "x\\ny"}}', 'bad-value'],
    ['HTTP', "expect: {headers: {A: ' x'}}", 'bad-value'],
    ['HTTP', "expect: {headers: {A: {regex: '('}}}", 'bad-regex'],
    ['HTTP', 'expect: {headers: {A: 5}}', 'wrong-type'],
    ['HTTP', 'expect: {cert_days: 7}', 'unknown-key'],
    ['HTTP', 'headers: {Proxy-Connection: x}', 'bad-value'],
    ['HTTP', 'headers: {X-A: b, x-a: c}', 'duplicate-key'],
    ['HTTP', 'http2: h2', 'wrong-type'],
    ['HTTP', 'reuse: 5', 'wrong-type'],
    ['HTTPS', 'expect: {cert_days: 0}', 'bad-value'],
    ['HTTPS', 'expect: {cert_days: 7d}', 'wrong-type'],
    ['HTTPS', 'expect: {cert_days: {}}', 'bad-value'],
    ['HTTPS', 'expect: {cert_days: {warn: 7, fail: 7}}', 'bad-value'],
    ['HTTPS', 'tls: true', 'wrong-type'],
    ['HTTPS', 'tls: {cert: a.pem}', 'missing-key'],
  ])('%s %s is %s', (protocol, settings, code) => {
    const { model, problems } = define(`{protocol: ${protocol}, path: /up, ${settings}}`)
    expect(codesOf(problems)).toEqual([code])
    expect(model).toBeNull()
  })
})

describe('DNS', () => {
  it('asks a question on port 53 and takes any answer without error', () => {
    expect(specOf('{protocol: DNS, question: WWW.Example.com A}')).toEqual({
      protocol: 'DNS',
      name: 'c',
      intervalMs: 5000,
      timeoutMs: 2000,
      fastIntervalMs: 1000,
      fall: 3,
      rise: 2,
      port: 53,
      qname: 'www.example.com.',
      qtype: 1,
      expect: { rcodes: [0], rdatas: [] },
    })
  })

  it.each([
    ["question: '. NS'", { qname: '.', qtype: 2 }],
    ['question: example.com.   soa', { qname: 'example.com.', qtype: 6 }],
    ["question: 'a\\.b.test TYPE257'", { qname: 'a\\.b.test.', qtype: 257 }],
    ['question: a.test A, port: 5353', { port: 5353 }],
    ['question: a.test A, expect: {rcode: nxdomain}', { expect: { rcodes: [3] } }],
    ['question: a.test A, expect: {rcode: [NOERROR, REFUSED]}', { expect: { rcodes: [0, 5] } }],
    ['question: a.test A, expect: {data: 192.0.2.1}', { expect: { rdatas: ['192.0.2.1'] } }],
    ["question: a.test AAAA, expect: {data: ['2001:DB8::1']}", { expect: { rdatas: ['2001:db8::1'] } }],
    ['question: a.test MX, expect: {data: 10 Mail.test.}', { expect: { rdatas: ['10 mail.test.'] } }],
    ['question: a.test TXT, expect: {data: V=x y}', { expect: { rdatas: ['V=x y'] } }],
  ])('%s', (settings, spec) => {
    expect(specOf(`{protocol: DNS, ${settings}}`)).toMatchObject(spec)
  })

  it.each([
    ['port: 53', 'missing-key'],
    ['question: a.test', 'bad-value'],
    ['question: a.test A IN', 'bad-value'],
    ["question: ''", 'bad-value'],
    ['question: [a.test, A]', 'wrong-type'],
    ['question: a..test A', 'bad-name'],
    ["question: 'ä.test A'", 'bad-name'],
    [`question: ${'a'.repeat(64)}.test A`, 'bad-name'],
    ['question: a.test ANY', 'bad-value'],
    ['question: a.test AXFR', 'bad-value'],
    ['question: a.test OPT', 'bad-value'],
    ['question: a.test B', 'bad-value'],
    ['question: a.test A, expect: {rcode: OK}', 'bad-value'],
    ['question: a.test A, expect: {rcode: 0}', 'wrong-type'],
    ['question: a.test A, expect: {rcode: constructor}', 'bad-value'],
    ['question: a.test A, expect: {data: www.test.}', 'bad-address'],
    ['question: a.test A, expect: {data: []}', 'bad-value'],
    ['question: a.test NS, expect: {data: ns1.test}', 'bad-name'],
    ['question: a.test SOA, expect: {data: x}', 'not-supported'],
    ['question: a.test A, expect: {rcode: NXDOMAIN, data: 192.0.2.1}', 'bad-value'],
    ['question: a.test A, tls: true', 'unknown-key'],
  ])('%s is %s', (settings, code) => {
    const { model, problems } = define(`{protocol: DNS, ${settings}}`)
    expect(codesOf(problems)).toEqual([code])
    expect(model).toBeNull()
  })
})

describe('GRPC', () => {
  it.each([
    ['port: 50051', { port: 50051, service: '', host: null, tls: null }],
    ['port: 50051, service: shop.v1.Cart', { service: 'shop.v1.Cart' }],
    ["port: 50051, host: 'cart.test:443'", { host: 'cart.test:443', tls: null }],
    ['port: 50051, tls: true', { host: 'x.example.test', tls: { ...noTls, serverName: 'x.example.test' } }],
    ["port: 50051, tls: true, host: 'cart.test:443'", { host: 'cart.test:443', tls: { serverName: 'cart.test' } }],
    ['port: 50051, tls: {server_name: s.test}', { host: 'x.example.test', tls: { serverName: 's.test' } }],
    ['port: 50051, host: 192.0.2.1, tls: true', { host: '192.0.2.1', tls: { serverName: null } }],
  ])('%s', (settings, spec) => {
    expect(specOf(`{protocol: GRPC, ${settings}}`)).toMatchObject(spec)
  })

  it.each([
    ['service: a', 'missing-key'],
    ['port: 50051, service: "a\\nb"', 'bad-value'],
    ["port: 50051, service: 'a b'", 'bad-value'],
    [`port: 50051, service: ${'a'.repeat(256)}`, 'bad-value'],
    ['port: 50051, host: "a\\r\\nb"', 'bad-value'],
    ["port: 50051, host: 'http://a'", 'bad-value'],
    ['port: 50051, tls: {key: a.key}', 'missing-key'],
    ['port: 50051, path: /x', 'unknown-key'],
  ])('%s is %s', (settings, code) => {
    const { model, problems } = define(`{protocol: GRPC, ${settings}}`)
    expect(codesOf(problems)).toEqual([code])
    expect(model).toBeNull()
  })
})

describe('a name that only the record knows', () => {
  const wildcard = "  '*.x': {type: A, values: [192.0.2.11, 192.0.2.12], check: c, ttl: 1}"

  it.each([
    ['{protocol: HTTPS, path: /up}', ['check-not-possible']],
    ['{protocol: HTTPS, path: /up, host: a.test}', []],
    ['{protocol: TCP, port: 1, tls: true}', ['check-not-possible']],
    ['{protocol: TCP, port: 1, tls: {verify: false}}', []],
    ['{protocol: TCP, port: 1, tls: {server_name: a.test}}', []],
    ['{protocol: GRPC, port: 1, tls: true}', ['check-not-possible']],
    ['{protocol: GRPC, port: 1}', []],
    ['{protocol: DNS, question: a.test A}', []],
  ])('is missing at a wildcard: %s', (definition, codes) => {
    expect(codesOf(define(definition, wildcard).problems)).toEqual(codes)
  })

  it('cannot be one that no Host header may hold', () => {
    const escaped = "  'a\\032b': {type: A, values: [192.0.2.11, 192.0.2.12], check: c, ttl: 1}"
    expect(codesOf(define('{protocol: HTTPS, path: /up}', escaped).problems)).toEqual(['check-not-possible'])
  })
})
