/**
 * Makes a folder of zone files what a kept set has: what differs is replaced, each file at once, what is missing is
 * written, and zone files that the set does not have are removed. Other files of the folder are left alone.
 */
import { randomUUID } from 'node:crypto'
import { chown, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isSplitPart, isSplitZone } from '../../core/zonefile/forms.ts'
import type { KeptFile, KeptSets } from './kept-sets.ts'
import { replaceFile } from './replace-file.ts'
import { isZoneFileName } from './zone-listing.ts'

/** Paths below the folder. */
export interface PutBack {
  readonly restored: readonly string[]
  readonly removed: readonly string[]
}

const ordinaryMode = 0o644

/** `now` is the folder as it is. Rejects at the first file that cannot be written; those before it are done. */
export async function putBack(
  sets: Pick<KeptSets, 'find'>,
  files: readonly KeptFile[],
  now: readonly KeptFile[],
  folder: string,
): Promise<PutBack> {
  const present = new Map(now.map(({ path, digest }) => [path, digest]))
  const wanted = new Set(files.map(({ path }) => path))
  const differing = files.filter(({ path, digest }) => present.get(path) !== digest)
  // All that is needed is whole before anything is touched.
  const contents = await Promise.all(differing.map(async file => await sets.find(file)))
  for (const [i, { path }] of differing.entries()) {
    const octets = await readFile(contents[i]!)
    if (present.has(path)) await replaceFile(join(folder, path), octets)
    else await writeNew(folder, path, octets)
  }
  const extra = now.map(({ path }) => path).filter(path => !wanted.has(path) && isOfAZone(path))
  for (const path of extra) await rm(join(folder, path))
  return { restored: differing.map(({ path }) => path), removed: extra }
}

/** A zone file, a sidecar, or a part of a split zone: what the server would take from the folder. */
function isOfAZone(path: string): boolean {
  const [first = '', second, ...more] = path.split('/')
  if (second === undefined) return isZoneFileName(first)
  return more.length === 0 && isSplitZone(first) && isSplitPart(second)
}

/** Readable for all and owned by whoever owns the folder, as a person would leave it. */
async function writeNew(folder: string, path: string, octets: Uint8Array): Promise<void> {
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true })
  const { uid, gid } = await stat(folder)
  const beside = join(dirname(target), `.${basename(target)}.${randomUUID()}`)
  const handle = await open(beside, 'wx', ordinaryMode)
  try {
    await handle.writeFile(octets)
    await handle.chmod(ordinaryMode)
    await handle.sync()
    await handle.close()
    if (process.geteuid?.() === 0) await chown(beside, uid, gid)
    await rename(beside, target)
  } catch (error) {
    await handle.close()
    await rm(beside, { force: true })
    throw error
  }
}
