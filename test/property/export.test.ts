/** What is exported reads back: master files to the same zone, octoDNS zones to the same records. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatName } from '../../src/core/name/name.ts'
import { rrType } from '../../src/core/rdata/table.ts'
import { sameModels } from '../../src/core/zonefile/canonical/same.ts'
import { formatMaster } from '../../src/core/zonefile/export/master.ts'
import { formatOctodns } from '../../src/core/zonefile/export/octodns.ts'
import { isCutOtherwise, octodnsValue } from '../../src/core/zonefile/export/octodns-values.ts'
import type { RRsetModel, ZoneModel } from '../../src/core/zonefile/model.ts'
import { readZone } from '../../src/core/zonefile/validate.ts'
import { octodnsComplaints } from '../oracle/octodns/judge.ts'
import { messySeed, messyZone } from '../unit/master/messy.ts'
import { readText } from '../unit/master/zones.ts'

const silent = () => {}

function masterText(zone: ZoneModel): string {
  return [...formatMaster(zone, 1, silent)].join('')
}

describe('a master file', () => {
  it('reads back to the same zone, and is printed the same again', () => {
    fc.assert(
      fc.property(messyZone, text => {
        const before = readText(text).zone
        if (before === null) return
        const printed = masterText(before)
        const { zone: after, problems } = readText(printed)
        expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
        expect(sameModels(after, before)).toBe(true)
        expect(masterText(after!)).toBe(printed)
      }),
      { seed: messySeed, numRuns: 300 },
    )
  })
})

/** Sets that octoDNS has words for, names and values alike. */
function carried({ owner, type, rdatas }: RRsetModel): boolean {
  const plain = /^[a-zA-Z0-9_*./-]+$/.test(formatName(owner))
  return plain && rdatas.every(rdata => octodnsValue(type, rdata) !== null && !isCutOtherwiseText(type, rdata))
}

function isCutOtherwiseText(type: number, rdata: Uint8Array): boolean {
  return type === rrType.TXT && isCutOtherwise(rdata)
}

function records(sets: readonly RRsetModel[]): readonly string[] {
  return sets
    .flatMap(({ owner, type, ttl, rdatas }) =>
      rdatas.map(rdata => `${formatName(owner).toLowerCase()} ${ttl} ${type} ${Buffer.from(rdata).toString('hex')}`),
    )
    .sort()
}

describe('an octoDNS zone', () => {
  it('is one that octoDNS would load, and reads back to the same records', () => {
    let compared = 0
    fc.assert(
      fc.property(messyZone, text => {
        const before = readText(text).zone
        if (before === null) return
        const wanted = before.rrsets.filter(carried)
        const zone = { ...before, rrsets: wanted }
        const printed = formatOctodns(zone, silent)
        expect(octodnsComplaints(printed)).toEqual([])
        const after = readZone({ file: 'ex.test.yaml', text: printed })
        if (after.zone === null) return
        compared++
        expect(records(after.zone.rrsets)).toEqual(records(wanted))
      }),
      { seed: messySeed, numRuns: 300 },
    )
    expect(compared).toBeGreaterThan(100)
  })
})
