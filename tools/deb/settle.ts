/** The tree of a package as it will be packed: its files in order, and every right and time stamp as it should be. */
import { chmodSync, lstatSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

export interface PackedFile {
  /** Below the stage. */
  readonly path: string
  readonly octets: number
}

/** By name, so that two builds list them alike. */
export function listFiles(stage: string): readonly PackedFile[] {
  return walk(stage)
    .filter(({ isFolder }) => !isFolder)
    .map(({ path }) => ({ path, octets: lstatSync(join(stage, path)).size }))
}

/** Where programs are, and scripts that dpkg runs. */
const programs = /^(?:usr\/bin\/|usr\/lib\/robin\/bin\/|DEBIAN\/(?:pre|post))/

/** Whatever the builder's umask and clock were, and npm's idea of what may be run. */
export function settle(stage: string, epoch: number): void {
  for (const { path, isFolder } of [...walk(stage), { path: '.', isFolder: true }]) {
    const whole = join(stage, path)
    chmodSync(whole, isFolder || programs.test(path) ? 0o755 : 0o644)
    utimesSync(whole, epoch, epoch)
  }
}

interface Walked {
  readonly path: string
  readonly isFolder: boolean
}

/** Children before their folder, whose time stamp changes with them. */
function walk(stage: string, folder = ''): readonly Walked[] {
  return readdirSync(join(stage, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      return entry.isDirectory() ? [...walk(stage, path), { path, isFolder: true }] : [{ path, isFolder: false }]
    })
}
