/** Rules by place with the real program: the file is named, checked, and followed when it is replaced. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runCheck } from '../../src/cli/check.ts'
import { type Networks, place, writeMmdb } from '../unit/geo/mmdb-writer.ts'
import { addresses } from './dig.ts'
import { needs } from './program.ts'
import { startLiveServer } from './server.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-geoip-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const zone = `www:
  type: A
  dynamic:
    pools:
      europe: {values: [{value: 203.0.113.1}]}
      west: {values: [{value: 203.0.113.2}]}
      rest: {values: [{value: 203.0.113.3}]}
    rules:
    - {geos: [EU], pool: europe}
    - {geos: [NA-US-CA], subnets: [10.9.0.0/16], pool: west}
    - {pool: rest}
  values: [203.0.113.3]
  octodns: {healthcheck: {protocol: TCP, port: 1}}
'': {type: NS, value: ns.example.net.}
`
const networks: Networks = { '10.0.0.0/8': place('EU', 'DE'), '192.0.2.0/24': place('NA', 'US', 'CA') }

async function put(name: string, given: Networks): Promise<string> {
  const path = join(folder, name)
  await writeFile(`${path}.new`, writeMmdb(given))
  await rename(`${path}.new`, path)
  return path
}

async function check(geoip?: string): Promise<{ readonly code: number; readonly out: string }> {
  const path = join(folder, 'a.test.yaml')
  await writeFile(path, zone)
  const said: string[] = []
  const io = { out: (text: string) => said.push(text), err: () => undefined, terminal: false }
  const code = await runCheck([path], { format: 'json', geoip }, io)
  return { code, out: said.join('') }
}

test('robin check refuses places without a file, and takes them with one', async () => {
  const without = await check()
  expect(without.code).toBe(1)
  expect(without.out).toContain('not-supported')
  const file = await put('geo.mmdb', networks)
  expect((await check(file)).code).toBe(0)
  await writeFile(file, 'nothing of the kind')
  const broken = await check(file)
  expect(broken.code).toBe(1)
  expect(broken.out).toContain('unreadable')
})

test.runIf(needs('dig'))('clients are answered by where they are, and by where a new file has them', async () => {
  const file = await put('geo.mmdb', networks)
  await writeFile(join(folder, 'robin.yaml'), 'geoip: geo.mmdb\n')
  const server = await startLiveServer({ 'a.test.yaml': zone }, ['--config', join(folder, 'robin.yaml')])
  try {
    const answerTo = async (subnet: string) => (await addresses(server.port, 'www.a.test', 'A', `+subnet=${subnet}`))[0]
    expect(await answerTo('10.1.2.0/24')).toBe('203.0.113.1')
    expect(await answerTo('10.9.2.0/24')).toBe('203.0.113.2')
    expect(await answerTo('192.0.2.0/24')).toBe('203.0.113.2')
    expect(await answerTo('198.51.100.0/24')).toBe('203.0.113.3')

    const seen = server.lines.length
    await put('geo.mmdb', { ...networks, '198.51.100.0/24': place('EU', 'FR') })
    await server.until(({ event }) => event === 'installed', seen)
    expect(await answerTo('198.51.100.0/24')).toBe('203.0.113.1')

    await writeFile(file, 'torn')
    await server.until(({ event }) => event === 'refused', seen)
    expect(await answerTo('198.51.100.0/24')).toBe('203.0.113.1')
    await put('geo.mmdb', networks)
    await vi.waitFor(async () => expect(await answerTo('198.51.100.0/24')).toBe('203.0.113.3'), {
      timeout: 20_000,
      interval: 200,
    })
  } finally {
    await server.close()
  }
})
