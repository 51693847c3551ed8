/**
 * Zones that must not be answered from: to be pulled and never had, or expired (RFC 1035 section 3.3.13). They are ours
 * all the same, so it is SERVFAIL with the reason (RFC 8914: 24) and neither REFUSED nor an answer of the zone above.
 */
import { describe, expect, it } from 'vitest'
import { tallyAt } from '../../src/core/answer/tally.ts'
import { createNameScan, scanName } from '../../src/core/name/scan.ts'
import { imageHead } from '../../src/core/zone/layout.ts'
import { findZone } from '../../src/core/zone/lookup.ts'
import { proveSnapshot } from '../../src/core/zone/prove.ts'
import { withheldZone } from '../../src/core/zonefile/judged.ts'
import { joinImages } from '../../src/core/zonefile/snapshot.ts'
import { name } from '../unit/secondary/wire.ts'
import { createBench } from './bench.ts'

const zone = `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1}
records:
  '@': {type: NS, value: ns.example.net.}
  www: {type: A, value: 192.0.2.1}
  '*': {type: A, value: 192.0.2.9}
`

function bench() {
  const made = createBench({ 'a.test.yaml': zone, 'sub.a.test.yaml': zone })
  const { snapshot } = made.live
  const scan = createNameScan()
  const apex = name('sub.a.test')
  scanName(apex, 0, apex.length, scan)
  snapshot.words[(findZone(snapshot, scan, 1) >>> 2) + imageHead.withheld] = 1
  return made
}

describe('a zone that is withheld', () => {
  it.each(['A', 'SOA', 'ANY', 'NS', 'TXT'])('is SERVFAIL for %s, whatever the name', type => {
    for (const owner of ['sub.a.test', 'www.sub.a.test', 'nope.sub.a.test', '_health.www.sub.a.test']) {
      const response = bench().query(owner, type, { edns: {} })
      expect(response).toMatchObject({ rcode: 'SERVFAIL', flags: ['qr'], answer: [], authority: [] })
    }
  })

  it('says why to those who speak EDNS, and counts', () => {
    const made = bench()
    const query = new Uint8Array([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...name('sub.a.test'), 0, 1, 0, 1])
    const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]
    const response = Buffer.from(made.raw(Uint8Array.from([...query, ...opt]))!)
    // Option 15 of two octets: info code 24.
    expect(response.subarray(-6).toString('hex')).toBe('000f00020018')
    expect(made.live.tally[tallyAt.withheld]).toBe(1)
    expect(made.live.tally[tallyAt.servfail]).toBe(1)
  })

  it('leaves the zone above as it is, and its DS to that', () => {
    expect(bench().query('www.a.test', 'A')).toMatchObject({ rcode: 'NOERROR' })
    expect(bench().query('sub.a.test', 'DS')).toMatchObject({ rcode: 'NOERROR' })
  })

  it('has no transfer to give', () => {
    expect(bench().query('sub.a.test', 'AXFR', { via: 'tcp' }).rcode).not.toBe('NOERROR')
  })
})

it('an empty zone made to be withheld is sound and stands among others', () => {
  const judged = withheldZone('state/secondary/b.test.zone', name('b.test'))
  const { snapshot } = joinImages([judged.image!], 1)
  expect(proveSnapshot(snapshot)).toBe(1)
  expect(judged).toMatchObject({ origin: 'withheld', serial: 0, problems: [] })
})
