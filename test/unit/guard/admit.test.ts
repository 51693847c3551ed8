import { describe, expect, it } from 'vitest'
import { parseAccess } from '../../../src/core/guard/access.ts'
import { createClient } from '../../../src/core/guard/address.ts'
import {
  admit,
  amplificationDefault,
  createGuard,
  createReply,
  type Guard,
  type GuardOptions,
  type GuardTallyName,
  guardTallyNames,
  meter,
  ownAddressesMax,
  type Reply,
} from '../../../src/core/guard/admit.ts'
import { createRateLimiter, rateTableWords } from '../../../src/core/guard/rate.ts'
import { readSipKey } from '../../../src/core/guard/siphash.ts'
import { clientAt } from './clients.ts'
import { referenceKey } from './siphash-vectors.ts'

const before = 3

function guardOf(options: Partial<GuardOptions> = {}): Guard {
  const tally = new Float64Array(before + guardTallyNames.length + 1)
  return createGuard({
    ...{ access: null, own: [], limiter: null, amplificationMax: 0, tally, tallyFrom: before },
    ...options,
  })
}

function limiterOf(responsesPerSecond: number, slip = 2) {
  const table = new Int32Array(rateTableWords(64))
  return createRateLimiter(table, readSipKey(referenceKey), { responsesPerSecond, windowSeconds: 1, slip })
}

/** The counters that are not zero. */
function counted({ options }: Guard): Partial<Record<GuardTallyName, number>> {
  const { tally } = options
  expect([...tally.subarray(0, before), tally.at(-1)]).toEqual(new Array(before + 1).fill(0))
  return Object.fromEntries(
    guardTallyNames.map((name, i) => [name, tally[before + i]!] as const).filter(([, n]) => n > 0),
  )
}

function replyOf(fields: Partial<Reply> = {}): Reply {
  return { ...createReply(), queryOctets: 40, responseOctets: 100, ...fields }
}

const client = clientAt('192.0.2.1')

describe('admit', () => {
  it('lets everybody in where nothing was asked for', () => {
    const guard = guardOf()
    expect(admit(guard, client, 'udp')).toBe('yes')
    expect(admit(guard, clientAt('2001:db8::1', 53), 'tcp')).toBe('yes')
    expect(counted(guard)).toEqual({})
  })

  it('drops datagrams from port 0', () => {
    const guard = guardOf()
    expect(admit(guard, clientAt('192.0.2.1', 0), 'udp')).toBe('drop')
    expect(admit(guard, clientAt('192.0.2.1', 0), 'tcp')).toBe('yes')
    expect(counted(guard)).toEqual({ sourcePortZero: 1 })
  })

  it('drops datagrams that claim to come from a listener of ours', () => {
    const guard = guardOf({
      own: [
        { host: '127.0.0.1', port: 5300 },
        { host: '::1', port: 5300 },
        { host: '::ffff:192.0.2.53', port: 53 },
      ],
    })
    expect(admit(guard, clientAt('127.0.0.1', 5300), 'udp')).toBe('drop')
    expect(admit(guard, clientAt('::1', 5300), 'udp')).toBe('drop')
    expect(admit(guard, clientAt('192.0.2.53', 53), 'udp')).toBe('drop')
    expect(admit(guard, clientAt('127.0.0.1', 5301), 'udp')).toBe('yes')
    expect(admit(guard, clientAt('127.0.0.2', 5300), 'udp')).toBe('yes')
    expect(admit(guard, clientAt('7f00:1::', 5300), 'udp')).toBe('yes')
    expect(admit(guard, clientAt('127.0.0.1', 5300), 'tcp')).toBe('yes')
    expect(counted(guard)).toEqual({ sourceIsOurs: 3 })
  })

  it('refuses whom the list does not admit, over UDP and TCP', () => {
    const guard = guardOf({ access: parseAccess(['192.0.2.0/24', '!192.0.2.66']).table })
    expect(admit(guard, client, 'udp')).toBe('yes')
    expect(admit(guard, clientAt('192.0.2.66'), 'udp')).toBe('refuse')
    expect(admit(guard, clientAt('192.0.3.1'), 'tcp')).toBe('refuse')
    expect(counted(guard)).toEqual({ clientRefused: 2 })
  })

  it('takes a client without a readable address for nobody', () => {
    const nobody = createClient()
    nobody.port = 1
    expect(admit(guardOf(), nobody, 'udp')).toBe('yes')
    expect(admit(guardOf({ access: parseAccess(['0.0.0.0/0', '::/0']).table }), nobody, 'udp')).toBe('refuse')
  })

  it('knows so many listeners and no more, all of them addresses', () => {
    const own = Array.from({ length: ownAddressesMax }, (_, i) => ({ host: '127.0.0.1', port: i + 1 }))
    expect(admit(guardOf({ own }), clientAt('127.0.0.1', ownAddressesMax), 'udp')).toBe('drop')
    expect(() => guardOf({ own: [...own, { host: '127.0.0.1', port: 999 }] })).toThrow()
    expect(() => guardOf({ own: [{ host: 'localhost', port: 53 }] })).toThrow()
  })
})

