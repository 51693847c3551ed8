/**
 * Catalog zones with real peers: Knot learns from Robin what there is to serve; Robin learns it from Knot and BIND, and
 * from another Robin.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { programFolders } from '../../bench/machine.ts'
import { startChild } from '../../bench/support.ts'
import { reservePort } from '../../src/edge/transport/listen.ts'
import { startPrimary } from '../oracle/primaries.ts'
import { addresses, dig } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, type LogLine, startLiveServer } from './server.ts'

const host = '127.0.0.1'
const secret = Buffer.alloc(32, 7).toString('base64')
const keys = `keys: {xfr: {algorithm: hmac-sha256, secret: '${secret}'}}\n`
const wait = { timeout: 20_000, interval: 100 }

const zoneText = (name: string, address: string): string => `zone: ${name}
soa: {mname: ns1.${name}., rname: h.${name}., refresh: 60, retry: 2}
records:
  '@': {type: NS, value: ns1.${name}.}
  ns1: {type: A, value: 192.0.2.53}
  www: {type: A, value: ${address}}
`
const masterText = (address: string, serial = 1): string =>
  `$TTL 30\n@ SOA ns1 host ${serial} 60 2 86400 5\n@ NS ns1\nns1 A 192.0.2.53\nwww A ${address}\n`
const catalogText = (serial: number, lines: string, version = '"2"'): string =>
  `$TTL 0\n@ SOA invalid. invalid. ${serial} 60 2 86400 0\n@ NS invalid.\nversion TXT ${version}\n${lines}`

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function freePort(): Promise<number> {
  return (await reservePort(host, 0)).port
}

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-catalog-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function robin(
  config: string,
  port: number,
  zones: Readonly<Record<string, string>> = {},
  folder?: string,
): Promise<LiveServer> {
  const place = folder ?? (await freshFolder())
  await writeFile(join(place, 'robin.yaml'), `state: ./state\n${config}`)
  const server = await startLiveServer(zones, ['--config', join(place, 'robin.yaml'), '--listen', `${host}:${port}`])
  closing.push(() => server.close())
  return server
}

async function startKnot(port: number, config: string): Promise<void> {
  const folder = await freshFolder()
  await mkdir(join(folder, 'db'))
  const text = `server:
    rundir: "${folder}"
    listen: ${host}@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "${folder}/db"
key:
  - id: xfr
    algorithm: hmac-sha256
    secret: ${secret}
${config.replaceAll('FOLDER', folder)}`
  await writeFile(join(folder, 'knot.conf'), text)
  const child = await startChild('knotd', ['-c', join(folder, 'knot.conf')], {
    cwd: folder,
    env: { ...process.env, PATH: [process.env['PATH'] ?? '', ...programFolders].join(delimiter) },
    isReady: line => line.includes('server started'),
    readyMs: 20_000,
  })
  closing.push(() => child.stop(5_000))
}

/** The zone's answer, again and again until it is this. */
async function expectSoon(port: number, name: string, wanted: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await addresses(port, name, 'A')).toEqual(wanted), wait)
}

async function expectStatus(port: number, name: string, status: string): Promise<void> {
  await vi.waitFor(async () => expect((await dig(port, name, 'SOA')).status).toBe(status), wait)
}

const knotConsumer = (robinPort: number): string => `remote:
  - id: robin
    address: ${host}@${robinPort}
    key: xfr
acl:
  - id: told
    action: notify
    address: ${host}
    key: xfr
template:
  - id: default
    storage: "FOLDER"
  - id: plain
    master: robin
    acl: told
    storage: "FOLDER"
  - id: gold
    master: robin
    acl: told
    storage: "FOLDER"
zone:
  - domain: cat.test
    master: robin
    acl: told
    catalog-role: interpret
    catalog-template: [ plain, gold ]
`

describe('Robin makes a catalog', () => {
  test.runIf(needs('knotd') && needs('dig'))('from which Knot learns of zones that come and go', async () => {
    const [port, knotPort] = [await freePort(), await freePort()]
    const config = `${keys}transfer: {allow: [{key: xfr}], notify: [{to: '${host}:${knotPort}', key: xfr}]}
catalog: {produce: {cat.test: {groups: {gold: [b.test]}}}}
`
    const zones = { 'a.test.yaml': zoneText('a.test', '10.0.0.1'), 'b.test.yaml': zoneText('b.test', '10.0.0.2') }
    const server = await robin(config, port, zones)
    await startKnot(knotPort, knotConsumer(port))
    await expectSoon(knotPort, 'www.a.test', ['10.0.0.1'])
    await expectSoon(knotPort, 'www.b.test', ['10.0.0.2'])
    await server.write('c.test.yaml', zoneText('c.test', '10.0.0.3'))
    await expectSoon(knotPort, 'www.c.test', ['10.0.0.3'])
    await rm(join(server.folder, 'a.test.yaml'))
    await expectStatus(knotPort, 'a.test', 'REFUSED')
    expect(await addresses(knotPort, 'www.b.test')).toEqual(['10.0.0.2'])
    const signed = ['-y', `hmac-sha256:xfr:${secret}`]
    expect((await dig(port, 'version.cat.test', 'TXT', ...signed)).answer[0]?.value).toBe('"2"')
    const open = await dig(port, 'version.cat.test', 'TXT')
    expect([open.status, open.answer]).toEqual(['REFUSED', []])
  })
})

