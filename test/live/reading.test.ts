/**
 * A running server whose zone files do the worst to the threads that read them: it goes on answering, says which file
 * it was, and serves the next good edit. In process, so that the threads may be given little memory; asked by dig.
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createReaders } from '../../src/shell/readers.ts'
import { type RunningServer, startServer } from '../../src/shell/serve.ts'
import { settingsDefault } from '../../src/shell/settings.ts'
import { createZoneSource } from '../../src/shell/zone-source.ts'
import { addresses } from './dig.ts'
import { needs } from './program.ts'

const heapMegabytesMax = 64
/** Takes more than that to read. */
const ownersTooMany = 30_000

let folder = ''
let server: RunningServer | null = null

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'robin-reading-'))
})

afterEach(async () => {
  server?.stop('test')
  await server?.stopped
  server = null
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string): void {
  writeFileSync(join(folder, '.draft'), text)
  renameSync(join(folder, '.draft'), join(folder, name))
}

function zone(address: string, owners = 1): string {
  const lines = Array.from({ length: owners }, (_, i) => `  www${i}: {type: A, values: [${address}, 192.0.2.99]}`)
  return [
    'soa: {mname: ns1.a.test., rname: h.a.test., serial: auto}',
    "records:\n  '@': {type: NS, value: ns1.a.test.}\n  ns1: {type: A, value: 192.0.2.53}",
    ...lines,
    '',
  ].join('\n')
}

async function start(): Promise<{ readonly running: RunningServer; readonly port: number; readonly steps: number[] }> {
  const steps: number[] = []
  const progress = (done: number): void => void steps.push(done)
  const source = createZoneSource(createReaders({ heapMegabytesMax }), { folder, progress })
  const listen = [{ host: '127.0.0.1', port: 0 }]
  const settings = { ...settingsDefault, listen, admin: null, workers: 1, io: 'dgram' } as const
  server = await startServer(settings, { journal: { record: () => undefined }, source })
  const port = server.listening.find(({ via }) => via === 'udp')!.port
  return { running: server, port, steps }
}

const ask = async (port: number) => (await addresses(port, 'www0.a.test', 'A')).sort()

describe('a running server', () => {
  it('outlives files that break their readers, names them, and serves what comes after', {
    timeout: 60_000,
  }, async () => {
    if (!needs('dig')) return
    write('a.test.yaml', zone('192.0.2.1'))
    write('b.test.yaml', zone('192.0.2.1').replaceAll('a.test', 'b.test'))
    const { running, port, steps } = await start()
    expect(steps).toEqual([1, 2])
    const refusal = async (text: string): Promise<string> => {
      write('a.test.yaml', text)
      await running.reload()
      const { ok, generation, problems } = running.status().reload
      expect({ ok, generation }).toEqual({ ok: false, generation: 1 })
      expect(await ask(port)).toEqual(['192.0.2.1', '192.0.2.99'])
      expect(problems.map(({ span }) => span.file)).toEqual([join(folder, 'a.test.yaml')])
      return problems[0]!.code
    }
    expect(await refusal(zone('192.0.2.2', ownersTooMany))).toBe('unreadable')
    expect(await refusal('soa: [\n')).toBe('yaml-syntax')
    write('a.test.yaml', zone('192.0.2.3'))
    await running.reload()
    expect(running.status().reload).toMatchObject({ ok: true, generation: 2, problems: [] })
    expect(await ask(port)).toEqual(['192.0.2.3', '192.0.2.99'])
  })

  it('goes down at once while files are being read', async () => {
    write('a.test.yaml', zone('192.0.2.1'))
    const { running } = await start()
    write('a.test.yaml', zone('192.0.2.2'))
    const reload = running.reload()
    running.stop('test')
    expect(await running.stopped).toBe(0)
    await reload
    expect(running.events().filter(({ event }) => event.kind === 'fault')).toEqual([])
  })
})
