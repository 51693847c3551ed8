/** The live serial: wherever an SOA is answered it is the board's, and that of the file where the board has none. */
import { expect, it } from 'vitest'
import { imageHead } from '../../src/core/zone/layout.ts'
import { zoneAt } from '../unit/transfer/zones.ts'
import { type Bench, createBench } from './bench.ts'

const zone = (name: string) => `
soa: {mname: ns1.${name}., rname: hostmaster.${name}., serial: 7}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.${name}.]}
  ns1: {type: A, value: 192.0.2.53}
  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp, policy: {on_all_down: nodata}}
`
const bench = createBench({ 'a.test.yaml': zone('a.test'), 'b.test.yaml': zone('b.test') })

/** The serials of all SOAs of an answer. */
function serials(from: Bench, name: string, type: string): number[] {
  const { answer, authority } = from.query(name, type)
  return [...answer, ...authority]
    .filter(record => record.type === 'SOA')
    .map(({ value }) => Number(value.split(' ')[2]))
}

const asked = [
  ['a.test', 'SOA'],
  ['ns1.a.test', 'TXT'],
  ['nowhere.a.test', 'A'],
  ['www.a.test', 'A'],
] as const

it.each(asked)('%s %s', (name, type) => {
  bench.down('10.0.0.1', '10.0.0.2')
  const { snapshot, rotation } = bench.live
  bench.publishSerial('a.test.', 0)
  expect(rotation.serial(snapshot.words[(zoneAt(bench, 'a.test.') >>> 2) + imageHead.boardBase]!)).toBe(0)
  expect(serials(bench, name, type)).toEqual([7])
  for (const serial of [8, 0x7fff_ffff, 0xffff_fffe]) {
    bench.publishSerial('a.test.', serial)
    expect(serials(bench, name, type)).toEqual([serial])
    expect(serials(bench, name.replace('a.test', 'b.test'), type)).toEqual([7])
  }
})

it('does not touch what pools answer', () => {
  bench.down()
  bench.publishSerial('a.test.', 9)
  expect(
    bench
      .query('www.a.test', 'A')
      .answer.map(({ value }) => value)
      .sort(),
  ).toEqual(['10.0.0.1', '10.0.0.2'])
})
