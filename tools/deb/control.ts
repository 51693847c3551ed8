/**
 * The package's own papers: what it is called and needs, which files are settings that an upgrade must not overwrite,
 * the sums of its files, and what is run when it comes and goes (Debian Policy chapters 5, 6 and 10.7).
 */
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles } from './settle.ts'

export interface ControlOrder {
  readonly root: string
  readonly stage: string
  readonly version: string
  readonly architecture: string
  readonly maintainer: string
}

const scripts = ['postinst', 'prerm', 'postrm']

export function writeControl({ root, stage, version, architecture, maintainer }: ControlOrder): void {
  const from = join(root, 'deploy/debian')
  const to = join(stage, 'DEBIAN')
  const files = listFiles(stage).filter(({ path }) => !path.startsWith('DEBIAN/'))
  mkdirSync(to, { recursive: true })
  // In KiB, each file rounded up, as dpkg-gencontrol counts them.
  const size = files.reduce((total, { octets }) => total + Math.ceil(octets / 1024), 0)
  const values: Readonly<Record<string, string>> = {
    VERSION: version,
    ARCHITECTURE: architecture,
    MAINTAINER: maintainer,
    SIZE: String(size),
  }
  const control = readFileSync(join(from, 'control'), 'utf8').replace(/@([A-Z]+)@/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`control wants ${name}`)
    return value
  })
  writeFileSync(join(to, 'control'), control)
  const settings = files.filter(({ path }) => path.startsWith('etc/')).map(({ path }) => `/${path}\n`)
  writeFileSync(join(to, 'conffiles'), settings.join(''))
  const sums = files
    .filter(({ path }) => !path.startsWith('etc/'))
    .map(
      ({ path }) =>
        `${createHash('md5')
          .update(readFileSync(join(stage, path)))
          .digest('hex')}  ${path}\n`,
    )
  writeFileSync(join(to, 'md5sums'), sums.join(''))
  for (const script of scripts) {
    copyFileSync(join(from, script), join(to, script))
    chmodSync(join(to, script), 0o755)
  }
}
