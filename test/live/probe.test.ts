/**
 * `robin probe` against real servers: what it says of members that are up, down, slow and shown by a certificate, and
 * whom it means.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { type AddressInfo, createServer as createMute, type Server as Mute } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/program.ts'
import { createTerminal } from '../unit/cli/terminal.ts'
import { misfits } from '../unit/zonefile/json-schema.ts'
import { type Backends, startBackends } from './backends.ts'

const certs = fileURLToPath(new URL('../contract/certs/', import.meta.url))
const schema = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../schema/output/probe.schema.json', import.meta.url)), 'utf8'),
)

let backends: Backends
let secure: Server
let mute: Mute
let folder = ''

const zoneFor = (port: number, securePort: number, mutePort: number): string => `
soa: {mname: ns1.ops.test., rname: hostmaster.ops.test.}
checks:
  web: {protocol: HTTP, port: ${port}, interval: 1s, timeout: 900ms, fast_interval: 100ms}
  open: {protocol: TCP, port: ${port}, timeout: 900ms}
  tls: {protocol: HTTPS, port: ${securePort}, tls: {verify: false}}
  slow: {protocol: HTTP, port: ${mutePort}, timeout: 100ms}
  lost: {protocol: EXEC, command: [/nowhere/no-such-program]}
records:
  '@': {type: NS, values: [ns1.ops.test., ns2.ops.test.]}
  ns1: {type: A, value: 127.0.0.1}
  ns2: {type: A, value: 127.0.0.2}
  www: {type: A, values: [127.0.0.11, 127.0.0.12], check: {all: [web, open]}}
  both: {type: A, values: [127.0.0.11, 127.0.0.1], check: open}
  safe: {type: A, values: [127.0.0.1, 127.0.0.3], check: tls}
  late: {type: A, values: [127.0.0.1, 127.0.0.3], check: slow}
  odd: {type: A, values: [127.0.0.1, 127.0.0.3], check: lost}
  plain: {type: A, values: [127.0.0.11, 127.0.0.12]}
  _www._tcp:
    type: SRV
    values: [{priority: 1, weight: 1, port: 80, target: www.ops.test.}, {priority: 2, weight: 1, port: 80, target: both.ops.test.}]
`

const portOf = (server: Server | Mute): number => (server.address() as AddressInfo).port

beforeAll(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12'])
  await backends.fail(1)
  secure = createServer(
    { cert: readFileSync(join(certs, 'good.pem')), key: readFileSync(join(certs, 'server.key')) },
    (_, response) => response.end('UP'),
  )
  mute = createMute(socket => socket.on('error', () => undefined))
  for (const server of [secure, mute]) {
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve)
    })
  }
  folder = await mkdtemp(join(tmpdir(), 'robin-probe-'))
  const text = zoneFor(backends.port, portOf(secure), portOf(mute))
  await writeFile(join(folder, 'ops.test.yaml'), text)
})
afterAll(async () => {
  await backends.close()
  secure.close()
  mute.close()
  await rm(folder, { recursive: true, force: true })
})

async function probe(...words: readonly string[]) {
  const terminal = createTerminal()
  const code = await run(['probe', ...words, '--zones', folder], terminal)
  return { code, ...terminal.printed }
}

interface Said {
  readonly members: readonly {
    readonly owner: string
    readonly address: string
    readonly checks: readonly {
      readonly check: string
      readonly probes: readonly Readonly<Record<string, unknown>>[]
    }[]
  }[]
}

async function probeJson(...words: readonly string[]) {
  const { code, out } = await probe(...words, '--json')
  const said = JSON.parse(out) as Said & Readonly<Record<string, unknown>>
  expect(misfits(schema, said)).toEqual([])
  return { code, said }
}

/** `address check kind reason` of every probe. */
function outcomesOf({ members }: Said): readonly string[] {
  return members.flatMap(({ address, checks }) =>
    checks.flatMap(({ check, probes }) => probes.map(({ kind, reason }) => `${address} ${check} ${kind} ${reason}`)),
  )
}

