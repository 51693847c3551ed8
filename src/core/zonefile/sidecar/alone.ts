/**
 * A sidecar that was handed in as if it were a zone: there is no master file beside it, or the zone is a YAML file,
 * which can say itself how it is checked.
 */
import { shown } from '../doc.ts'
import { masterPath } from '../forms.ts'
import { lostZone, type ZoneReading } from '../zone.ts'

export function refuseAlone(file: string): ZoneReading {
  const span = { file, line: 1, column: 1, endColumn: 2 }
  const isNamedOtherwise = /\.yml$/i.test(file)
  const text = isNamedOtherwise
    ? `the health of a zone is in a file that ends with \`.health.yaml\`, and ${shown(file)} does not`
    : `this is the health of ${shown(masterPath(file))}, which is not there`
  const hint = isNamedOtherwise
    ? 'call it `.health.yaml`'
    : 'put the master file beside it; YAML zones say it themselves; for a pulled zone name STATE/secondary as well'
  return lostZone(file, [{ code: 'sidecar-alone', severity: 'error', span, text, hint }])
}
