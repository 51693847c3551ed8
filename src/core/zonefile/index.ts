/**
 * The room's door: from the text of zone files to a Model, or to Problems that say where and what instead; and from a
 * Model to the snapshot that is served.
 */
export { formatZoneFile } from './canonical/document.ts'
export { sameReadings } from './canonical/same.ts'
export { compile } from './compile.ts'
export { decodeZoneFile, zoneFileOctetsMax } from './decode.ts'
export { formatDuration } from './duration.ts'
export { formatProblem } from './format.ts'
export type { Model, RRsetModel, ZoneModel } from './model.ts'
export { zoneJsonSchema } from './schema/json.ts'
export { sidecarJsonSchema } from './schema/sidecar.ts'
export { joinZones, readZone, readZones, type Validated, validate } from './validate.ts'
export { parse } from './yaml.ts'
export { lostZone, type ZoneReading } from './zone.ts'
