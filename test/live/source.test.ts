/**
 * Where NOTIFYs, questions and pulls go out from: two servers whose access lists go by source address, and one that has
 * an address that its machine has not.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { reservePort } from '../../src/edge/transport/listen.ts'
import { addresses } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const host = '127.0.0.1'
const wait = { timeout: 20_000, interval: 100 }
const zoneText = (address: string): string => `zone: a.test
soa: {mname: ns1.a.test., rname: h.a.test., refresh: 60, retry: 2}
records:
  '@': {type: NS, value: ns1.a.test.}
  ns1: {type: A, value: 192.0.2.53}
  www: {type: A, value: ${address}}
`

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function robin(config: string, port: number, zones: Readonly<Record<string, string>> = {}): Promise<LiveServer> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-source-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'robin.yaml'), `state: ./state\n${config}`)
  const server = await startLiveServer(zones, ['--config', join(folder, 'robin.yaml'), '--listen', `${host}:${port}`])
  closing.push(() => server.close())
  return server
}

async function freePort(): Promise<number> {
  return (await reservePort(host, 0)).port
}

test.runIf(needs('dig'))('each side sees the other under the address that was written', async () => {
  const [port, other] = [await freePort(), await freePort()]
  const primary = await robin(
    `transfer: {allow: [{from: 127.0.0.7}], source: 127.0.0.8, notify: [{to: '${host}:${other}'}]}\n`,
    port,
    { 'a.test.yaml': zoneText('10.0.0.1') },
  )
  const secondary = await robin(
    `transfer: {source: 127.0.0.7}\nsecondary: {a.test: {primaries: ['${host}:${port}'], notify_from: [127.0.0.8]}}\n`,
    other,
  )
  await expect.poll(() => addresses(other, 'www.a.test'), wait).toEqual(['10.0.0.1'])
  const given = await primary.until(({ event }) => event === 'transfer')
  expect(given).toMatchObject({ outcome: 'done', address: '127.0.0.7' })

  await primary.write('a.test.yaml', zoneText('10.0.0.2'))
  await primary.until(({ event, ...line }) => event === 'notify' && line['fault'] === null)
  await expect.poll(() => addresses(other, 'www.a.test'), wait).toEqual(['10.0.0.2'])
  expect(secondary.lines.filter(({ event }) => event === 'zone-not-pulled')).toEqual([])
})

test.runIf(needs('dig'))('a zone and a place that is told have addresses of their own', async () => {
  const [port, other] = [await freePort(), await freePort()]
  const notify = `[{to: '${host}:${other}', source: 127.0.0.9}]`
  const primary = await robin(`transfer: {allow: [{from: 127.0.0.6}], source: 127.0.0.8, notify: ${notify}}\n`, port, {
    'a.test.yaml': zoneText('10.0.0.1'),
  })
  const primaries = `primaries: ['${host}:${port}']`
  await robin(
    `transfer: {source: 127.0.0.7}\nsecondary: {a.test: {${primaries}, source: 127.0.0.6, notify_from: [127.0.0.9]}}\n`,
    other,
  )
  await expect.poll(() => addresses(other, 'www.a.test'), wait).toEqual(['10.0.0.1'])
  await primary.write('a.test.yaml', zoneText('10.0.0.2'))
  await primary.until(({ event, ...line }) => event === 'notify' && line['fault'] === null)
  await expect.poll(() => addresses(other, 'www.a.test'), wait).toEqual(['10.0.0.2'])
})

test('an address that is none of this machine is told in words, and the server goes on', async () => {
  // Of a net for documents (RFC 5737).
  const nowhere = '203.0.113.7'
  const server = await robin(
    `transfer: {allow: [{from: 127.0.0.0/8}], source: ${nowhere}, notify: [{to: '${host}:9'}]}
secondary: {b.test: {primaries: ['${host}:9']}}\n`,
    await freePort(),
    { 'a.test.yaml': zoneText('10.0.0.1') },
  )
  const line = await server.until(({ event }) => event === 'zone-not-pulled')
  expect(line).toMatchObject({ zone: 'b.test.', reason: 'no-source', state: 'new' })
  expect(line.msg).toContain(nowhere)
  const status = await fetch(`${server.adminUrl}/api/v1/status`)
  expect(status.status).toBe(200)
})
