/** Copies of zone sets on a real disk: what is kept, what is thinned out, what a damaged one comes to, and the way back. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type KeptSets, openKeptSets, setsMax } from '../../../src/edge/disk/kept-sets.ts'
import { putBack } from '../../../src/edge/disk/put-back.ts'

let root = ''
let zones = ''
let state = ''
let sets: KeptSets
let atMs = 1_000_000

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'robin-sets-'))
  zones = join(root, 'zones')
  state = join(root, 'state')
  for (const folder of [zones, state]) await mkdir(folder)
  sets = openKeptSets(state)
})
afterEach(() => rm(root, { recursive: true }))

const write = (path: string, text: string): Promise<void> => writeFile(join(zones, path), text)
const keep = (generation: number): Promise<boolean> => sets.keep(zones, generation, ++atMs)
const blobs = async (): Promise<string[]> => (await readdir(join(state, 'sets', 'octets'))).sort()
/** The folder as text by path. */
async function read(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const texts = await Promise.all(names.map(entry => readFile(join(entry.parentPath, entry.name), 'utf8')))
  return Object.fromEntries(
    names.map((entry, i) => [join(entry.parentPath, entry.name).slice(folder.length + 1), texts[i]!]),
  )
}

describe('keeping', () => {
  it('takes all that is not hidden, each content once', async () => {
    await write('a.test.yaml', 'one')
    await write('b.test.zone', 'one')
    await write('.hidden.yaml', 'no')
    await write('b.test.zone~', 'no')
    await mkdir(join(zones, 'parts'))
    await write('parts/included', 'two')
    await mkdir(join(zones, '.git'))
    await write('.git/config', 'no')
    await symlink(join(zones, 'a.test.yaml'), join(zones, 'linked.yaml'))
    expect(await keep(1)).toBe(true)
    const [set] = await sets.list()
    expect(set).toMatchObject({ generation: 1, keptAt: atMs })
    expect(set!.files.map(({ path }) => path)).toEqual(['a.test.yaml', 'b.test.zone', 'linked.yaml', 'parts/included'])
    expect(await blobs()).toHaveLength(2)
  })

  it('keeps a set once, and again after another one', async () => {
    await write('a.test.yaml', 'one')
    expect([await keep(1), await keep(2)]).toEqual([true, false])
    await write('a.test.yaml', 'two')
    expect(await keep(3)).toBe(true)
    await write('a.test.yaml', 'one')
    expect(await keep(4)).toBe(true)
    expect((await sets.list()).map(({ generation }) => generation)).toEqual([4, 3, 1])
    expect(await blobs()).toHaveLength(2)
    expect(await openKeptSets(state).list()).toEqual(await sets.list())
  })

  it('keeps the newest few, and of contents only what they need', async () => {
    for (let generation = 1; generation <= setsMax + 2; generation++) {
      await write('a.test.yaml', `content ${generation}`)
      await keep(generation)
    }
    const kept = await sets.list()
    expect(kept.map(({ generation }) => generation)).toEqual(Array.from({ length: setsMax }, (_, i) => setsMax + 2 - i))
    // What nobody needs goes when it is old: it could be another's, whose set is about to be written.
    expect(await blobs()).toHaveLength(setsMax + 2)
    for (const name of await blobs()) await utimes(join(state, 'sets', 'octets', name), 1, 1)
    await write('a.test.yaml', 'one more')
    await keep(100)
    expect(await blobs()).toHaveLength(setsMax)
    for (const set of await sets.list()) await expect(sets.find(set.files[0]!)).resolves.toContain(set.files[0]!.digest)
  })

  it('rejects in the system’s words where it cannot keep', async () => {
    await expect(sets.keep(join(root, 'nowhere'), 1, 1)).rejects.toMatchObject({ code: 'ENOENT' })
    await write('a.test.yaml', 'one')
    await rm(state, { recursive: true })
    await writeFile(state, 'in the way')
    await expect(keep(1)).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})

describe('a damaged copy', () => {
  it('is found out when it is taken out, and only then lost', async () => {
    await write('a.test.yaml', 'one')
    await keep(1)
    const [set] = await sets.list()
    await writeFile(join(state, 'sets', 'octets', set!.files[0]!.digest), 'something else')
    await expect(sets.unpack(set!, join(root, 'out'))).rejects.toThrow('a.test.yaml')
    await rm(join(state, 'sets', 'octets', set!.files[0]!.digest))
    await expect(sets.find(set!.files[0]!)).rejects.toThrow('a.test.yaml')
  })

  it.each([
    ['torn', '{"version":1,"gen'],
    ['of another version', JSON.stringify({ version: 2, generation: 1, keptAt: 1, files: [] })],
    ['leading out of the folder', setOf('../../etc/passwd')],
    ['leading to the root', setOf('/etc/passwd')],
    ['leading out in the middle', setOf('a/../../b')],
  ])('a list that is %s is no set', async (_, text) => {
    await write('a.test.yaml', 'one')
    await keep(1)
    await writeFile(join(state, 'sets', '000000002000000-9.json'), text)
    expect((await sets.list()).map(({ generation }) => generation)).toEqual([1])
  })
})

function setOf(path: string): string {
  return JSON.stringify({
    version: 1,
    generation: 9,
    keptAt: 1,
    files: [{ path, digest: 'a'.repeat(64), modifiedMs: 1 }],
  })
}

describe('the way back', () => {
  it('unpacks a set with the dates that its files had', async () => {
    await write('a.test.yaml', 'one')
    await utimes(join(zones, 'a.test.yaml'), 1_600_000_000, 1_600_000_000)
    await mkdir(join(zones, 'z.test.'))
    await write('z.test./www.yaml', 'two')
    await keep(1)
    const out = join(root, 'out')
    await sets.unpack((await sets.list())[0]!, out)
    expect(await read(out)).toEqual({ 'a.test.yaml': 'one', 'z.test./www.yaml': 'two' })
    expect((await stat(join(out, 'a.test.yaml'))).mtimeMs).toBe(1_600_000_000_000)
  })

  it('replaces what differs, writes what is missing, removes zones that are not of the set, and nothing else', async () => {
    await write('a.test.yaml', 'one')
    await chmod(join(zones, 'a.test.yaml'), 0o640)
    await write('same.test.yaml', 'same')
    await write('gone.test.yaml', 'gone')
    await mkdir(join(zones, 'z.test.'))
    await write('z.test./www.yaml', 'two')
    await keep(1)
    const [set] = await sets.list()
    const untouched = (await stat(join(zones, 'same.test.yaml'))).ino

    await write('a.test.yaml', 'broken')
    await rm(join(zones, 'gone.test.yaml'))
    await write('new.test.zone', 'new')
    await write('z.test./new.yaml', 'new')
    await write('README', 'not ours')
    await mkdir(join(zones, 'parts'))
    await write('parts/x.yaml', 'not ours')
    const done = await putBack(sets, set!.files, await sets.describe(zones), zones)

    expect(done).toEqual({
      restored: ['a.test.yaml', 'gone.test.yaml'],
      removed: ['new.test.zone', 'z.test./new.yaml'],
    })
    expect(await read(zones)).toEqual({
      'a.test.yaml': 'one',
      'same.test.yaml': 'same',
      'gone.test.yaml': 'gone',
      'z.test./www.yaml': 'two',
      README: 'not ours',
      'parts/x.yaml': 'not ours',
    })
    expect((await stat(join(zones, 'a.test.yaml'))).mode & 0o777).toBe(0o640)
    expect((await stat(join(zones, 'gone.test.yaml'))).mode & 0o777).toBe(0o644)
    expect((await stat(join(zones, 'same.test.yaml'))).ino).toBe(untouched)
  })

  it('touches nothing if one of the contents was lost', async () => {
    await write('a.test.yaml', 'one')
    await write('b.test.yaml', 'two')
    await keep(1)
    const [set] = await sets.list()
    await rm(join(state, 'sets', 'octets', set!.files[1]!.digest))
    await write('a.test.yaml', 'three')
    await write('b.test.yaml', 'four')
    await expect(putBack(sets, set!.files, await sets.describe(zones), zones)).rejects.toThrow('b.test.yaml')
    expect(await read(zones)).toEqual({ 'a.test.yaml': 'three', 'b.test.yaml': 'four' })
  })
})
