import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ZoneFileText } from '../../../src/core/ports.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'
import { readZoneFile } from '../../../src/edge/disk/zone-file.ts'

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
