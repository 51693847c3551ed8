/**
 * One server to a state folder: two that write it in turns would each lose what the other knows. The lock is a Unix
 * socket that its owner listens on, so the kernel itself gives it up with the process, however that ends; what is left
 * of a dead one is a file that nobody answers at. Works between containers that share the folder, where process numbers
 * would mean nothing.
 */
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { errorCodeOf } from './disk-error.ts'

export const lockName = 'robin.lock'

export interface StateLock {
  /** False if somebody removed or replaced the lock: the folder may have another owner now. */
  isHeld(): Promise<boolean>
  release(): Promise<void>
}

/** How often a dead owner's lock is cleared away before we take it that the folder is contended. */
const triesMax = 3

/** `taken`: another server has the folder. Rejects with the system's error if there can be no lock here. */
export async function takeLock(folder: string): Promise<StateLock | 'taken'> {
  const handle = await open(folder, 'r')
  try {
    for (let tries = 0; tries < triesMax; tries++) {
      const server = await listen(reach(handle, folder))
      if (server !== null) return ownLock(folder, handle, server)
      if (await answers(reach(handle, folder))) break
      await rm(join(folder, lockName), { force: true })
    }
    await handle.close()
    return 'taken'
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The path of a socket has 107 octets at most; by way of the open folder it is always short. */
function reach(handle: FileHandle, folder: string): string {
  return process.platform === 'linux' ? `/proc/self/fd/${handle.fd}/${lockName}` : join(folder, lockName)
}

async function ownLock(folder: string, handle: FileHandle, server: Server): Promise<StateLock> {
  const path = join(folder, lockName)
  const { ino } = await stat(path)
  return {
    isHeld: async () => {
      try {
        return (await stat(path)).ino === ino
      } catch (error) {
        if (errorCodeOf(error) === 'ENOENT') return false
        throw error
      }
    },
    release: async () => {
      // Node removes the socket's file with it, which goes by way of the folder that is closed after.
      await new Promise<void>(resolve => server.close(() => resolve()))
      await handle.close()
    },
  }
}

/** Null if the address is in use. */
function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', error => (errorCodeOf(error) === 'EADDRINUSE' ? resolve(null) : reject(error)))
    // An accept that fails costs only whoever asked.
    server.listen(path, () => resolve(server.on('error', () => undefined).unref()))
  })
}

/** True if somebody listens: the owner is alive. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', error => {
      if (errorCodeOf(error) === 'ECONNREFUSED' || errorCodeOf(error) === 'ENOENT') resolve(false)
      // A queue that is full is an owner that lives.
      else if (errorCodeOf(error) === 'EAGAIN') resolve(true)
      else reject(error)
    })
  })
}
