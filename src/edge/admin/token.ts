/**
 * The token that everything which changes the server must show (RFC 6750). It lies in a file that only the server's
 * user can read, which is where the command line on the same machine finds it. Invariant: never logged, never sent.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const tokenOctets = 32
/** What a person may put into the file instead: printable, and no shorter than what cannot be guessed. */
const tokenPattern = /^[\x21-\x7e]{16,256}$/

/** Reads the token, or makes one where there is no file. Rejects with a sentence if neither can be done. */
export async function readToken(file: string): Promise<string> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(file, 'wx', 0o600)
    try {
      const token = randomBytes(tokenOctets).toString('base64url')
      await handle.writeFile(`${token}\n`)
      return token
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Error(`the admin token cannot be kept in ${file}: ${(error as Error).message}`)
    }
  }
  const token = (await readFile(file, 'utf8')).trim()
  if (isToken(token)) return token
  throw new Error(`${file} does not hold a token: remove it, or write one line of 16 to 256 printable characters`)
}

/** True for what a file of a token may hold. */
export function isToken(text: string): boolean {
  return tokenPattern.test(text)
}

/** True if an Authorization header shows the token. In the same time for every wrong one. */
export function showsToken(header: string | undefined, token: string): boolean {
  const shown = /^Bearer ([\x21-\x7e]+)$/i.exec(header ?? '')?.[1]
  if (shown === undefined) return false
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown), digest(token))
}
