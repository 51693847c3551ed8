/**
 * The command line as scripts know it: every verb of the contract is there, and what its end says is what the contract
 * says: 0 ok, 1 findings or failed, 2 usage, 3 server not reachable, 4 timeout. The real server, and for silence a
 * listener that says nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readGrammar } from '../../src/cli/grammar.ts'
import { createProgram, run } from '../../src/cli/program.ts'
import { ioWishes } from '../../src/shell/listeners.ts'
import { logLevels } from '../../src/shell/settings.ts'
import { createTerminal } from '../unit/cli/terminal.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const zone = `soa: {mname: ns1.ops.test., rname: hostmaster.ops.test., serial: 1}
checks:
  out: {protocol: EXEC, command: ['true'], timeout: 5s}
records:
  '@': {type: NS, values: [ns1.ops.test., ns2.ops.test.]}
  ns1: {type: A, value: 127.0.0.1}
  ns2: {type: A, value: 127.0.0.2}
  www: {type: A, values: [127.0.0.11, 127.0.0.12, 127.0.0.13], check: out}
tests:
  - {given: {127.0.0.11: down}, ask: www A, expect: [127.0.0.12, 127.0.0.13]}
`

let server: LiveServer
let mute: Server
let state = ''

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'robin-contract-'))
  server = await startLiveServer({ 'ops.test.yaml': zone }, ['--state', join(state, 'robin')])
  mute = createServer(socket => socket.on('error', () => undefined))
  await new Promise<void>(resolve => {
    mute.listen(0, '127.0.0.1', resolve)
  })
})
afterAll(async () => {
  await server.close()
  mute.close()
  await rm(state, { recursive: true, force: true })
})

async function robin(argv: readonly string[], adminUrl = server.adminUrl) {
  const terminal = createTerminal({ adminUrl })
  const code = await run(argv, terminal)
  return { code, ...terminal.printed }
}

/** A port that nobody listens on. */
const nowhere = '127.0.0.9:9'

interface Row {
  readonly verb: string
  /** Ends with 0; null where that takes a process of its own (serve, demo). */
  readonly ok: (() => readonly string[]) | null
  readonly usage: readonly string[]
  /** Ends with 3; null for what needs no server. */
  readonly unreachable: readonly string[] | null
}

const asks = (verb: string, ...words: readonly string[]): Row => ({
  verb,
  ok: () => [verb, ...words],
  usage: [verb, ...words, '--colour'],
  unreachable: [verb, ...words, '--admin', `http://${nowhere}`],
})
const alone = (verb: string, ok: Row['ok'], usage: readonly string[]): Row => ({ verb, ok, usage, unreachable: null })

const rows: readonly Row[] = [
  alone('serve', null, ['serve', '--io', 'fast']),
  alone('check', () => ['check', server.folder], ['check']),
  asks('status'),
  asks('states'),
  asks('explain', 'www.ops.test'),
  asks('drain', '127.0.0.11'),
  asks('force', '127.0.0.12', 'up'),
  asks('release', '127.0.0.11'),
  asks('reload'),
  { ...asks('plan'), ok: () => ['plan', server.folder], unreachable: ['plan', '.', '--admin', `http://${nowhere}`] },
  alone('test', () => ['test', server.folder], ['test']),
  {
    verb: 'query',
    ok: () => ['query', 'www.ops.test', `@127.0.0.1:${server.port}`],
    usage: ['query', 'www.ops.test', 'A', 'B'],
    unreachable: ['query', 'www.ops.test', `@${nowhere}`],
  },
  alone('probe', () => ['probe', 'www.ops.test', '--zones', server.folder], ['probe', '127.0.0.99', '--zones', '.']),
  alone('export', () => ['export', 'ops.test', '--master', '--zones', server.folder], ['export', 'ops.test']),
  {
    verb: 'selfcheck',
    ok: () => ['selfcheck', '--timeout', '5s'],
    usage: ['selfcheck', '--timeout', 'soon'],
    unreachable: ['selfcheck', '--admin', 'none', '--server', nowhere],
  },
  { verb: 'demo', ok: null, usage: ['demo', 'bogus'], unreachable: ['demo', 'show', '--backends-port', '9'] },
]

describe.each(rows)('robin $verb', ({ verb, ok, usage, unreachable }) => {
  it('is there, and --help says how', async () => {
    const { code, out, err } = await robin([verb, '--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`Usage: robin ${verb}`)
  })

  if (ok !== null) {
    it('ends with 0 when all is well', async () => {
      const { code, err } = await robin(ok())
      expect(code, err).toBe(0)
    })
  }

  it('ends with 2 for what cannot be meant, and prints nothing', async () => {
    const { code, out, err } = await robin(usage)
    expect({ code, out, said: err !== '' }).toEqual({ code: 2, out: '', said: true })
  })

  if (unreachable !== null) {
    it('ends with 3 where no server is', async () => {
      const { code, out, err } = await robin(unreachable, '')
      expect({ code, out, said: err !== '' }).toEqual({ code: 3, out: '', said: true })
    })
  }
})

it('a server that says nothing ends a verb with 4', async () => {
  const { port } = mute.address() as { port: number }
  const said = await Promise.all([
    robin(['status', '--admin', `http://127.0.0.1:${port}`]),
    robin(['selfcheck', '--admin', `http://127.0.0.1:${port}`, '--timeout', '300ms']),
    robin(['query', 'www.ops.test', `@127.0.0.1:${port}`, '--tcp']),
  ])
  expect(said.map(({ code }) => code)).toEqual([4, 4, 4])
})

it('what is found ends a verb with 1', async () => {
  const said = [
    await robin(['states', 'nobody.ops.test']),
    await robin(['explain', 'www.example.com']),
    await robin(['drain', '127.0.0.99']),
    await robin(['release', '127.0.0.99']),
  ]
  expect(said.map(({ code }) => code)).toEqual([1, 1, 1, 1])
})

it('offers the words that the program knows', () => {
  const { verbs } = readGrammar(createProgram(createTerminal(), async () => undefined))
  const choices = (flag: string): unknown =>
    verbs.find(({ path }) => path === 'serve')?.options.find(option => option.flag === flag)?.value?.fillings
  expect(choices('--io')).toEqual({ kind: 'choices', choices: [...ioWishes] })
  expect(choices('--log-level')).toEqual({ kind: 'choices', choices: [...logLevels] })
})

it('a server that is told to stop ends with 0', async () => {
  server.signal('SIGTERM')
  expect(await server.ended).toBe(0)
})
