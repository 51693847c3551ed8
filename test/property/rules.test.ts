/**
 * What holds for every set of rules and every client: the longest network decides, whoever is within the scope of an
 * answer gets the same pool, and no two scopes overlap.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seconds } from '../../src/core/base/units.ts'
import type { Name } from '../../src/core/name/name.ts'
import { createNameScan, scanName } from '../../src/core/name/scan.ts'
import { rrType } from '../../src/core/rdata/table.ts'
import type { PoolModel } from '../../src/core/roster/types.ts'
import { createFinding, findZone, lookup } from '../../src/core/zone/lookup.ts'
import { proveSnapshot } from '../../src/core/zone/prove.ts'
import { findRoute, ruleSlotAt, ruleSlots } from '../../src/core/zone/rules.ts'
import { compile } from '../../src/core/zonefile/compile.ts'
import type { SubnetRoute } from '../../src/core/zonefile/model.ts'
import { poolOf } from '../unit/rotation/pools.ts'

const seed = 20_260_311
const poolsMax = 4

const apex = Uint8Array.of(1, 0x74, 0) as Name
const span = { file: 't', line: 1, column: 1, endColumn: 2 }

function poolModel(number: number): PoolModel {
  const member = { address: '192.0.2.1', duties: [], quorum: { need: 0 }, override: 'none' } as const
  return { spec: poolOf([0]), members: [member], tierNames: [`pool${number}`] }
}

/** Asks for the pool and the scope of a client, by a snapshot with these rules. */
function createRouter(routes: readonly SubnetRoute[]) {
  const soa = {
    mname: apex,
    rname: apex,
    serial: 1,
    refresh: seconds(1),
    retry: seconds(1),
    expire: seconds(1),
    negativeTtl: seconds(1),
    ttl: seconds(1),
  }
  const rules = { pools: Array.from({ length: poolsMax - 1 }, (_, i) => poolModel(i + 1)), routes }
  const set = {
    owner: apex,
    type: rrType.A,
    ttl: seconds(1),
    rdatas: [Uint8Array.of(192, 0, 2, 1)],
    pool: poolModel(0),
    rules,
    span,
  }
  const { snapshot } = compile({ zones: [{ name: apex, soa, rrsets: [set] }] }, 1, () => 1)
  proveSnapshot(snapshot)
  const name = createNameScan()
  scanName(apex, 0, apex.length, name)
  const zone = findZone(snapshot, name, rrType.A)
  const finding = createFinding()
  lookup(snapshot, zone, name, rrType.A, finding)
  const place = snapshot.words[(finding.rrset >>> 2) + 3]!
  const count = ruleSlots(snapshot, zone, place)
  const slots = Array.from({ length: count }, (_, i) => ruleSlotAt(snapshot, zone, place, i))
  const route = { slot: 0, scope: 0 }
  return (octets: Uint8Array) => {
    findRoute(snapshot, zone, place, octets, octets.length, route)
    return { pool: slots.indexOf(route.slot), scope: route.scope }
  }
}

function masked(octets: Uint8Array, bits: number): Uint8Array {
  return octets.map((octet, i) => octet & ~(0xff >>> Math.min(8, Math.max(0, bits - i * 8))))
}

function holds({ octets, bits }: SubnetRoute['subnet'], address: Uint8Array): boolean {
  return octets.length === address.length && masked(address, bits).every((octet, i) => octet === octets[i])
}

/** Few values of each octet, so that networks lie within and beside each other. */
const octet = fc.constantFrom(0, 1, 2, 127, 128, 254, 255)
const addressOf = (length: number) =>
  fc.array(octet, { minLength: length, maxLength: length }).map(octets => Uint8Array.from(octets))
const address = fc.oneof(addressOf(4), addressOf(16))
const subnet = address.chain(octets =>
  fc.integer({ min: 0, max: octets.length * 8 }).map(bits => ({ octets: masked(octets, bits), bits })),
)
const routeLists = fc.uniqueArray(fc.record({ subnet, pool: fc.nat({ max: poolsMax - 1 }) }), {
  minLength: 1,
  maxLength: 12,
  selector: ({ subnet: { octets, bits } }) => `${octets.join('.')}/${bits}`,
})

describe('rules', () => {
  it('give each client the pool of the longest network that holds it, or that of everyone else', () => {
    fc.assert(
      fc.property(routeLists, fc.array(address, { minLength: 20, maxLength: 20 }), (routes, clients) => {
        const ask = createRouter(routes)
        for (const client of clients) {
          const matching = routes.filter(route => holds(route.subnet, client))
          const longest = matching.sort((a, b) => b.subnet.bits - a.subnet.bits)[0]
          const { pool, scope } = ask(client)
          expect(pool).toBe(longest?.pool ?? 0)
          expect(scope).toBeGreaterThanOrEqual(longest?.subnet.bits ?? 1)
        }
      }),
      { seed, numRuns: 300 },
    )
  })

  it('answer the same to all within the scope, and to nobody just outside of it', () => {
    fc.assert(
      fc.property(
        routeLists,
        address,
        fc.array(address, { minLength: 20, maxLength: 20 }),
        (routes, client, others) => {
          const ask = createRouter(routes)
          const { pool, scope } = ask(client)
          for (const other of others.filter(({ length }) => length === client.length)) {
            const inside = masked(client, scope).map((octet, i) => octet | (other[i]! & ~maskAt(scope, i)))
            expect(ask(inside)).toEqual({ pool, scope })
          }
          const told = routes.filter(({ subnet }) => subnet.octets.length === client.length)
          if (scope <= 1 || told.length === 0) return
          // One bit less would take in a network of the rules, or a part of one.
          const wider = masked(client, scope - 1)
          const meets = ({ subnet: { octets, bits } }: SubnetRoute) =>
            bits >= scope && masked(octets, scope - 1).every((octet, i) => octet === wider[i])
          expect(told.some(meets)).toBe(true)
        },
      ),
      { seed, numRuns: 300 },
    )
  })
})

/** The octet number `i` of a mask of so many bits. */
function maskAt(bits: number, i: number): number {
  return 0xff & ~(0xff >>> Math.min(8, Math.max(0, bits - i * 8)))
}
