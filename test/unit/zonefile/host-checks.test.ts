/** From YAML to what is run, asked and held against limits: EXEC, METRICS, and the keys that say whom and from where. */
import { describe, expect, it } from 'vitest'
import type { CheckSpec, Endpoint, ExecCheck, MetricsCheck } from '../../../src/core/health/types.ts'
import type { DutyModel } from '../../../src/core/roster/types.ts'
import { readZones } from '../../../src/core/zonefile/index.ts'
import { codesOf, judge, placesOf, rrsetOf, zoneText } from './zones.ts'

const v4 = '  x: {type: A, values: [192.0.2.11, 192.0.2.12], check: c, ttl: 1}'
const v6 = "  x: {type: AAAA, values: ['2001:db8::11', '2001:db8::12'], check: c, ttl: 1}"
const define = (definition: string, records = v4) => judge(records, `checks: {c: ${definition}}\n`)

function dutyOf(definition: string, records = v4): DutyModel {
  const { model, problems } = define(definition, records)
  expect(placesOf(problems)).toEqual([])
  return rrsetOf(model, 'x.example.test.', records === v4 ? 'A' : 'AAAA').pool!.members[0]!.duties[0]!
}

const endpointOf = (definition: string, records = v4): Endpoint => dutyOf(definition, records).endpoint
const specOf = <S extends CheckSpec>(definition: string): S => dutyOf(definition).check as S
const problemsOf = (definition: string, records = v4) => codesOf(define(definition, records).problems)

describe('check_address', () => {
  it.each([
    ['{protocol: ICMP, check_address: 10.0.0.7}', { address: '10.0.0.7', port: null }],
    ['{protocol: TCP, port: 22, check_address: 10.0.0.7}', { address: '10.0.0.7', port: 22 }],
    ["{protocol: HTTP, path: /up, check_address: '2001:DB8:0::7'}", { address: '2001:db8::7', port: 80 }],
    ['{protocol: EXEC, command: [x], check_address: 10.0.0.7}', { address: '10.0.0.7', port: null }],
    ['{protocol: ICMP}', { address: '192.0.2.11', port: null }],
  ])('%s', (definition, endpoint) => {
    expect(endpointOf(definition)).toEqual(endpoint)
  })

  it('leaves what is answered alone, and is one endpoint for all members', () => {
    const { model } = define('{protocol: ICMP, check_address: 10.0.0.7}')
    const { members } = rrsetOf(model, 'x.example.test.', 'A').pool!
    expect(members.map(member => member.address)).toEqual(['192.0.2.11', '192.0.2.12'])
    expect(members.map(member => member.duties[0]!.endpoint.address)).toEqual(['10.0.0.7', '10.0.0.7'])
  })

  it.each(['10.0.0.7:80', 'host.example.test', '10.0.0.0/8', '0.0.0.0', '::', '224.0.0.1', 'ff02::1', 'fe80::1%eth0'])(
    'cannot be %s',
    address => {
      expect(problemsOf(`{protocol: ICMP, check_address: '${address}'}`)).toEqual(['bad-address'])
    },
  )
})

