/** The reference zones of the protocol tests, in the spirit of the conformance list. */
import { type Bench, createBench } from './bench.ts'

const many = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i)).join(', ')

const refZone = `
zone: ref.test
soa: {mname: ns1.ref.test., rname: hostmaster.ref.test., serial: 7, ttl: 3600, negative_ttl: 300}
defaults: {ttl: 3600}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@':
    - {type: NS, values: [ns1.ref.test., ns2.ref.test.]}
    - {type: A, value: 192.0.2.1}
    - {type: MX, values: [{preference: 10, exchange: mail.ref.test.}, {preference: 20, exchange: mail.example.com.}]}
    - {type: TXT, values: ["v=spf1 -all", "second"]}
    - {type: CAA, values: [{flags: 128, tag: iodef, value: "mailto:a@ref.test"}]}
  ns1: {type: A, value: 192.0.2.2}
  ns2: [{type: A, value: 192.0.2.3}, {type: AAAA, value: '2001:db8::3'}]
  mail: {type: A, value: 192.0.2.4}
  www: {type: A, ttl: 60, values: [192.0.2.10, 192.0.2.11]}
  pool: {type: A, ttl: 5, check: port, values: [${many(8, i => `192.0.2.${101 + i}`)}]}
  pool200: {type: AAAA, ttl: 5, check: port, values: [${many(200, i => `'2001:db8::${(i + 1).toString(16)}'`)}], policy: {max_answers: 200}}
  big: {type: TXT, values: [${many(60, i => `"${String(i).padStart(3, '0')} ${'x'.repeat(60)}"`)}]}
  t512: {type: TXT, value: "${'t'.repeat(467)}"}
  t513: {type: TXT, value: "${'t'.repeat(468)}"}
  t1221: {type: TXT, values: ["${'t'.repeat(1172)}"]}
  t1222: {type: TXT, values: ["${'t'.repeat(1173)}"]}
  a.b.c.ent: {type: A, value: 192.0.2.60}
  MiXed.CaSe: {type: A, value: 192.0.2.40}
  'a\\.b': {type: A, value: 192.0.2.41}
  'nul\\000byte': {type: A, value: 192.0.2.43}
  '\\255\\254': {type: A, value: 192.0.2.44}
  unk: [{type: TYPE65280, value: '\\# 4 0A000001'}, {type: TYPE65281, value: '\\# 0'}]
  _root._tcp: {type: SRV, value: {priority: 0, weight: 0, port: 0, target: .}}
  _web._tcp: {type: SRV, value: {priority: 1, weight: 2, port: 80, target: www.ref.test.}}
  nullmx: {type: MX, value: {preference: 0, exchange: .}}
  cn1: {type: CNAME, value: cn2.ref.test.}
  cn2: {type: CNAME, value: cn3.ref.test.}
  cn3: {type: CNAME, value: www.ref.test.}
  cnout: {type: CNAME, value: www.example.com.}
  cnother: {type: CNAME, value: www.other.test.}
  cnnx: {type: CNAME, value: nope.ref.test.}
  cnnodata: {type: CNAME, value: www.ref.test.}
  cndel: {type: CNAME, value: host.child.ref.test.}
  cnent: {type: CNAME, value: ent.ref.test.}
  cnwild: {type: CNAME, value: anything.wild.ref.test.}
  cncase: {type: CNAME, value: WWW.ReF.tEsT.}
  cnapex: {type: CNAME, value: ref.test.}
  cnlow: {type: CNAME, ttl: 10, value: pool.ref.test.}
  loopa: {type: CNAME, value: loopb.ref.test.}
  loopb: {type: CNAME, value: loopa.ref.test.}
  cnself: {type: CNAME, value: cnself.ref.test.}
  '*.cnloopwild': {type: CNAME, value: x.cnloopwild.ref.test.}
  '*.cnwildcard': {type: CNAME, value: www.ref.test.}
  '*.cnnxwild': {type: CNAME, value: nope.ref.test.}
  '*.wild': [{type: A, value: 192.0.2.70}, {type: TXT, value: from the wildcard}]
  host.wild: {type: A, value: 192.0.2.71}
  leaf.ent.wild: {type: A, value: 192.0.2.72}
  'sub.*.wild': {type: TXT, value: asterisk label is not a wildcard}
  '*.delwild': {type: TXT, value: wildcard next to a delegation}
  cut.delwild: {type: NS, values: [ns1.example.net.]}
  child: [{type: NS, values: [ns1.child.ref.test., ns2.child.ref.test.]}, {type: TXT, value: occluded}]
  ns1.child: [{type: A, value: 192.0.2.80}, {type: AAAA, value: '2001:db8::80'}]
  ns2.child: {type: A, value: 192.0.2.81}
  deep.sub.child: {type: TXT, value: occluded}
  '*.child': {type: A, value: 192.0.2.83}
  ext: {type: NS, values: [ns1.example.net., ns2.example.net.]}
  sib: {type: NS, values: [ns1.child.ref.test.]}
  selfns: [{type: NS, value: selfns.ref.test.}, {type: A, value: 192.0.2.84}]
  c.child2: {type: NS, value: ns1.c.child2.ref.test.}
  ns1.c.child2: {type: A, value: 192.0.2.85}
  below.c.child2: {type: NS, value: ns1.below.c.child2.ref.test.}
  ns1.below.c.child2: {type: A, value: 192.0.2.86}
  bigdel: {type: NS, values: [${many(13, i => `ns${i}.bigdel.ref.test.`)}]}
${Array.from({ length: 13 }, (_, i) => `  ns${i}.bigdel: [{type: A, value: 192.0.2.${150 + i}}, {type: AAAA, value: '2001:db8:b::${i}'}]`).join('\n')}
`

const otherZone = `
zone: other.test
soa: {mname: ns1.other.test., rname: hostmaster.other.test., serial: 1, ttl: 600, negative_ttl: 3600}
records:
  '@': {type: NS, values: [ns1.other.test.]}
  ns1: {type: A, value: 192.0.2.5}
  www: {type: A, value: 192.0.2.6}
`

export function createRefBench(): Bench {
  return createBench({ 'ref.test.yaml': refZone, 'other.test.yaml': otherZone })
}
