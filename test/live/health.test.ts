/**
 * What a person at a shell is told by dig alone: why an answer is short, and who is down on what evidence.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Backends, startBackends } from './backends.ts'
import { dig } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const hosts = ['127.0.0.21', '127.0.0.22', '127.0.0.23']
const stranger = '127.0.0.2'

let opened: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

async function serveDying(config: string): Promise<{ readonly server: LiveServer; readonly backends: Backends }> {
  const backends = await startBackends(hosts)
  opened.push(backends.close)
  const folder = await mkdtemp(join(tmpdir(), 'robin-health-'))
  opened.push(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'robin.yaml'), config)
  const zone = `
soa: {mname: ns1.up.test., rname: hostmaster.up.test., serial: 1}
checks:
  web: {protocol: HTTP, port: ${backends.port}, path: /, interval: 300ms, timeout: 1s, fall: 2, rise: 2, fast_interval: 100ms}
records:
  '@': {type: NS, value: ns1.up.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, check: web, values: [${hosts.join(', ')}]}
`
  const server = await startLiveServer({ 'up.test.yaml': zone }, ['--config', join(folder, 'robin.yaml')])
  opened.push(server.close)
  return { server, backends }
}

const isDown = (line: Readonly<Record<string, unknown>>) => line['event'] === 'transition' && line['to'] === 'down'

describe.runIf(needs('dig'))('dig', () => {
  it('shows why an answer is short, in the answer and behind _health', async () => {
    const { server, backends } = await serveDying('workers: 2\n')
    expect((await dig(server.port, 'www.up.test', 'A')).text).not.toContain('EDE')
    await backends.fail(1)
    await server.until(isDown)
    expect((await dig(server.port, 'www.up.test', 'A')).text).toMatch(
      /EDE: 0 \(Other\): \(www\.up\.test\. A: 2 of 3 healthy\)/,
    )
    expect((await dig(server.port, 'www.up.test', 'A', '+noedns')).text).not.toContain('EDE')
    for (const how of ['+notcp', '+tcp']) {
      const { status, flags, answer } = await dig(server.port, '_health.www.up.test', 'TXT', how)
      expect({ status, flags }).toEqual({ status: 'NOERROR', flags: 'qr aa' })
      expect(answer.map(({ value }) => value.replace(/\d+ (ms|s)/g, 'N $1'))).toEqual([
        '"127.0.0.21 A up, answered" "web pass ok, N ms, N s ago"',
        '"127.0.0.22 A down, left out" "web fail refused, N ms, N s ago"',
        '"127.0.0.23 A up, answered" "web pass ok, N ms, N s ago"',
      ])
    }
  })

  it('is told nothing that the operator keeps to himself', async () => {
    const acl = `[127.0.0.0/8, '!${stranger}']`
    const { server, backends } = await serveDying(`identity: {explain: hide}\nguard: {status_acl: ${acl}}\n`)
    await backends.fail(1)
    await server.until(isDown)
    expect((await dig(server.port, 'www.up.test', 'A')).text).not.toContain('EDE')
    expect((await dig(server.port, '_health.www.up.test', 'TXT')).answer).toHaveLength(3)
    expect(await dig(server.port, '-b', stranger, '_health.www.up.test', 'TXT')).toMatchObject({
      status: 'NXDOMAIN',
      answer: [],
    })
    expect((await dig(server.port, '-b', stranger, 'www.up.test', 'A')).answer).toHaveLength(2)
  })
})
