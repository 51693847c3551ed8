/**
 * The one table of record types. A type that is missing here is carried as opaque octets (RFC 3597): served, never
 * compressed, read and printed in `\#` form. Invariant: what `parseRdata` yields, `formatRdata` prints so that it reads
 * back to the same octets.
 */
import type { Name } from '../name/name.ts'
import { a } from './a.ts'
import { aaaa } from './aaaa.ts'
import { caa } from './caa.ts'
import { cdnskey, dnskey } from './dnskey.ts'
import { cds, ds } from './ds.ts'
import { createFields, type Fields, type RdataFault, type RdataToken, refuseField, shown } from './fields.ts'
import type { NamesInRdata, RdataFormat } from './format.ts'
import { hinfo } from './hinfo.ts'
import { mx } from './mx.ts'
import { naptr } from './naptr.ts'
import { cname, dname, ns, ptr } from './single-name.ts'
import { soa } from './soa.ts'
import { srv } from './srv.ts'
import { sshfp } from './sshfp.ts'
import { https, svcb } from './svcb.ts'
import { smimea, tlsa } from './tlsa.ts'
import { spf, txt } from './txt.ts'
import { formatGeneric, isGenericNext, parseTypeNumber, takeGeneric } from './unknown.ts'

const formats: readonly RdataFormat[] = [
  ...[a, ns, cname, soa, ptr, hinfo, mx, txt, aaaa, srv, naptr, dname, ds, sshfp, dnskey, tlsa, smimea, cds, cdnskey],
  ...[svcb, https, spf, caa],
]
const byCode = new Map(formats.map(format => [format.code, format]))
const byMnemonic = new Map(formats.map(format => [format.mnemonic, format]))

/** Type codes that the answer path knows by name. */
export const rrType = {
  A: a.code,
  NS: ns.code,
  CNAME: cname.code,
  SOA: soa.code,
  PTR: ptr.code,
  HINFO: hinfo.code,
  MX: mx.code,
  TXT: txt.code,
  AAAA: aaaa.code,
  SRV: srv.code,
  NAPTR: naptr.code,
  DNAME: dname.code,
  SVCB: svcb.code,
  HTTPS: https.code,
  CAA: caa.code,
  OPT: 41,
  DS: 43,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const

/** `A`, `MX`, …, or `TYPEn` for a type that has no words here. */
export function formatType(code: number): string {
  return byCode.get(code)?.mnemonic ?? `TYPE${code}`
}

/** The code of a mnemonic or of `TYPEn`, in any case; null if it is neither. */
export function parseType(text: string): number | null {
  return (byMnemonic.get(text) ?? byMnemonic.get(text.toUpperCase()))?.code ?? parseTypeNumber(text)
}

/** Codes that only questions and transactions use (RFC 6895 section 3.1), and 0: never stored in a zone. */
export function isMetaType(code: number): boolean {
  return code === 0 || code === rrType.OPT || (code >= 128 && code <= 255)
}

/** Presentation form; `\#` form where the type has no words or the octets are none of its. */
export function formatRdata(code: number, rdata: Uint8Array): string {
  const format = byCode.get(code)
  return format?.check(rdata) ? format.format(rdata) : formatGeneric(rdata)
}

/**
 * Rdata from the tokens behind the type, in words or in `\#` form, which every type may have and which must hold what
 * the type asks for (RFC 3597 section 5). `origin` completes relative names.
 */
export function parseRdata(code: number, tokens: readonly RdataToken[], origin: Name | null): Uint8Array | RdataFault {
  const fields = createFields(tokens, origin)
  const octets = takeRdata(fields, code)
  const extra = fields.tokens[fields.at]
  if (fields.fault === null && extra !== undefined) {
    refuseField(fields, 'bad-rdata', fields.at, `${shown(extra.text)} is more than a record of this type has`)
  }
  if (fields.fault === null && octets.length > rdataOctetsMax) {
    refuseField(fields, 'bad-rdata', 0, `${octets.length} octets are more than the ${rdataOctetsMax} of a record`)
  }
  return fields.fault ?? octets
}

export function isRdataFault(value: Uint8Array | RdataFault): value is RdataFault {
  return !(value instanceof Uint8Array)
}

/** True if the octets may be served as rdata of this type; any octets may where the type has no words. */
export function isRdata(code: number, rdata: Uint8Array): boolean {
  return byCode.get(code)?.check(rdata) ?? rdata.length <= rdataOctetsMax
}

/** Where names stand in the rdata of a type. */
export function namesInRdata(code: number): NamesInRdata {
  return byCode.get(code)?.names ?? 'none'
}

const rdataOctetsMax = 0xffff

function takeRdata(fields: Fields, code: number): Uint8Array {
  const format = byCode.get(code)
  if (!isGenericNext(fields)) return format === undefined ? refuseWords(fields, code) : format.parse(fields)
  const octets = takeGeneric(fields)
  if (fields.fault === null && format?.check(octets) === false) {
    refuseField(fields, 'bad-rdata', 0, `these octets are not rdata of type ${format.mnemonic}`)
  }
  return octets
}

function refuseWords(fields: Fields, code: number): Uint8Array {
  const hint = 'write `\\# LENGTH HEX`, such as `\\# 4 0A000001` (RFC 3597)'
  refuseField(fields, 'bad-rdata', 0, `values of TYPE${code} cannot be written in words`, hint)
  return new Uint8Array(0)
}
