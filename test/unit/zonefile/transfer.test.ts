/** `transfer` in the header of a zone and in a sidecar: what the zone says of it, and what is refused where. */
import { expect, it } from 'vitest'
import { readZone } from '../../../src/core/zonefile/index.ts'

const head = 'zone: a.test\nsoa: {mname: ns1.a.test., rname: h.a.test.}\n'
const records = "records:\n  '@': {type: NS, values: [ns1.a.test.]}\n  ns1: {type: A, value: 192.0.2.1}\n"
const full = (transfer: string) => readZone({ file: 'a.test.yaml', text: `${head}${transfer}\n${records}` })
const master = (health: string) =>
  readZone({
    file: 'a.test.zone',
    text: '@ 60 SOA ns1 h 1 60 60 60 60\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n',
    includes: new Map([['a.test.health.yaml', health]]),
  })

it.each([
  ['a zone', full],
  ['a sidecar', master],
])('%s says who may have it', (_, read) => {
  const { transfer, problems, zone } = read('transfer: {allow: [{key: Xfr}], notify: [{to: 192.0.2.53}]}')
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(zone).not.toBeNull()
  expect(transfer?.allow).toMatchObject([{ key: { name: 'xfr.', span: { line: read === full ? 3 : 1 } }, from: null }])
  expect(transfer?.notify).toEqual([{ to: { host: '192.0.2.53', port: 53 }, key: null, source: null }])
  expect(read('transfer: none').transfer).toEqual({ allow: [], notify: [] })
})

it('a zone that says nothing leaves it to the settings', () => {
  expect([full('').transfer, master('checks: {}').transfer]).toEqual([null, null])
})

it.each([
  ['transfer: {allow: [{}]}', '3:20 missing-key'],
  ['transfer: {allow: [{from: x}]}', '3:27 bad-address'],
  ['transfer: {notify: [{to: x}]}', '3:26 bad-address'],
  ["transfer: {notify: [{to: 10.0.0.1, source: '::1'}]}", '3:44 wrong-family'],
  // Of the whole server, which is not for a zone to say.
  ['transfer: {source: 127.0.0.7}', '3:12 unknown-key'],
  ['transfer: {allowed: 1}', '3:12 unknown-key'],
  ['transfer: [none]', '3:11 wrong-type'],
])('%s: %s', (transfer, problem) => {
  const { problems, zone } = full(transfer)
  expect(problems.map(({ code, span }) => `${span.line}:${span.column} ${code}`)).toContain(problem)
  expect(zone).toBeNull()
})

it('an owner of a pure octoDNS zone may be called so', () => {
  const text =
    "'':\n  type: NS\n  values: [ns1.a.test.]\nns1:\n  type: A\n  value: 192.0.2.1\ntransfer:\n  type: A\n  value: 192.0.2.2\n"
  const { transfer, zone } = readZone({ file: 'a.test.yaml', text })
  expect([transfer, zone?.rrsets.length]).toEqual([null, 3])
})
