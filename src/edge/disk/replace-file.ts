/**
 * A file of the user's replaced as a whole: written beside, forced to the disk, renamed over the old one, so that a
 * server that watches the folder and a crash at any moment see the old text or the new. Permissions stay; where the
 * path is a link, what it leads to is replaced and not the link.
 */
import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Rejects with the system's error, the old file untouched. */
export async function replaceFile(path: string, text: string | Uint8Array): Promise<void> {
  const target = await realpath(path)
  const { mode, uid, gid } = await stat(target)
  // A leading dot: no zone file, whatever the name ends with.
  const beside = join(dirname(target), `.${basename(target)}.${randomUUID()}`)
  const handle = await open(beside, 'wx', mode & 0o777)
  try {
    const own = await handle.stat()
    if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid)
    await handle.chmod(mode & 0o777)
    await handle.writeFile(text)
    await handle.sync()
    await handle.close()
    await rename(beside, target)
  } catch (error) {
    await handle.close()
    await rm(beside, { force: true })
    throw error
  }
}
