/**
 * `robin check --config`: a config file by itself, and with all that it names. What it says is what the server says at
 * its start, so the last part asks both about the same files.
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run as runProgram } from '../../src/cli/program.ts'
import { createTerminal } from '../unit/cli/terminal.ts'
import { place, writeMmdb } from '../unit/geo/mmdb-writer.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const secret = Buffer.alloc(32, 7).toString('base64')
const keys = `keys: {xfr: {algorithm: hmac-sha256, secret: '${secret}'}}\n`
const apex = `soa: {mname: ns.example.net., rname: h.example.net.}
records:
  '@': {type: NS, value: ns.example.net.}
  www: {type: A, values: [192.0.2.1, 192.0.2.2]}
`
const transferred = (key: string) => `transfer: {allow: [{key: ${key}}]}\n${apex}`
const withPlaces = `${apex}  geo:
    type: A
    dynamic:
      pools: {eu: {values: [{value: 203.0.113.1}]}, rest: {values: [{value: 203.0.113.2}]}}
      rules: [{geos: [EU], pool: eu}, {pool: rest}]
    values: [203.0.113.2]
`
const watched = `checks: {web: {protocol: TCP, port: 80}}\nowners: {www: {check: web}}\n`

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'robin-check-config-'))
  mkdirSync(join(folder, 'zones'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function put(path: string, text: string | Uint8Array): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

interface Told {
  readonly code: string
  readonly severity: string
  readonly file: string
  readonly line: number
  readonly column: number
  readonly text: string
  readonly hint: string | null
}

async function robin(...words: readonly string[]) {
  const terminal = createTerminal()
  const code = await runProgram(words, terminal)
  return { code, ...terminal.printed }
}

/** The config of this text, judged with all that it names; or with these paths in place of its zones. */
async function check(config: string, ...paths: readonly string[]) {
  const file = put('robin.yaml', config)
  const given = paths.map(path => join(folder, path))
  const { code, out, err } = await robin('check', '--config', file, '--format', 'json', ...given)
  const judged = JSON.parse(out) as { problems: Told[]; files: number; zones: number }
  const said = judged.problems.map(told => `${relative(folder, told.file)}:${told.line}:${told.column} ${told.code}`)
  return { code, err, said, ...judged }
}

describe('exit codes', () => {
  it('0 for settings that a server would take, 1 for others', async () => {
    put('zones/a.test.yaml', apex)
    expect(await check('zones: zones\n')).toMatchObject({ code: 0, said: [], files: 2, zones: 1, err: '' })
    expect(await check('zones: zones\nlistn: 1\n')).toMatchObject({ code: 1, said: ['robin.yaml:2:1 unknown-key'] })
  })

  it('2 for a config that is not there, and for nothing to judge', async () => {
    expect(await robin('check', '--config', join(folder, 'nowhere.yaml'))).toMatchObject({ code: 2, out: '' })
    expect(await robin('check')).toMatchObject({ code: 2, out: '' })
  })

  it('2 for a config that is given as a zone: it says how, and shows nothing of it', async () => {
    const file = put('robin.yaml', `zones: zones\n${keys}`)
    const { code, out, err } = await robin('check', join(folder, 'zones'), file)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(`--config ${file}`)
  })
})

describe('a file that cannot be read', () => {
  it('is a problem at its first line', async () => {
    expect(await robin('check', '--config', folder)).toMatchObject({ code: 1, err: '' })
    const latin = put('latin.yaml', Buffer.from('identity: {nsid: caf\u00e9}\n', 'latin1'))
    const { code, out } = await robin('check', '--config', latin, '--format', 'json')
    expect(code).toBe(1)
    expect(JSON.parse(out).problems).toMatchObject([{ code: 'unreadable', line: 1, column: 21 }])
  })

  it.each([
    ['zones: [', 'robin.yaml:1:9 yaml-syntax'],
    ['a: b: c', 'robin.yaml:1:4 yaml-syntax'],
    ['zones: a\nzones: b', 'robin.yaml:2:1 duplicate-key'],
    ['- zones', 'robin.yaml:1:1 wrong-type'],
  ])('%j: %s', async (text, told) => {
    expect(await check(text)).toMatchObject({ code: 1, said: [told], files: 1 })
  })
})

