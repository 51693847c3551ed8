/**
 * The Debian package: built twice alike, without an error of lintian's, and run as it would lie on a machine: in a
 * mount namespace whose /usr and /etc have the package's files among the system's, everything read-only but the state,
 * as a user without a single capability. The same holds for a container with a read-only root.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayIsolate } from '../contract/probe-namespace.ts'
import { needs } from './program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const epoch = 1_700_000_000
const buildMs = 180_000

const possible = ['dpkg-deb', 'strip', 'git'].every(program => needs(program))

describe.runIf(possible)('the Debian package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'robin-package-'))
  const tree = join(folder, 'tree')
  let file = ''

  const build = (out: string): string =>
    execFileSync(process.execPath, ['tools/deb.ts', '--compression', 'gzip', '--out', join(folder, out)], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
    }).trim()

  beforeAll(() => {
    file = build('one')
    mkdirSync(tree)
    execFileSync('dpkg-deb', ['-x', file, tree])
  }, buildMs)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const field = (name: string): string => execFileSync('dpkg-deb', ['-f', file, name], { encoding: 'utf8' }).trim()

  it('says what it is, and needs nothing but libc', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(field('Version')).toBe(version.replace('-', '~'))
    expect(field('Depends').replaceAll(/ \([^)]*\)/g, '')).toBe('libc6, libgcc-s1, libstdc++6')
    const { stdout } = spawnSync(
      join(tree, 'usr/lib/robin/bin/node'),
      [join(tree, 'usr/lib/robin/dist/main.js'), '--version'],
      {
        encoding: 'utf8',
        env: { PATH: '/nowhere' },
      },
    )
    expect(stdout).toBe(`${version}\n`)
  })

  it('holds what it should, for root, of one time', () => {
    const rows = execFileSync('dpkg-deb', ['-c', file], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } })
      .trim()
      .split('\n')
      .map(row => row.split(/\s+/))
    const paths = rows.map(row => row[5])
    for (const path of [
      './etc/robin/robin.yaml',
      './usr/bin/robin',
      './usr/lib/robin/bin/node',
      './usr/lib/robin/dist/page/index.html',
      './usr/lib/robin/node_modules/koffi/package.json',
      './usr/lib/systemd/system/robin.service',
      './usr/lib/systemd/system/robin.socket',
      './usr/lib/sysctl.d/60-robin.conf',
      './usr/lib/sysusers.d/robin.conf',
      './usr/share/bash-completion/completions/robin',
      './usr/share/fish/vendor_completions.d/robin.fish',
      './usr/share/man/man1/robin.1.gz',
      './usr/share/zsh/vendor-completions/_robin',
      './usr/share/doc/robin-dns/examples/keepalived/shared-vip/keepalived.conf',
    ]) {
      expect(paths).toContain(path)
    }
    expect(paths.filter(path => /vitest|typescript|node-linux|\.d\.ts$/.test(path!))).toEqual([])
    expect(new Set(rows.map(row => row[1]))).toEqual(new Set(['root/root']))
    expect(new Set(rows.map(row => `${row[3]} ${row[4]}`))).toEqual(new Set(['2023-11-14 22:13']))
    expect(rows.filter(row => /[st]/i.test(row[0]!.slice(1)) || row[0]![8] === 'w')).toEqual([])
  })

  it(
    'is the same when it is built again',
    () => {
      expect(readFileSync(build('two')).equals(readFileSync(file))).toBe(true)
    },
    buildMs,
  )

  it.runIf(needs('lintian'))(
    'has no error of lintian’s',
    () => {
      const { stdout, status } = spawnSync(
        'lintian',
        ['--allow-root', '--fail-on', 'error', '--tag-display-limit', '0', file],
        {
          encoding: 'utf8',
        },
      )
      expect(stdout.split('\n').filter(line => line.startsWith('E:'))).toEqual([])
      expect(status).toBe(0)
    },
    buildMs,
  )

  it.each(['postinst', 'prerm', 'postrm'])('%s is a script that a shell can read', script => {
    execFileSync('dpkg-deb', ['-e', file, join(folder, 'control')])
    expect(spawnSync('sh', ['-n', join(folder, 'control', script)]).status).toBe(0)
  })

  it.runIf(mayIsolate() && needs('setpriv') && needs('nsenter') && needs('dig') && needs('systemd-analyze'))(
    'serves, read-only and without a capability, as it was installed',
    async () => {
      const { child, ready } = startInstalled(tree)
      const inside = (...words: readonly string[]) =>
        spawnSync('nsenter', ['-t', String(child.pid), '-m', '-n', ...words], { encoding: 'utf8', cwd: '/' })
      try {
        await ready
        expect(inside('robin', 'selfcheck')).toMatchObject({ status: 0 })
        expect(inside('robin', 'check', '/etc/robin/zones')).toMatchObject({ status: 0 })
        expect(inside('dig', '@127.0.0.1', '-p', '5300', 'ns1.first.test', '+short').stdout).toBe('127.0.0.1\n')
        // ICMP without any capability, by the kernel setting that the package brings.
        const status = JSON.parse(inside('robin', 'status', '--json').stdout)
        expect(status.checks.icmp).toContain('ping-socket')
        expect(status.server).toMatchObject({ io: 'batch', ioReason: null })
        const units = ['robin.service', 'robin.socket'].map(unit => `/usr/lib/systemd/system/${unit}`)
        expect(inside('systemd-analyze', 'verify', '--man=no', ...units)).toMatchObject({ status: 0, stderr: '' })
        expect(inside('ls', '/var/lib/robin').stdout).not.toBe('')
        expect(inside('touch', '/etc/robin/x').status).not.toBe(0)
      } finally {
        const gone = once(child, 'close')
        child.kill('SIGTERM')
        expect((await gone)[0]).toBe(0)
      }
    },
    60_000,
  )
})

/** As systemd would start it, as user `nobody`. */
function startInstalled(tree: string): { child: ChildProcess; ready: Promise<void> } {
  const script = [
    'mount --make-rprivate /',
    `mount -t overlay -o ro,lowerdir=${tree}/usr:/usr overlay /usr`,
    `mount -t overlay -o ro,lowerdir=${tree}/etc:/etc overlay /etc`,
    'mount -t tmpfs tmpfs /tmp',
    'mount -t tmpfs tmpfs /run',
    'mount -t tmpfs tmpfs /var/lib',
    'mkdir -m 750 /var/lib/robin',
    'chown nobody:nogroup /var/lib/robin',
    'mount -o remount,bind,ro /',
    'ip link set lo up',
    'sysctl -qp /usr/lib/sysctl.d/60-robin.conf',
    'cd /',
    'exec setpriv --reuid nobody --regid nogroup --clear-groups --bounding-set -all --no-new-privs "$@"',
  ].join('\n')
  const command = ['/usr/bin/robin', 'serve', '--config', '/etc/robin/robin.yaml']
  const child = spawn('unshare', ['-m', '-n', 'sh', '-ec', script, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ready = new Promise<void>((resolve, reject) => {
    const said: string[] = []
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', line => {
        said.push(line)
        if (line.includes('"event":"ready"')) resolve()
      })
    }
    child.once('close', () => reject(new Error(`it ended: ${said.join('\n')}`)))
  })
  return { child, ready }
}
