/** The real program in doubt of itself: a sentinel goes, a backend goes, and nothing is taken out until it is back. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/core/view/status.ts'
import { startBackends } from './backends.ts'
import { addresses } from './dig.ts'
import { needs } from './program.ts'
import { startLiveServer } from './server.ts'

const hosts = ['127.0.0.41', '127.0.0.42', '127.0.0.43']
const cadence = 'interval: 200ms, timeout: 500ms, fast_interval: 100ms, fall: 2, rise: 2'

let opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

describe.runIf(needs('dig'))('a server that has lost its sentinel', () => {
  it('keeps a dead backend in the answers, says so everywhere, and removes it once the sentinel is back', async () => {
    const backends = await startBackends(hosts)
    const sentinel = await startBackends(['127.0.0.44'])
    const folder = await mkdtemp(join(tmpdir(), 'robin-live-sentinel-'))
    opened.push(backends.close, sentinel.close, () => rm(folder, { recursive: true }))
    const config = join(folder, 'robin.yaml')
    const check = `{protocol: TCP, port: ${sentinel.port}, ${cadence}}`
    await writeFile(config, `sentinels: {check: ${check}, addresses: [127.0.0.44]}\n`)
    const zone = `
soa: {mname: ns1.live.test., rname: hostmaster.live.test.}
checks: {web: {protocol: HTTP, port: ${backends.port}, path: /healthz, ${cadence}}}
records:
  '@': {type: NS, value: ns1.live.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, check: web, values: [${hosts.join(', ')}]}
`
    const server = await startLiveServer({ 'live.test.yaml': zone }, ['--config', config])
    opened.push(server.close)
    const status = async () => (await (await fetch(`${server.adminUrl}/api/v1/status`)).json()) as StatusView
    const ready = async () => (await fetch(`${server.adminUrl}/readyz?verbose`)).text()
    expect((await status()).sentinels).toMatchObject([{ target: `127.0.0.44:${sentinel.port}`, verdict: 'up' }])

    await sentinel.fail(0)
    const froze = await server.until(line => line.event === 'freeze')
    expect(froze).toMatchObject({ level: 'error', cause: 'sentinels' })
    await backends.fail(0)
    await server.until(line => line['to'] === 'down' && String(line['target']).startsWith(hosts[0]!))
    expect((await addresses(server.port, 'www.live.test')).sort()).toEqual(hosts)
    const frozen = await status()
    expect(frozen.freeze).toMatchObject({ cause: 'sentinels', thawInMs: null })
    const [dead] = frozen.pools.find(pool => pool.owner === 'www.live.test.')!.members
    expect(dead).toMatchObject({ verdict: 'down', held: true, answered: true })
    expect(await ready()).toContain('[+]removals ok (frozen: sentinels)')

    await sentinel.heal(0)
    const thawed = await server.until(line => line.event === 'thaw')
    expect(thawed).toMatchObject({ level: 'warn', cause: 'sentinels-back' })
    expect((await addresses(server.port, 'www.live.test')).sort()).toEqual(hosts.slice(1))
    expect((await status()).freeze).toBeNull()
    expect(await ready()).toContain('[+]removals ok')
  })
})
