/**
 * The newcomer's minute, with the real process: three web servers, one fails and leaves the answer, is mended and
 * returns, one fails in a way that only the HTTP check sees, and everything ends on a signal.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../src/cli/program.ts'
import type { PoolView } from '../../src/core/view/status.ts'
import { createTerminal } from '../unit/cli/terminal.ts'

type LogLine = Readonly<Record<string, unknown>>

const repository = fileURLToPath(new URL('../..', import.meta.url))
const lines: LogLine[] = []
const waiting = new Set<() => void>()
let folder = ''
let backendsPort = 0
let child: ChildProcessByStdio<null, Readable, Readable>
let exited: Promise<number | null>
let errors = ''
let dnsPort = 0
let adminUrl = ''

/** The next log line from the one numbered `from` on that fits. The test's own time limit bounds the wait. */
function logged(fits: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
  return new Promise(resolve => {
    const look = (): void => {
      const found = lines.slice(from).find(fits)
      if (found === undefined) return
      waiting.delete(look)
      resolve(found)
    }
    waiting.add(look)
    look()
  })
}

async function robin(...argv: readonly string[]) {
  const terminal = createTerminal({ adminUrl })
  const code = await run(argv, terminal)
  return { code, ...terminal.printed }
}

async function addressesOf(name: string): Promise<readonly string[]> {
  const { code, out, err } = await robin('query', name, `@127.0.0.1:${dnsPort}`, '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const records = JSON.parse(out).responseMessage.answerRRs as readonly { rdataA: string }[]
  return records.map(record => record.rdataA)
}

async function poolOf(owner: string): Promise<PoolView> {
  const { out } = await robin('states', owner, '--json')
  return JSON.parse(out).pools[0] as PoolView
}

const rotationOf = (owner: string, eligible: number) => (line: LogLine) =>
  line['event'] === 'rotation' && line['owner'] === owner && line['eligible'] === eligible

/** A port that the demo's addresses have free; nobody else listens there between now and then. */
async function findPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.10', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-demo-'))
  backendsPort = await findPort()
  await cp(join(repository, 'zones', 'demo.test.yaml'), join(folder, 'demo.test.yaml'))
  const file = join(folder, 'demo.test.yaml')
  const text = await readFile(file, 'utf8')
  const quick = text.replaceAll('8053', String(backendsPort)).replaceAll('interval: 3s', 'interval: 1s')
  await writeFile(file, quick.replaceAll('fast_interval: 1s', 'fast_interval: 200ms'))
  const argv = ['demo', '--zones', folder, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log-format', 'json']
  child = spawn(process.execPath, [join(repository, 'src/main.ts'), ...argv, '--backends-port', String(backendsPort)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  exited = new Promise(resolve => child.once('exit', resolve))
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors += piece
  })
  createInterface({ input: child.stdout }).on('line', line => {
    lines.push(JSON.parse(line))
    for (const look of [...waiting]) look()
  })
  const ready = await Promise.race([logged(line => line['event'] === 'ready'), exited])
  if (typeof ready !== 'object' || ready === null) throw new Error(`the demo did not start: ${errors}`)
  const portOf = (via: string) => lines.find(line => line['event'] === 'listening' && line['via'] === via)?.['port']
  dnsPort = Number(portOf('udp'))
  adminUrl = `http://127.0.0.1:${Number(portOf('admin'))}`
})

afterAll(async () => {
  child.kill('SIGKILL')
  await exited
  await rm(folder, { recursive: true })
})

it('rotates through all three from the start', async () => {
  const answers: (readonly string[])[] = []
  for (let i = 0; i < 6; i++) answers.push(await addressesOf('www.demo.test'))
  const all = ['127.0.0.11', '127.0.0.12', '127.0.0.13']
  for (const answer of answers) expect([...answer].sort()).toEqual(all)
  const firsts = answers.map(answer => answer[0])
  for (const address of all) expect(firsts.filter(first => first === address)).toHaveLength(2)
})

it('takes a web server that refuses out of the answers, and back when it is mended', async () => {
  const from = lines.length
  expect((await robin('demo', 'fail', '2', '--backends-port', String(backendsPort))).code).toBe(0)
  await logged(rotationOf('www.demo.test.', 2), from)
  await logged(rotationOf('tcp.demo.test.', 2), from)
  expect([...(await addressesOf('www.demo.test'))].sort()).toEqual(['127.0.0.11', '127.0.0.13'])
  const down = (await poolOf('www.demo.test')).members.find(member => member.address === '127.0.0.12')
  expect(down).toMatchObject({ verdict: 'down', answered: false, checks: [{ last: { reason: 'refused' } }] })

  const healedFrom = lines.length
  expect((await robin('demo', 'heal', '2', '--backends-port', String(backendsPort))).code).toBe(0)
  await logged(rotationOf('www.demo.test.', 3), healedFrom)
  await logged(rotationOf('tcp.demo.test.', 3), healedFrom)
  expect(await addressesOf('www.demo.test')).toContain('127.0.0.12')
})

it('shows which failure a check does not see', async () => {
  const from = lines.length
  await robin('demo', 'fail', '3', '--how', 'status', '--backends-port', String(backendsPort))
  await logged(rotationOf('www.demo.test.', 2), from)
  expect(await addressesOf('www.demo.test')).not.toContain('127.0.0.13')
  expect(await addressesOf('tcp.demo.test')).toContain('127.0.0.13')
})

it('tells a newcomer what to try, with the ports that are served', () => {
  expect(errors).toContain(`dig @127.0.0.1 -p ${dnsPort} www.demo.test`)
  expect(errors).toContain(`demo fail 2 --backends-port ${backendsPort}`)
})

it('ends everything on SIGTERM with exit code 0', async () => {
  child.kill('SIGTERM')
  expect(await exited).toBe(0)
  expect((await robin('demo', 'show', '--backends-port', String(backendsPort))).code).toBe(3)
})