describe('what it names', () => {
  it('begins where the config lies, wherever the command is given', async () => {
    put('below/zones/a.test.yaml', apex)
    put('below/robin.yaml', 'zones: zones\ncookies: {secret_file: ../c.secret}\n')
    put('c.secret', `${'0'.repeat(32)}\n`)
    chmodSync(join(folder, 'c.secret'), 0o600)
    expect((await robin('check', '--config', join(folder, 'below', 'robin.yaml'))).code).toBe(0)
  })

  it.each([
    ['zones: zoens', 'robin.yaml:1:8 unreadable'],
    ['zones: robin.yaml', 'robin.yaml:1:8 unreadable'],
    ['cookies: {secret_file: nowhere}\nzones: zones', 'robin.yaml:1:24 unreadable'],
    ['state: robin.yaml\nzones: zones', 'robin.yaml:1:8 unreadable'],
    ['state: robin.yaml/state\nzones: zones', 'robin.yaml:1:8 unreadable'],
    ['admin: {token_file: zones}\nzones: zones', 'robin.yaml:1:21 unreadable'],
    ['admin: {token_file: robin.yaml}\nzones: zones', 'robin.yaml:1:21 bad-secret'],
    ['zones: zones\nsecondary: {b.test: {primaries: [192.0.2.1]}}', 'robin.yaml:2:13 missing-key'],
    [
      "listen: '127.0.0.1:5399'\nstate: state\nzones: zones\nsecondary: {b.test: {primaries: ['127.0.0.1:5399']}}",
      'robin.yaml:4:13 bad-address',
    ],
  ])('%j: %s', async (text, told) => {
    put('zones/a.test.yaml', apex)
    expect(await check(text)).toMatchObject({ code: 1, said: [told] })
  })

  it('is told with a remedy, and with where it was looked for', async () => {
    const { problems } = await check('zones: zoens\n')
    expect(problems[0]?.text).toContain(join(folder, 'zoens'))
    expect(problems[0]?.hint).not.toBeNull()
  })

  it('is made where it can be: a state folder and a token; judging makes nothing', async () => {
    put('zones/a.test.yaml', apex)
    expect(await check('zones: zones\nstate: state\nadmin: {token_file: t/token}\n')).toMatchObject({
      code: 0,
      said: [],
    })
    expect(readdirSync(folder).sort()).toEqual(['robin.yaml', 'zones'])
  })

  it('is a warning where it holds no zone', async () => {
    expect(await check('zones: zones\n')).toMatchObject({
      code: 0,
      said: ['robin.yaml:1:8 nothing-to-serve'],
      zones: 0,
    })
  })

  it('is a warning where everybody may read the token of orders', async () => {
    put('zones/a.test.yaml', apex)
    chmodSync(put('admin.token', `${'t'.repeat(32)}\n`), 0o644)
    const text = 'zones: zones\nadmin: {token_file: admin.token}\n'
    expect((await check(text)).said).toEqual([])
    chmodSync(folder, 0o755)
    expect(await check(text)).toMatchObject({ code: 0, said: ['robin.yaml:2:21 exposed-secret'] })
  })

  it('is told clearly where the config lies among the zones', async () => {
    put('a.test.yaml', apex)
    expect(await check('zones: .\n')).toMatchObject({ code: 1, said: ['robin.yaml:1:8 bad-value'], files: 2 })
  })
})

