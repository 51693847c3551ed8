/**
 * From zone files to what is served, without sockets or probes: what reading, compiling, proving and putting in place
 * cost for each record, and the memory that a name takes. 10,000 owners with four addresses each, all of them pools.
 */
import { openSnapshot } from '../src/core/zone/layout.ts'
import { proveSnapshot } from '../src/core/zone/prove.ts'
import { compile } from '../src/core/zonefile/index.ts'
import { print } from './print.ts'
import { fillBoard, readModel } from './rig.ts'
import { median } from './support.ts'
import { makeFolder } from './zones.ts'

export interface InstallReport {
  readonly owners: number
  readonly records: number
  /** Microseconds for each record. */
  readonly readMicros: number
  readonly compileMicros: number
  readonly proveMicros: number
  readonly publishMicros: number
  /** What a worker does between two packets, whatever the size of the zones. */
  readonly swapMicros: number
  readonly snapshotOctetsPerOwner: number
  /** The same without the addresses themselves. */
  readonly overheadOctetsPerOwner: number
  readonly boardOctetsPerOwner: number
}

const zones = 100
const ownersPerZone = 100
const recordsPerOwner = 4
const addressOctets = 4
const rounds = 5
const swaps = 10_000

export function benchInstall(): InstallReport {
  const files = makeFolder({ zones, ownersPerZone, endpoints: zones * ownersPerZone, check: 'protocol: TCP, port: 80' })
  const owners = zones * ownersPerZone
  const records = owners * recordsPerOwner
  const model = readModel(files)
  const compiled = compile(model, 1, () => 1)
  const board = fillBoard(compiled)
  const { memory } = compiled.snapshot
  return {
    owners,
    records,
    readMicros: time(() => readModel(files)) / records,
    compileMicros: time(() => compile(model, 1, () => 1)) / records,
    proveMicros: time(() => proveSnapshot(compiled.snapshot)) / records,
    publishMicros: time(() => fillBoard(compiled)) / records,
    swapMicros: time(() => swapOften(memory)) / swaps,
    snapshotOctetsPerOwner: memory.byteLength / owners,
    overheadOctetsPerOwner: memory.byteLength / owners - recordsPerOwner * addressOctets,
    boardOctetsPerOwner: board.memory.byteLength / owners,
  }
}

function swapOften(memory: SharedArrayBuffer): void {
  for (let i = 0; i < swaps; i++) openSnapshot(memory)
}

/** Microseconds of processor time, the middle of several runs after one that does not count. */
function time(run: () => unknown): number {
  run()
  const times = Array.from({ length: rounds }, () => {
    const began = process.cpuUsage()
    run()
    return process.cpuUsage(began).user
  })
  return median(times)
}

export function printInstall(report: InstallReport): void {
  const micros = (value: number): string => `${value.toFixed(2)} us a record`
  print('owners', `${report.owners} in ${zones} zones, ${report.records} records`)
  print('read and judge YAML', micros(report.readMicros))
  print('compile', micros(report.compileMicros))
  print('prove', micros(report.proveMicros))
  print('decide and publish', micros(report.publishMicros))
  print('swap in a worker', `${report.swapMicros.toFixed(1)} us`)
  const over = `${Math.round(report.overheadOctetsPerOwner)} over its addresses`
  print('snapshot', `${Math.round(report.snapshotOctetsPerOwner)} octets an owner, ${over}`)
  print('board', `${Math.round(report.boardOctetsPerOwner)} octets an owner`)
}
