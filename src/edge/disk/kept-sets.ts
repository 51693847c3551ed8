/**
 * Copies of the zone sets that were served, for a start with broken files and for the way back:
 *
 *   sets/AT-GENERATION.json   which files that generation had, each by its digest
 *   sets/octets/DIGEST        what was in them, each content once however many sets have it
 *
 * Invariants. A content is checked against its digest whenever it is taken out, so a torn disk yields an error and
 * never other zones. A set that is no longer kept takes with it what no other has. The newest `setsMax` are kept.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { chown, copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { errorCodeOf } from './disk-error.ts'
import { FolderFault, type FolderFile, listFolderFiles } from './folder-files.ts'

export interface KeptFile {
  /** Below the folder of zones, with slashes. */
  readonly path: string
  readonly digest: string
  /** Unix milliseconds. */
  readonly modifiedMs: number
}

export interface KeptSet {
  /** `neverServed` for files that were replaced before the server had taken them. */
  readonly generation: number
  /** Unix milliseconds. */
  readonly keptAt: number
  readonly files: readonly KeptFile[]
}

export interface KeptSets {
  /** Newest first. One that cannot be read is left out. */
  list(): Promise<readonly KeptSet[]>
  /** Keeps the folder as it is; false if the newest set is the same. Rejects in the system's words. */
  keep(zonesFolder: string, generation: number, at: number): Promise<boolean>
  /** The folder as a set would have it. */
  describe(zonesFolder: string): Promise<readonly KeptFile[]>
  /** Writes the files of a set below a folder. Rejects if one was lost. */
  unpack(set: Pick<KeptSet, 'files'>, folder: string): Promise<void>
  /** Where the content of a file lies, looked through. Rejects if it was lost. */
  find(file: KeptFile): Promise<string>
}

export const setsMax = 10
export const neverServed = 0
/** What no set needs is left for so long: somebody else may be about to write the set that does. */
const graceMs = 3_600_000
const folderName = 'sets'
const versionNow = 1

export function openKeptSets(stateFolder: string): KeptSets {
  const folder = join(stateFolder, folderName)
  const octets = join(folder, 'octets')
  /** Digests by place and mark, so that a file that was not touched is not read again. */
  let known = new Map<string, string>()

  const list = async (): Promise<readonly KeptSet[]> => {
    const sets = await Promise.all((await namesIn(folder)).map(name => readSet(join(folder, name))))
    return sets.filter(set => set !== null).sort((a, b) => b.keptAt - a.keptAt || b.generation - a.generation)
  }
  const find = async ({ path, digest }: KeptFile): Promise<string> => {
    const at = join(octets, digest)
    if ((await exists(at)) && (await digestOf(at)) === digest) return at
    throw new FolderFault(`the kept copy of ${path} is damaged`)
  }
  /** Copies what is not there yet; `store` null: looks only. */
  const describe = async (zonesFolder: string, store: string | null): Promise<readonly KeptFile[]> => {
    const next = new Map<string, string>()
    const kept: KeptFile[] = []
    for (const file of await listFolderFiles(zonesFolder)) {
      const key = `${join(zonesFolder, file.path)} ${file.mark}`
      const before = known.get(key)
      const isThere = before !== undefined && (store === null || (await exists(join(store, before))))
      const digest = isThere ? before : await take(zonesFolder, file, store)
      next.set(key, digest)
      kept.push({ path: file.path, digest, modifiedMs: file.modifiedMs })
    }
    known = next
    return kept
  }
  return {
    list,
    find,
    describe: zonesFolder => describe(zonesFolder, null),
    keep: async (zonesFolder, generation, at) => {
      await mkdir(octets, { recursive: true, mode: 0o700 })
      const files = await describe(zonesFolder, octets)
      const sets = await list()
      if (sets[0] !== undefined && isSame(sets[0].files, files)) return false
      const set: KeptSet = { generation, keptAt: at, files }
      await replace(join(folder, nameOf(set)), JSON.stringify({ version: versionNow, ...set }))
      await thinOut(folder, octets, [set, ...sets])
      const contents = files.map(({ digest }) => join(octets, digest))
      await giveTo(stateFolder, [folder, octets, join(folder, nameOf(set)), ...contents])
      return true
    },
    unpack: async ({ files }, to) => {
      for (const file of files) {
        const path = join(to, file.path)
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await copyFile(await find(file), path)
        await utimes(path, file.modifiedMs / 1000, file.modifiedMs / 1000)
      }
    },
  }
}

