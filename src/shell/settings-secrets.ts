/**
 * Secrets that the config file holds, or that files hold which it names. What is wrong with one is told at the place
 * that names it, and never with what it says. One that everybody on this machine may read is told as well, as ssh does:
 * a key that every local account can take signs nothing.
 */
import { realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { type Path, printable, type Reader, refuse, warn } from '../core/zonefile/doc.ts'
import { errorCodeOf } from '../edge/disk/disk-error.ts'
import { displayPath, readLoneFile } from '../edge/disk/lone-file.ts'

/** A secret of any kind is far shorter. */
const secretFileCharactersMax = 4_096
const everybodyReadsOrWrites = 0o006
const everybodyEnters = 0o001

/** Said where a path that the config file names leads nowhere. */
export const pathHint = 'relative paths begin where the config file lies'

/** What the file holds that is named at this place, without blanks around it. Null after having reported why not. */
export function readSecretText(reader: Reader, given: string, path: Path, folder: string): string | null {
  const file = resolve(folder, given)
  const read = readLoneFile(file)
  const span = reader.doc.valueSpan(path)
  if (read.kind === 'file' && read.file.text.length <= secretFileCharactersMax) {
    warnIfOpen(reader, file, path)
    return read.file.text.trim()
  }
  const text = read.kind === 'fault' ? read.fault.text : 'holds more than a secret'
  const missing = read.kind === 'fault' && read.missing === true && !isAbsolute(given)
  const hint = missing ? pathHint : 'put the secret in a file that this user may read'
  refuse(reader, 'unreadable', span, `${nameFile(file)}: ${text}`, hint)
  return null
}

/** `path` is where the secret stands, or where its file is named. One warning a file. */
export function warnIfOpen(reader: Reader, file: string, path: Path): void {
  if (!isOpenToAll(file)) return
  const text = `${nameFile(file)} holds a secret, and everybody on this machine may read or write it`
  if (reader.problems.some(problem => problem.text === text)) return
  warn(reader, 'exposed-secret', reader.doc.valueSpan(path), text, `close it: chmod o= ${printable(displayPath(file))}`)
}

/** True if neither the file nor a folder on the way to it is closed to others. */
export function isOpenToAll(file: string): boolean {
  try {
    const real = realpathSync(file)
    if ((statSync(real).mode & everybodyReadsOrWrites) === 0) return false
    for (let folder = dirname(real); ; folder = dirname(folder)) {
      if ((statSync(folder).mode & everybodyEnters) === 0) return false
      if (folder === dirname(folder)) return true
    }
  } catch (error) {
    // Not there, or on a way that is closed to us: whoever reads it says so.
    if (errorCodeOf(error) === null) throw error
    return false
  }
}

/** As a sentence names it. */
export function nameFile(file: string): string {
  return `\`${printable(displayPath(file))}\``
}
