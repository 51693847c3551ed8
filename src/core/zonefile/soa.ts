/**
 * The SOA of a zone: written out in the full form, derived in the pure octoDNS form, which has no place for it. The
 * times are short because answers change by themselves: a negative answer may be wrong in a moment.
 */
import { type Seconds, seconds } from '../base/units.ts'
import { formatName, isNameFault, type Name, parseName } from '../name/name.ts'
import { type Path, type Reader, refuse } from './doc.ts'
import { judge } from './issues.ts'
import type { SoaModel } from './model.ts'
import { readMailbox, readTarget } from './names.ts'
import { type SoaInput, soa as soaSchema } from './schema/zone.ts'
import { readSeconds, readTtl } from './times.ts'

const soaDefaults = {
  refresh: seconds(60),
  retry: seconds(15),
  expire: seconds(86_400),
  negativeTtl: seconds(5),
  ttl: seconds(300),
} as const

const serialMax = 0xffffffff

export function readSoa(reader: Reader, value: unknown, zone: Name, path: Path): SoaModel | null {
  const input = judge(reader, soaSchema, value, path)
  if (input === null) return null
  const at = (key: keyof SoaInput) => [...path, key]
  const second = (key: 'refresh' | 'retry' | 'expire' | 'negative_ttl', fallback: Seconds) =>
    input[key] === undefined ? fallback : readSeconds(reader, input[key], at(key))
  const mname = readTarget(reader, input.mname, zone, reader.doc.valueSpan(at('mname')))
  const rname = readMailbox(reader, input.rname, zone, reader.doc.valueSpan(at('rname')))
  const serial = readSerial(reader, input.serial ?? 'auto', at('serial'))
  const refresh = second('refresh', soaDefaults.refresh)
  const retry = second('retry', soaDefaults.retry)
  const expire = second('expire', soaDefaults.expire)
  const negativeTtl = second('negative_ttl', soaDefaults.negativeTtl)
  const ttl = input.ttl === undefined ? soaDefaults.ttl : readTtl(reader, input.ttl, at('ttl'))
  if (mname === null || rname === null || serial === 'bad') return null
  if (refresh === null || retry === null || expire === null || negativeTtl === null || ttl === null) return null
  return { mname, rname, serial, refresh, retry, expire, negativeTtl, ttl }
}

/** octoDNS zones: the first nameserver of the apex, and hostmaster of the zone. Null if that name would be too long. */
export function deriveSoa(zone: Name, mname: Name): SoaModel | null {
  const rname = parseName('hostmaster', zone)
  return isNameFault(rname) ? null : { mname, rname, serial: null, ...soaDefaults }
}

/** A line that can be pasted. */
export function soaLine(zone: Name, mname: Name | null): string {
  const apex = formatName(zone)
  return `soa: {mname: ${mname === null ? `ns1.${apex}` : formatName(mname)}, rname: hostmaster.${apex}}`
}

function readSerial(reader: Reader, value: number | 'auto', path: Path): number | null | 'bad' {
  if (value === 'auto') return null
  if (value >= 0 && value <= serialMax) return value
  const hint = `write a number from 0 to ${serialMax}, or \`auto\``
  refuse(reader, 'bad-value', reader.doc.valueSpan(path), `the serial ${value} is out of range`, hint)
  return 'bad'
}
