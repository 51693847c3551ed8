/** The GeoIP file as whoever reads zones has it: opened when it is asked for, and again when another lies there. */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openGeoFile } from '../../../src/edge/geoip.ts'
import { place, writeMmdb } from './mmdb-writer.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'robin-geo-file-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const put = (content: string | Uint8Array): void => {
  writeFileSync(join(folder, 'new'), content)
  renameSync(join(folder, 'new'), join(folder, 'geo.mmdb'))
}

it('is opened once, and again when it was replaced', () => {
  const file = openGeoFile(join(folder, 'geo.mmdb'))
  const look = () => file.look().open()
  expect(look()).toContain('does not exist')
  put(writeMmdb({ '10.0.0.0/8': place('EU', 'DE') }))
  const first = look()
  expect(first).toBeTypeOf('object')
  expect(look()).toBe(first)
  put('torn')
  expect(look()).toBeTypeOf('string')
})

it('is a fault in words where there is no way to it', () => {
  mkdirSync(join(folder, 'file'))
  writeFileSync(join(folder, 'file', 'x'), '')
  chmodSync(join(folder, 'file', 'x'), 0o600)
  const file = openGeoFile(join(folder, 'file', 'x', 'geo.mmdb'))
  expect(file.look().open()).toBeTypeOf('string')
  expect(file.mark()).toBeTypeOf('string')
})
