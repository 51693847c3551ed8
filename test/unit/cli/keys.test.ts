/** `keys` and `transfer` of the config file: what is read, what is refused where, and that no secret is ever shown. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCheck } from '../../../src/cli/check.ts'
import { readSettings } from '../../../src/cli/serve-flags.ts'
import { readConfig } from '../../../src/shell/settings-file.ts'
import { orderTerms, termsDefault } from '../../../src/shell/terms.ts'
import { createTerminal } from './terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'robin-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))

const secret = 'K2tf3TRjvQkVCmJF3/Z9vJjkbdIy/0GR7xR6Qw5xoF8='
const octets = Uint8Array.from(Buffer.from(secret, 'base64'))
const key = `{algorithm: hmac-sha256, secret: '${secret}'}`

const codesOf = (text: string) =>
  readConfig(join(folder, 'robin.yaml'), text).problems.map(({ code, span }) => `${span.line}:${span.column} ${code}`)

describe('keys', () => {
  it('are read with a secret of their own or in a file, under one spelling of their names', () => {
    writeFileSync(join(folder, 'ns2.secret'), `${secret}\n`)
    const text = `keys:\n  Xfr: ${key}\n  ns2.example.: {algorithm: hmac-sha512, secret_file: ns2.secret}\n`
    const { config, problems } = readConfig(join(folder, 'robin.yaml'), text)
    expect(problems).toEqual([])
    expect(config?.keys).toEqual([
      { name: 'xfr.', algorithm: 'hmac-sha256', secret: octets },
      { name: 'ns2.example.', algorithm: 'hmac-sha512', secret: octets },
    ])
  })

  it.each([
    ['keys: {a: {algorithm: hmac-sha256}}', '1:8 missing-key'],
    [`keys: {a: {algorithm: hmac-sha256, secret: '${secret}', secret_file: f}}`, '1:8 missing-key'],
    ['keys: {a: {algorithm: hmac-md5, secret: x}}', '1:23 bad-value'],
    ['keys: {a: {algorithm: hmac-sha256, secret: [x]}}', '1:36 bad-secret'],
    ['keys: {a: {algorithm: hmac-sha256, secret: 12}}', '1:36 bad-secret'],
    ["keys: {a: {algorithm: hmac-sha256, secret: ''}}", '1:36 bad-secret'],
    ["keys: {a: {algorithm: hmac-sha256, secret: 'AAAA'}}", '1:36 bad-secret'],
    ['keys: {a: {algorithm: hmac-sha256, secret_file: nowhere}}', '1:49 unreadable'],
    ['keys: {a: {algorithm: hmac-sha256, secret_file: .}}', '1:49 unreadable'],
    [`keys: {a..b: ${key}}`, '1:8 bad-name'],
    [`keys:\n  a: ${key}\n  A.: ${key}`, '3:3 duplicate-key'],
    [`keys: {a: ${key.replace('secret', 'secert')}}`, '1:36 unknown-key'],
    ['transfer: {allow: [{}]}', '1:20 missing-key'],
    ['transfer: {allow: []}', '1:19 bad-value'],
    ['transfer: {allow: [{from: 10.0.0.0/33}]}', '1:27 bad-address'],
    ['transfer: {allow: [{from: [10.0.0.0/8, "!x"]}]}', '1:40 bad-address'],
    ['transfer: {allow: [{key: a}]}', '1:26 undefined-key'],
    [`keys: {abc: ${key}}\ntransfer: {notify: [{to: 10.0.0.1, key: abd}]}`, '2:41 undefined-key'],
    ['transfer: {notify: [{to: nowhere}]}', '1:26 bad-address'],
    ['transfer: {notify: [{to: "10.0.0.1:0"}]}', '1:26 bad-address'],
    ['transfer: {notify: [{to: "10.0.0.1:65536"}]}', '1:26 bad-address'],
    ['transfer: {notify: [{to: 0.0.0.0}]}', '1:26 bad-address'],
    ['transfer: {notify: [{to: 10.0.0.1}, {to: "10.0.0.1:53"}]}', '1:42 duplicate-value'],
    ['transfer: {notify: [{key: a}]}', '1:21 missing-key'],
    ['transfer: {source: nowhere}', '1:20 bad-address'],
    ["transfer: {source: ['::1', 10.0.0.1, '::2']}", '1:20 bad-value'],
    ["transfer: {source: ['::1', '::2']}", '1:28 bad-value'],
    ['transfer: {source: 7}', '1:20 wrong-type'],
    ["transfer: {notify: [{to: 10.0.0.1, source: '::1'}]}", '1:44 wrong-family'],
    ['transfer: {notify: [{to: 10.0.0.1, source: 0.0.0.0}]}', '1:44 bad-address'],
    ['transfer: everybody', '1:11 bad-value'],
    ['transfer: {notfy: []}', '1:12 unknown-key'],
  ])('%s: %s', (text, problem) => {
    expect(codesOf(text)).toEqual([problem])
  })

  it('that cannot be used are not taken for unknown ones where they are named', () => {
    expect(codesOf("keys: {a: {algorithm: hmac-sha256, secret: '?'}}\ntransfer: {allow: [{key: a}]}")).toEqual([
      '1:36 bad-secret',
    ])
  })

  it('are shown in no problem, and the lines that hold them are not either', async () => {
    const bad = `${secret.slice(0, -2)}?=`
    const file = join(folder, 'bad.yaml')
    const text = `keys:\n  a:\n    algorithm: hmac-sha256\n    secret:\n      '${bad}'\n  b: {algorithm: none, secret: ${bad}}\n`
    for (const config of [text, text.replace(/ {2}b: .*\n/, '')]) {
      writeFileSync(file, config)
      let said = ''
      const io = { terminal: false, err: (words: string) => (said += words) }
      expect(await readSettings({ config: file }, io as unknown as Parameters<typeof readSettings>[1])).toBe(1)
      expect(said).toMatch(/bad-secret|bad-value/)
      expect(said).not.toContain(bad)
      expect(said).not.toContain(bad.slice(0, 12))
    }
  })
})

describe('a secret that stands where it should not', () => {
  it.each([
    [`keys: {xfr: '${secret}'}`, '1:13 wrong-type'],
    [`keys: '${secret}'`, '1:7 wrong-type'],
    [`keys: {xfr: {algorithm: 'hmac-sha256:xfr:${secret}', secret: '${secret}'}}`, '1:25 bad-value'],
    [`keys:\n  xfr:\n    ${secret}\n`, '3:5 wrong-type'],
    [`cookies: '${secret}'`, '1:10 wrong-type'],
    [`{\n  "keys": {\n    "xfr": [\n      "${secret}"\n    ]\n  }\n}\n`, '3:12 wrong-type'],
  ])('%s is not shown', async (text, problem) => {
    const file = join(folder, 'misplaced.yaml')
    writeFileSync(file, text)
    chmodSync(file, 0o600)
    expect(codesOf(text)).toEqual([problem])
    const terminal = createTerminal()
    expect(await readSettings({ config: file }, terminal)).toBe(1)
    expect(await runCheck([], { config: file, format: 'text' }, terminal)).toBe(1)
    expect(await runCheck([], { config: file, format: 'github' }, terminal)).toBe(1)
    const { out, err } = terminal.printed
    expect(out + err).toContain('misplaced.yaml')
    expect(out + err).not.toContain(secret.slice(0, 12))
  })
})

describe('a secret that everybody may read', () => {
  const open = mkdtempSync(join(tmpdir(), 'robin-open-'))
  const config = join(open, 'robin.yaml')
  afterAll(() => rmSync(open, { recursive: true }))

  /** What is said of the config, where the files have these modes. */
  const read = (text: string, configMode: number, fileMode: number, folderMode = 0o755) => {
    writeFileSync(config, text)
    writeFileSync(join(open, 'x.secret'), `${secret}\n`)
    writeFileSync(join(open, 'c.secret'), `${'0'.repeat(32)}\n`)
    chmodSync(config, configMode)
    for (const name of ['x.secret', 'c.secret']) chmodSync(join(open, name), fileMode)
    chmodSync(open, folderMode)
    const { config: given, problems } = readConfig(config, text)
    expect(given, 'a warning stops nothing').not.toBeNull()
    return problems.map(({ code, span }) => `${span.line}:${span.column} ${code}`)
  }
  const inline = `keys:\n  a: ${key}\n  b: ${key}\n`
  const named = 'keys: {a: {algorithm: hmac-sha256, secret_file: x.secret}}\ncookies: {secret_file: c.secret}\n'

  it('is told once, at the place that names it', () => {
    expect(read(inline, 0o644, 0o600)).toEqual(['2:39 exposed-secret'])
    expect(read(inline, 0o662, 0o600)).toEqual(['2:39 exposed-secret'])
    expect(read(named, 0o644, 0o604)).toEqual(['1:49 exposed-secret', '2:24 exposed-secret'])
  })

  it('is none where the file, or a folder on the way, is closed to others', () => {
    expect(read(inline, 0o640, 0o644)).toEqual([])
    expect(read(named, 0o644, 0o640)).toEqual([])
    expect(read(inline, 0o644, 0o644, 0o750)).toEqual([])
    expect(read(named, 0o644, 0o644, 0o700)).toEqual([])
  })
})

