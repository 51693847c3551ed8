/**
 * dig and kdig sign questions that we verify, and judge the signatures that we make (RFC 8945).
 */
import { afterEach, describe, expect, test } from 'vitest'
import { tsigError } from '../../src/core/wire/tsig.ts'
import { type KeyRing, readKeys, type TsigAlgorithm, tsigAlgorithms } from '../../src/core/wire/tsig-key.ts'
import { hmac } from '../../src/edge/hmac.ts'
import { needs } from '../live/program.ts'
import { askSigned, startTsigPeer, type TsigPeer } from './tsig-peer.ts'

const secret = Buffer.alloc(32, 7).toString('base64')
const foreignSecret = Buffer.alloc(32, 8).toString('base64')
const keys = readKeys(
  hmac,
  tsigAlgorithms.map(algorithm => ({ name: `xfr-${algorithm}`, algorithm, secret })),
) as KeyRing
const keyOf = (algorithm: TsigAlgorithm, octets = secret) => `${algorithm}:xfr-${algorithm}:${octets}`

for (const program of ['dig', 'kdig'] as const)
  describe.runIf(needs(program))(program, () => {
    let peer: TsigPeer | null = null
    afterEach(async () => {
      await peer?.close()
      peer = null
    })
    const complaint = /Couldn't verify|reply verification/

    for (const algorithm of tsigAlgorithms) {
      test(`both sides believe each other's ${algorithm}`, async () => {
        peer = await startTsigPeer(keys)
        const said = await askSigned(program, peer.port, keyOf(algorithm))
        expect(peer.verdicts.map(({ kind }) => kind)).toEqual(['verified'])
        expect(said).toContain('NOERROR')
        expect(said).not.toMatch(complaint)
      })
    }

    test('a signature of ours that was spoilt is not believed', async () => {
      peer = await startTsigPeer(keys, 0, true)
      expect(await askSigned(program, peer.port, keyOf('hmac-sha256'))).toMatch(complaint)
    })

    test('a wrong secret is BADSIG, an unknown key and another algorithm BADKEY', async () => {
      peer = await startTsigPeer(keys)
      expect(await askSigned(program, peer.port, keyOf('hmac-sha256', foreignSecret))).toContain('BADSIG')
      expect(await askSigned(program, peer.port, `hmac-sha256:nobody:${secret}`)).toContain('BADKEY')
      expect(await askSigned(program, peer.port, `hmac-sha512:xfr-hmac-sha256:${secret}`)).toContain('BADKEY')
      const errors = peer.verdicts.map(verdict => (verdict.kind === 'refused' ? verdict.error : verdict.kind))
      expect(errors).toEqual([tsigError.BADSIG, tsigError.BADKEY, tsigError.BADKEY])
    })

    test('clocks too far apart are BADTIME, signed, with our time', async () => {
      peer = await startTsigPeer(keys, 4000)
      const said = await askSigned(program, peer.port, keyOf('hmac-sha384'))
      expect(said).toContain('BADTIME')
      expect(said).toMatch(/clocks are unsynchronized|out of time window/)
    })
  })