describe('meter', () => {
  it('sends everything where nothing was asked for', () => {
    const guard = guardOf()
    expect(meter(guard, client, replyOf({ responseOctets: 65_535 }), 0)).toBe('send')
    expect(counted(guard)).toEqual({})
  })

  it('caps what a datagram may grow to, to the octet', () => {
    const guard = guardOf({ amplificationMax: amplificationDefault })
    expect(amplificationDefault).toBe(3)
    expect(meter(guard, client, replyOf({ responseOctets: 120 }), 0)).toBe('send')
    expect(meter(guard, client, replyOf({ responseOctets: 121 }), 0)).toBe('truncate')
    expect(meter(guard, client, replyOf({ responseOctets: 1232, via: 'tcp' }), 0)).toBe('send')
    expect(meter(guard, client, replyOf({ responseOctets: 1232, hasValidCookie: true }), 0)).toBe('send')
    expect(counted(guard)).toEqual({ amplificationCapped: 1 })
  })

  it('holds back and slips what is over the rate', () => {
    const guard = guardOf({ limiter: limiterOf(2) })
    const passages = Array.from({ length: 8 }, () => meter(guard, client, replyOf(), 0))
    expect(passages).toEqual(['send', 'send', 'drop', 'truncate', 'drop', 'truncate', 'drop', 'truncate'])
    expect(counted(guard)).toEqual({ rateHeld: 3, rateSlipped: 3 })
  })

  it('slips errors whole, since truncation would not help', () => {
    const guard = guardOf({ limiter: limiterOf(1) })
    const passages = Array.from({ length: 5 }, () => meter(guard, client, replyOf({ kind: 'error' }), 0))
    expect(passages).toEqual(['send', 'drop', 'send', 'drop', 'send'])
    expect(counted(guard)).toEqual({ rateHeld: 2, rateSlipped: 2 })
  })

  it('neither limits nor counts TCP and clients with a valid cookie', () => {
    const guard = guardOf({ limiter: limiterOf(1), amplificationMax: 1 })
    for (let i = 0; i < 100; i++) {
      expect(meter(guard, client, replyOf({ via: 'tcp' }), 0)).toBe('send')
      expect(meter(guard, client, replyOf({ hasValidCookie: true }), 0)).toBe('send')
    }
    expect(counted(guard)).toEqual({})
    expect(meter(guard, client, replyOf({ responseOctets: 40 }), 0)).toBe('send')
  })

  it('counts a response once: one that is held back is not capped too', () => {
    const guard = guardOf({ limiter: limiterOf(1, 0), amplificationMax: 1 })
    expect(meter(guard, client, replyOf(), 0)).toBe('truncate')
    expect(meter(guard, client, replyOf(), 0)).toBe('drop')
    expect(counted(guard)).toEqual({ rateHeld: 1, amplificationCapped: 1 })
  })
})