describe('transfer', () => {
  it('is read with places in one form and ports that are usual', () => {
    const text = `keys: {xfr: ${key}}
transfer:
  allow: [{key: XFR.}, {from: 192.0.2.0/24}, {key: xfr, from: ['2001:db8::/32', '!2001:db8::1']}]
  notify: [{to: 192.0.2.53}, {to: '192.0.2.53:5300', key: xfr}, {to: '2001:DB8::0053'}, {to: '[::1]:5300'}]
`
    const { config, problems } = readConfig('robin.yaml', text)
    expect(problems).toEqual([])
    const { allow, notify } = config!.transfer!
    expect(allow.map(({ key, from }) => [key?.name ?? null, from])).toEqual([
      ['xfr.', null],
      [null, ['192.0.2.0/24']],
      ['xfr.', ['2001:db8::/32', '!2001:db8::1']],
    ])
    expect(notify.map(({ to, key }) => [to.host, to.port, key?.name ?? null])).toEqual([
      ['192.0.2.53', 53, null],
      ['192.0.2.53', 5300, 'xfr.'],
      ['2001:db8::53', 53, null],
      ['::1', 5300, null],
    ])
  })

  it('has sources for the whole server, and of one that is told', () => {
    const sourcesOf = (text: string) => readConfig('robin.yaml', `transfer: ${text}`).config
    expect(sourcesOf('{source: 127.0.0.7}')).toMatchObject({
      transferSources: { v4: '127.0.0.7', v6: null },
      transfer: { allow: [], notify: [] },
    })
    expect(sourcesOf("{source: ['2001:DB8::0:7', 127.0.0.7]}")).toMatchObject({
      transferSources: { v4: '127.0.0.7', v6: '2001:db8::7' },
    })
    expect(sourcesOf('{allow: [{from: 10.0.0.0/8}]}')).not.toHaveProperty('transferSources')
    expect(sourcesOf("{notify: [{to: '::1', source: '::2'}, {to: 10.0.0.1}]}")).toMatchObject({
      transfer: { notify: [{ source: '::2' }, { source: null }] },
    })
  })

  it('may be none', () => {
    expect(readConfig('robin.yaml', 'transfer: none').config?.transfer).toEqual({ allow: [], notify: [] })
  })
})

it('keys go to the threads with the terms', () => {
  const keys = [{ name: 'xfr.', algorithm: 'hmac-sha256', secret: octets }] as const
  const secrets = { current: new Uint8Array(16), other: null }
  expect(orderTerms(termsDefault, [], secrets, 1, keys).keys).toEqual(keys)
})
