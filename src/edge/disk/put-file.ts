/**
 * A file of our own replaced as a whole: written beside, forced to the disk, renamed over the old one, and the folder
 * forced as well, so that a crash at any moment leaves the old content or the new. For files that one writer has: the
 * draft has one name, so that one that a crash left is written over.
 */
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** For its owner alone. Rejects with the system's error, the old file untouched. */
export async function putFile(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.new`
  try {
    await writeForced(draft, content)
    await rename(draft, path)
  } catch (error) {
    // Not to leave a half on a disk that is full.
    await rm(draft, { force: true })
    throw error
  }
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function writeForced(path: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(path, 'w', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
