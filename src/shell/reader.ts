/**
 * A reading thread: takes paths of zone files, one after another, and says of each what it came to. It is the only
 * place in a running server that knows file formats, and it ends when there is nothing more to read (readers.ts).
 * Whatever goes wrong in here ends the thread, which control takes for a fault of the file that was being read.
 */
import { createHash } from 'node:crypto'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { assert } from '../core/base/assert.ts'
import { type JudgedZone, judgedOf, withheldZone } from '../core/zonefile/judged.ts'
import { createSharePool } from '../core/zonefile/share.ts'
import { readZone } from '../core/zonefile/validate.ts'
import type { ZoneFileRead } from '../edge/disk/lone-file.ts'
import { readZoneFile } from '../edge/disk/zone-file.ts'
import { type GeoFile, openGeoFile } from '../edge/geoip.ts'
import { giveWay } from './give-way.ts'
import type { ConfigRead } from './readers.ts'
import type { FileOrder, FileReport, ReaderStart, ReaderWord } from './reading-words.ts'

/** A file that is shorter is read before anybody could look. */
const toldCharactersMin = 4_000_000

/** Set before the first order, where there is one. */
let geo: GeoFile | null = null

async function run(port: MessagePort, start: ReaderStart): Promise<void> {
  if (start.kind === 'config') {
    // Only here: zone files do without it.
    const { readConfig } = await import('./settings-file.ts')
    port.postMessage(readConfig(start.file, start.text) satisfies ConfigRead)
    return
  }
  if (start.niceness > 0) giveWay(start.niceness)
  geo = start.geoip === null ? null : openGeoFile(start.geoip)
  port.postMessage('ready' satisfies ReaderWord)
  let reading = Promise.resolve()
  port.on('message', (order: FileOrder) => {
    reading = reading.then(async () => send(port, await read(port, order)))
  })
}

async function read(port: MessagePort, order: FileOrder): Promise<FileReport> {
  const { path, digest: known, text, tests = false } = order
  if (order.withheld !== undefined) {
    const zone = withheldZone(path, order.withheld)
    return { kind: 'judged', digest: 'withheld', modified: 0, wanted: [], zone }
  }
  const found = text === undefined ? await readZoneFile(path, order.sidecar) : givenFile(path, text)
  if (found.kind === 'fault') return found
  const { digest, modified, wanted } = found.file
  if (digest === known) return { kind: 'same', wanted }
  if (geo !== null && known === withGeo(digest, geo)) return { kind: 'same', wanted: [...wanted, geo.path] }
  const progress = (done: number, total: number): void => {
    if (total < toldCharactersMin) return
    port.postMessage({ kind: 'progress', within: { path, done, total } } satisfies ReaderWord)
  }
  const asked = geo?.look() ?? null
  const parts = asked === null ? { progress } : { progress, geo: asked.open }
  const zone = pack(judgedOf(readZone({ ...found.file, ...parts })))
  const report = { kind: 'judged' as const, digest, modified, wanted, zone: tests ? zone : { ...zone, tests: [] } }
  // What it came to hangs on that file as well.
  if (geo === null || asked?.used() !== true) return report
  return { ...report, wanted: [...wanted, geo.path], digest: withGeo(digest, geo) }
}

function withGeo(digest: string, { mark }: GeoFile): string {
  return createHash('sha256').update(`${digest} ${mark()}`).digest('hex')
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

assert(parentPort !== null, 'a reader runs as a thread of the server')
await run(parentPort, workerData as ReaderStart)
