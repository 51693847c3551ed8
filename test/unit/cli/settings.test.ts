/** Flags, config file and defaults: what wins, and that each mistake is refused at its place. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { UsageFault } from '../../../src/cli/io.ts'
import { readFlags } from '../../../src/cli/serve-flags.ts'
import { sentinelDuties } from '../../../src/shell/sentinels.ts'
import { joinSettings, settingsDefault } from '../../../src/shell/settings.ts'
import { configJsonSchema, looksLikeConfig, readConfig } from '../../../src/shell/settings-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'robin-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

const codesOf = (text: string) => {
  const { config, problems } = readConfig(join(folder, 'robin.yaml'), text)
  expect(config === null).toBe(problems.length > 0)
  return problems.map(({ code, span }) => `${span.line}:${span.column} ${code}`)
}

writeFileSync(join(folder, 'no.secret'), 'not a secret\n')

describe('hints', () => {
  it('show the form of a text where quotes alone would not do', () => {
    const hintOf = (text: string) => readConfig('robin.yaml', text).problems[0]?.hint
    expect(hintOf('limits: {max_change: 20}')).toContain('50%')
    expect(hintOf('identity: {nsid: 20}')).toContain("'20'")
  })
})

describe('mistakes', () => {
  it('are told in the order of the file', () => {
    const text = "secondary: {a.test: {primaries: []}}\nlimits: {max_change: '20'}\nlisten: nowhere\nworkers: 0\n"
    const lines = readConfig('robin.yaml', text).problems.map(({ span }) => span.line)
    expect(lines).toEqual([1, 4])
    const read = readConfig('robin.yaml', "limits: {max_change: '20'}\nlisten: nowhere\n").problems
    expect(read.map(({ span }) => span.line)).toEqual([1, 2])
  })
})

describe('flags', () => {
  it('are absent where they were not given', () => {
    expect(readFlags({}, true)).toEqual({ pretty: true })
    expect(readFlags({}, false)).toEqual({ pretty: false })
  })

  it('name whom to become, and a group only with a user', () => {
    expect(readFlags({ user: 'robin' }, false).account).toEqual({ user: 'robin', group: null })
    expect(readFlags({ user: 'robin', group: 'dns' }, false).account).toEqual({ user: 'robin', group: 'dns' })
    expect(() => readFlags({ group: 'dns' }, false)).toThrow(UsageFault)
    expect(readConfig('robin.yaml', 'user: robin\ngroup: dns').config?.account).toEqual({ user: 'robin', group: 'dns' })
  })

  it.each(['auto', 'batch', 'dgram'])('io %s is read', io => {
    expect(readFlags({ io }, false).io).toBe(io)
    expect(readConfig('robin.yaml', `io: ${io}`)).toMatchObject({ config: { io }, problems: [] })
  })

  it('are read', () => {
    const flags = readFlags(
      {
        listen: ['127.0.0.1:0', '[::1]:53'],
        admin: 'none',
        zones: '/z',
        workers: '3',
        io: 'dgram',
        logLevel: 'warn',
        logFormat: 'pretty',
      },
      false,
    )
    expect(flags).toEqual({
      listen: [
        { host: '127.0.0.1', port: 0 },
        { host: '::1', port: 53 },
      ],
      admin: null,
      zonesFolder: '/z',
      workers: 3,
      io: 'dgram',
      logLevel: 'warn',
      pretty: true,
    })
  })

  it.each([
    { listen: ['5300'] },
    { listen: ['example.com:53'] },
    { listen: ['127.0.0.1:70000'] },
    { admin: 'http://127.0.0.1:1' },
    { workers: '0' },
    { workers: '65' },
    { workers: 'many' },
    { io: 'uring' },
    { logLevel: 'loud' },
    { logFormat: 'xml' },
  ])('%j is a usage error', flags => {
    expect(() => readFlags(flags, false)).toThrow(UsageFault)
  })
})

describe('config file', () => {
  it('may be empty', () => {
    expect(readConfig('robin.yaml', '# nothing\n')).toMatchObject({ config: {}, problems: [] })
  })

  it('is read, with folders relative to where it lies', () => {
    const text = `
listen: ['127.0.0.1:5300', '[::1]:5300']
admin: {listen: none}
zones: ./zones
workers: 2
io: dgram
limits: {tcp_clients: 10, tcp_idle: 1500ms, probes_in_flight: 7, exec_in_flight: 3, max_change: 25%}
`
    expect(readConfig('/etc/robin/robin.yaml', text)).toMatchObject({
      config: {
        listen: [
          { host: '127.0.0.1', port: 5300 },
          { host: '::1', port: 5300 },
        ],
        admin: null,
        zonesFolder: '/etc/robin/zones',
        workers: 2,
        io: 'dgram',
        limits: { tcpClientsMax: 10, tcpIdleMs: 1500, probesInFlight: 7, execInFlight: 3, maxChange: 0.25 },
      },
      problems: [],
    })
  })

  it.each([
    ["state: ''", '1:8 bad-value'],
    ['sentinels: gateway', '1:12 wrong-type'],
    ['sentinels: {addresses: []}', '1:24 bad-value'],
    ['sentinels: {addresses: [10.0.0.1, gw1]}', '1:35 bad-address'],
    ['sentinels: {check: {protocol: ICMP, port: 1}}', '1:37 unknown-key'],
    ['sentinels: {check: {protocol: HTTPS, path: /up}}', '1:20 check-not-possible'],
    ['sentinels: {check: {protocol: ICMP, check_address: 10.0.0.1}}', '1:20 check-not-possible'],
    ['limits: {freeze: 2h}', '1:18 bad-duration'],
    ['limits: {max_change: 0.5}', '1:22 wrong-type'],
    ['limits: {max_change: half}', '1:22 bad-value'],
    ['limits: {max_change: 101%}', '1:22 bad-value'],
    ['guard: {status_acl: [127.0.0.0/8, 10.0.0.0/33]}', '1:35 bad-address'],
    ['guard: {status_acl: []}', '1:21 bad-value'],
    ['identity: {explain: maybe}', '1:21 bad-value'],
    ['guard: {allow: [10.0.0.0/33]}', '1:17 bad-address'],
    ['guard: {allow: []}', '1:16 bad-value'],
    [`identity: {version: ${'v'.repeat(256)}}`, '1:21 bad-value'],
    ['group: dns', '1:8 missing-key'],
    ['io: uring', '1:5 bad-value'],
    ['admin: {token_file: 7}', '1:21 wrong-type'],
    ['limits: {rrl: {slip: 2}}', '1:10 missing-key'],
    ['workers: 2\nlisten_on: 1', '2:1 unknown-key'],
    ['limits: {tcp_client: 2}', '1:10 unknown-key'],
    ['listen: nowhere', '1:9 bad-address'],
    ["listen: ['127.0.0.1:53', '[::1]']", '1:26 bad-address'],
    ['listen: []', '1:9 bad-value'],
    ["listen: ['127.0.0.1:53', '[::1]:53', '127.0.0.1:53']", '1:38 duplicate-value'],
    ["listen: ['0.0.0.0:53', '127.0.0.1:53']", '1:24 duplicate-value'],
    ["listen: ['[::1]:53', '[::]:53']", '1:22 duplicate-value'],
    ["listen: 127.0.0.1:53\nadmin: {listen: '127.0.0.1:53'}", '2:17 duplicate-value'],
    ["listen: 0.0.0.0:53\nadmin: {listen: '127.0.0.1:53'}", '2:17 duplicate-value'],
    ['cookies: {secret_file: nowhere}', '1:24 unreadable'],
    ['cookies: {secret_file: .}', '1:24 unreadable'],
    ['cookies: {secret_file: no.secret}', '1:24 bad-secret'],
    ['listen: 53', '1:9 wrong-type'],
    ['workers: 0', '1:10 bad-value'],
    ['workers: lots', '1:10 bad-value'],
    ['io: uring', '1:5 bad-value'],
    ['limits: {tcp_idle: soon}', '1:20 bad-duration'],
    ['limits: {tcp_idle: 1ms}', '1:20 bad-duration'],
    ['limits: {transfers: 0}', '1:21 bad-value'],
    ['limits: {transfers_per_address: many}', '1:33 wrong-type'],
    ['limits: {transfer_time: 2d}', '1:25 bad-duration'],
    ['zones: [a', '1:10 yaml-syntax'],
    ['- a', '1:1 wrong-type'],
  ])('%s: %s', (text, code) => {
    expect(codesOf(text)).toEqual([code])
  })

  it.each([
    "listen: ['127.0.0.1:0', '127.0.0.1:0']",
    "listen: ['[::]:53', '0.0.0.0:53', '127.0.0.2:54']",
    "listen: ['127.0.0.1:53', '127.0.0.2:53']\nadmin: {listen: '127.0.0.3:53'}",
    "listen: '127.0.0.1:53'\nadmin: {listen: none}",
  ])('%j takes no place twice', text => {
    expect(codesOf(text)).toEqual([])
  })

  it('says where it looked for a file that it names', () => {
    mkdirSync(join(folder, 'below'), { recursive: true })
    const { problems } = readConfig(join(folder, 'below', 'robin.yaml'), 'cookies: {secret_file: ../../c.secret}')
    expect(problems[0]?.text).toContain(join(folder, '..', 'c.secret'))
    expect(problems[0]?.hint).toContain('config file')
  })

  it('is known by its keys, and a zone is none', () => {
    expect(looksLikeConfig('zones: zones\nlisten: 127.0.0.1:53\n')).toBe(true)
    for (const text of ['', '- zones', 'zones', 'zones: [', 'zone: a.test\nrecords: {}', 'zones: {type: A}\nwww: 1'])
      expect(looksLikeConfig(text), text).toBe(false)
  })

  it('says where a key belongs that is none of its own', () => {
    const hintOf = (text: string) => readConfig('robin.yaml', text).problems.map(({ code, hint }) => [code, hint])
    expect(hintOf('log_level: debug')).toEqual([['unknown-key', expect.stringContaining('--log-level')]])
    expect(hintOf('records: {}')).toEqual([['unknown-key', expect.stringContaining('--config')]])
  })

  it('names the key that was meant', () => {
    const { problems } = readConfig('robin.yaml', 'worker: 2')
    expect(problems[0]?.hint).toContain('workers')
  })

  it('reads what transfers may cost, each by itself', () => {
    const limitsOf = (text: string) => readConfig('robin.yaml', `limits: {${text}}`).config?.limits?.transfers
    expect(limitsOf('transfers: 3')).toEqual({ atOnceMax: 3, perAddressMax: 4, longestMs: 7_200_000 })
    expect(limitsOf('transfers_per_address: 2')).toEqual({ atOnceMax: 16, perAddressMax: 2, longestMs: 7_200_000 })
    expect(limitsOf('transfer_time: 10m')).toEqual({ atOnceMax: 16, perAddressMax: 4, longestMs: 600_000 })
    expect(limitsOf('tcp_clients: 3')).toBeUndefined()
  })

  it('reads the terms', () => {
    const text = [
      'identity: {nsid: ns1, version: hide, explain: hide}',
      'cookies: {secret_file: c.secret}',
      "guard: {allow: [10.0.0.0/8, '!10.1.0.0/16'], status_acl: [10.9.0.0/16]}",
      'limits: {rrl: {responses_per_second: 20}}',
    ].join('\n')
    writeFileSync(join(folder, 'c.secret'), `${'0'.repeat(32)}\n`)
    const { config, problems } = readConfig(join(folder, 'robin.yaml'), text)
    expect(problems).toEqual([])
    expect(config).toMatchObject({
      cookieSecretFile: join(folder, 'c.secret'),
      terms: {
        allow: ['10.0.0.0/8', '!10.1.0.0/16'],
        responsesPerSecond: 20,
        slip: 2,
        amplificationMax: 3,
        nsid: 'ns1',
        version: null,
        hostname: null,
        explains: false,
        statusAcl: ['10.9.0.0/16'],
      },
    })
    const { config: silent } = readConfig('robin.yaml', 'identity: {nsid: ns1}')
    expect(silent?.terms).toMatchObject({ explains: true, statusAcl: ['127.0.0.0/8', '::1'] })
  })

  it('reads where state is kept, and for how long the server doubts itself', () => {
    const { config, problems } = readConfig('/etc/robin/robin.yaml', 'state: ../state\nlimits: {freeze: 0}')
    expect(problems).toEqual([])
    expect(config).toMatchObject({ stateFolder: '/etc/state', limits: { freezeLongestMs: 0 } })
    expect(joinSettings({ stateFolder: '/var/lib/robin' }, config!).stateFolder).toBe('/var/lib/robin')
    expect(settingsDefault).toMatchObject({ stateFolder: null, sentinels: null, limits: { freezeLongestMs: 60_000 } })
  })

  it('reads the sentinels: the gateways by ICMP, or what it names', () => {
    const sentinelsOf = (text: string) => {
      const { config, problems } = readConfig('robin.yaml', `sentinels: ${text}`)
      expect(problems).toEqual([])
      return config!.sentinels!
    }
    const usual = sentinelsOf('{}')
    expect(usual).toMatchObject({ check: { protocol: 'ICMP', name: 'sentinel', fall: 3 }, addresses: ['gateway'] })
    const ports = (gateways: readonly string[], settings = usual) =>
      sentinelDuties(settings, gateways).map(({ endpoint }) => `${endpoint.address} ${endpoint.port}`)
    expect(ports(['10.0.0.1', 'fe80::1%eth0'])).toEqual(['10.0.0.1 null', 'fe80::1%eth0 null'])
    expect(ports([])).toEqual([])
    const own = sentinelsOf(
      '{check: {protocol: TCP, port: 53, fall: 2, source: 10.0.0.9}, addresses: [2001:DB8::1, 10.0.0.1, gateway]}',
    )
    expect(own.check).toMatchObject({ protocol: 'TCP', name: 'sentinel', fall: 2 })
    expect(ports(['10.0.0.1'], own)).toEqual(['2001:db8::1 53', '10.0.0.1 53'])
    expect(sentinelDuties(own, []).map(({ check }) => check.source)).toEqual([undefined, '10.0.0.9'])
  })

  it('has a JSON Schema with the same keys', () => {
    const schema = configJsonSchema() as { properties: object; additionalProperties: boolean }
    expect(Object.keys(schema.properties)).toEqual(
      'listen admin zones state geoip sentinels user group workers io limits identity cookies guard keys transfer catalog secondary'.split(
        ' ',
      ),
    )
    expect(schema.additionalProperties).toBe(false)
  })
})

describe('joinSettings', () => {
  it('lets flags win over the file and the file over the defaults, limit by limit', () => {
    const file = { workers: 4, io: 'dgram', limits: { tcpClientsMax: 9 } } as const
    const settings = joinSettings({ workers: 2 }, file)
    expect(settings).toEqual({
      ...settingsDefault,
      workers: 2,
      io: 'dgram',
      limits: { ...settingsDefault.limits, tcpClientsMax: 9 },
    })
  })

  it('has the token below the state folder, whoever names that', () => {
    const tokenOf = (text: string, stateFolder?: string) =>
      joinSettings(stateFolder === undefined ? {} : { stateFolder }, readConfig('/etc/robin.yaml', text).config!)
    const text = 'state: state\nadmin: {token_file: t/token}'
    expect(tokenOf(text)).toMatchObject({ adminTokenFile: '/etc/state/t/token' })
    expect(tokenOf(text, '/var/lib/robin')).toMatchObject({ adminTokenFile: '/var/lib/robin/t/token' })
    expect(tokenOf('admin: {token_file: /run/token}', '/var/lib/robin')).toMatchObject({ adminTokenFile: '/run/token' })
    expect(tokenOf(text)).not.toHaveProperty('tokenBelowState')
  })

  it('keeps an interface switched off by the file switched off', () => {
    expect(joinSettings({}, { admin: null }).admin).toBeNull()
  })
})
