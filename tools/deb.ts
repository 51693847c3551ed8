/**
 * `node tools/deb.ts [--out FOLDER] [--compression xz|gzip]`: the Debian package for this machine's processor, with the
 * program, what it depends on and its own runtime, so that it needs nothing from the system but libc. Built from a
 * checkout after `npm ci`, with dpkg-deb and strip; prints the path of the package.
 * Reproducible: every time stamp in it is $SOURCE_DATE_EPOCH, or the last commit's if that is not set. The maintainer
 * is $DEBFULLNAME <$DEBEMAIL>, as for Debian's own tools.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeControl } from './deb/control.ts'
import { fill } from './deb/fill.ts'
import { settle } from './deb/settle.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }
const compressions = ['xz', 'gzip']

const { values } = parseArgs({
  options: { out: { type: 'string', default: '.' }, compression: { type: 'string', default: 'xz' } },
})
const architecture = architectures[process.arch]
if (architecture === undefined) throw new Error(`no package for the processor ${process.arch}`)
if (!compressions.includes(values.compression)) throw new Error(`--compression is one of ${compressions.join(', ')}`)

const epoch = Number(process.env['SOURCE_DATE_EPOCH'] ?? lastCommitAt())
if (!Number.isSafeInteger(epoch)) throw new Error('SOURCE_DATE_EPOCH is a number of seconds')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
const { DEBFULLNAME: name = 'Robin contributors', DEBEMAIL: mail = 'robin-dns@users.noreply.github.com' } = process.env
const label = { version: version.replace('-', '~'), architecture, maintainer: `${name} <${mail}>`, epoch }

const stage = mkdtempSync(join(tmpdir(), 'robin-deb-'))
try {
  fill({ root, stage, processor: process.arch, ...label })
  writeControl({ root, stage, ...label })
  settle(stage, epoch)
  const out = resolve(values.out)
  mkdirSync(out, { recursive: true })
  const file = join(out, `robin-dns_${label.version}_${architecture}.deb`)
  execFileSync('dpkg-deb', ['--root-owner-group', `-Z${values.compression}`, '--build', stage, file], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
  })
  console.log(file)
} finally {
  rmSync(stage, { recursive: true, force: true })
}

function lastCommitAt(): string {
  return execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim()
}
