/**
 * Record types by the words that people use in questions, which are more than the types that the server has words for
 * the rdata of.
 */
import { formatType, parseType } from '../core/rdata/table.ts'

/** Types that people ask for although the server has no words for their rdata. */
const furtherTypes = {
  HINFO: 13,
  NAPTR: 35,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  ANY: 255,
} as const
const furtherTypesByCode = new Map<number, string>(Object.entries(furtherTypes).map(([name, code]) => [code, name]))

/** The code of a type as people write it, in any case, or null. */
export function parseQueryType(text: string): number | null {
  const code = parseType(text)
  if (code !== null) return code
  const further = Object.entries(furtherTypes).find(([mnemonic]) => mnemonic === text.toUpperCase())
  return further === undefined ? null : further[1]
}

export function formatQueryType(code: number): string {
  return furtherTypesByCode.get(code) ?? formatType(code)
}
