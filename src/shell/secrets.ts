/**
 * The secrets of DNS cookies as a file holds them. Servers behind one name share its content; to roll
 * over, put the new secret into the second line of each, then swap the lines of each, then remove the old one, with a
 * SIGHUP after each step (RFC 9018 section 5). Secrets are never logged.
 */
import { readFile } from 'node:fs/promises'
import { cookieSecretOctets } from '../core/guard/cookie.ts'
import { describeDiskError } from '../edge/disk/lone-file.ts'
import type { CookieSecrets } from './terms.ts'

const secretFileOctetsMax = 1024
export const cookieSecretsWanted = `one or two lines of ${cookieSecretOctets * 2} hex digits each`

/** Rejects with one sentence if the file cannot be used. */
export async function readCookieSecrets(file: string): Promise<CookieSecrets> {
  const secrets = parseCookieSecrets(await readText(file))
  if (secrets === null) throw new Error(`${file}: wants ${cookieSecretsWanted}`)
  return secrets
}

/** Null if the text of a file holds none. */
export function parseCookieSecrets(text: string): CookieSecrets | null {
  const lines = text
    .slice(0, secretFileOctetsMax)
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  const secrets = lines.map(parseSecret)
  const [current, other] = secrets
  if (current === undefined || secrets.length > 2 || secrets.includes(null) || current === null) return null
  return { current, other: other ?? null }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1')
  } catch (error) {
    throw new Error(`${file}: ${describeDiskError(error)}`, { cause: error })
  }
}

function parseSecret(line: string): Uint8Array | null {
  return /^[0-9a-f]{32}$/i.test(line) ? Uint8Array.from(Buffer.from(line, 'hex')) : null
}
