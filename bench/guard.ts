/**
 * `node bench/guard.ts`: what the guard adds to one answer, in process: nanoseconds for each of its steps, and octets
 * allocated over a million of them, which must be next to nothing.
 */
import { parseAccess } from '../src/core/guard/access.ts'
import { createClient, readClient } from '../src/core/guard/address.ts'
import {
  admit,
  amplificationDefault,
  createGuard,
  createReply,
  guardTallyNames,
  meter,
} from '../src/core/guard/admit.ts'
import { createCookies, judgeCookie, writeServerCookie } from '../src/core/guard/cookie.ts'
import { createRateLimiter, rateBucketsDefault, rateTableWords } from '../src/core/guard/rate.ts'
import { readSipKey } from '../src/core/guard/siphash.ts'
import {
  createQueryOptions,
  createResponseOptions,
  optionsOctets,
  readOptions,
  writeOptions,
} from '../src/core/wire/options.ts'
import { median } from './support.ts'

const rounds = 7
const stepsPerRound = 200_000
const stepsForMemory = 1_000_000

const secret = Uint8Array.from({ length: 16 }, (_, i) => i)
const nowSeconds = 1_800_000_000
const v4 = createClient()
const v6 = createClient()
readClient(v4, '192.0.2.77', 40_000)
readClient(v6, '2001:db8:1:2:3:4:5:6', 40_000)

type Step = (turn: number) => void

function cookieSteps(): Readonly<Record<string, Step>> {
  const cookies = createCookies(secret, null)
  const rolled = createCookies(
    Uint8Array.from(secret, octet => octet + 1),
    secret,
  )
  const out = new Uint8Array(24)
  const forV4 = new Uint8Array(24)
  const forV6 = new Uint8Array(24)
  writeServerCookie(cookies, v4, secret, 0, nowSeconds, forV4, 0)
  writeServerCookie(cookies, v6, secret, 0, nowSeconds, forV6, 0)
  return {
    'cookie write, IPv4': turn => writeServerCookie(cookies, v4, secret, 0, nowSeconds + (turn & 1), out, 0),
    'cookie write, IPv6': turn => writeServerCookie(cookies, v6, secret, 0, nowSeconds + (turn & 1), out, 0),
    'cookie judge, IPv4': () => judgeCookie(cookies, v4, forV4, 0, 24, nowSeconds),
    'cookie judge, IPv6': () => judgeCookie(cookies, v6, forV6, 0, 24, nowSeconds),
    'cookie judge, both secrets': () => judgeCookie(rolled, v4, forV4, 0, 24, nowSeconds),
  }
}

function guardSteps(): Readonly<Record<string, Step>> {
  const tally = new Float64Array(guardTallyNames.length)
  const networks = Array.from({ length: 1000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`)
  const access = parseAccess([...networks, '192.0.2.0/24', '2001:db8::/32']).table
  const table = new Int32Array(rateTableWords(rateBucketsDefault))
  const limiter = createRateLimiter(table, readSipKey(secret), { responsesPerSecond: 20, windowSeconds: 1, slip: 2 })
  const own = [
    { host: '127.0.0.1', port: 53 },
    { host: '::1', port: 53 },
  ]
  const off = createGuard({ access: null, own, limiter: null, amplificationMax: 0, tally, tallyFrom: 0 })
  const on = createGuard({ access, own, limiter, amplificationMax: amplificationDefault, tally, tallyFrom: 0 })
  const reply = { ...createReply(), queryOctets: 40, responseOctets: 104 }
  const spread = createClient()
  spread.length = 4
  const scatter = (turn: number): void => {
    spread.octets[0] = turn
    spread.octets[1] = turn >>> 8
    spread.octets[2] = turn >>> 16
  }
  return {
    'address text, IPv4': () => void readClient(spread, '192.0.2.77', 40_000),
    'address text, IPv6': () => void readClient(spread, '2001:db8:1:2:3:4:5:6', 40_000),
    'admit, no list': () => admit(off, v4, 'udp'),
    'admit, 1000 networks, IPv4': () => admit(on, v4, 'udp'),
    'admit, 1000 networks, IPv6': () => admit(on, v6, 'udp'),
    'meter, off': turn => meter(off, v4, reply, turn),
    'meter, one source': turn => meter(on, v4, reply, turn >>> 8),
    'meter, a source for each': turn => {
      spread.length = 4
      scatter(turn)
      meter(on, spread, reply, turn >>> 8)
    },
  }
}

function optionSteps(): Readonly<Record<string, Step>> {
  const asked = createQueryOptions()
  const cookie = Uint8Array.of(0, 10, 0, 24, ...new Array<number>(24).fill(7))
  const rdata = Uint8Array.of(...cookie, 0, 3, 0, 0, 0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2)
  const given = { ...createResponseOptions(), cookieOctets: 24, nsid: secret, subnetAt: 36, subnetOctets: 7 }
  const out = new Uint8Array(128)
  return {
    'options read: a cookie': () => readOptions(cookie, 0, cookie.length, false, asked),
    'options read: three': () => readOptions(rdata, 0, rdata.length, false, asked),
    'options write: three': () => writeOptions(given, rdata, out, 0, optionsOctets(given)),
  }
}

process.stdout.write(`${'step'.padEnd(30)}${'ns'.padStart(8)}${'octets per million'.padStart(20)}\n`)
for (const [name, step] of Object.entries({ ...cookieSteps(), ...guardSteps(), ...optionSteps() })) {
  for (let turn = 0; turn < stepsPerRound; turn++) step(turn)
  const times = Array.from({ length: rounds }, () => {
    const began = process.hrtime.bigint()
    for (let turn = 0; turn < stepsPerRound; turn++) step(turn)
    return Number(process.hrtime.bigint() - began) / stepsPerRound
  })
  const before = process.memoryUsage().heapUsed
  for (let turn = 0; turn < stepsForMemory; turn++) step(turn)
  const octets = Math.max(0, process.memoryUsage().heapUsed - before)
  process.stdout.write(`${name.padEnd(30)}${median(times).toFixed(1).padStart(8)}${String(octets).padStart(20)}\n`)
}
