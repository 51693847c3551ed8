/**
 * A key that something names and the settings lack: the same words for the config file and for zones, which are
 * compared with the settings only when both are there.
 */
import { shown } from '../core/zonefile/doc.ts'
import { nearest } from '../core/zonefile/nearest.ts'

/** What is said of it, and what to do about it. Names are absolute. */
export function sayUndefinedKey(name: string, known: readonly string[]): [text: string, hint: string] {
  const meant = nearest(bare(name), known.map(bare))
  const hint = meant === null ? 'define it under `keys:` in the config file' : `did you mean \`${meant}\`?`
  return [`there is no key ${shown(bare(name))} in the settings`, hint]
}

function bare(name: string): string {
  return name.replace(/\.$/, '')
}