describe('check_address of one member', () => {
  const addressesOf = (records: string, header = 'checks: {c: {protocol: ICMP}}\n', type = 'A') => {
    const { model, problems } = judge(records, header)
    expect(codesOf(problems)).toEqual([])
    return rrsetOf(model, 'x.example.test.', type).pool!.members.map(member => member.duties[0]!.endpoint.address)
  }
  const members = (first: string, type = 'A') =>
    `  x: {type: ${type}, check: c, ttl: 1, values: [{value: ${first}}, {value: 192.0.2.12}]}`

  it('is probed instead of what is answered, and beats that of the check', () => {
    const records = members('192.0.2.11, check_address: 10.0.0.11')
    expect(addressesOf(records)).toEqual(['10.0.0.11', '192.0.2.12'])
    const header = 'checks: {c: {protocol: ICMP, check_address: 10.0.0.7}}\n'
    expect(addressesOf(records, header)).toEqual(['10.0.0.11', '10.0.0.7'])
  })

  it('makes members probeable that are names', () => {
    const values =
      '[{value: a.example.net., check_address: 10.0.0.1}, {value: b.example.net., check_address: 10.0.0.2}]'
    const dynamic = `{pools: {a: {values: ${values}}}, rules: [{pool: a}]}`
    const records = `  x: {type: CNAME, check: c, ttl: 1, dynamic: ${dynamic}}`
    expect(addressesOf(records, undefined, 'CNAME')).toEqual(['10.0.0.1', '10.0.0.2'])
    const lacking = records.replace(', check_address: 10.0.0.2', '')
    expect(codesOf(judge(lacking, 'checks: {c: {protocol: ICMP}}\n').problems)).toEqual(['check-not-possible'])
  })

  it.each([
    ['192.0.2.11, check_address: 10.0.0.0/8', 'bad-address'],
    ['192.0.2.11, check_address: host', 'bad-address'],
    ["192.0.2.11, check_address: '2001:db8::1'", 'wrong-family'],
    ['192.0.2.11, check_address: 5', 'wrong-type'],
  ])('%s is refused', (member, code) => {
    expect(codesOf(judge(members(member), 'checks: {c: {protocol: ICMP}}\n').problems)).toEqual([code])
  })

  it('without a check, or in a last resort, has no meaning', () => {
    const unchecked = members('192.0.2.11, check_address: 10.0.0.11').replace('check: c, ', '')
    expect(codesOf(judge(unchecked).problems)).toEqual(['bad-value'])
    const dynamic = 'dynamic: {pools: {a: {values: [{value: 192.0.2.11}]}}, rules: [{pool: a}]}'
    const policy = 'policy: {on_all_down: values}'
    const lastResort = `  x: {type: A, check: c, ttl: 1, ${dynamic}, ${policy}, values: [{value: 192.0.2.1, check_address: 10.0.0.1}]}`
    expect(codesOf(judge(lastResort, 'checks: {c: {protocol: ICMP}}\n').problems)).toEqual(['bad-value'])
  })
})

describe('source', () => {
  it.each([
    ['{protocol: ICMP, source: 10.0.0.5}', v4, '10.0.0.5'],
    ["{protocol: ICMP, source: ['2001:db8::5', 10.0.0.5]}", v4, '10.0.0.5'],
    ["{protocol: ICMP, source: [10.0.0.5, '2001:DB8::5']}", v6, '2001:db8::5'],
    ["{protocol: TCP, port: 1, source: '2001:db8::5', check_address: '2001:db8::9'}", v4, '2001:db8::5'],
    ['{protocol: EXEC, command: [x], source: 10.0.0.5}', v4, '10.0.0.5'],
    ["{protocol: METRICS, url: 'tcp://{address}:1', source: 10.0.0.5}", v4, '10.0.0.5'],
    ['{protocol: ICMP}', v4, undefined],
  ])('%s', (definition, records, source) => {
    expect(dutyOf(definition, records).check.source).toBe(source)
  })

  it.each([
    ["{protocol: ICMP, source: '2001:db8::5'}", v4, 'wrong-family'],
    ['{protocol: ICMP, source: 10.0.0.5}', v6, 'wrong-family'],
    ["{protocol: ICMP, source: 10.0.0.5, check_address: '2001:db8::9'}", v4, 'wrong-family'],
    ['{protocol: ICMP, source: [10.0.0.5, 10.0.0.6]}', v4, 'bad-value'],
    ['{protocol: ICMP, source: eth0}', v4, 'bad-address'],
    ['{protocol: ICMP, source: 0.0.0.0}', v4, 'bad-address'],
    ['{protocol: ICMP, source: []}', v4, 'bad-value'],
    ["{protocol: ICMP, source: [10.0.0.5, '2001:db8::5', 10.0.0.6]}", v4, 'bad-value'],
    ['{protocol: ICMP, source: 5}', v4, 'wrong-type'],
  ])('%s is refused', (definition, records, code) => {
    expect(problemsOf(definition, records)).toEqual([code])
  })

  it('of the wrong family is told where a record uses the check', () => {
    const { problems } = define('{protocol: ICMP, source: 10.0.0.5}', v6)
    expect(placesOf(problems)).toEqual(['wrong-family 7:68'])
  })
})

