/**
 * The door of the master file front end for those who read sets of zone files: `NAME.zone` → the same reading that a
 * YAML file comes to. What records point at is judged here already, so nothing is left for the look across zones but
 * whether the zone is there twice.
 */
import { isNameFault, type Name, parseName } from '../../name/name.ts'
import { shown } from '../doc.ts'
import { lostZone, type ZoneReading } from '../zone.ts'
import type { Include } from './include.ts'
import { readMaster } from './read.ts'
import type { ReadingProgress } from './record.ts'

const extension = /\.zone$/i

/** True if the name of the file says that it is a master file. */
export function isMasterFile(file: string): boolean {
  return extension.test(file)
}

/** One file with all that it includes; `sidecar` where that is not beside it. The zone is called as the file is. */
export function readMasterZone(
  file: string,
  text: string,
  include: Include,
  progress: ReadingProgress | null = null,
  sidecar: string | null = null,
): ZoneReading {
  const stem = file.slice(file.lastIndexOf('/') + 1).replace(extension, '')
  const nameSpan = { file, line: 1, column: 1, endColumn: 2 }
  const name = readZoneName(stem)
  if (name === null) {
    const what = `${shown(stem)} is not the name of a zone`
    const hint = 'call the file as the zone, such as svc.example.com.zone'
    return lostZone(file, [{ code: 'bad-zone-name', severity: 'error', span: nameSpan, text: what, hint }])
  }
  const { zone, problems, transfer, tests } = readMaster(file, text, name, include, progress, sidecar)
  return { file, name, nameSpan, zone, targets: [], transfer, tests, problems }
}

function readZoneName(stem: string): Name | null {
  if (stem === '' || /[^\x21-\x7e]|\*/.test(stem)) return null
  const name = parseName(stem.endsWith('.') ? stem : `${stem}.`, null)
  return isNameFault(name) || name.length === 1 ? null : name
}
