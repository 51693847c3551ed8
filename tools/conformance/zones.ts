/** The reference zones, as every server here loads them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ZoneText } from './peers.ts'

const folder = new URL('../../test/conformance/zones/', import.meta.url).pathname

export function readReferenceZones(): readonly ZoneText[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.zone'))
    .sort()
    .map(file => ({ zone: file.slice(0, -'.zone'.length), text: readFileSync(join(folder, file), 'utf8') }))
}
