/** Pulled zones on the disk: what is kept is whole, and stands under a name that reads back as the zone's. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatName, type Name } from '../../../src/core/name/name.ts'
import { readMasterZone } from '../../../src/core/zonefile/master/zone.ts'
import { zonePath } from '../../../src/edge/secondary/kept-zones.ts'
import { name } from '../secondary/wire.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-kept-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

test.each(['a.test', '~a.test', '#a.test', '\\.a.test', 'a\\047\\.\\.\\047b.test', '\\\\047.test', '\\000\\255.test'])(
  '%s stands in its folder, under its own name',
  text => {
    const apex: Name = name(text)
    const path = zonePath('/kept', apex)
    expect(path.split('/')).toHaveLength(3)
    const reading = readMasterZone(path, '@ 60 SOA a. b. 1 2 3 4 5\n', () => null)
    expect(formatName(reading.name!)).toBe(formatName(apex))
  },
)

test('a zone that the disk takes only a part of is not kept', async () => {
  const module = pathToFileURL(join(import.meta.dirname, '../../../src/edge/secondary/kept-zones.ts')).href
  const script = `
    import { keepZone } from ${JSON.stringify(module)}
    const note = { serial: 1, times: { refresh: 1, retry: 1, expire: 1 }, confirmedAt: 1 }
    const apex = Uint8Array.of(1, 97, 0)
    const keeping = keepZone(process.argv[1], apex, ['; some text\\n'.repeat(5000)], note)
    console.log(await keeping.then(() => 'kept', error => error.code))
  `
  // The system writes files up to a limit, and of a longer write what fits.
  const shell = 'ulimit -f 8; exec "$0" --input-type=module -e "$1" "$2"'
  const end = execFileSync('sh', ['-c', shell, process.execPath, script, folder], { encoding: 'utf8' })
  expect(end.trim()).toBe('EFBIG')
  expect(await readdir(folder)).toEqual([])
})
