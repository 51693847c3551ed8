/**
 * Exported master files in the hands of BIND and Knot: what named-checkzone dumps of a file and of its export is the
 * same, octet by octet, and both load zones that were never master files.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { formatMaster } from '../../src/core/zonefile/export/master.ts'
import type { ZoneModel } from '../../src/core/zonefile/model.ts'
import { readZone } from '../../src/core/zonefile/validate.ts'
import { needs } from '../live/program.ts'
import { messySeed, messyZone } from '../unit/master/messy.ts'
import { readText } from '../unit/master/zones.ts'

const folder = mkdtempSync(join(tmpdir(), 'robin-export-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` }
const exported = (zone: ZoneModel) => [...formatMaster(zone, 1, () => {})].join('')

/** Zones that BIND loads too: names of hosts are not judged, and what is elsewhere is not looked up. */
function dump(name: string, text: string): string | null {
  const path = join(folder, 'zone')
  writeFileSync(path, text)
  const args = ['-D', '-q', '-i', 'local', '-k', 'ignore', '-o', '-', name, path]
  const { status, stdout } = spawnSync('named-checkzone', args, { env, encoding: 'utf8' })
  // BIND keeps the spelling that each owner was written with; a zone here has one for each name.
  return status === 0 ? stdout.replace(/^\S+/gm, owner => owner.toLowerCase()) : null
}

const samples = fc.sample(messyZone, { seed: messySeed, numRuns: 40 })
const example = readZone({ file: 'example.test.yaml', text: readFileSync('zones/example.test.yaml', 'utf8') }).zone!

describe.runIf(needs('named-checkzone'))('BIND', () => {
  test('finds in an export what it finds in the file', () => {
    let compared = 0
    for (const text of samples) {
      const { zone } = readText(text)
      const original = zone === null ? null : dump('ex.test', text)
      if (zone === null || original === null) continue
      compared++
      expect(dump('ex.test', exported(zone))).toBe(original)
    }
    expect(compared).toBeGreaterThan(20)
  })

  test('loads the export of a YAML zone', () => {
    expect(dump('example.test', exported(example))).toContain('www.example.test.')
  })
})

describe.runIf(needs('kzonecheck'))('Knot', () => {
  test('loads what is exported', () => {
    const check = (name: string, text: string) => {
      const path = join(folder, `${name}.zone`)
      writeFileSync(path, text)
      return execFileSync('kzonecheck', ['-o', name, path], { env, encoding: 'utf8', stdio: 'pipe' })
    }
    expect(check('example.test', exported(example))).not.toContain('error')
  })
})
