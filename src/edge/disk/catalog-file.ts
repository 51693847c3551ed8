/**
 * The file in the state folder that says which zones the server has from catalogs, replaced as a whole:
 *
 *   catalogs.json    see core/catalog/saved.ts
 */
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Memberships } from '../../core/catalog/plan.ts'
import { restoreMemberships, saveMemberships } from '../../core/catalog/saved.ts'
import { errorCodeOf } from './disk-error.ts'
import { describeDiskError } from './lone-file.ts'
import { putFile } from './put-file.ts'

export interface CatalogFile {
  readonly name: string
  /** Empty where there is nothing; what cannot be used is put aside, and told as the name that it then has. */
  read(): Promise<{ readonly memberships: Memberships; readonly aside: string | null }>
  /** Why it could not be, or null. Never rejects. */
  write(memberships: Memberships): Promise<string | null>
}

const catalogsName = 'catalogs.json'

export function openCatalogFile(stateFolder: string): CatalogFile {
  const path = join(stateFolder, catalogsName)
  return {
    name: catalogsName,
    read: async () => {
      const text = await readOrNull(path)
      const memberships = text === null ? new Map() : restoreMemberships(text)
      if (memberships !== null) return { memberships, aside: null }
      await rename(path, `${path}.bad`)
      return { memberships: new Map(), aside: `${catalogsName}.bad` }
    },
    write: async memberships => {
      try {
        await mkdir(stateFolder, { recursive: true, mode: 0o700 })
        await putFile(path, saveMemberships(memberships))
        return null
      } catch (error) {
        return describeDiskError(error)
      }
    },
  }
}

/** What it says, for those who only look: nothing where there is nothing of use. Changes nothing. */
export async function lookAtMemberships(stateFolder: string): Promise<Memberships> {
  try {
    const text = await readOrNull(join(stateFolder, catalogsName))
    return (text === null ? null : restoreMemberships(text)) ?? new Map()
  } catch (error) {
    if (errorCodeOf(error) === null) throw error
    return new Map()
  }
}

/** Null where there is none. Rejects with the system's error for one that cannot be read. */
async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null
    throw error
  }
}
