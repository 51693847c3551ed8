/** EXEC and METRICS end to end: programs and agents of three hosts, and what dig is told of them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { addresses } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, type LogLine, startLiveServer } from './server.ts'

let opened: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

const cadence = 'interval: 200ms, fast_interval: 100ms, timeout: 1s, fall: 2, rise: 2'

async function serve(checks: string, record: string): Promise<LiveServer> {
  const zone = `
soa: {mname: ns1.live.test., rname: hostmaster.live.test., serial: auto}
checks:
${checks}
records:
  '@': {type: NS, value: ns1.live.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: ${record}
`
  const server = await startLiveServer({ 'live.test.yaml': zone })
  opened.push(server.close)
  return server
}

/** The addresses that several answers name between them. */
async function answered(server: LiveServer): Promise<readonly string[]> {
  const seen = new Set<string>()
  for (let i = 0; i < 6; i++)
    for (const address of await addresses(server.port, 'www.live.test', 'A')) seen.add(address)
  return [...seen].sort()
}

const isRotation = (line: LogLine): boolean => line.event === 'rotation'

describe.runIf(needs('dig'))('a running server', () => {
  it('believes a program of the user, which it tells whom to look at', async () => {
    const command = `[/bin/sh, -c, 'test "$1 $ROBIN_ADDRESS $ROBIN_PORT $ROBIN_CHECK" != "127.0.0.22 127.0.0.22 99 own"', sh, '{address}']`
    const server = await serve(
      `  own: {protocol: EXEC, command: ${command}, port: 99, ${cadence}}`,
      '{type: A, check: own, values: [127.0.0.21, 127.0.0.22, 127.0.0.23]}',
    )
    expect(await answered(server)).toEqual(['127.0.0.21', '127.0.0.23'])
  })

  it('gives a host that its agent drains nothing, and gives it back when the agent says so', async () => {
    const hosts = ['127.0.0.21', '127.0.0.22']
    const said = new Map([
      ['/127.0.0.21', 'up 100%\n'],
      ['/127.0.0.22', 'drain\n'],
    ])
    const port = await startAgents(path => said.get(path) ?? 'down\n')
    const server = await serve(
      `  load: {protocol: METRICS, url: 'http://127.0.0.1:${port}/{address}', format: agent, ${cadence}}`,
      `{type: A, check: load, values: [${hosts.join(', ')}]}`,
    )
    expect(await answered(server)).toEqual(['127.0.0.21'])
    const from = server.lines.length
    said.set('/127.0.0.22', 'ready up 100%\n')
    await server.until(isRotation, from)
    expect(await answered(server)).toEqual(hosts)
  })
})

/** One server that speaks for all hosts, each under its own path. */
async function startAgents(says: (path: string) => string): Promise<number> {
  const server = createServer((request, response) => response.end(says(request.url ?? '')))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  opened.push(() => new Promise(resolve => server.close(() => resolve())))
  return (server.address() as AddressInfo).port
}
