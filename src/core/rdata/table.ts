/**
 * The one table of record types. A type that is missing here is carried as opaque octets (RFC 3597): served, never
 * compressed, printed in `\#` form.
 */
import { a } from './a.ts'
import { aaaa } from './aaaa.ts'
import { caa } from './caa.ts'
import type { NamesInRdata, RdataFormat } from './format.ts'
import { mx } from './mx.ts'
import { cname, ns, ptr } from './single-name.ts'
import { soa } from './soa.ts'
import { srv } from './srv.ts'
import { txt } from './txt.ts'
import { formatGeneric, parseTypeNumber } from './unknown.ts'

const formats: readonly RdataFormat[] = [a, ns, cname, soa, ptr, mx, txt, aaaa, srv, caa]
const byCode = new Map(formats.map(format => [format.code, format]))
const byMnemonic = new Map(formats.map(format => [format.mnemonic, format]))

/** Type codes that the answer path knows by name. */
export const rrType = {
  A: a.code,
  NS: ns.code,
  CNAME: cname.code,
  SOA: soa.code,
  PTR: ptr.code,
  MX: mx.code,
  TXT: txt.code,
  AAAA: aaaa.code,
  SRV: srv.code,
  CAA: caa.code,
  OPT: 41,
  DS: 43,
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
  return byMnemonic.get(text.toUpperCase())?.code ?? parseTypeNumber(text)
}

export function formatRdata(code: number, rdata: Uint8Array): string {
  return byCode.get(code)?.format(rdata) ?? formatGeneric(rdata)
}

/** Where names stand in the rdata of a type. */
export function namesInRdata(code: number): NamesInRdata {
  return byCode.get(code)?.names ?? 'none'
}
