/**
 * A reading thread: takes paths of zone files, one after another, and says of each what it came to. It is the only
 * place in a running server that knows file formats, and it ends when the reading does (readers.ts).
 * Whatever goes wrong in here ends the thread, which control takes for a fault of the file that was being read.
 */
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { assert } from '../core/base/assert.ts'
import { type JudgedZone, judgedOf } from '../core/zonefile/judged.ts'
import { createSharePool } from '../core/zonefile/share.ts'
import { readZone } from '../core/zonefile/validate.ts'
import type { ZoneFileRead } from '../edge/disk/lone-file.ts'
import { readZoneFile } from '../edge/disk/zone-file.ts'
import type { ConfigRead, FileOrder, FileReport, ReaderStart, ReaderWord } from './readers.ts'

async function run(port: MessagePort, start: ReaderStart): Promise<void> {
  if (start.kind === 'config') {
    // Only here: zone files do without it.
    const { readConfig } = await import('./settings-file.ts')
    port.postMessage(readConfig(start.file, start.text) satisfies ConfigRead)
    return
  }
  if (start.niceness > 0) giveWay(start.niceness)
  port.postMessage('ready' satisfies ReaderWord)
  let reading = Promise.resolve()
  port.on('message', (order: FileOrder) => {
    reading = reading.then(async () => send(port, await read(order)))
  })
}

async function read({ path, digest: known, text, tests = false }: FileOrder): Promise<FileReport> {
  const found = text === undefined ? await readZoneFile(path) : givenFile(path, text)
  if (found.kind === 'fault') return found
  const { digest, modified, wanted } = found.file
  if (digest === known) return { kind: 'same', wanted }
  const zone = pack(judgedOf(readZone(found.file)))
  return { kind: 'judged', digest, modified, wanted, zone: tests ? zone : { ...zone, tests: [] } }
}

/** It has no date, and who gave it knows its digest. */
function givenFile(file: string, text: string): ZoneFileRead {
  return { kind: 'file', file: { file, text, includes: new Map(), wanted: [], digest: '', modified: 0 } }
}

/** The same with equal parts of its pools made one: they are sent, and kept by control, only once. */
function pack(zone: JudgedZone): JudgedZone {
  if (zone.image === null) return zone
  const share = createSharePool()
  const pools = zone.image.pools.map(pool => ({ ...pool, plan: { ...pool.plan, pool: share(pool.plan.pool) } }))
  return { ...zone, image: { ...zone.image, pools } }
}

/** The octets of an image are handed over rather than copied. */
function send(port: MessagePort, report: FileReport): void {
  const buffer = report.kind === 'judged' ? report.zone.image?.octets.buffer : undefined
  port.postMessage(report, buffer instanceof ArrayBuffer ? [buffer] : [])
}

/** Linux gives each thread a priority of its own. */
function giveWay(niceness: number): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    setPriority(thread, niceness)
  } catch {
    // Another system, no /proc, or a filter of system calls: the reading competes like any other thread.
    return
  }
}

assert(parentPort !== null, 'a reader runs as a thread of the server')
await run(parentPort, workerData as ReaderStart)