describe.each(['knotd', 'named'] as const)('Robin takes zones from a catalog of %s', program => {
  const consumer = (port: number, rest = ''): string =>
    `catalog: {consume: {cat.test: {primaries: ['${host}:${port}']${rest}}}}\n`

  test.runIf(needs(program) && needs('dig'))('which come, go, and begin anew', async () => {
    const port = await freePort()
    const primary = await startPrimary(program, {
      zones: {
        'cat.test': catalogText(1, 'x1.zones PTR a.test.\nx2.zones PTR b.test.\n'),
        'a.test': masterText('10.0.0.1'),
        'b.test': masterText('10.0.0.2'),
        'c.test': masterText('10.0.0.3'),
      },
      notifyPort: port,
    })
    closing.push(() => primary.stop())
    const folder = await freshFolder()
    const server = await robin(consumer(primary.port), port, {}, folder)
    await expectSoon(port, 'www.a.test', ['10.0.0.1'])
    await expectSoon(port, 'www.b.test', ['10.0.0.2'])
    expect((await dig(port, 'cat.test', 'SOA')).status).toBe('REFUSED')

    await primary.edit('cat.test', catalogText(2, 'x2.zones PTR b.test.\nx3.zones PTR c.test.\n'))
    await expectSoon(port, 'www.c.test', ['10.0.0.3'])
    await expectStatus(port, 'a.test', 'REFUSED')
    const kept = async () => (await readdir(join(folder, 'state', 'secondary'))).filter(file => file.endsWith('.zone'))
    await vi.waitFor(async () => expect(await kept()).toEqual(['b.test.zone', 'c.test.zone', 'cat.test.zone']), wait)

    const seen = server.lines.length
    await primary.edit('cat.test', catalogText(3, 'new.zones PTR b.test.\nx3.zones PTR c.test.\n'))
    const again = await server.until(line => line.event === 'zone-pulled' && line['zone'] === 'b.test.', seen)
    expect(again).toMatchObject({ from: null })
    await expectSoon(port, 'www.b.test', ['10.0.0.2'])
    const changes = server.lines.filter(({ event }) => event === 'catalog-members')
    expect(changes.map(({ added, dropped, reset }) => [added, dropped, reset])).toEqual([
      [2, 0, 0],
      [1, 1, 0],
      [0, 0, 1],
    ])
  })

  test.runIf(needs(program) && needs('dig'))('and keeps them while it is broken, over a restart too', async () => {
    const [port, later] = [await freePort(), await freePort()]
    const primary = await startPrimary(program, {
      zones: { 'cat.test': catalogText(1, 'x1.zones PTR a.test.\n'), 'a.test': masterText('10.0.0.1') },
      notifyPort: port,
    })
    closing.push(() => primary.stop())
    const folder = await freshFolder()
    const server = await robin(consumer(primary.port), port, {}, folder)
    await expectSoon(port, 'www.a.test', ['10.0.0.1'])
    await primary.edit('cat.test', catalogText(2, 'x9.zones PTR b.test.\n', '"1"'))
    expect(await server.until(({ event }) => event === 'catalog-broken')).toMatchObject({ fault: 'other-version' })
    expect(await addresses(port, 'www.a.test')).toEqual(['10.0.0.1'])
    server.signal('SIGTERM')
    expect(await server.ended).toBe(0)

    const next = await robin(consumer(primary.port), later, {}, folder)
    expect(await addresses(later, 'www.a.test')).toEqual(['10.0.0.1'])
    await next.until(({ event }) => event === 'catalog-broken')
    expect(await addresses(later, 'www.a.test')).toEqual(['10.0.0.1'])
    expect((await dig(later, 'b.test', 'SOA')).status).toBe('REFUSED')
  })

  test.runIf(needs(program) && needs('dig'))('but none that it has from elsewhere', async () => {
    const port = await freePort()
    const primary = await startPrimary(program, {
      zones: {
        'cat.test': catalogText(1, 'x1.zones PTR own.test.\nx2.zones PTR a.test.\n'),
        'cat2.test': catalogText(1, 'y2.zones PTR a.test.\ny3.zones PTR b.test.\n'),
        'own.test': masterText('10.0.0.9'),
        'a.test': masterText('10.0.0.1'),
        'b.test': masterText('10.0.0.2'),
      },
    })
    closing.push(() => primary.stop())
    const primaries = `{primaries: ['${host}:${primary.port}']}`
    const config = `catalog: {consume: {cat.test: ${primaries}, cat2.test: ${primaries}}}\n`
    const server = await robin(config, port, { 'own.test.yaml': zoneText('own.test', '10.0.0.5') })
    await expectSoon(port, 'www.b.test', ['10.0.0.2'])
    await expectSoon(port, 'www.a.test', ['10.0.0.1'])
    expect(await addresses(port, 'www.own.test')).toEqual(['10.0.0.5'])
    const own = await server.until(line => line.event === 'catalog-clash' && line['zone'] === 'own.test.')
    expect(own).toMatchObject({ catalog: 'cat.test.', holder: null })
    const clash = await server.until(line => line.event === 'catalog-clash' && line['zone'] === 'a.test.')
    // Whichever came first has it.
    expect(new Set([clash['catalog'], clash['holder']])).toEqual(new Set(['cat.test.', 'cat2.test.']))
  })
})

