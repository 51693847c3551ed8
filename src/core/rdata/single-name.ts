/** NS, CNAME and PTR: rdata is one name (RFC 1035 sections 3.3.1, 3.3.11, 3.3.12). */
import { formatName, type Name } from '../name/name.ts'
import type { RdataFormat } from './format.ts'

export const ns = singleName(2, 'NS')
export const cname = singleName(5, 'CNAME')
export const ptr = singleName(12, 'PTR')

export function encodeSingleName(target: Name): Uint8Array {
  return Uint8Array.from(target)
}

function singleName(code: number, mnemonic: string): RdataFormat {
  return { code, mnemonic, names: 'one', format: rdata => formatName(rdata) }
}
