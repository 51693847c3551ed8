/**
 * A file of our own replaced as a whole: written beside, forced to the disk, renamed over the old one, and the folder
 * forced as well, so that a crash at any moment leaves the old content or the new. For files that one writer has at a
 * time: the draft has one name, so that one that a crash left is written over.
 */
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A whole, or pieces of it one after the other. */
export type FileContent = string | Uint8Array | Iterable<string>

const draftEnd = '.new'

/** True for what a crash may have left. */
export function isDraft(name: string): boolean {
  return name.endsWith(draftEnd)
}

/** For its owner alone. Rejects with the system's error, the old file untouched. */
export async function putFile(path: string, content: FileContent): Promise<void> {
  await replace(path, content, true)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** The same, but not forced to the disk: for what may be lost in a crash, and is written too often to wait for. */
export async function putFileLightly(path: string, content: FileContent): Promise<void> {
  await replace(path, content, false)
}

async function replace(path: string, content: FileContent, isForced: boolean): Promise<void> {
  const draft = `${path}${draftEnd}`
  try {
    await write(draft, content, isForced)
    await rename(draft, path)
  } catch (error) {
    // Not to leave a half on a disk that is full.
    await rm(draft, { force: true })
    throw error
  }
}

async function write(path: string, content: FileContent, isForced: boolean): Promise<void> {
  const handle = await open(path, 'w', 0o600)
  try {
    // Not `write`, which may take a part and say nothing, as where the disk is nearly full.
    await handle.writeFile(content)
    if (isForced) await handle.sync()
  } finally {
    await handle.close()
  }
}
