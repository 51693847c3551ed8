/** dig and kdig read the transfers that we pack: whole zones and changes, in few and many messages, signed and not. */
import { afterEach, describe, expect, test } from 'vitest'
import { diffVersions } from '../../src/core/transfer/diff.ts'
import { emptyJournal, extendJournal } from '../../src/core/transfer/journal.ts'
import { wholeZone, zoneChanges } from '../../src/core/transfer/sequence.ts'
import { type KeyRing, readKeys } from '../../src/core/wire/tsig-key.ts'
import { hmac } from '../../src/edge/hmac.ts'
import { createBench } from '../dns/bench.ts'
import { needs } from '../live/program.ts'
import { lines, versionOf } from '../unit/transfer/zones.ts'
import { startTransferPeer, type TransferPeer, transfer } from './transfer-peer.ts'

const secret = Buffer.alloc(48, 3).toString('base64')
const keys = readKeys(hmac, [{ name: 'xfr', algorithm: 'hmac-sha384', secret }]) as KeyRing
const key = `hmac-sha384:xfr:${secret}`

const hosts = Array.from({ length: 3000 }, (_, i) => `  h${i}: {type: A, value: 10.9.${i >> 8}.${i & 255}}\n`)
const bench = createBench({
  'a.test.yaml': `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@':
    - {type: NS, values: [ns1.a.test., ns.elsewhere.example.]}
    - {type: MX, values: [{preference: 10, exchange: ns1.a.test.}]}
    - {type: TXT, values: ['${'long '.repeat(100)}']}
  ns1: {type: A, value: 192.0.2.53}
  www: {type: A, values: [10.0.0.1, 10.0.0.2, 10.0.0.3], check: tcp, ttl: 5}
  _s._tcp: {type: SRV, values: [{priority: 1, weight: 2, port: 3, target: ns1.a.test.}]}
${hosts.join('')}`,
})
const first = versionOf(bench, 'a.test.', 0xffff_fffe)
bench.down('10.0.0.2')
const second = versionOf(bench, 'a.test.', 1)
const change = diffVersions(first, second, 1_000_000)!
const journal = extendJournal(emptyJournal, change, { versionsMax: 9, octetsMax: 9999 })

for (const program of ['dig', 'kdig'] as const)
  describe.runIf(needs(program))(program, () => {
    let peer: TransferPeer | null = null
    afterEach(async () => {
      await peer?.close()
      peer = null
    })

    for (const limit of [1000, 65_535]) {
      test(`reads a whole zone in messages of ${limit} octets`, async () => {
        peer = await startTransferPeer(second, journal, keys, limit)
        const { records } = await transfer(program, peer.port, 'AXFR', null)
        expect(records).toEqual(lines(wholeZone(second)))
        expect(peer.sent.length).toBeGreaterThan(limit === 1000 ? 50 : 0)
      })
    }

    test('believes the signature of every message', async () => {
      peer = await startTransferPeer(second, journal, keys, 4096)
      const { records, text } = await transfer(program, peer.port, 'AXFR', key)
      expect(records).toEqual(lines(wholeZone(second)))
      expect(peer.sent.length).toBeGreaterThan(10)
      expect(text).not.toMatch(/Couldn't verify|reply verification|could not be validated/)
    })

    test('reads changes, signed, over the wrap of the serial', async () => {
      peer = await startTransferPeer(second, journal, keys, 65_535)
      const { records, text } = await transfer(program, peer.port, 'IXFR=4294967294', key)
      expect(records).toEqual(lines(zoneChanges(second, [change])))
      expect(text).not.toMatch(/Couldn't verify|reply verification|could not be validated/)
    })

    test('gets the SOA alone where it is up to date, and the zone where it is too old', async () => {
      peer = await startTransferPeer(second, journal, keys, 65_535)
      const { records } = await transfer(program, peer.port, 'IXFR=1', null)
      expect(records).toEqual(lines(wholeZone(second)).slice(0, 1))
      const old = await transfer(program, peer.port, 'IXFR=4294967000', null)
      expect(old.records).toHaveLength(lines(wholeZone(second)).length)
    })
  })