test.runIf(needs('knotd') && needs('dig'))('Robin takes zones from a catalog that Knot makes', async () => {
  const [port, knotPort] = [await freePort(), await freePort()]
  const folder = await freshFolder()
  await writeFile(join(folder, 'a.test.zone'), masterText('10.0.0.1'))
  await writeFile(join(folder, 'b.test.zone'), masterText('10.0.0.2'))
  await startKnot(
    knotPort,
    `remote:
  - id: robin
    address: ${host}@${port}
    key: xfr
acl:
  - id: pull
    action: transfer
    address: ${host}
    key: xfr
template:
  - id: default
    storage: "${folder}"
    notify: robin
    acl: pull
zone:
  - domain: cat.test
    catalog-role: generate
  - domain: a.test
    catalog-role: member
    catalog-zone: cat.test
  - domain: b.test
    catalog-role: member
    catalog-zone: cat.test
    catalog-group: gold
`,
  )
  const plain = `primaries: ['${host}:${knotPort}'], key: xfr`
  const config = `${keys}catalog: {consume: {cat.test: {${plain}, groups: {gold: {primaries: ['127.0.0.2:${knotPort}', '${host}:${knotPort}'], key: xfr}}}}}\n`
  const server = await robin(config, port)
  await expectSoon(port, 'www.a.test', ['10.0.0.1'])
  await expectSoon(port, 'www.b.test', ['10.0.0.2'])
  // Those of the group have a primary of their own, which is dead.
  expect(await server.until(({ event }) => event === 'zone-not-pulled')).toMatchObject({
    zone: 'b.test.',
    primary: `127.0.0.2:${knotPort}`,
  })
})

test.runIf(needs('dig'))('one Robin takes zones from another', async () => {
  const [port, other] = [await freePort(), await freePort()]
  const primary = await robin(
    `${keys}transfer: {allow: [{key: xfr}], notify: [{to: '${host}:${other}', key: xfr}]}\ncatalog: {produce: {cat.test: }}\n`,
    port,
    { 'a.test.yaml': zoneText('a.test', '10.0.0.1') },
  )
  await robin(`${keys}catalog: {consume: {cat.test: {primaries: ['${host}:${port}'], key: xfr}}}\n`, other)
  await expectSoon(other, 'www.a.test', ['10.0.0.1'])
  await primary.write('b.test.yaml', zoneText('b.test', '10.0.0.2'))
  await expectSoon(other, 'www.b.test', ['10.0.0.2'])
  // It is told of a zone only when it knows that there is one.
  const told = (line: LogLine) => line.event === 'notify' && line['zone'] === 'b.test.'
  expect(await primary.until(told)).toMatchObject({ fault: null })
  await primary.write('b.test.yaml', zoneText('b.test', '10.0.0.3'))
  await expectSoon(other, 'www.b.test', ['10.0.0.3'])
  expect(primary.lines.filter(line => told(line) && line['fault'] !== null)).toEqual([])
  await rm(join(primary.folder, 'a.test.yaml'))
  await expectStatus(other, 'a.test', 'REFUSED')
})
