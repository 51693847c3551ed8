/** Rdata as people write it, through the lexer of master files. */
import { type Name, parseName } from '../../../src/core/name/name.ts'
import type { RdataFault } from '../../../src/core/rdata/fields.ts'
import { formatHex } from '../../../src/core/rdata/hex.ts'
import { isRdataFault, parseRdata, parseType } from '../../../src/core/rdata/table.ts'
import { createLexer, readEntry } from '../../../src/core/zonefile/master/lexer.ts'

export const origin = parseName('example.test.', null) as Name

/** `MX 10 mail` → octets or fault. */
export function read(record: string): Uint8Array | RdataFault {
  const [type, ...words] = readEntry(createLexer(record))!.tokens
  return parseRdata(parseType(type!.text)!, words, origin)
}

/** The octets in hexadecimal, or `code token` of the fault. */
export function hexOf(record: string): string {
  const rdata = read(record)
  return isRdataFault(rdata) ? `${rdata.code} ${rdata.token}` : formatHex(rdata)
}
