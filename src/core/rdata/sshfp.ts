/**
 * SSHFP: the fingerprint of a host's SSH key (RFC 4255 section 3.1). A fingerprint of a known kind has its length.
 */
import { concatBytes } from '../base/bytes.ts'
import { type Fields, refuseField, takeHex, takeU8 } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { formatHex } from './hex.ts'

export const sshfp: RdataFormat = {
  code: 44,
  mnemonic: 'SSHFP',
  names: 'none',
  format: rdata => `${rdata[0]} ${rdata[1]} ${formatHex(rdata.subarray(2))}`,
  parse: fields => encodeSshfp(takeSshfp(fields)),
  check: rdata => rdata.length > 2 && fits(rdata[1]!, rdata.length - 2),
}

export interface SshfpFields {
  readonly algorithm: number
  readonly fingerprintType: number
  readonly fingerprint: Uint8Array
}

export function encodeSshfp({ algorithm, fingerprintType, fingerprint }: SshfpFields): Uint8Array {
  return concatBytes(Uint8Array.of(algorithm, fingerprintType), fingerprint)
}

/** SHA-1 and SHA-256 (RFC 6594); others may have any length. */
const fingerprintOctets: Readonly<Record<number, number>> = { 1: 20, 2: 32 }

function fits(fingerprintType: number, octets: number): boolean {
  return octets === (fingerprintOctets[fingerprintType] ?? octets)
}

function takeSshfp(fields: Fields): SshfpFields {
  const algorithm = takeU8(fields, 'an algorithm')
  const fingerprintType = takeU8(fields, 'a fingerprint type')
  const fingerprintAt = fields.at
  const fingerprint = takeHex(fields, 'a fingerprint')
  if (!fits(fingerprintType, fingerprint.length)) {
    const wanted = fingerprintOctets[fingerprintType]
    const text = `a fingerprint of type ${fingerprintType} has ${wanted} octets, and this has ${fingerprint.length}`
    refuseField(fields, 'bad-rdata', fingerprintAt, text)
  }
  return { algorithm, fingerprintType, fingerprint }
}
