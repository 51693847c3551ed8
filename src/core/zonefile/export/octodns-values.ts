/**
 * Rdata → values in octoDNS's words. What octoDNS has no words for, or would take for something else, is null: the
 * record is then left out and said to be.
 */
import { readU16 } from '../../base/bytes.ts'
import { formatName } from '../../name/name.ts'
import { formatIpv4 } from '../../rdata/a.ts'
import { formatIpv6 } from '../../rdata/aaaa.ts'
import { replacementAt } from '../../rdata/naptr.ts'
import { formatKey, paramFormat } from '../../rdata/svc-params.ts'
import { readParams, type SvcParam } from '../../rdata/svcb.ts'
import { rrType } from '../../rdata/table.ts'
import { quote } from '../../rdata/txt.ts'
import { stringEnd } from '../../rdata/walk.ts'

export type OctodnsValue = string | Readonly<Record<string, unknown>>

/** Null if there is no such value in octoDNS. */
export function octodnsValue(type: number, rdata: Uint8Array): OctodnsValue | null {
  switch (type) {
    case rrType.A:
      return formatIpv4(rdata)
    case rrType.AAAA:
      return formatIpv6(rdata)
    case rrType.NS:
    case rrType.CNAME:
    case rrType.DNAME:
    case rrType.PTR:
      // There is no null target here, as there is in MX and SRV.
      return rdata.length === 1 ? null : target(rdata, 0)
    case rrType.TXT:
      return textOf(joinStrings(rdata))
    case rrType.MX:
      return withTarget({ preference: readU16(rdata, 0) }, 'exchange', rdata, 2)
    case rrType.SRV: {
      const numbers = { priority: readU16(rdata, 0), weight: readU16(rdata, 2), port: readU16(rdata, 4) }
      return withTarget(numbers, 'target', rdata, 6)
    }
    case rrType.CAA:
      return caa(rdata)
    case rrType.NAPTR:
      return naptr(rdata)
    case rrType.SVCB:
    case rrType.HTTPS:
      return svcb(rdata)
    case rrType.DS:
      return {
        key_tag: readU16(rdata, 0),
        algorithm: rdata[2]!,
        digest_type: rdata[3]!,
        digest: hex(rdata.subarray(4)),
      }
    case tlsaType:
      return {
        certificate_usage: rdata[0]!,
        selector: rdata[1]!,
        matching_type: rdata[2]!,
        certificate_association_data: hex(rdata.subarray(3)),
      }
    case sshfpType:
      return { algorithm: rdata[0]!, fingerprint_type: rdata[1]!, fingerprint: hex(rdata.subarray(2)) }
    default:
      return null
  }
}

const sshfpType = 44
const tlsaType = 52

/** True if octoDNS has a word for the type at all. */
export function isOctodnsType(type: number): boolean {
  return octodnsTypes.includes(type)
}

const octodnsTypes: readonly number[] = [
  ...[rrType.A, rrType.AAAA, rrType.NS, rrType.CNAME, rrType.DNAME, rrType.PTR, rrType.TXT, rrType.MX, rrType.SRV],
  ...[rrType.CAA, rrType.NAPTR, rrType.SVCB, rrType.HTTPS, rrType.DS, tlsaType, sshfpType],
]

/** True if the strings of a TXT are not those that octoDNS would cut its text into. */
export function isCutOtherwise(rdata: Uint8Array): boolean {
  for (let at = 0; at < rdata.length; at = stringEnd(rdata, at)) {
    if (rdata[at] !== stringOctetsMax && stringEnd(rdata, at) < rdata.length) return true
  }
  return false
}

const stringOctetsMax = 255
const latin1 = new TextDecoder('latin1')

/** Names as octoDNS writes them: no escapes. */
function target(rdata: Uint8Array, at: number): string | null {
  const text = formatName(rdata, at)
  return text.includes('\\') ? null : text
}

function withTarget(
  numbers: Readonly<Record<string, number>>,
  key: string,
  rdata: Uint8Array,
  at: number,
): OctodnsValue | null {
  const name = target(rdata, at)
  return name === null ? null : { ...numbers, [key]: name }
}

/** A semicolon is `\;`; a text that begins with a quote is put between quotes, which are taken off again. */
function textOf(octets: Uint8Array): string | null {
  const text = printable(octets)
  if (text === null || text === '' || text.includes('\\;') || text.includes('" "')) return null
  const escaped = text.replaceAll(';', '\\;')
  return /^["']/.test(text) ? `"${escaped}"` : escaped
}

function joinStrings(rdata: Uint8Array): Uint8Array {
  const octets: number[] = []
  for (let at = 0; at < rdata.length; at = stringEnd(rdata, at))
    octets.push(...rdata.subarray(at + 1, stringEnd(rdata, at)))
  return Uint8Array.from(octets)
}

/** Null for anything but printable ASCII. */
function printable(octets: Uint8Array): string | null {
  return octets.every(octet => octet >= 0x20 && octet <= 0x7e) ? latin1.decode(octets) : null
}

function caa(rdata: Uint8Array): OctodnsValue | null {
  const tagEnd = stringEnd(rdata, 1)
  const value = printable(rdata.subarray(tagEnd))
  // An escaped semicolon would lose its backslash.
  if (value === null || value.includes('\\;')) return null
  return { flags: rdata[0]!, tag: latin1.decode(rdata.subarray(2, tagEnd)), value }
}

function naptr(rdata: Uint8Array): OctodnsValue | null {
  const texts: (string | null)[] = []
  for (let at = 4; texts.length < 3; at = stringEnd(rdata, at)) {
    texts.push(printable(rdata.subarray(at + 1, stringEnd(rdata, at))))
  }
  const replacement = target(rdata, replacementAt(rdata))
  const [flags, service, regexp] = texts
  if (replacement === null || texts.includes(null)) return null
  return { order: readU16(rdata, 0), preference: readU16(rdata, 2), flags, service, regexp, replacement }
}

function svcb(rdata: Uint8Array): OctodnsValue | null {
  const targetname = target(rdata, 2)
  const params = readParams(rdata)
  if (targetname === null || params === null) return null
  const svcpriority = readU16(rdata, 0)
  if (params.length === 0) return { svcpriority, targetname }
  const entries = params.map(svcParam)
  if (entries.includes(null)) return null
  return { svcpriority, targetname, svcparams: Object.fromEntries(entries as (readonly [string, unknown])[]) }
}

/** octoDNS knows the keys of RFC 9460 by word; others it takes as `keyNNNNN`. */
function svcParam({ key, value }: SvcParam): readonly [string, unknown] | null {
  const word = formatKey(key)
  const text = paramFormat(key)?.format(value) ?? null
  switch (word) {
    case 'no-default-alpn':
      return [word, null]
    case 'mandatory':
    case 'ipv4hint':
    case 'ipv6hint':
      return [word, text!.split(',')]
    case 'port':
      return [word, Number(text)]
    case 'ech':
      return [word, text]
    case 'alpn': {
      const items = alpnItems(value)
      return items === null ? null : [word, items]
    }
    default:
      return [`key${key}`, value.length === 0 ? null : quote(value).slice(1, -1)]
  }
}

function alpnItems(wire: Uint8Array): readonly string[] | null {
  const items: string[] = []
  for (let at = 0; at < wire.length; at = stringEnd(wire, at)) {
    const item = latin1.decode(wire.subarray(at + 1, stringEnd(wire, at)))
    if (!/^[A-Za-z0-9./_+-]+$/.test(item)) return null
    items.push(item)
  }
  return items
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, octet => octet.toString(16).padStart(2, '0')).join('')
}
