/**
 * The real server on zones in other forms: a master file whose health stands beside it, edited and taken away while it
 * runs, and a zone that is a folder of files.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Backends, startBackends } from './backends.ts'
import { addresses, dig } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const hosts = ['127.0.0.61', '127.0.0.62'] as const
const master = `$TTL 2
@ SOA ns1 hostmaster 1 60 15 86400 5
@ NS ns1
ns1 A 127.0.0.1
www A ${hosts[0]}
www A ${hosts[1]}
`
const health = (port: number, owner = 'www') => `checks:
  tcp: {protocol: TCP, port: ${port}, interval: 200ms, timeout: 200ms, fast_interval: 100ms, fall: 2, rise: 2}
owners:
  ${owner}: {check: tcp}
`

let server: LiveServer | null = null
let backends: Backends | null = null
afterEach(async () => {
  await server?.close()
  await backends?.close()
  server = null
  backends = null
})

const sorted = async (port: number, name: string) => (await addresses(port, name, 'A')).sort()
const isOf = (event: string) => (line: { readonly event?: string }) => line.event === event

describe.runIf(needs('dig'))('a master file with health beside it', () => {
  it('takes dead addresses out; without the file they are back, with a faulty one nothing changes', async () => {
    backends = await startBackends(hosts)
    server = await startLiveServer({ 'svc.test.zone': master, 'svc.test.health.yaml': health(backends.port) })
    expect(await sorted(server.port, 'www.svc.test')).toEqual([...hosts])
    await backends.fail(1)
    await server.until(line => line.event === 'rotation' && String(JSON.stringify(line)).includes('www.svc.test'))
    expect(await sorted(server.port, 'www.svc.test')).toEqual([hosts[0]])

    let from = server.lines.length
    await server.write('svc.test.health.yaml', health(backends.port, 'wwww'))
    const refused = await server.until(isOf('refused'), from)
    expect(JSON.stringify(refused)).toContain('no-such-set')
    expect(await sorted(server.port, 'www.svc.test')).toEqual([hosts[0]])

    from = server.lines.length
    await rm(join(server.folder, 'svc.test.health.yaml'))
    await server.until(isOf('installed'), from)
    expect(await sorted(server.port, 'www.svc.test')).toEqual([...hosts])
  })
})

describe.runIf(needs('dig'))('a zone that is a folder', () => {
  it('is served when it appears, and again when a file in it changes', async () => {
    server = await startLiveServer({ 'svc.test.zone': master })
    const folder = join(server.folder, 'two.test.')
    const draft = join(server.folder, '.two')
    await mkdir(draft)
    await writeFile(join(draft, '$two.test.yaml'), "'': {type: NS, values: [ns1.two.test.]}\n")
    await writeFile(join(draft, 'ns1.yaml'), 'ns1: {type: A, value: 127.0.0.1}\n')
    await writeFile(join(draft, 'www.yaml'), 'www: {type: A, value: 10.0.0.1}\n')
    let from = server.lines.length
    await rename(draft, folder)
    await server.until(isOf('installed'), from)
    expect(await sorted(server.port, 'www.two.test')).toEqual(['10.0.0.1'])

    from = server.lines.length
    await writeFile(join(server.folder, '.www'), 'www: {type: A, values: [10.0.0.1, 10.0.0.2]}\n')
    await rename(join(server.folder, '.www'), join(folder, 'www.yaml'))
    await server.until(isOf('installed'), from)
    expect(await sorted(server.port, 'www.two.test')).toEqual(['10.0.0.1', '10.0.0.2'])

    from = server.lines.length
    await rm(folder, { recursive: true })
    await server.until(isOf('installed'), from)
    expect((await dig(server.port, 'www.two.test', 'A')).status).toBe('REFUSED')
  })
})
