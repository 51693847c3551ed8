import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ZoneFileText } from '../../../src/core/ports.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'
import { readZoneFile } from '../../../src/edge/disk/zone-file.ts'
import { listZones } from '../../../src/edge/disk/zone-listing.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'robin-zone-file-'))
  mkdirSync(join(folder, 'inc'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(file: string, text: string, modified = 1_000_000): void {
  writeFileSync(join(folder, file), text)
  utimesSync(join(folder, file), modified, modified)
}

async function read(file: string): Promise<ZoneFileText> {
  const found = await readZoneFile(join(folder, file))
  if (found.kind === 'fault') throw new Error(found.fault.text)
  return found.file
}

const head = '$TTL 60\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n'

describe('a master file that includes others', () => {
  it('comes with their texts, and those that they include in turn', async () => {
    write('a.test.zone', `${head}$INCLUDE inc/one\n`)
    write('inc/one', 'one A 192.0.2.2\n$INCLUDE two\n')
    write('inc/two', 'two A 192.0.2.3\n')
    const file = await read('a.test.zone')
    expect([...file.includes.keys()].sort()).toEqual([join(folder, 'inc/one'), join(folder, 'inc/two')])
    const { zone, problems } = readZone(file)
    expect(problems).toEqual([])
    expect(zone?.rrsets).toHaveLength(4)
  })

  it('has another digest and a later date when an included file changes', async () => {
    write('a.test.zone', `${head}$INCLUDE inc/one\n`)
    write('inc/one', 'one A 192.0.2.2\n')
    const before = await read('a.test.zone')
    write('inc/one', 'one A 192.0.2.9\n', 2_000_000)
    const after = await read('a.test.zone')
    expect(after.digest).not.toBe(before.digest)
    expect([before.modified, after.modified]).toEqual([1_000_000, 2_000_000])
  })

  it('survives files that include one another, themselves, or nothing that is there', async () => {
    write('a.test.zone', `${head}$INCLUDE inc/one\n$INCLUDE a.test.zone\n$INCLUDE inc/none\n`)
    write('inc/one', '$INCLUDE one\n$INCLUDE two\n')
    write('inc/two', '$INCLUDE one\n')
    const { zone, problems } = readZone(await read('a.test.zone'))
    expect(zone).toBeNull()
    expect(new Set(problems.map(problem => problem.code))).toEqual(new Set(['include-loop', 'unreadable']))
  })

  it('a YAML file includes nothing, whatever it says', async () => {
    write('a.test.yaml', 'a: $INCLUDE inc/one\n')
    write('inc/one', 'x')
    expect((await read('a.test.yaml')).includes.size).toBe(0)
  })
})

describe('the sidecar of a master file', () => {
  const health = 'checks:\n  tcp: {protocol: TCP, port: 80}\ndefaults: {check: tcp}\nowners:\n  ns1: {check: none}\n'
  const records = `${head}www A 192.0.2.8\nwww A 192.0.2.9\n`

  it('comes with it, and is looked for where there is none', async () => {
    write('a.test.zone', records)
    const alone = await read('a.test.zone')
    expect([alone.includes.size, alone.wanted]).toEqual([0, [join(folder, 'a.test.health.yaml')]])
    write('a.test.health.yaml', health, 2_000_000)
    const file = await read('a.test.zone')
    expect(file.digest).not.toBe(alone.digest)
    expect(file.modified).toBe(2_000_000)
    expect(readZone(file).zone?.rrsets.at(-1)?.pool?.members[0]?.duties).toHaveLength(1)
  })

  it('that cannot be read is a fault of the zone, which would be served unchecked without it', async () => {
    write('a.test.zone', records)
    mkdirSync(join(folder, 'a.test.health.yaml'))
    const found = await readZoneFile(join(folder, 'a.test.zone'))
    expect(found.kind === 'fault' && found.fault.span.file).toBe(join(folder, 'a.test.health.yaml'))
  })
})

describe('a folder called as a zone', () => {
  it('is its files together', async () => {
    mkdirSync(join(folder, 'two.test.'))
    write('two.test./$two.test.yaml', "'': {type: NS, values: [ns1.two.test.]}\n")
    write('two.test./ns1.yaml', 'ns1: {type: A, value: 192.0.2.1}\n', 3_000_000)
    write('two.test./notes.txt', 'x')
    const file = await read('two.test.')
    expect([...file.includes.keys()]).toEqual(
      ['$two.test.yaml', 'ns1.yaml'].map(name => join(folder, 'two.test.', name)),
    )
    expect(file.modified).toBe(3_000_000)
    expect(readZone(file).zone?.rrsets).toHaveLength(2)
    write('two.test./ns1.yaml', 'ns1: {type: A, value: 192.0.2.2}\n', 3_000_000)
    expect((await read('two.test.')).digest).not.toBe(file.digest)
  })

  it('with a file that cannot be read is a fault', async () => {
    mkdirSync(join(folder, 'two.test.', 'www.yaml'), { recursive: true })
    const found = await readZoneFile(join(folder, 'two.test.'))
    expect(found.kind === 'fault' && found.fault.span.file).toBe(join(folder, 'two.test.', 'www.yaml'))
    expect((await readZoneFile(join(folder, 'none.test.'))).kind).toBe('fault')
  })
})

describe('a listing', () => {
  it('has folders that are zones, and sidecars only where they belong to nothing', async () => {
    mkdirSync(join(folder, 'two.test.'))
    mkdirSync(join(folder, '.old.test.'))
    for (const name of ['a.test.zone', 'a.test.health.yaml', 'b.test.health.yaml', 'c.test.yaml', 'd.test.'])
      write(name, '')
    const { paths, places } = await listZones(folder)
    const names = ['a.test.zone', 'b.test.health.yaml', 'c.test.yaml', 'two.test.']
    expect(paths).toEqual(names.map(name => join(folder, name)))
    expect(places.map(({ path }) => path)).toContain(join(folder, 'two.test.'))
  })
})
