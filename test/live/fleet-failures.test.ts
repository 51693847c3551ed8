/**
 * What becomes of a fleet when something is set up wrong or gone, as deploy/fleet tells it: keys that do not fit get
 * nothing and everybody says why; without NOTIFY the refresh timer does it; without Robin secondaries answer until the
 * zone expires, and again when Robin is back.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { dialTcp, dialUdp } from '../contract/transport-peers.ts'
import { encodeQuery } from '../dns/bench.ts'
import { decode } from '../dns/decode.ts'
import { installedSecondaries, type Place, placeFor, type SecondaryName, startSecondary } from './fleet-programs.ts'
import {
  ask,
  backendHosts,
  digestOf,
  type Fleet,
  type FleetOptions,
  keyOf,
  secretOf,
  startFleet,
  timeOf,
  transfersSince,
  until,
  untilAnswered,
  zoneName,
} from './fleet-stage.ts'
import { needs } from './program.ts'

const installed = installedSecondaries()

describe.runIf(installed.length > 0 && needs('dig'))('a key that does not fit', () => {
  let fleet: Fleet
  beforeAll(async () => {
    fleet = await startFleet([])
  })
  afterAll(() => fleet?.stop())

  const other = (name: SecondaryName): SecondaryName => (name === 'knot' ? 'nsd' : 'knot')
  /** What the key is, why Robin refuses, and what the secondary then says. */
  const mistakes = (name: SecondaryName) =>
    [
      [{ secret: Buffer.alloc(32, 'else').toString('base64') }, 'bad-signature', signatureMarks],
      [{ secret: secretOf(name), keyName: 'nobody.fleet' }, 'bad-key', signatureMarks],
      [{ secret: secretOf(other(name)), keyName: `${other(name)}.fleet` }, 'no-rule', refusalMarks],
    ] as const
  const signatureMarks = { knot: 'failed to verify TSIG', nsd: 'bad tsig signature', bind: 'tsig indicates error' }
  const refusalMarks = { knot: 'failed (not allowed)', nsd: 'received error code REFUSED', bind: 'REFUSED' }

  const cases = installed.flatMap(name => mistakes(name).map(mistake => [name, mistake[1], mistake] as const))
  test.each(cases)('gets %s nothing (%s)', async (name, reason, [use, , marks]) => {
    const from = fleet.server().lines.length
    const secondary = await startSecondary(name, await placeFor(name), { robin: fleet.robin, ...use })
    try {
      await until(`${name} says why`, async () => secondary.lines().some(line => line.includes(marks[name])))
      expect((await ask(secondary, zoneName, 'SOA'))?.rcode).toBe('SERVFAIL')
      // BIND asks for the SOA first, and goes no further when that is not signed well.
      if (name !== 'bind' || reason === 'no-rule') {
        const told = await fleet.server().until(({ event }) => event === 'transfer', from)
        expect(told).toMatchObject({ outcome: 'refused', reason, messages: 0, octets: 0 })
      }
    } finally {
      await secondary.stop()
    }
    expect(transfersSince(fleet.server(), from).filter(({ outcome }) => outcome !== 'refused')).toEqual([])
  })

  test('or none at all gets REFUSED and no octet of the zone, over TCP and UDP', async () => {
    for (const dial of [dialTcp, dialUdp])
      for (const type of ['AXFR', 'IXFR'] as const) {
        const peer = await dial(fleet.robin)
        peer.send(encodeQuery(zoneName, type))
        const { rcode, answer, authority, additional } = decode(await peer.next())
        const refusal = dial === dialUdp && type === 'AXFR' ? 'NOTIMP' : dial === dialUdp ? 'FORMERR' : 'REFUSED'
        expect([rcode, answer, authority, additional]).toEqual([refusal, [], [], []])
        await peer.close()
      }
  })

  test('that fits, from an address that it is not for, gets nothing', async () => {
    for (const name of installed) {
      await expect(digestOf(fleet.robin, keyOf(name), '127.0.2.99')).rejects.toThrow(/Transfer failed/)
      await expect(digestOf(fleet.robin, keyOf(name), (await placeFor(name)).host)).resolves.toMatchObject({
        records: expect.any(Number),
      })
    }
  })
})

/** The zone's own, so that a test need not wait for a day. */
const soonExpired = (text: string): string =>
  text.replace('refresh: 20s, retry: 5s, expire: 1d', 'refresh: 2s, retry: 1s, expire: 10s')
const unheard = (text: string): string => text.replace(/ {2}notify:\n( {4}-.*\n)+/, '')

