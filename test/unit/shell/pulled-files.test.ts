/** Pulled zones among the files of the folder: read as any, with their sidecars there, empty where they may not be served. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JudgedFile, ZoneSource } from '../../../src/core/ports.ts'
import { judgeTogether } from '../../../src/core/zonefile/join.ts'
import { zonePath } from '../../../src/edge/secondary/kept-zones.ts'
import type { PulledZone } from '../../../src/shell/pulled-files.ts'
import { createReaders } from '../../../src/shell/readers.ts'
import { createZoneSource } from '../../../src/shell/zone-source.ts'
import { name } from '../secondary/wire.ts'

const master = (records: string): string =>
  `@ 30 SOA ns1 host 7 60 15 86400 5\n@ 30 NS ns1\nns1 30 A 10.0.0.53\n${records}`
const yaml =
  'soa: {mname: ns.example.net., rname: h.example.net.}\nrecords: {"@": {type: NS, value: ns.example.net.}}\n'
const span = { file: 'robin.yaml', line: 4, column: 3, endColumn: 9 }

let folder = ''
let kept = ''
let source: ZoneSource
let pulled: PulledZone[] = []
let lost: string[] = []
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'robin-pulled-'))
  folder = join(root, 'zones')
  kept = join(root, 'kept')
  await mkdir(folder)
  await mkdir(kept)
  pulled = []
  lost = []
  const zones = { list: () => pulled, lose: (_: unknown, detail: string) => lost.push(detail) }
  source = createZoneSource(createReaders({ threadsMax: 1 }), { folder, pulled: zones })
})
afterEach(async () => {
  await source.close()
  await rm(join(folder, '..'), { recursive: true, force: true })
})

const zoneOf = (zone: string, isServable: boolean): PulledZone => {
  return { apex: name(zone), path: zonePath(kept, name(zone)), isServable, span }
}
const shapes = (files: readonly JudgedFile[]) =>
  files.map(({ zone, origin }) => [zone.image?.withheld ?? false, zone.image?.rrsets, zone.image?.pools.length, origin])

test('a zone that is kept is read with the sidecar that the folder has for it', async () => {
  await writeFile(join(folder, 'b.test.yaml'), yaml)
  await writeFile(zonePath(kept, name('a.test')), master('www 30 A 10.0.0.1\nwww 30 A 10.0.0.2\n'))
  await writeFile(
    join(folder, 'a.test.health.yaml'),
    'checks: {t: {protocol: TCP, port: 80}}\nowners: {www: {check: t}}\n',
  )
  pulled = [zoneOf('a.test', true)]
  const { files, faults } = await source.read()
  expect(faults).toEqual([])
  expect(judgeTogether(files.map(({ zone }) => zone)).filter(({ severity }) => severity === 'error')).toEqual([])
  expect(shapes(files)).toEqual([
    [false, 2, 0, undefined],
    [false, 4, 1, 'secondary'],
  ])
  expect(files[1]!.zone.image!.pools.map(({ plan }) => plan.pool.members[0]!.duties.length)).toEqual([1])
  // The same objects as long as nothing changes: nothing is compiled anew.
  expect((await source.read()).files[1]).toBe(files[1])
  await writeFile(join(folder, 'a.test.health.yaml'), '')
  expect((await source.read()).files[1]!.digest).not.toBe(files[1]!.digest)
})

test('what a sidecar says of records that the primary has no more is a warning', async () => {
  await writeFile(zonePath(kept, name('a.test')), master(''))
  await writeFile(
    join(folder, 'a.test.health.yaml'),
    'checks: {t: {protocol: TCP, port: 80}}\nowners: {www: {check: t}}\n',
  )
  pulled = [zoneOf('a.test', true)]
  const { files } = await source.read()
  expect(files[0]!.zone.problems.filter(({ code }) => code === 'idle-set')).toMatchObject([
    { severity: 'warning', span: { line: 2 } },
  ])
  expect(files[0]!.zone.image).not.toBeNull()
})

test('a mistake in a sidecar is one in the files that people write', async () => {
  await writeFile(zonePath(kept, name('a.test')), master('www 30 A 10.0.0.1\n'))
  await writeFile(join(folder, 'a.test.health.yaml'), 'owners: {www: {check: nope}}\n')
  pulled = [zoneOf('a.test', true)]
  const { files } = await source.read()
  expect(judgeTogether(files.map(({ zone }) => zone)).map(({ code }) => code)).toContain('undefined-check')
  expect(lost).toEqual([])
})

test('zones that may not be answered from stand there empty, and come to life', async () => {
  pulled = [zoneOf('a.test', false)]
  const { files } = await source.read()
  expect(shapes(files)).toEqual([[true, 1, 0, 'secondary']])
  expect(files[0]!.zone.nameSpan).toEqual(span)
  expect((await source.read()).files[0]).toBe(files[0])
  await writeFile(zonePath(kept, name('a.test')), master(''))
  expect(shapes((await source.read()).files)).toEqual([[true, 1, 0, 'secondary']])
  pulled = [zoneOf('a.test', true)]
  expect(shapes((await source.read()).files)).toEqual([[false, 3, 0, 'secondary']])
  pulled = []
  expect((await source.read()).files).toEqual([])
})

test.each([
  ['is missing', null],
  ['has errors', 'no master file\n'],
])('a copy that %s is told of, and the zone is withheld', async (_, text) => {
  await writeFile(join(folder, 'b.test.yaml'), yaml)
  if (text !== null) await writeFile(zonePath(kept, name('a.test')), text)
  pulled = [zoneOf('a.test', true)]
  const { files, faults } = await source.read()
  expect(faults).toEqual([])
  expect(shapes(files)).toEqual([
    [false, 2, 0, undefined],
    [true, 1, 0, 'secondary'],
  ])
  expect(lost.length).toBe(1)
})

test('a zone that is in the folder too is refused where it is asked for', async () => {
  await writeFile(join(folder, 'a.test.yaml'), yaml)
  pulled = [zoneOf('a.test', false)]
  const { files } = await source.read()
  const problems = judgeTogether(files.map(({ zone }) => zone))
  expect(problems.filter(({ code }) => code === 'duplicate-zone')).toMatchObject([{ span }])
})

test('what other zones point at in a pulled one is its primary’s to say', async () => {
  const lead = 'soa: {mname: ns.a.test., rname: h.a.test.}\nrecords: {"@": {type: NS, value: ns.a.test.}}\n'
  await writeFile(join(folder, 'b.test.yaml'), lead)
  await writeFile(zonePath(kept, name('a.test')), master(''))
  for (const isServable of [true, false]) {
    pulled = [zoneOf('a.test', isServable)]
    const { files } = await source.read()
    expect(judgeTogether(files.map(({ zone }) => zone)).filter(({ severity }) => severity === 'error')).toEqual([])
  }
})
