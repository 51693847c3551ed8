/**
 * The text of a config file, and which of its lines may be shown: they go to logs and into pull requests, and what
 * stands under `keys` could be a secret. The file may be a pipe, since settings are made by other programs.
 */
import { readFile } from 'node:fs/promises'
import type { Problem } from '../core/base/problem.ts'
import { decodeZoneFile, unreadable } from '../core/zonefile/decode.ts'
import { errorCodeOf } from '../edge/disk/disk-error.ts'
import { describeDiskError, displayPath } from '../edge/disk/lone-file.ts'

export interface ConfigText {
  /** As problems name it. */
  readonly file: string
  readonly text: string
  /** The lines that may be shown; null for the others. */
  readonly openLines: readonly (string | null)[]
}

export type ConfigTextRead =
  | { readonly kind: 'text'; readonly config: ConfigText }
  | { readonly kind: 'fault'; readonly fault: Problem; readonly missing: boolean }

export async function readConfigText(path: string): Promise<ConfigTextRead> {
  const file = displayPath(path)
  try {
    const decoded = decodeZoneFile(file, await readFile(path))
    if ('problem' in decoded) return { kind: 'fault', fault: decoded.problem, missing: false }
    const { text } = decoded
    return { kind: 'text', config: { file, text, openLines: openLines(text) } }
  } catch (error) {
    const code = errorCodeOf(error)
    const text = code === 'EISDIR' ? 'is a folder' : describeDiskError(error)
    const fault = unreadable(file, 1, 1, text, code === 'EISDIR' ? 'name the file in it' : null)
    return { kind: 'fault', fault, missing: code === 'ENOENT' || code === 'ENOTDIR' }
  }
}

function openLines(text: string): readonly (string | null)[] {
  /** How far the key is indented that holds secrets, while we are below it. */
  let holds: number | null = null
  return text.split(/\r?\n/).map(line => {
    const indent = line.search(/[^\s#]/)
    if (holds !== null && indent !== -1 && indent <= holds) holds = null
    if (holds === null && /^\s*(?:\{\s*)?(['"]?)(?:keys|cookies)\1\s*:/.test(line)) holds = indent
    return holds !== null || /secret/i.test(line) ? null : line
  })
}
