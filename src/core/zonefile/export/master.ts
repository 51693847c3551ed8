/**
 * A zone as a master file (RFC 1035 section 5): one line a record, owners relative to `$ORIGIN`, every TTL written.
 * What was read from a master file and is written again reads back to the same zone. Of pools there is what is
 * answered when all is well; their checks, weights and fallbacks have no place in this format.
 * Invariant: lines are yielded one at a time, so a zone of any size takes no more memory than it has already.
 */
import { readU16 } from '../../base/bytes.ts'
import { formatName, isUnder, type Name, nameKey } from '../../name/name.ts'
import { encodeSoa } from '../../rdata/soa.ts'
import { formatParam, readParams } from '../../rdata/svcb.ts'
import { formatRdata, formatType, rrType } from '../../rdata/table.ts'
import { quote } from '../../rdata/txt.ts'
import { aliasType } from '../../zone/layout.ts'
import type { RRsetModel, ZoneModel } from '../model.ts'
import type { Tell } from './notes.ts'
import { calmRecords, isPlainPool, lossesOf } from './pools.ts'

/** `serial` stands in for one that is `auto`. */
export function* formatMaster(zone: ZoneModel, serial: number, tell: Tell): Generator<string> {
  const { name, soa } = zone
  yield `$ORIGIN ${formatName(name)}\n`
  const rdata = encodeSoa({ ...soa, serial: soa.serial ?? serial, minimum: soa.negativeTtl })
  yield line('@', soa.ttl, rrType.SOA, rdata)
  for (const set of zone.rrsets) {
    const owner = relativeOwner(set.owner, name)
    if (set.type === aliasType) yield* formatAlias(zone, set, owner, tell)
    else yield* formatSet(set, owner, tell)
  }
}

const ownerColumns = 24

function line(owner: string, ttl: number, type: number, rdata: Uint8Array): string {
  const value = type === rrType.SVCB || type === rrType.HTTPS ? formatSvcb(rdata) : formatRdata(type, rdata)
  return `${owner.padEnd(ownerColumns - 1)} ${ttl} IN ${formatType(type)} ${value}\n`
}

/** Parameters that are younger than RFC 9460 as `keyNNNNN`: not every program that reads the file has their words. */
function formatSvcb(rdata: Uint8Array): string {
  const params = (readParams(rdata) ?? []).map(param => {
    if (param.key <= svcKeyMax) return formatParam(param)
    return param.value.length === 0 ? `key${param.key}` : `key${param.key}=${quote(param.value)}`
  })
  return [String(readU16(rdata, 0)), formatName(rdata, 2), ...params].join(' ')
}

/** ipv6hint, the last one of RFC 9460 section 14.3.2. */
const svcKeyMax = 6

function* formatSet(set: RRsetModel, owner: string, tell: Tell): Generator<string> {
  if (!isPlainPool(set)) tellLosses(set, tell)
  for (const rr of calmRecords(set)) yield line(owner, set.ttl, set.type, set.rdatas[rr]!)
}

function tellLosses({ owner, type, pool, rules }: RRsetModel, tell: Tell): void {
  for (const code of pool === null ? [] : lossesOf(pool)) tell(code, owner, type)
  if (rules !== undefined) tell('rules', owner, type)
}

/** A name spelled in another case than the zone's stays as it is. */
function relativeOwner(owner: Name, zone: Name): string {
  const own = owner.length - zone.length
  for (let i = 0; i < zone.length; i++) if (owner[own + i] !== zone[i]) return formatName(owner)
  if (own === 0) return '@'
  const labels = new Uint8Array(own + 1)
  labels.set(owner.subarray(0, own))
  return formatName(labels).slice(0, -1)
}

/** CNAMEs that are followed for one ALIAS. */
const passesMax = 12

function* formatAlias(zone: ZoneModel, set: RRsetModel, owner: string, tell: Tell): Generator<string> {
  tell('alias', set.owner, set.type)
  let target = set.rdatas[0]! as Name
  let ttl = set.ttl
  for (let passes = 0; passes <= passesMax; passes++) {
    const found = setsOf(zone, target)
    const cname = found.find(({ type }) => type === rrType.CNAME || type === aliasType)
    if (cname === undefined) {
      for (const { type, ttl: own, rdatas } of found.filter(isAddressSet)) {
        for (const rr of calmRecords(found.find(each => each.type === type)!)) {
          yield line(owner, Math.min(ttl, own), type, rdatas[rr]!)
        }
      }
      return
    }
    target = cname.rdatas[calmRecords(cname)[0] ?? 0]! as Name
    ttl = cname.ttl < ttl ? cname.ttl : ttl
  }
}

function setsOf(zone: ZoneModel, name: Name): readonly RRsetModel[] {
  if (!isUnder(name, zone.name)) return []
  const key = nameKey(name)
  return zone.rrsets.filter(({ owner }) => owner.length === name.length && nameKey(owner) === key)
}

function isAddressSet({ type }: RRsetModel): boolean {
  return type === rrType.A || type === rrType.AAAA
}