describe('EXEC', () => {
  it('has a command and little else', () => {
    expect(specOf('{protocol: EXEC, command: [check_pg, -H, "{address}"]}')).toEqual({
      protocol: 'EXEC',
      name: 'c',
      intervalMs: 5000,
      timeoutMs: 2000,
      fastIntervalMs: 1000,
      fall: 3,
      rise: 2,
      port: null,
      command: ['check_pg', '-H', '{address}'],
    } satisfies Record<keyof Omit<ExecCheck, 'source' | 'leak'>, unknown>)
  })

  it('tells its port', () => {
    const duty = dutyOf("{protocol: EXEC, port: 5432, command: [x, '{address}:{port}']}")
    expect([duty.endpoint.port, (duty.check as ExecCheck).port]).toEqual([5432, 5432])
  })

  it.each([
    ['zones/a.yaml', './check.sh', 'zones/./check.sh'],
    ['zones/a.yaml', 'bin/check', 'zones/bin/check'],
    ['zones/a.yaml', 'check_http', 'check_http'],
    ['zones/a.yaml', '/usr/bin/check', '/usr/bin/check'],
  ])('finds a program beside its file: in %s, %s is %s', (file, program, path) => {
    const text = zoneText(v4, `checks: {c: {protocol: EXEC, command: [${program}, bin/x]}}\n`)
    const { model } = readZones([{ file, text }])
    const spec = rrsetOf(model, 'x.example.test.', 'A').pool!.members[0]!.duties[0]!.check as ExecCheck
    expect(spec.command).toEqual([path, 'bin/x'])
  })

  it.each([
    ['{protocol: EXEC}', 'missing-key'],
    ['{protocol: EXEC, command: check_http -H x}', 'wrong-type'],
    ['{protocol: EXEC, command: []}', 'bad-value'],
    ["{protocol: EXEC, command: ['']}", 'bad-value'],
    ["{protocol: EXEC, command: ['check_http -H x']}", 'bad-value'],
    ['{protocol: EXEC, command: [x, 5]}', 'wrong-type'],
    ["{protocol: EXEC, command: [x, '{port}']}", 'bad-value'],
    ["{protocol: EXEC, command: [x, '{source}']}", 'bad-value'],
    ["{protocol: EXEC, command: [x, '{adress}']}", 'bad-value'],
    ['{protocol: EXEC, command: [x, "a\\0b"]}', 'bad-value'],
    [`{protocol: EXEC, command: [x, ${'a'.repeat(4097)}]}`, 'bad-value'],
    [`{protocol: EXEC, command: [${'x, '.repeat(65)}]}`, 'bad-value'],
    ['{protocol: EXEC, command: [x], shell: true}', 'unknown-key'],
    ['{protocol: EXEC, command: [x], path: /up}', 'unknown-key'],
  ])('%s is refused', (definition, code) => {
    expect(problemsOf(definition)).toEqual([code])
  })

  it('hands on braces that are none of its own', () => {
    expect(specOf<ExecCheck>("{protocol: EXEC, command: [awk, '{print $1}', '{host}']}").command).toEqual([
      'awk',
      '{print $1}',
      '{host}',
    ])
  })
})

