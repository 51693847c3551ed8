/**
 * `robin words KIND`: what a completion script asks while somebody waits with a finger on the key. A server that is not
 * there, or slow, is no error: then nothing is completed and nothing is said.
 */
import type { StatusView } from '../core/view/status.ts'
import { parseAdminUrl } from './admin-url.ts'
import { fetchJson, isStatusView } from './client.ts'
import type { WordKind } from './grammar.ts'
import { exitCodes, type Io } from './io.ts'

const deadlineMs = 500
/** More than this nobody chooses from. */
const wordsMax = 2000

export async function runWords(kind: WordKind, { admin }: { readonly admin: string }, io: Io): Promise<number> {
  const fetched = await fetchJson(new URL('api/v1/status', parseAdminUrl(admin)), 'GET', deadlineMs)
  if (fetched.kind !== 'json' || !isStatusView(fetched.value)) return exitCodes.ok
  const words = [...new Set(wordsOf(kind, fetched.value))].slice(0, wordsMax)
  io.out(words.map(word => `${word}\n`).join(''))
  return exitCodes.ok
}

/** Without what a shell would take for its own: names in zones may hold anything. */
function wordsOf(kind: WordKind, view: StatusView): readonly string[] {
  return rawWords(kind, view).filter(word => /^[\w.:*-]+$/.test(word))
}

function rawWords(kind: WordKind, { zones, pools }: StatusView): readonly string[] {
  switch (kind) {
    case 'targets':
      return pools.flatMap(({ members }) => members.map(({ address }) => address))
    case 'names':
      return pools.map(({ owner }) => withoutDot(owner))
    case 'zones':
      return zones.map(({ name }) => withoutDot(name))
  }
}

function withoutDot(name: string): string {
  return name.length > 1 ? name.replace(/\.$/, '') : name
}
