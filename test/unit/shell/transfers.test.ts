/** Which zones others may have, by settings and by their own words, and what a generation makes of their serials. */
import { describe, expect, test } from 'vitest'
import { joinedWarningCodes } from '../../../src/core/base/problem.ts'
import { millis } from '../../../src/core/base/units.ts'
import type { JudgedFile } from '../../../src/core/ports.ts'
import { readZone } from '../../../src/core/zonefile/index.ts'
import { judgedOf } from '../../../src/core/zonefile/judged.ts'
import { noSources } from '../../../src/core/zonefile/route.ts'
import type { TransferPlan } from '../../../src/core/zonefile/transfer-plan.ts'
import { noCatalogs } from '../../../src/shell/catalogs.ts'
import { createGenerations } from '../../../src/shell/generations.ts'
import { createTransfers, type Transfers } from '../../../src/shell/transfers.ts'

const everybody: TransferPlan = { allow: [{ key: null, from: ['0.0.0.0/0'] }], notify: [] }
const keys = [{ name: 'xfr.', algorithm: 'hmac-sha256', secret: new Uint8Array(32) }] as const

function create(transfer = everybody, saved: Readonly<Record<string, number>> = {}, keeps = true): Transfers {
  const clock = { now: () => millis(0), wall: () => 2_000_000_000 }
  const transfers = createTransfers(
    { clock, journal: { record: () => {} } },
    { keys, transfer, transferSources: noSources, catalogs: noCatalogs },
  )
  const earlier = new Map(Object.entries(saved).map(([zone, serial]) => [zone, { serial }]))
  transfers.recall(earlier, keeps ? async () => true : null)
  return transfers
}

const zoneFile = (head: string, digest = head, modified = 1_000): JudgedFile => {
  const soa = 'soa: {mname: ns1.a.test., rname: h.a.test.SERIAL}'
  const text = `${head.includes('soa:') ? head : `${head}\n${soa.replace('SERIAL', '.').replace('..', '.')}`}
records: {'@': {type: NS, values: [ns1.a.test.]}, ns1: {type: A, value: 192.0.2.1}}`
  return { file: 'a.test.yaml', digest, modified, zone: judgedOf(readZone({ file: 'a.test.yaml', text })) }
}
const fixed = (serial: number) => `soa: {mname: ns1.a.test., rname: h.a.test., serial: ${serial}}`
const plain = 'zone: a.test'

/** Prepares and takes each of the files in turn; yields what control would be given of the zone. */
async function run(transfers: Transfers, ...files: readonly JudgedFile[]) {
  const seen = []
  let file = files[0]!
  const source = { read: async () => ({ files: [file], faults: [] }), watch: () => () => {}, close: async () => {} }
  const generations = createGenerations(source, { transfers })
  for (file of files) {
    const prepared = await generations.prepare(1)
    if (prepared.kind !== 'ready') throw new Error(prepared.kind)
    const { compiled, transferred, zones, commit } = prepared
    transfers.take(
      { snapshot: compiled.snapshot.memory, board: new SharedArrayBuffer(64) },
      compiled.snapshot,
      transferred,
    )
    commit()
    seen.push({ zone: transferred[0] ?? null, serial: zones[0]!.serial })
  }
  return seen
}

describe('who may have a zone', () => {
  test('the zone says, and where it says nothing the settings', () => {
    const transfers = create()
    const planOf = (head: string) => transfers.planOf(zoneFile(head).zone)
    expect(planOf(plain)).toBe(everybody)
    expect(planOf(`${plain}\ntransfer: none`).allow).toEqual([])
    expect(planOf(`${plain}\ntransfer: {allow: [{key: xfr}]}`).allow).toMatchObject([{ key: { name: 'xfr.' } }])
  })

  test('no generation has a key that the settings lack', () => {
    const judge = (head: string) => create().judge([zoneFile(head).zone])
    expect(judge(`${plain}\ntransfer: {allow: [{key: xfr}]}`)).toEqual([])
    expect(judge(`${plain}\ntransfer: {notify: [{to: 192.0.2.1, key: xfer}]}`)).toMatchObject([
      { code: 'undefined-key', severity: 'error', span: { line: 2, column: 42 } },
    ])
  })

  test('a serial that a restart would take back is warned of', () => {
    const judge = (keeps: boolean, file: JudgedFile) => create(everybody, {}, keeps).judge([file.zone])
    expect(judge(false, zoneFile(fixed(7)))).toMatchObject([{ code: joinedWarningCodes[0], severity: 'warning' }])
    expect(judge(true, zoneFile(fixed(7)))).toEqual([])
    expect(judge(false, zoneFile(plain))).toEqual([])
    expect(judge(false, zoneFile(`transfer: none\n${fixed(7)}`))).toEqual([])
  })
})

