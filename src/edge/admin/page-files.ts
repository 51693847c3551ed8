/**
 * The page for operators as it was built: a few files, read once when the listener opens and kept. Nothing that a
 * client writes into a path ever reaches the file system, since paths are looked up among those that were found.
 */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type Page, text } from './page.ts'

/** Pages by their path. */
export type PageFiles = ReadonlyMap<string, Page>

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

/** A page of more files or octets than this is not ours. */
const filesMax = 64
const octetsMax = 4_194_304

/** What the page may load and ask: this server, and nothing written into the document itself. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const notBuilt: Page = text(
  503,
  'The page is not built: run `npm run build:page` in the checkout, then start again; the API is at /api/v1.\n',
)

/** `folder` null, missing or without an index: `/` says what to do. */
export async function readPageFiles(folder: string | null): Promise<PageFiles> {
  const files = new Map<string, Page>()
  let octets = 0
  for (const name of folder === null ? [] : await listFiles(folder)) {
    const type = types[extname(name)]
    if (type === undefined || files.size === filesMax) continue
    const body = await readFile(join(folder!, name))
    octets += body.length
    if (octets > octetsMax) break
    files.set(`/${name}`, { status: 200, type, body, policy })
  }
  return new Map([...files, ['/', files.get('/index.html') ?? notBuilt]])
}

/** Relative to the folder, with forward slashes; none if it is not there. */
async function listFiles(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const names = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
    return names.map(name => name.slice(join(folder, '/').length).replaceAll('\\', '/')).sort()
  } catch {
    // A checkout in which nothing was built yet.
    return []
  }
}
