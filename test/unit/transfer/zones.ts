/** Zones compiled and taken down as versions, and what is read out of the messages that they are packed into. */
import { Packet } from 'dns2'
import { type Name, parseName } from '../../../src/core/name/name.ts'
import { createNameScan, scanName } from '../../../src/core/name/scan.ts'
import { formatRdata, formatType } from '../../../src/core/rdata/table.ts'
import { type Opening, packMessages } from '../../../src/core/transfer/pack.ts'
import { createRecordRef, flatRecords, type RecordRef } from '../../../src/core/transfer/record.ts'
import { findMovingSets } from '../../../src/core/transfer/sets.ts'
import { captureVersion, type ZoneVersion } from '../../../src/core/transfer/version.ts'
import { findZone } from '../../../src/core/zone/lookup.ts'
import { type Bench, createBench } from '../../dns/bench.ts'
import { decode } from '../../dns/decode.ts'

export function zoneAt({ live }: Bench, name: string): number {
  const scan = createNameScan()
  const wire = parseName(name, null) as Name
  scanName(wire, 0, wire.length, scan)
  return findZone(live.snapshot, scan, 1)
}

/** The zone as it is now. */
export function versionOf(bench: Bench, name: string, serial: number): ZoneVersion {
  const { snapshot, rotation } = bench.live
  const zone = zoneAt(bench, name)
  return captureVersion(snapshot, zone, findMovingSets(snapshot, zone), rotation, serial)
}

/** One zone file, `a.test`, as a version. */
export function versionOfText(text: string, serial: number, down: readonly string[] = []): ZoneVersion {
  const bench = createBench({ 'a.test.yaml': text })
  bench.down(...down)
  return versionOf(bench, 'a.test.', serial)
}

/** `owner ttl type rdata` of each. */
export function lines(records: Iterable<RecordRef>): string[] {
  const found: string[] = []
  for (const record of records) found.push(lineOf(record))
  return found
}

export function flatLines(flat: Uint8Array): string[] {
  return lines(flatRecords(flat, createRecordRef()))
}

function lineOf({ ownerBytes, ownerAt, ownerOctets, type, ttl, rdataBytes, rdataAt, rdataOctets }: RecordRef): string {
  const owner = decodeName(ownerBytes.slice(ownerAt, ownerAt + ownerOctets))
  const rdata = formatRdata(type, rdataBytes.slice(rdataAt, rdataAt + rdataOctets))
  return `${owner} ${ttl} ${formatType(type)} ${rdata}`
}

function decodeName(octets: Uint8Array): string {
  let text = ''
  for (let at = 0; octets[at] !== 0; at += octets[at]! + 1) {
    text += `${String.fromCharCode(...octets.subarray(at + 1, at + 1 + octets[at]!))}.`
  }
  return text === '' ? '.' : text
}

export const axfr: Opening = { id: 0x4711, flags: 0x8400, question: questionOf('a.test.', 252) }

function questionOf(name: string, type: number): Uint8Array {
  return Uint8Array.from([...(parseName(name, null) as Name), type >>> 8, type & 255, 0, 1])
}

/** All messages of a stream, copied. */
export function messages(records: Iterable<RecordRef>, limit = 65_535, opening = axfr): Uint8Array[] {
  const out = new Uint8Array(limit)
  const seal = (_: Uint8Array, length: number) => length
  const packed: Uint8Array[] = []
  for (const length of packMessages(opening, records, { out, limit, sealOctets: 0, seal })) {
    packed.push(out.slice(0, length))
  }
  return packed
}

/** The answer sections of all messages, read by the strict reader. */
export function unpacked(stream: readonly Uint8Array[]): string[] {
  return stream.flatMap(message =>
    decode(message).answer.map(({ name, ttl, type, value }) => `${name} ${ttl} ${type} ${value}`),
  )
}

/** Names and types as dns2 reads them; it knows neither all types nor case. */
export function unpackedByDns2(stream: readonly Uint8Array[]): string[] {
  return stream.flatMap(message => {
    const packet = Packet.parse(Buffer.from(message))
    return packet.answers.map(({ name, type, ttl }) => `${name}. ${ttl} ${formatType(type)}`)
  })
}