describe('METRICS', () => {
  const named = (name: string) => ({ name, reading: { kind: 'named', metric: name } })

  it('has a page and limits', () => {
    const definition =
      "{protocol: METRICS, url: 'http://{address}:9100/metrics', " +
      'limits: {load1_per_cpu: {low: 0.8, high: 1.5}, memory_used_percent: {high: 95}}}'
    const duty = dutyOf(definition)
    expect(duty.endpoint).toEqual({ address: '192.0.2.11', port: 9100 })
    expect(duty.check).toEqual({
      protocol: 'METRICS',
      name: 'c',
      intervalMs: 5000,
      timeoutMs: 2000,
      fastIntervalMs: 1000,
      fall: 3,
      rise: 2,
      port: 9100,
      page: { scheme: 'http', address: null, target: '/metrics' },
      format: 'prometheus',
      limits: [
        { ...named('load1_per_cpu'), low: 0.8, high: 1.5 },
        { ...named('memory_used_percent'), low: null, high: 95 },
      ],
      send: null,
      tls: null,
    })
  })

  const limits = 'limits: {load1: {high: 8}}'
  it.each([
    [`url: 'http://{address}/m', ${limits}`, 80, { scheme: 'http', address: null, target: '/m' }],
    [`url: 'https://{address}/m', ${limits}`, 443, { scheme: 'https', address: null, target: '/m' }],
    [`url: 'http://{address}:{port}/m', port: 99, ${limits}`, 99, { scheme: 'http', address: null, target: '/m' }],
    [`url: 'http://{address}', ${limits}`, 80, { scheme: 'http', address: null, target: '/' }],
    [`url: 'http://{address}?a=b', ${limits}`, 80, { scheme: 'http', address: null, target: '/?a=b' }],
    [
      `url: 'http://10.0.0.9:9090/q?of={address}:{port}', port: 7, ${limits}`,
      9090,
      { scheme: 'http', address: '10.0.0.9', target: '/q?of={address}:{port}' },
    ],
    [
      `url: 'http://[2001:db8::9]:9090/{address}', ${limits}`,
      9090,
      { scheme: 'http', address: '2001:db8::9', target: '/{address}' },
    ],
    ["url: 'tcp://{address}:9777'", 9777, { scheme: 'tcp', address: null, target: '' }],
  ])('%s', (settings, port, page) => {
    expect(specOf(`{protocol: METRICS, ${settings}}`)).toMatchObject({ port, page })
  })

  it('reads its formats', () => {
    expect(specOf('{protocol: METRICS, url: \'tcp://{address}:1\', send: "ask\\n"}')).toMatchObject({
      format: 'agent',
      send: 'ask\n',
      limits: [],
    })
    expect(specOf("{protocol: METRICS, url: 'http://{address}/a', format: agent}")).toMatchObject({ format: 'agent' })
    const json = "format: json, limits: {load: {high: 1}}, values: {load: '/measurements/0/value'}"
    expect(specOf(`{protocol: METRICS, url: 'http://{address}/m', ${json}}`)).toMatchObject({
      format: 'json',
      limits: [{ name: 'load', reading: { kind: 'pointer', pointer: '/measurements/0/value' } }],
    })
  })

  it.each([
    ['up', { metric: 'up', labels: [], rate: false }],
    [
      'hot{a="b", c!="d\\"e"}',
      {
        labels: [
          { name: 'a', value: 'b', equal: true },
          { name: 'c', value: 'd"e', equal: false },
        ],
      },
    ],
    ['rate(sent_total{device="eth0"})', { metric: 'sent_total', rate: true }],
    [' rate ( a:b ) ', { metric: 'a:b', labels: [], rate: true }],
    ['up{}', { metric: 'up', labels: [] }],
  ])('of a value %s', (selector, reading) => {
    const definition = `{protocol: METRICS, url: 'http://{address}/m', limits: {mine: {high: 1}}, values: {mine: '${selector}'}}`
    const [limit] = specOf<MetricsCheck>(definition).limits
    expect(limit?.reading).toMatchObject({ kind: 'series', ...reading })
  })

  it('gives a name that is known another source', () => {
    const values = "values: {load1: 'my_load'}"
    const spec = specOf<MetricsCheck>(`{protocol: METRICS, url: 'http://{address}/m', ${limits}, ${values}}`)
    expect(spec.limits[0]?.reading).toMatchObject({ kind: 'series', metric: 'my_load' })
  })

  it('over TLS asks by the name of the record', () => {
    const spec = specOf<MetricsCheck>(`{protocol: METRICS, url: 'https://{address}/m', ${limits}, tls: {ca: ca.pem}}`)
    expect(spec.tls).toMatchObject({ serverName: 'x.example.test', verify: true, caFile: 'ca.pem' })
  })

  const url = "url: 'http://{address}/m'"
  it.each([
    [`${limits}`, 'missing-key'],
    [`url: 'ftp://{address}/m', ${limits}`, 'bad-value'],
    [`url: '{address}:9100/metrics', ${limits}`, 'bad-value'],
    [`url: 'http://host.example.test/m', ${limits}`, 'bad-value'],
    [`url: 'http://user:word@{address}/m', ${limits}`, 'bad-value'],
    [`url: 'http://{adress}/m', ${limits}`, 'bad-value'],
    [`url: 'http://[{address}]/m', ${limits}`, 'bad-value'],
    [`url: 'http://[10.0.0.1]/m', ${limits}`, 'bad-value'],
    [`url: 'http://{address}:0/m', ${limits}`, 'bad-value'],
    [`url: 'http://{address}:65536/m', ${limits}`, 'bad-value'],
    [`url: 'http://{address}/m#part', ${limits}`, 'bad-value'],
    [`url: 'http://{address}/a b', ${limits}`, 'bad-value'],
    [`url: "http://{address}/a\\r\\nX: y", ${limits}`, 'bad-value'],
    [`url: 'http://{address}/m?q={x}', ${limits}`, 'bad-value'],
    [`url: 'http://{address}:{port}/m', ${limits}`, 'bad-value'],
    [`${url}, port: 80, ${limits}`, 'bad-value'],
    ["url: 'tcp://{address}'", 'bad-value'],
    ["url: 'tcp://{address}:1/x'", 'bad-value'],
    [`url: 'tcp://{address}:1', ${limits}`, 'bad-value'],
    ["url: 'tcp://{address}:1', values: {a: up}", 'bad-value'],
    ["url: 'tcp://{address}:1', format: json", 'bad-value'],
    [`${url}, format: xml, ${limits}`, 'bad-value'],
    [`${url}, send: x, ${limits}`, 'bad-value'],
    [`${url}, tls: {ca: ca.pem}, ${limits}`, 'bad-value'],
    [`${url}`, 'missing-key'],
    [`${url}, limits: {}`, 'missing-key'],
    [`${url}, limits: {load1: {}}`, 'missing-key'],
    [`${url}, limits: {load1: 8}`, 'wrong-type'],
    [`${url}, limits: {load1: {high: lots}}`, 'wrong-type'],
    [`${url}, limits: {load1: {low: 8, high: 8}}`, 'bad-value'],
    [`${url}, limits: {load1: {max: 8, high: 9}}`, 'unknown-key'],
    [`${url}, limits: {load2: {high: 8}}`, 'undefined-metric'],
    [`${url}, format: json, limits: {load1: {high: 8}}`, 'undefined-metric'],
    [`${url}, ${limits}, values: {other: up}`, 'bad-value'],
    [`${url}, limits: {'a b': {high: 8}}, values: {'a b': up}`, 'bad-value'],
    [`${url}, limits: {a: {high: 8}}, values: {a: 'up{'}`, 'bad-selector'],
    [`${url}, limits: {a: {high: 8}}, values: {a: 'up{b=c}'}`, 'bad-selector'],
    [`${url}, limits: {a: {high: 8}}, values: {a: 'up{b=~"c"}'}`, 'bad-selector'],
    [`${url}, limits: {a: {high: 8}}, values: {a: 'sum(up)'}`, 'bad-selector'],
    [`${url}, limits: {a: {high: 8}}, values: {a: '/a/b'}`, 'bad-selector'],
    [`${url}, limits: {a: {high: 8}}, values: {a: '${'x'.repeat(201)}'}`, 'bad-selector'],
    [`${url}, format: json, limits: {a: {high: 8}}, values: {a: 'a/b'}`, 'bad-selector'],
    [`${url}, format: json, limits: {a: {high: 8}}, values: {a: '/a~2'}`, 'bad-selector'],
  ])('%s is refused', (settings, code) => {
    expect(problemsOf(`{protocol: METRICS, ${settings}}`)).toEqual([code])
  })
})
