/**
 * The operator's word, given by the command line to the real server and seen with the real dig: drain until no cache
 * can hold the address, a refusal that names what would break, force, release, reload.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/program.ts'
import { createTerminal } from '../unit/cli/terminal.ts'
import { addresses } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const zone = `soa: {mname: ns1.ops.test., rname: hostmaster.ops.test., serial: 1}
defaults: {ttl: 1, policy: {min_healthy: 2}}
records:
  '@': {type: NS, values: [ns1.ops.test., ns2.ops.test.]}
  ns1: {type: A, value: 127.0.0.1}
  ns2: {type: A, value: 127.0.0.2}
  www: {type: A, values: [127.0.0.11, 127.0.0.12, 127.0.0.13]}
`

let server: LiveServer
let state = ''

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'robin-state-'))
  server = await startLiveServer({ 'ops.test.yaml': zone }, ['--state', join(state, 'robin')])
})
afterAll(async () => {
  await server.close()
  await rm(state, { recursive: true, force: true })
})

async function robin(...argv: readonly string[]) {
  const terminal = createTerminal({ adminUrl: server.adminUrl })
  const code = await run(argv, terminal)
  return { code, ...terminal.printed }
}

async function answered(): Promise<readonly string[]> {
  return (await addresses(server.port, 'www.ops.test', 'A')).sort()
}

describe.runIf(needs('dig'))('the operator', () => {
  it('drains an address, and returns when no cache can still hold it', async () => {
    const drained = await robin('drain', '127.0.0.11', '--reason', 'new disk', '--for', '30m', '--wait')
    expect(drained).toMatchObject({ code: 0, err: '' })
    expect(drained.out).toContain('www.ops.test. A 127.0.0.11')
    expect(await answered()).toEqual(['127.0.0.12', '127.0.0.13'])
    expect(await server.until(line => line.event === 'override')).toMatchObject({
      target: '127.0.0.11',
      reason: 'new disk',
      author: 'tess',
    })
    const { out } = await robin('states', 'www.ops.test', '--json')
    expect(JSON.parse(out).pools[0].members[0]).toMatchObject({ override: 'drained', answered: false })
  })

  it('explains the name, and who is left out of it', async () => {
    const { code, out, err } = await robin('explain', 'www.ops.test', '--json')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const { explanations, answer } = JSON.parse(out)
    expect(explanations[0]).toMatchObject({ zone: 'ops.test.', owner: 'www.ops.test.' })
    expect(explanations[0].pools[0].members.map((each: { reason: string }) => each.reason)).toEqual([
      'drained',
      'eligible',
      'eligible',
    ])
    expect(answer).toHaveLength(2)
    expect((await robin('explain', 'www.ops.test')).out).toContain('drained (new disk)')
    expect((await robin('explain', 'www.example.com')).code).toBe(1)
    expect((await robin('explain', 'no-such-name.ops.test')).out).toContain('NXDOMAIN')
    expect((await robin('explain', 'www.ops.test', '--from', 'here')).code).toBe(2)
    const page = await fetch(`${server.adminUrl}/api/v1/explain?name=www.ops.test&type=A&from=127.0.0.1`)
    expect(await page.json()).toMatchObject({ owner: 'www.ops.test.' })
  })

  it('refuses what would break the floor, names it, and obeys when forced', async () => {
    const refused = await robin('force', 'www.ops.test=127.0.0.12', 'down')
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('www.ops.test. A')
    expect(await answered()).toEqual(['127.0.0.12', '127.0.0.13'])
    expect(await robin('force', 'www.ops.test=127.0.0.12', 'down', '--force')).toMatchObject({ code: 0, err: '' })
    expect(await robin('release', 'www.ops.test=127.0.0.12')).toMatchObject({ code: 0, err: '' })
    expect(await robin('release', '127.0.0.11', '--json')).toMatchObject({ code: 0, err: '' })
    expect(await robin('release', '127.0.0.11')).toMatchObject({ code: 1 })
    expect(await robin('drain', '127.0.0.99')).toMatchObject({ code: 1 })
  })

  it('reloads on request and prints why it does not', async () => {
    expect(await robin('reload')).toMatchObject({ code: 0, err: '' })
    await server.write('ops.test.yaml', zone.replace('type: NS', 'type: NSS'))
    const refused = await robin('reload')
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.err).toMatch(/ops\.test\.yaml:4:\d+: unknown-record-type/)
    await server.write('ops.test.yaml', zone.replace('serial: 1', 'serial: 2'))
    expect(await robin('reload', '--json')).toMatchObject({ code: 0, err: '' })
  })

  it('says what is missing where no order can be given', async () => {
    const other = await startLiveServer({ 'ops.test.yaml': zone })
    try {
      const terminal = createTerminal({ adminUrl: other.adminUrl })
      expect(await run(['drain', '127.0.0.11'], terminal)).toBe(1)
      expect(terminal.printed.err).toContain('--state')
    } finally {
      await other.close()
    }
    expect((await robin('drain', '127.0.0.11', '--token-file', '/nowhere/token')).code).toBe(1)
    expect((await robin('drain', '127.0.0.11', '--for', 'soon')).code).toBe(2)
    expect((await robin('force', '127.0.0.11', 'sideways')).code).toBe(2)
  })
})
