/**
 * DS: the digest of a child's key, kept by the parent (RFC 4034 section 5), and CDS, by which the child asks for it
 * (RFC 7344 section 3.1; `0 0 0 00` asks for removal, RFC 8078 section 4). A digest of a known kind has its length.
 */
import { concatBytes, readU16, writeU16 } from '../base/bytes.ts'
import { takeAlgorithm, takeDigestType } from './algorithms.ts'
import { type Fields, refuseField, takeHex, takeU16 } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { formatHex } from './hex.ts'

export const ds = digestOfKey(43, 'DS')
export const cds = digestOfKey(59, 'CDS')

export interface DsFields {
  readonly keyTag: number
  readonly algorithm: number
  readonly digestType: number
  readonly digest: Uint8Array
}

export function encodeDs({ keyTag, algorithm, digestType, digest }: DsFields): Uint8Array {
  const head = Uint8Array.of(0, 0, algorithm, digestType)
  writeU16(head, 0, keyTag)
  return concatBytes(head, digest)
}

/** Octets of a digest by its type; undefined for types that are not known here. */
const digestOctets: Readonly<Record<number, number>> = { 1: 20, 2: 32, 3: 32, 4: 48 }

function digestOfKey(code: number, mnemonic: string): RdataFormat {
  return {
    code,
    mnemonic,
    names: 'none',
    format: rdata => `${readU16(rdata, 0)} ${rdata[2]} ${rdata[3]} ${formatHex(rdata.subarray(4))}`,
    parse: fields => encodeDs(takeDs(fields)),
    check: rdata => rdata.length > 4 && fits(rdata[3]!, rdata.length - 4),
  }
}

function fits(digestType: number, octets: number): boolean {
  return octets === (digestOctets[digestType] ?? octets)
}

function takeDs(fields: Fields): DsFields {
  const keyTag = takeU16(fields, 'a key tag')
  const algorithm = takeAlgorithm(fields)
  const digestType = takeDigestType(fields)
  const digestAt = fields.at
  const digest = takeHex(fields, 'a digest')
  if (!fits(digestType, digest.length)) {
    const text = `a digest of type ${digestType} has ${digestOctets[digestType]} octets, and this has ${digest.length}`
    refuseField(fields, 'bad-rdata', digestAt, text)
  }
  return { keyTag, algorithm, digestType, digest }
}