describe('the zones with the settings', () => {
  it('go with the keys', async () => {
    put('zones/a.test.yaml', transferred('xfr'))
    const text = `zones: zones\n${keys}`
    expect(await check(text)).toMatchObject({ code: 0, said: [] })
    put('zones/a.test.yaml', transferred('xfe'))
    const { code, said, problems, zones } = await check(text)
    expect({ code, said, zones }).toEqual({ code: 1, said: ['zones/a.test.yaml:1:26 undefined-key'], zones: 0 })
    expect(problems[0]?.hint).toContain('xfr')
  })

  it('go with the GeoIP file, of which a flag may name another', async () => {
    put('zones/a.test.yaml', withPlaces)
    const file = put('geo.mmdb', writeMmdb({ '10.0.0.0/8': place('EU', 'DE') }))
    expect(await check('zones: zones\ngeoip: geo.mmdb\n')).toMatchObject({ code: 0, said: [] })
    const missing = await check('zones: zones\ngeoip: nowhere.mmdb\n')
    expect(missing.said).toEqual(['robin.yaml:2:8 geoip-unusable', 'zones/a.test.yaml:9:16 unreadable'])
    const config = join(folder, 'robin.yaml')
    expect((await robin('check', '--config', config, '--geoip', file)).code).toBe(0)
    put('zones/a.test.yaml', apex)
    expect(await check('zones: zones\ngeoip: zones\n')).toMatchObject({
      code: 0,
      said: ['robin.yaml:2:8 geoip-unusable'],
    })
  })

  it('go with sentinels that are none of their servers', async () => {
    put('zones/a.test.yaml', `checks: {web: {protocol: TCP, port: 80}}\n${apex.replace('.2]}', '.2], check: web}')}`)
    const said = async (sentinels: string) => (await check(`zones: zones\nsentinels: ${sentinels}\n`)).said
    expect(await said('{addresses: [192.0.2.1, 192.0.2.2]}')).toEqual(['robin.yaml:2:24 sentinel-served'])
    for (const fine of ['{}', '{addresses: [192.0.2.1, gateway]}', '{addresses: [192.0.2.1, 192.0.2.99]}'])
      expect(await said(fine), fine).toEqual([])
  })

  it('go with serials that a restart takes back', async () => {
    put('zones/a.test.yaml', transferred('xfr').replace('rname: h.example.net.', 'rname: h.example.net., serial: 7'))
    expect(await check(`zones: zones\n${keys}`)).toMatchObject({
      code: 0,
      said: ['zones/a.test.yaml:1:1 serial-not-kept'],
    })
    expect((await check(`zones: zones\nstate: state\n${keys}`)).said).toEqual([])
  })

  it('go with those that are pulled: there or not, with what the folder says of their health', async () => {
    const text = 'zones: zones\nstate: state\nsecondary: {b.test: {primaries: [192.0.2.1]}}\n'
    expect(await check(text)).toMatchObject({ code: 0, said: [], zones: 0 })
    put('zones/b.test.health.yaml', watched)
    expect(await check(text)).toMatchObject({ code: 0, said: [], zones: 0 })
    const master =
      '@ 60 SOA ns.example.net. h.example.net. 1 60 15 86400 5\n@ 60 NS ns.example.net.\nwww 5 A 192.0.2.1\nwww 5 A 192.0.2.2\n'
    put('state/secondary/b.test.zone', `$ORIGIN b.test.\n${master}`)
    const note = { version: 1, serial: 1, refresh: 60, retry: 15, expire: 86_400, confirmedAt: Date.now() }
    put('state/secondary/b.test.known.json', JSON.stringify(note))
    const pulled = await check(text)
    expect(pulled).toMatchObject({ code: 0, zones: 1, pools: [{ owner: 'www.b.test.', members: 2 }] })
    put('zones/b.test.health.yaml', watched.replace('check: web', 'check: wbe'))
    expect(await check(text)).toMatchObject({
      code: 1,
      said: [expect.stringMatching('unused-check'), 'zones/b.test.health.yaml:2:23 undefined-check'],
    })
    put('zones/b.test.health.yaml', watched)
    put('zones/b.test.yaml', apex)
    expect((await check(text)).said).toContain('robin.yaml:3:13 duplicate-zone')
    // Nobody else's fault: it is pulled again.
    rmSync(join(folder, 'zones/b.test.yaml'))
    put('state/secondary/b.test.zone', 'torn')
    expect(await check(text)).toMatchObject({ code: 0, said: [], zones: 0 })
  })

  it('go with the catalogs that are made of them', async () => {
    put('zones/a.test.yaml', transferred('xfr'))
    const text = (name: string) =>
      `zones: zones\n${keys}catalog: {produce: {${name}: {transfer: {allow: [{key: xfr}]}}}}\n`
    expect(await check(text('cat.test'))).toMatchObject({ code: 0, said: [], zones: 2, files: 2 })
    const twice = await check(text('a.test'))
    expect(twice.code).toBe(1)
    expect(twice.problems).toMatchObject([{ code: 'duplicate-zone' }])
  })

  it('may be other files in place of the folder', async () => {
    put('zones/a.test.yaml', 'records: [')
    put('next/b.test.yaml', transferred('xfr'))
    const text = `zones: zones\n${keys}`
    expect(await check(text, 'next')).toMatchObject({ code: 0, said: [], files: 2, zones: 1 })
    expect(await check(text, 'next/b.test.yaml')).toMatchObject({ code: 0, zones: 1 })
    expect(await check('zones: nowhere\n', 'next')).toMatchObject({ said: ['next/b.test.yaml:1:26 undefined-key'] })
    // What is wrong with the settings is no reason to say nothing of the zones.
    put('next/c.test.yaml', 'records: [')
    const both = await check(`${text}listn: 1\n`, 'next')
    expect(both.said).toEqual(['robin.yaml:3:1 unknown-key', 'next/c.test.yaml:1:11 yaml-syntax'])
  })
})

