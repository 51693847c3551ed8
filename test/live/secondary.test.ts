/**
 * Robin as a secondary of real primaries: pulled, told of changes, overlaid with health, kept while the primary is dead
 * and over a restart, and no longer answered from when it is too old.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { run } from '../../src/cli/program.ts'
import type { SecondaryView, StatusView } from '../../src/core/view/status.ts'
import { reservePort } from '../../src/edge/transport/listen.ts'
import { type Primary, type PrimaryOptions, startPrimary } from '../oracle/primaries.ts'
import { createTerminal } from '../unit/cli/terminal.ts'
import { startBackends } from './backends.ts'
import { addresses, dig } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const secret = Buffer.alloc(32, 7).toString('base64')
const key = { name: 'xfr', secret }

/** So many that no primary finds a whole zone shorter than its changes. */
const ballast = Array.from({ length: 40 }, (_, i) => `h${i} A 10.9.0.${i}\n`).join('')

const masterText = (serial: number, records: string, times = '60 15 86400'): string =>
  `$ORIGIN a.test.\n$TTL 30\n@ SOA ns1 host ${serial} ${times} 5\n@ NS ns1\nns1 A 10.0.0.53\n${ballast}${records}`

describe.each(['knotd', 'named'] as const)('a zone pulled from %s', program => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  const primaryOf = async (options: PrimaryOptions): Promise<Primary> => {
    const primary = await startPrimary(program, options)
    closing.push(() => primary.stop())
    return primary
  }
  const folderOf = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'robin-secondary-'))
    closing.push(() => rm(folder, { recursive: true, force: true }))
    return folder
  }
  const robin = async (
    folder: string,
    secondary: string,
    port: number,
    zones: Readonly<Record<string, string>> = {},
  ): Promise<LiveServer> => {
    const config = `state: ./state\nkeys: {xfr: {algorithm: hmac-sha256, secret: '${secret}'}}\nsecondary: ${secondary}\n`
    await writeFile(join(folder, 'robin.yaml'), config)
    const flags = ['--config', join(folder, 'robin.yaml'), '--listen', `127.0.0.1:${port}`]
    const server = await startLiveServer(zones, flags)
    closing.push(() => server.close())
    return server
  }
  const freePort = async (): Promise<number> => (await reservePort('127.0.0.1', 0)).port
  const pulled = (server: LiveServer, serial: number) =>
    server.until(({ event, ...line }) => event === 'zone-pulled' && line['serial'] === serial)
  /** The generation that the event led to. */
  const installedAfter = async (server: LiveServer, event: string): Promise<void> => {
    const line = await server.until(each => each.event === event)
    await server.until(each => each.event === 'installed', server.lines.indexOf(line))
  }

  test.runIf(needs(program) && needs('dig'))(
    'is served, and its changes within three seconds of the NOTIFY',
    async () => {
      const port = await freePort()
      const primary = await primaryOf({ zones: { 'a.test': masterText(1, 'www A 10.0.0.1\n') }, key, notifyPort: port })
      const server = await robin(
        await folderOf(),
        `{a.test: {primaries: ['127.0.0.1:${primary.port}'], key: xfr}}`,
        port,
      )
      await installedAfter(server, 'zone-pulled')
      expect(await addresses(port, 'www.a.test')).toEqual(['10.0.0.1'])
      const beganMs = performance.now()
      await primary.edit('a.test', masterText(2, 'www A 10.0.0.2\nnew TXT "; $"\n'))
      const line = await pulled(server, 2)
      await server.until(each => each.event === 'installed', server.lines.indexOf(line))
      expect(await addresses(port, 'www.a.test')).toEqual(['10.0.0.2'])
      expect(performance.now() - beganMs).toBeLessThan(3_000)
      expect(line).toMatchObject({ how: 'ixfr', from: 1 })
      expect((await dig(port, 'new.a.test', 'TXT')).answer[0]?.value).toBe('"; $"')
      const { secondaries } = (await (await fetch(`${server.adminUrl}/api/v1/status`)).json()) as StatusView
      expect(secondaries[0]).toMatchObject({ zone: 'a.test.', state: 'current', serial: 2, failure: null })
    },
  )

  test.runIf(needs(program) && needs('dig'))('is not taken with another key, and SERVFAIL says so', async () => {
    const primary = await primaryOf({
      zones: { 'a.test': masterText(1, '') },
      key: { name: 'xfr', secret: Buffer.alloc(32, 8).toString('base64') },
    })
    const port = await freePort()
    const server = await robin(await folderOf(), `{a.test: {primaries: ['127.0.0.1:${primary.port}'], key: xfr}}`, port)
    const line = await server.until(({ event }) => event === 'zone-not-pulled')
    expect(line).toMatchObject({ reason: 'bad-signature', state: 'new' })
    const { status, text } = await dig(port, 'ns1.a.test')
    expect(status).toBe('SERVFAIL')
    expect(text).toMatch(/EDE: 24/)
    expect(await (await fetch(`${server.adminUrl}/readyz?verbose`)).text()).toMatch(/pulled ok \(a\.test\. never had\)/)
  })

  test.runIf(needs(program) && needs('dig'))('outlives its primary and a restart, and then expires', async () => {
    const times = '2 1 8'
    const primary = await primaryOf({ zones: { 'a.test': masterText(1, 'www A 10.0.0.1\n', times) } })
    const folder = await folderOf()
    const secondary = `{a.test: {primaries: ['127.0.0.1:${primary.port}']}}`
    const before = await robin(folder, secondary, await freePort())
    await installedAfter(before, 'zone-pulled')
    await primary.stop()
    await before.until(({ event }) => event === 'zone-not-pulled')
    before.signal('SIGTERM')
    expect(await before.ended).toBe(0)

    const port = await freePort()
    const server = await robin(folder, secondary, port)
    expect(await addresses(port, 'www.a.test')).toEqual(['10.0.0.1'])
    await server.until(({ event }) => event === 'zone-not-pulled')
    const failing = (await secondaryOf(server))!
    expect(failing).toMatchObject({ state: 'refreshing', serial: 1, failure: { reason: 'unreachable' } })
    await installedAfter(server, 'zone-expired')
    expect((await dig(port, 'www.a.test')).status).toBe('SERVFAIL')

    const again = await startPrimary(program, {
      zones: { 'a.test': masterText(1, 'www A 10.0.0.1\n', times) },
      port: primary.port,
    })
    closing.push(() => again.stop())
    await installedAfter(server, 'zone-confirmed')
    expect(await addresses(port, 'www.a.test')).toEqual(['10.0.0.1'])
  })

  test.runIf(needs(program) && needs('dig'))('follows the health that a sidecar in the folder gives it', async () => {
    const alive = await startBackends(['127.0.0.1'])
    closing.push(() => alive.close())
    const text = masterText(1, 'www A 127.0.0.1\nwww A 127.0.0.9\nplain A 127.0.0.9\n')
    const primary = await primaryOf({ zones: { 'a.test': text } })
    const port = await freePort()
    const check = `{protocol: TCP, port: ${alive.port}, interval: 1s, fall: 1, rise: 1, fast_interval: 1s}`
    const zones = { 'a.test.health.yaml': `checks: {tcp: ${check}}\nowners: {www: {check: tcp}, gone: {check: tcp}}\n` }
    const server = await robin(await folderOf(), `{a.test: {primaries: ['127.0.0.1:${primary.port}']}}`, port, zones)
    await installedAfter(server, 'zone-pulled')
    await server.until(({ event, ...line }) => event === 'transition' && line['to'] === 'down')
    await expect.poll(() => addresses(port, 'www.a.test'), { timeout: 5_000 }).toEqual(['127.0.0.1'])
    expect(await addresses(port, 'plain.a.test')).toEqual(['127.0.0.9'])
    // An edit of the sidecar is foreseen with the zone as it was pulled.
    expect(await planOf(server)).toMatchObject({ ok: true, changes: [], zones: { removed: [], same: 1 } })
    const edited = await folderOf()
    await writeFile(join(edited, 'a.test.health.yaml'), `checks: {tcp: ${check}}\nowners: {plain: {check: tcp}}\n`)
    expect(await planOf(server, edited)).toMatchObject({ ok: true, zones: { changed: ['a.test.'] } })
  })

  test.runIf(needs(program) && needs('dig'))(
    'is given on to others, but not while it may not be answered from',
    async () => {
      const primary = await primaryOf({ zones: { 'a.test': masterText(1, 'www A 10.0.0.1\n') } })
      const port = await freePort()
      const zones = `a.test: {primaries: ['127.0.0.1:${primary.port}']}, b.test: {primaries: ['127.0.0.1:1']}`
      const server = await robin(await folderOf(), `{${zones}}\ntransfer: {allow: [{from: 127.0.0.0/8}]}`, port)
      await installedAfter(server, 'zone-pulled')
      const transferOf = async (zone: string): Promise<string> => (await dig(port, '+tcp', zone, 'AXFR')).text
      await expect
        .poll(() => transferOf('a.test'), { timeout: 10_000 })
        .toMatch(/www\.a\.test\.\s+30\s+IN\s+A\s+10\.0\.0\.1/)
      expect(await transferOf('b.test')).toMatch(/Transfer failed/)
    },
  )

  test.runIf(needs(program))(
    'that is signed is refused, and taken without signatures where that is wanted',
    async () => {
      const primary = await primaryOf({ zones: { 'a.test': masterText(1, 'www A 10.0.0.1\n') }, signed: true })
      const port = await freePort()
      const where = `primaries: ['127.0.0.1:${primary.port}']`
      const refusing = await robin(await folderOf(), `{a.test: {${where}}}`, port)
      await refusing.until(({ event, ...line }) => event === 'zone-not-pulled' && line['reason'] === 'signed')
      const stripping = await robin(await folderOf(), `{a.test: {${where}, signed: strip}}`, await freePort())
      await installedAfter(stripping, 'zone-pulled')
      expect(await addresses(stripping.port, 'www.a.test')).toEqual(['10.0.0.1'])
      expect((await dig(stripping.port, 'a.test', 'DNSKEY')).answer).toEqual([])
    },
  )
})

async function planOf({ adminUrl, folder }: LiveServer, path = folder): Promise<unknown> {
  const terminal = createTerminal({})
  await run(['plan', path, '--admin', adminUrl, '--json'], terminal)
  return JSON.parse(terminal.printed.out)
}

async function secondaryOf({ adminUrl }: LiveServer): Promise<SecondaryView | undefined> {
  return ((await (await fetch(`${adminUrl}/api/v1/status`)).json()) as StatusView).secondaries[0]
}
