/**
 * What one answer costs in user space, by phenomenon, without sockets: nanoseconds of processor time each, and octets
 * allocated over a million of them, which must be next to nothing.
 */
import { plainTerms } from '../src/core/answer/live.ts'
import { createCookies } from '../src/core/guard/cookie.ts'
import { makeQuery } from './pace.ts'
import { print } from './print.ts'
import { createRig, type Rig } from './rig.ts'
import { median } from './support.ts'

export interface AnswerReport {
  readonly phenomenon: string
  readonly nanoseconds: number
  readonly octetsPerMillion: number
}

const four = [11, 12, 13, 14].map(last => `{value: 127.0.0.${last}}`)
const uneven = `[{value: 127.0.0.11, weight: 3}, ${four.slice(1).join(', ')}]`
const networks = Array.from({ length: 1_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`)

const zone = `
soa: {mname: ns1.bench.test., rname: hostmaster.bench.test., serial: 1}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.bench.test., ns2.bench.test.]}
  ns1: {type: A, value: 127.0.0.1}
  ns2: {type: A, value: 127.0.0.2}
  www:
    - {type: A, check: port, values: [127.0.0.11, 127.0.0.12, 127.0.0.13, 127.0.0.14]}
    - {type: AAAA, check: port, values: ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8::4']}
    - {type: HTTPS, value: {svcpriority: 1, targetname: '.'}}
  one: {type: A, value: 127.0.0.9}
  alias: {type: CNAME, value: www.bench.test.}
  chain: {type: CNAME, value: chain1.bench.test.}
  chain1: {type: CNAME, value: chain2.bench.test.}
  chain2: {type: CNAME, value: www.bench.test.}
  '*.wild': {type: A, value: 127.0.0.10}
  cut: {type: NS, values: [ns1.cut.bench.test., ns2.cut.bench.test.]}
  ns1.cut: {type: A, value: 127.0.0.3}
  ns2.cut: {type: A, value: 127.0.0.4}
  weighted: {type: A, values: ${uneven}}
  random: {type: A, values: [${four}], policy: {answer: random}}
  sticky: {type: A, values: ${uneven}, policy: {answer: sticky}}
  ruled:
    type: A
    dynamic:
      pools: {near: {values: [{value: 127.0.0.15}, {value: 127.0.0.16}]}, all: {values: [${four}]}}
      rules: [{subnets: [${networks}], pool: near}, {pool: all}]
  names:
    type: CNAME
    dynamic: {pools: {all: {values: [{value: www.bench.test.}, {value: one.bench.test.}]}}, rules: [{pool: all}]}
  borrowed: {type: ALIAS, value: www.bench.test.}
`

const types = { A: 1, MX: 15, AAAA: 28, HTTPS: 65 } as const
const secret = Uint8Array.from({ length: 16 }, (_, i) => i + 1)
const cookieOption = 10
const clientCookie = [1, 2, 3, 4, 5, 6, 7, 8]

/** The figures that must hold, see limits.ts. */
export const rotatedWithEdns = 'rotated, 4 addresses'
export const rotatedWithCookie = 'rotated, known by its cookie'

const rounds = 7
const answersPerRound = 200_000
const answersForMemory = 1_000_000

export function benchAnswer(): readonly AnswerReport[] {
  const plain = createRig(zone)
  const withCookies = createRig(zone, { ...plainTerms, cookies: createCookies(secret, null) })
  const greeting = withEdns(makeQuery('www.bench.test'), [cookieOption >> 8, cookieOption, 0, 8, ...clientCookie])
  const known = withEdns(makeQuery('www.bench.test'), givenOption(withCookies, greeting))
  const cases: readonly (readonly [string, Rig, Uint8Array])[] = [
    [rotatedWithEdns, plain, query('www')],
    ['the same without EDNS', plain, makeQuery('www.bench.test')],
    ['the same in mixed case', plain, query('wWw')],
    [rotatedWithCookie, withCookies, known],
    ['rotated, given a cookie', withCookies, greeting],
    ['rotated, 4 IPv6 addresses', plain, query('www', 'AAAA')],
    ['one address', plain, query('one')],
    ['HTTPS', plain, query('www', 'HTTPS')],
    ['alias to the rotated', plain, query('alias')],
    ['chain of 3 aliases', plain, query('chain')],
    ['wildcard', plain, query('x.wild')],
    ['referral', plain, query('x.cut')],
    ['NODATA', plain, query('www', 'MX')],
    ['NXDOMAIN', plain, query('nope')],
    ['by weight', plain, query('weighted')],
    ['random', plain, query('random')],
    ['sticky by weight', plain, query('sticky')],
    ['by 1000 client networks', plain, query('ruled')],
    ['pool of names', plain, query('names')],
    ['ALIAS of the rotated', plain, query('borrowed')],
    ['outside our zones', plain, withEdns(makeQuery('www.example.com'))],
  ]
  return cases.map(([phenomenon, rig, octets]) => measure(phenomenon, rig, octets))
}

function measure(phenomenon: string, { answer }: Rig, octets: Uint8Array): AnswerReport {
  if (answer(octets) === 0) throw new Error(`no answer: ${phenomenon}`)
  for (let i = 0; i < answersPerRound; i++) answer(octets)
  const times = Array.from({ length: rounds }, () => {
    const began = process.cpuUsage()
    for (let i = 0; i < answersPerRound; i++) answer(octets)
    return (process.cpuUsage(began).user * 1000) / answersPerRound
  })
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < answersForMemory; i++) answer(octets)
  const allocated = Math.max(0, process.memoryUsage().heapUsed - before)
  return { phenomenon, nanoseconds: median(times), octetsPerMillion: allocated }
}

function query(owner: string, type: keyof typeof types = 'A'): Uint8Array {
  const octets = makeQuery(`${owner}.bench.test`)
  octets[octets.length - 3] = types[type]
  return withEdns(octets)
}

/** The query with an OPT record that offers 1232 octets. */
function withEdns(octets: Uint8Array, options: readonly number[] = []): Uint8Array {
  const extended = Uint8Array.from([...octets, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, options.length, ...options])
  extended[11] = 1
  return extended
}

/** The COOKIE option that ends the answer to this query. */
function givenOption({ answer, out }: Rig, octets: Uint8Array): readonly number[] {
  const length = answer(octets)
  const option = [...out.subarray(length - 28, length)]
  if (option[1] !== cookieOption || option[3] !== 24) throw new Error('no cookie was given')
  return option
}

export function printAnswer(reports: readonly AnswerReport[]): void {
  for (const { phenomenon, nanoseconds, octetsPerMillion } of reports) {
    const memory = `${(octetsPerMillion / 2 ** 20).toFixed(2)} MiB allocated in a million`
    print(phenomenon, `${Math.round(nanoseconds)} ns, ${memory}`)
  }
}