describe.runIf(installed.length > 0 && needs('dig'))('a fleet', () => {
  let fleet: Fleet | null = null
  afterEach(async () => {
    await fleet?.stop()
    fleet = null
  })

  const begin = async (options: FleetOptions): Promise<Fleet> => {
    fleet = await startFleet(installed, options)
    return fleet
  }

  test('follows without NOTIFY, as often as it refreshes', async () => {
    const { server, backends, servers } = await begin({ settings: unheard, edit: soonExpired })
    const from = server().lines.length
    await backends.fail(0)
    await untilAnswered(servers, { www: backendHosts.slice(1) })
    expect(server().lines.filter(({ event }) => event === 'notify')).toEqual([])
    expect(transfersSince(server(), from).length).toBeGreaterThanOrEqual(installed.length)
  })

  test('answers without Robin until the zone expires, then SERVFAIL, and again when Robin is back', async () => {
    const { restart, secondaries, servers } = await begin({ edit: soonExpired })
    await restart('SIGTERM', async () => {
      const goneMs = Date.now()
      for (const each of secondaries) expect((await ask(each, zoneName, 'SOA'))?.rcode).toBe('NOERROR')
      for (const each of secondaries) {
        const isExpired = async () => (await ask(each, zoneName, 'SOA'))?.rcode === 'SERVFAIL'
        expect((await until(`expired at ${each.name}`, isExpired, 25_000)) - goneMs).toBeGreaterThan(5_000)
      }
    })
    await untilAnswered(servers, { www: backendHosts })
  }, 60_000)

  test.each([
    ['has both keys and still tells by the old one', withBoth],
    ['has the new key alone', withNextAlone],
  ])('goes over to new keys without a gap: Robin %s', async (_, settings) => {
    const { edit, zone, servers, server } = await begin({ settings, reconfigure: rolled })
    await server().until(({ event, fault }) => event === 'notify' && fault === null)
    const from = server().lines.length
    await edit(`${zone}\n  new: {type: TXT, value: rolled}\n`)
    const isThere = async (place: Place) => (await ask(place, `new.${zoneName}`, 'TXT'))?.rcode === 'NOERROR'
    const times = servers.map(place => until(`the edit is at ${place.host}`, () => isThere(place)))
    const had = Math.max(...(await Promise.all(times)))
    expect(had - timeOf(await server().until(({ event }) => event === 'installed', from))).toBeLessThan(3_000)
    for (const { key } of transfersSince(server(), from)) expect(key).toMatch(/\.next\.$/)
  })
})

const nextSecret = Buffer.alloc(32, 'next').toString('base64')

/** The first step of a rollover, at Robin. */
function withBoth(text: string): string {
  return text
    .replace(/^ {2}(\w+)\.fleet: .*\n/gm, `$&  $1.next: {algorithm: hmac-sha256, secret: '${nextSecret}'}\n`)
    .replace(/^ {4}- \{key: (\w+)\.fleet, from: (.*)\}\n/gm, '$&    - {key: $1.next, from: $2}\n')
}

/** The last one, at Robin. */
function withNextAlone(text: string): string {
  return withBoth(text)
    .replace(/^ {2}\w+\.fleet: .*\n/gm, '')
    .replace(/^ {4}- \{key: \w+\.fleet, from.*\n/gm, '')
    .replaceAll('.fleet}', '.next}')
}

/** The step between them, at a secondary: it asks with the new key and hears both. */
function rolled(name: SecondaryName, text: string): string {
  switch (name) {
    case 'knot':
      return text
        .replace('\nremote:', `  - id: knot.next\n    algorithm: hmac-sha256\n    secret: ${nextSecret}\n\nremote:`)
        .replace('    key: knot.fleet\n\nacl', '    key: knot.next\n\nacl')
        .replace('id: told\n    key: knot.fleet', 'id: told\n    key: [knot.fleet, knot.next]')
    case 'nsd':
      return text
        .replace('\nzone:', `\nkey:\n  name: "nsd.next"\n  algorithm: hmac-sha256\n  secret: "${nextSecret}"\n\nzone:`)
        .replace(/(request-xfr: .*)nsd\.fleet/, '$1nsd.next')
        .replace('    allow-notify: 0.0.0.0/0 nsd.fleet\n', '$&    allow-notify: 0.0.0.0/0 nsd.next\n')
    case 'bind':
      return text
        .replace('options {', `key "bind.next" { algorithm hmac-sha256; secret "${nextSecret}"; };\noptions {`)
        .replace(/(primaries \{.*)bind\.fleet/, '$1bind.next')
        .replace('allow-notify { key bind.fleet; }', 'allow-notify { key bind.fleet; key bind.next; }')
  }
}