describe('secrets', () => {
  it('are shown in no form', async () => {
    put('zones/a.test.yaml', apex)
    put('robin.yaml', `zones: zones\n${keys.replace('}}', ', secert: 1}}')}`)
    for (const format of ['text', 'json', 'github']) {
      const { code, out } = await robin('check', '--config', join(folder, 'robin.yaml'), '--format', format)
      expect(code).toBe(1)
      expect(out).toContain('secert')
      expect(out).not.toContain(secret.slice(0, 12))
    }
  })
})

/** How the server begins with this config, until it is ready or gives up. */
function serve(config: string): Promise<{ readonly isReady: boolean; readonly err: string }> {
  return new Promise((resolve, reject) => {
    const words = ['src/main.ts', 'serve', '--config', config, '--listen', '127.0.0.1:0', '--admin', 'none']
    const child = spawn(process.execPath, [...words, '--log-format', 'json'], { cwd: root })
    let err = ''
    let isReady = false
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!text.includes('"event":"ready"')) return
      isReady = true
      child.kill('SIGTERM')
    })
    child.on('error', reject)
    child.on('close', () => resolve({ isReady, err }))
  })
}

describe('the server at its start', () => {
  it.each([
    ['zones: zones\n', true],
    ['zones: zones\ncookies: {secret_file: nowhere}\n', false],
    ['zones: zones\nstate: robin.yaml\n', false],
    [`zones: zones\n${keys.replace('xfr', 'xfe')}`, false],
    ['zones: zones\nstate: state\nsecondary: {b.test: {primaries: [192.0.2.1]}}\n', false],
  ])('%j: takes it: %s, as it was told', async (text, isFine) => {
    put('zones/a.test.yaml', transferred('xfr'))
    const config = text.includes('keys') || !isFine ? text : `${text}${keys}`
    const judged = await check(config)
    const begun = await serve(join(folder, 'robin.yaml'))
    expect({ judged: judged.code === 0, isReady: begun.isReady, err: begun.err === '' }).toEqual({
      judged: isFine,
      isReady: isFine,
      err: isFine,
    })
  })

  it('names a config that is a folder, or none, by its place', async () => {
    const { isReady, err } = await serve(folder)
    expect({ isReady, head: err.split(': ').slice(0, 2) }).toEqual({
      isReady: false,
      head: [`${folder}:1:1`, 'unreadable'],
    })
    expect((await serve(join(folder, 'nowhere.yaml'))).err).toContain('nowhere.yaml:1:1: unreadable')
  })

  it('takes a config through a link and through a pipe', async () => {
    put('zones/a.test.yaml', apex)
    put('real.yaml', 'zones: zones\n')
    symlinkSync(join(folder, 'real.yaml'), join(folder, 'link.yaml'))
    expect((await robin('check', '--config', join(folder, 'link.yaml'))).code).toBe(0)
    const words = `${process.execPath} src/main.ts check --config /dev/stdin ${resolve(folder, 'zones')}`
    const child = spawn('sh', ['-c', `echo 'listen: 127.0.0.1:5300' | ${words}`], { cwd: root, stdio: 'ignore' })
    const code = await new Promise(ended => {
      child.on('close', ended)
    })
    expect(code).toBe(0)
  })
})
