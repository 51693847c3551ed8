/**
 * NS, CNAME, PTR and DNAME: rdata is one name (RFC 1035 sections 3.3.1, 3.3.11, 3.3.12; RFC 6672). The target of a
 * DNAME is never compressed (RFC 6672 section 2.5).
 */
import { formatName, type Name } from '../name/name.ts'
import { takeName } from './fields.ts'
import type { NamesInRdata, RdataFormat } from './format.ts'
import { nameEnd } from './walk.ts'

export const ns = singleName(2, 'NS', 'one', 'the name of a nameserver')
export const cname = singleName(5, 'CNAME', 'one', 'the name that this is an alias of')
export const ptr = singleName(12, 'PTR', 'one', 'the name that is pointed at')
export const dname = singleName(39, 'DNAME', 'one-plain', 'the name that takes the place of the owner')

export function encodeSingleName(target: Name): Uint8Array {
  return Uint8Array.from(target)
}

function singleName(code: number, mnemonic: string, names: NamesInRdata, what: string): RdataFormat {
  return {
    code,
    mnemonic,
    names,
    format: rdata => formatName(rdata),
    parse: fields => encodeSingleName(takeName(fields, what)),
    check: rdata => nameEnd(rdata, 0) === rdata.length,
  }
}