describe('the serial of a zone', () => {
  test('begins at the time of the start, or above what the run before gave out', async () => {
    expect(await run(create(), zoneFile(plain))).toMatchObject([{ serial: 2_000_000, zone: { first: 2_000_000 } }])
    const above = await run(create(everybody, { 'a.test.': 3_000_000 }), zoneFile(plain))
    expect(above).toMatchObject([{ serial: 3_000_001 }])
  })

  test('is the live one at an edit, whatever the file asks for; that is handed on', async () => {
    const transfers = create()
    const seen = await run(transfers, zoneFile(fixed(7)), zoneFile(fixed(7), 'edited'), zoneFile(fixed(900), 'again'))
    expect(seen.map(({ serial, zone }) => [serial, zone?.wanted.serial, zone?.wanted.isFixed])).toEqual([
      [7, 7, true],
      [7, 7, true],
      [7, 900, true],
    ])
  })

  test('says whether the image is the very one that is served', async () => {
    const transfers = create()
    const other = (digest: string): JudgedFile => {
      const text = `zone: b.test\nsoa: {mname: ns1.b.test., rname: h.b.test.}
records: {'@': {type: NS, values: [ns1.b.test.]}, ns1: {type: A, value: 192.0.2.1}}`
      return { file: 'b.test.yaml', digest, modified: 1, zone: judgedOf(readZone({ file: 'b.test.yaml', text })) }
    }
    const a = zoneFile(plain)
    let files = [a, other('one')]
    const source = { read: async () => ({ files, faults: [] }), watch: () => () => {}, close: async () => {} }
    const generations = createGenerations(source, { transfers })
    const isSame = async () => {
      const prepared = await generations.prepare(1)
      if (prepared.kind !== 'ready') throw new Error(prepared.kind)
      prepared.commit()
      return prepared.transferred.map(zone => zone.isSame)
    }
    expect(await isSame()).toEqual([false, false])
    files = [a, other('two')]
    expect(await isSame()).toEqual([true, false])
  })

  test('goes on when it is transferred no more, and again when it is', async () => {
    const transfers = create(everybody, { 'a.test.': 5_000 })
    const none = (digest: string) => zoneFile(`${plain}\ntransfer: none`, digest)
    const seen = await run(transfers, zoneFile(plain), none('none'), zoneFile(plain, 'again'))
    const serials = seen.map(({ serial }) => serial)
    expect(seen.map(({ zone }) => zone !== null)).toEqual([true, false, true])
    expect([...serials].sort((a, b) => a - b)).toEqual(serials)
    expect(new Set(serials).size).toBe(3)
  })
})

test('a zone is drawn with its live serial and whom it is told to', async () => {
  const notify = [{ to: { host: '127.0.0.1', port: 9 }, key: null, source: null }]
  const transfers = create({ ...everybody, notify })
  await run(transfers, zoneFile(plain))
  const view = { name: 'A.test.', file: 'a.test.yaml', serial: 1, rrsets: 3 }
  expect(transfers.draw(view)).toMatchObject({
    serial: 2_000_000,
    transfer: { secondaries: [{ to: '127.0.0.1:9', state: 'told', acknowledged: null, fault: null }] },
  })
  const other = { ...view, name: 'b.test.' }
  expect(transfers.draw(other)).toBe(other)
  await transfers.stop()
})
