/** `keys` and `transfer` of the config file: what is read, what is refused where, and that no secret is ever shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSettings } from '../../../src/cli/serve-flags.ts'
import { readConfig } from '../../../src/shell/settings-file.ts'
import { orderTerms, termsDefault } from '../../../src/shell/terms.ts'

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

  it('may be none', () => {
    expect(readConfig('robin.yaml', 'transfer: none').config?.transfer).toEqual({ allow: [], notify: [] })
  })
})

it('keys go to the threads with the terms', () => {
  const keys = [{ name: 'xfr.', algorithm: 'hmac-sha256', secret: octets }] as const
  const secrets = { current: new Uint8Array(16), other: null }
  expect(orderTerms(termsDefault, [], secrets, 1, keys).keys).toEqual(keys)
})
