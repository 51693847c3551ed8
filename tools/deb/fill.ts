/**
 * What the Debian package installs, laid out below a folder as it will lie below /. The program and everything that it
 * needs are in one place, /usr/lib/robin, as npm would lay them out; settings are in /etc/robin, and the rest is where
 * Debian looks for it.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface FillOrder {
  readonly root: string
  readonly stage: string
  /** As Node names it. */
  readonly processor: string
  readonly version: string
  readonly maintainer: string
  readonly epoch: number
}

/** What is of no use to a program that runs: types, maps and prose, but no licence, and what is only for its makers. */
const useless = /\.(?:d\.[cm]?ts|map|markdown|md|html|sh)$/i
const forMakers = /^(?:\..*|bin\.m?js|docs?|tests?|examples?|bench(?:marks?)?)$/
const licence = /licen[cs]e|copying|notice/i

export function fill(order: FillOrder): void {
  fillProgram(order)
  fillSystem(order)
  fillCompletions(order)
  fillDocuments(order)
}

function fillProgram({ root, stage, processor }: FillOrder): void {
  const home = join(stage, 'usr/lib/robin')
  run(process.execPath, [join(root, 'tools/build.ts'), join(home, 'dist')])
  run('find', [join(home, 'dist'), '-name', '*.d.ts', '-delete'])
  // It is started by /usr/bin/robin with the runtime beside it, never with the system's.
  const main = join(home, 'dist/main.js')
  writeFileSync(main, readFileSync(main, 'utf8').replace(/^#!.*\n/, ''), { mode: 0o644 })
  for (const path of productionPackages(root, processor)) copyPackage(join(root, path), join(home, path))
  run('find', [home, '-type', 'd', '-empty', '-delete'])
  cpSync(join(root, 'schema'), join(home, 'schema'), { recursive: true })
  cpSync(join(root, 'zones'), join(home, 'zones'), { recursive: true })
  const { name, version, type, license } = readJson(join(root, 'package.json'))
  write(join(home, 'package.json'), `${JSON.stringify({ name, version, type, license }, null, 2)}\n`)
  const runtime = join(home, 'bin/node')
  place(join(root, `node_modules/node-linux-${processor}/bin/node`), runtime, 0o755)
  run('strip', ['--strip-unneeded', '--remove-section=.comment', '--remove-section=.note', runtime])
}

/** Folders of the packages that the lock file installs without development, for this processor. */
function productionPackages(root: string, processor: string): readonly string[] {
  const { packages } = readJson(join(root, 'package-lock.json')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly link?: boolean }>>
  }
  return Object.entries(packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && entry.dev !== true && entry.link !== true)
    .map(([path]) => path)
    .filter(path => !path.startsWith('node_modules/node-linux-'))
    .filter(path => !path.includes('/koffi-') || path.endsWith(`/koffi-linux-${processor}`))
    .filter(path => existsSync(join(root, path)))
}

/** Folders of packages that only those who build them need, and builds for other systems. */
const unneeded = new RegExp(
  `^(?:${[
    String.raw`koffi/(?:src/.*\.(?:cc|hh|[chsS]|asm|inc|txt)|vendor|cnoke\.cjs)`,
    'zod/src',
    '@koromix/koffi-[^/]+/musl_[^/]+',
  ].join('|')})$`,
)

/** What it depends on below it is listed by itself. */
function copyPackage(from: string, to: string): void {
  const name = from.slice(from.lastIndexOf('node_modules/') + 'node_modules/'.length)
  cpSync(from, to, {
    recursive: true,
    filter: path => {
      const inside = path.slice(from.length + 1)
      if (inside === 'node_modules' || forMakers.test(inside) || unneeded.test(`${name}/${inside}`)) return false
      return licence.test(inside) || !useless.test(inside)
    },
  })
  for (const object of findObjects(to)) run('strip', ['--strip-unneeded', '--remove-section=.comment', object])
}

function findObjects(folder: string): readonly string[] {
  return execFileSync('find', [folder, '-name', '*.node', '-type', 'f'], { encoding: 'utf8' })
    .split('\n')
    .filter(path => path !== '')
}

function fillSystem({ root, stage }: FillOrder): void {
  const deploy = join(root, 'deploy')
  place(join(deploy, 'debian/robin'), join(stage, 'usr/bin/robin'), 0o755)
  place(join(deploy, 'debian/robin.yaml'), join(stage, 'etc/robin/robin.yaml'))
  place(join(deploy, 'debian/first.test.yaml'), join(stage, 'etc/robin/zones/first.test.yaml'))
  place(join(deploy, 'systemd/robin.service'), join(stage, 'usr/lib/systemd/system/robin.service'))
  place(join(deploy, 'systemd/robin.socket'), join(stage, 'usr/lib/systemd/system/robin.socket'))
  place(join(deploy, 'systemd/sysusers.conf'), join(stage, 'usr/lib/sysusers.d/robin.conf'))
  place(join(deploy, 'systemd/sysctl.conf'), join(stage, 'usr/lib/sysctl.d/60-robin.conf'))
}

/** Each in the language of its shell, printed by the program itself. */
const completions: Readonly<Record<string, string>> = {
  bash: 'usr/share/bash-completion/completions/robin',
  zsh: 'usr/share/zsh/vendor-completions/_robin',
  fish: 'usr/share/fish/vendor_completions.d/robin.fish',
}

function fillCompletions({ root, stage }: FillOrder): void {
  for (const [shell, path] of Object.entries(completions)) {
    const words = [join(root, 'src/main.ts'), 'completion', shell]
    write(join(stage, path), execFileSync(process.execPath, words, { encoding: 'utf8' }))
  }
}

function fillDocuments({ root, stage, processor, version, maintainer, epoch }: FillOrder): void {
  const documents = join(stage, 'usr/share/doc/robin-dns')
  place(join(root, 'deploy/debian/copyright'), join(documents, 'copyright'))
  place(join(root, 'deploy/README.md'), join(documents, 'deploy.md'))
  place(join(root, 'README.md'), join(documents, 'README.md'))
  cpSync(join(root, 'deploy/keepalived'), join(documents, 'examples/keepalived'), { recursive: true })
  zip(join(stage, 'usr/share/man/man1/robin.1.gz'), readFileSync(join(root, 'deploy/man/robin.1'), 'utf8'))
  zip(join(documents, 'NEWS.gz'), readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))
  zip(
    join(documents, 'node.LICENSE.gz'),
    readFileSync(join(root, `node_modules/node-linux-${processor}/LICENSE`), 'utf8'),
  )
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')
  const entry = `  * See NEWS.gz.\n\n -- ${maintainer}  ${date}\n`
  zip(join(documents, 'changelog.gz'), `robin-dns (${version}) stable; urgency=medium\n\n${entry}`)
  place(join(root, 'deploy/debian/lintian-overrides'), join(stage, 'usr/share/lintian/overrides/robin-dns'))
}

/** Without a time stamp or a name, as policy wants it. */
function zip(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, gzipSync(text, { level: 9 }))
}

function place(from: string, to: string, mode = 0o644): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
  chmodSync(to, mode)
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function readJson(path: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}