/** True if the same files have the same contents; dates do not count. */
export function isSame(a: readonly KeptFile[], b: readonly KeptFile[]): boolean {
  return a.length === b.length && a.every(({ path, digest }, i) => b[i]!.path === path && b[i]!.digest === digest)
}

function nameOf({ keptAt, generation }: KeptSet): string {
  return `${String(keptAt).padStart(15, '0')}-${generation}.json`
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter(name => /^[0-9]+-[0-9]+\.json$/.test(name))
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function readSet(path: string): Promise<KeptSet | null> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<KeptSet> & { readonly version?: unknown }
    const { version, generation, keptAt, files } = value
    if (version !== versionNow || typeof generation !== 'number' || typeof keptAt !== 'number') return null
    return Array.isArray(files) && files.every(isKeptFile) ? { generation, keptAt, files } : null
  } catch (error) {
    // Torn, or gone since it was listed.
    if (error instanceof SyntaxError || errorCodeOf(error) !== null) return null
    throw error
  }
}

/** A path that leads out of the folder is not one of ours. */
function isKeptFile(value: unknown): value is KeptFile {
  if (typeof value !== 'object' || value === null) return false
  const { path, digest, modifiedMs } = value as Partial<Record<keyof KeptFile, unknown>>
  const inside = typeof path === 'string' && !/^\/|(?:^|\/)\.\.?(?:\/|$)|\0/.test(path) && path !== ''
  return inside && typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest) && typeof modifiedMs === 'number'
}

/** Reads a file once, for its digest and, if there is a store, for its content. */
async function take(zonesFolder: string, { path }: FolderFile, store: string | null): Promise<string> {
  const from = join(zonesFolder, path)
  if (store === null) return await digestOf(from)
  const draft = join(store, `.${randomUUID()}`)
  const hash = createHash('sha256')
  const listen = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline(createReadStream(from), listen, createWriteStream(draft, { mode: 0o600 }))
    const digest = hash.digest('hex')
    await rename(draft, join(store, digest))
    return digest
  } catch (error) {
    // Not to leave a half on a disk that is full.
    await rm(draft, { force: true })
    throw error
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if (errorCodeOf(error) === null) throw error
    return false
  }
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.new`
  try {
    await writeFile(draft, text, { mode: 0o600 })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** `sets` are all that there are, newest first. */
async function thinOut(folder: string, octets: string, sets: readonly KeptSet[]): Promise<void> {
  for (const set of sets.slice(setsMax)) await rm(join(folder, nameOf(set)), { force: true })
  const needed = new Set(sets.slice(0, setsMax).flatMap(({ files }) => files.map(({ digest }) => digest)))
  for (const name of await readdir(octets)) {
    const path = join(octets, name)
    if (!needed.has(name) && Date.now() - (await stat(path)).mtimeMs > graceMs) await rm(path, { force: true })
  }
}

/** What root keeps for the server must be the server's: it has to read it, and to let it go. */
async function giveTo(stateFolder: string, paths: readonly string[]): Promise<void> {
  if (process.geteuid?.() !== 0) return
  const owner = await stat(stateFolder)
  for (const path of new Set(paths)) {
    const { uid, gid } = await stat(path)
    if (uid !== owner.uid || gid !== owner.gid) await chown(path, owner.uid, owner.gid)
  }
}
