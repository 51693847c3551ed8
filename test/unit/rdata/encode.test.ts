import { describe, expect, it } from 'vitest'
import { encodeCaa } from '../../../src/core/rdata/caa.ts'
import { encodeDnskey } from '../../../src/core/rdata/dnskey.ts'
import { encodeDs } from '../../../src/core/rdata/ds.ts'
import { formatHex } from '../../../src/core/rdata/hex.ts'
import { encodeHinfo } from '../../../src/core/rdata/hinfo.ts'
import { encodeMx } from '../../../src/core/rdata/mx.ts'
import { encodeNaptr } from '../../../src/core/rdata/naptr.ts'
import { encodeSingleName } from '../../../src/core/rdata/single-name.ts'
import { decodeSoa, encodeSoa } from '../../../src/core/rdata/soa.ts'
import { encodeSrv } from '../../../src/core/rdata/srv.ts'
import { encodeSshfp } from '../../../src/core/rdata/sshfp.ts'
import { encodeSvcb } from '../../../src/core/rdata/svcb.ts'
import { encodeTlsa } from '../../../src/core/rdata/tlsa.ts'
import { hexOf, origin } from './words.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const one = Uint8Array.of(1)
const soa = { mname: origin, rname: origin, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 }

describe('rdata from fields is what its presentation form comes to', () => {
  it.each([
    ['DNAME @', encodeSingleName(origin)],
    ['MX 10 @', encodeMx(10, origin)],
    ['SRV 1 2 3 @', encodeSrv({ priority: 1, weight: 2, port: 3, target: origin })],
    ['SOA @ @ 1 2 3 4 5', encodeSoa(soa)],
    ['HINFO a ""', encodeHinfo(bytes('a'), bytes(''))],
    ['CAA 128 issue x', encodeCaa(128, 'issue', bytes('x'))],
    ['DS 258 13 200 01', encodeDs({ keyTag: 258, algorithm: 13, digestType: 200, digest: one })],
    ['DNSKEY 257 3 8 AQ==', encodeDnskey({ flags: 257, protocol: 3, algorithm: 8, publicKey: one })],
    ['TLSA 3 2 1 01', encodeTlsa({ usage: 3, selector: 2, matching: 1, association: one })],
    ['SSHFP 4 9 01', encodeSshfp({ algorithm: 4, fingerprintType: 9, fingerprint: one })],
    [
      'NAPTR 258 2 u "" x @',
      encodeNaptr({
        order: 258,
        preference: 2,
        flags: bytes('u'),
        services: bytes(''),
        regexp: bytes('x'),
        replacement: origin,
      }),
    ],
    [
      'HTTPS 1 @ no-default-alpn alpn=h2 key667',
      encodeSvcb({
        priority: 1,
        target: origin,
        params: [
          { key: 667, value: new Uint8Array(0) },
          { key: 2, value: new Uint8Array(0) },
          { key: 1, value: bytes('\u0002h2') },
        ],
      }),
    ],
  ])('%s', (written, octets) => {
    expect(formatHex(octets)).toBe(hexOf(written))
  })

  it('SOA comes apart again', () => {
    expect(decodeSoa(encodeSoa(soa))).toEqual(soa)
  })
})