describe('robin probe', () => {
  it('says of each member and check what it found, and exits 1 for a failure', async () => {
    const { code, said } = await probeJson('www.ops.test')
    expect(code).toBe(1)
    expect(outcomesOf(said)).toEqual([
      '127.0.0.11 web pass ok',
      '127.0.0.11 open pass ok',
      '127.0.0.12 web fail refused',
      '127.0.0.12 open fail refused',
    ])
    expect(said).toMatchObject({ target: 'www.ops.test', pass: 2, fail: 2, inconclusive: 0 })
  })

  it('exits 0 where all pass, and says so in words', async () => {
    const { code, out, err } = await probe('www.ops.test=127.0.0.11')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^www\.ops\.test\. A\n {2}127\.0\.0\.11 {2}web 127\.0\.0\.11:\d+ +pass +ok +[\d.]+ ms +200 OK\n/,
    )
    expect(out).toMatch(/2 probes passed, 0 failed\n$/)
  })

  it('asks one endpoint once, however many records share it, and as often as it is told', async () => {
    const before = backends.requests[0]!
    const { code, said } = await probeJson('127.0.0.11', '--count', '3')
    expect(code).toBe(0)
    expect(backends.requests[0]! - before).toBe(3)
    expect(said.members.map(({ owner }) => owner)).toEqual(['www.ops.test.', 'both.ops.test.', 'plain.ops.test.'])
    expect(said).toMatchObject({ pass: 9 })
  })

  it('takes one check alone', async () => {
    const { said } = await probeJson('127.0.0.12', '--check', 'open')
    expect(outcomesOf(said)).toEqual(['127.0.0.12 open fail refused'])
    expect(await probe('127.0.0.12', '--check', 'tls')).toMatchObject({ code: 2, out: '' })
  })

  it('tells for how many days a certificate is good', async () => {
    const { said } = await probeJson('safe.ops.test=127.0.0.1')
    expect(said.members[0]!.checks[0]!.probes[0]).toMatchObject({ kind: 'pass', certDays: expect.any(Number) })
    expect((await probeJson('late.ops.test=127.0.0.1')).said.members[0]!.checks[0]!.probes[0]).toMatchObject({
      kind: 'fail',
      reason: 'timeout',
      certDays: null,
    })
  })

  it('exits 1 for what could not judge, and counts it apart', async () => {
    const { code, said } = await probeJson('odd.ops.test')
    expect(code).toBe(1)
    expect(said).toMatchObject({ pass: 0, fail: 0, inconclusive: 2 })
  })

  it('follows a name to what it leads to', async () => {
    const { said } = await probeJson('_www._tcp.ops.test', '--check', 'open')
    expect(new Set(said.members.map(({ owner }) => owner))).toEqual(new Set(['www.ops.test.', 'both.ops.test.']))
  })

  it('says whom it does not find, and what nothing checks', async () => {
    const lost = await probe('127.0.0.99')
    expect(lost).toMatchObject({ code: 2, out: '' })
    expect(lost.err).toContain('127.0.0.99')
    const plain = await probe('plain.ops.test')
    expect(plain.code).toBe(1)
    expect(plain.err).toContain('no check')
    expect((await probe('www.ops.test', '--count', 'many')).code).toBe(2)
    const terminal = createTerminal()
    expect(await run(['probe', 'www.ops.test', '--zones', join(folder, 'none')], terminal)).toBe(2)
  })

  it('goes on with the other zones where one is broken, and tells of it', async () => {
    await writeFile(join(folder, 'broken.test.yaml'), 'soa: {mname: ns1')
    try {
      const { code, err } = await probe('www.ops.test=127.0.0.11')
      expect(code).toBe(0)
      expect(err).toContain('broken.test.yaml:1:')
    } finally {
      await rm(join(folder, 'broken.test.yaml'))
    }
  })

  it('shows how far it is on a terminal, and ends at a signal', async () => {
    const terminal = createTerminal({ terminal: true })
    const ended = run(['probe', 'www.ops.test', '--count', '1000', '--zones', folder], terminal)
    await expect.poll(() => terminal.printed.err, { timeout: 20_000 }).toContain('probed 4 of 4000')
    terminal.send('SIGINT')
    expect(await ended).toBe(1)
    expect(terminal.printed.out).toBe('')
    expect(terminal.heard()).toEqual([])
  })
})
