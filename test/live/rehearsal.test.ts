/**
 * Safe change, with the real program: rehearsals, a plan against a server that runs, and a reload that would take too
 * much away, which is refused until somebody forces it.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planShape } from '../../src/cli/plan-shape.ts'
import { run } from '../../src/cli/program.ts'
import { testShape } from '../../src/cli/test-shape.ts'
import { createTerminal } from '../unit/cli/terminal.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const hosts = (count: number) =>
  Array.from({ length: count }, (_, i) => `  h${i}: {type: A, value: 10.0.0.${i}}\n`).join('')
const zone = (records: string, path = '/up') => `soa: {mname: ns1.safe.test., rname: hostmaster.safe.test., serial: 1}
defaults: {ttl: 2}
checks: {gone: {protocol: TCP, port: 1, timeout: 500ms, interval: 1s}, web: {protocol: HTTP, port: 1, path: ${path}}}
records:
  '@': {type: NS, values: [ns1.safe.test.]}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, values: [127.0.0.11, {value: 127.0.0.12, status: up}, 127.0.0.13], check: gone}
  api: {type: A, values: [127.0.0.11, 127.0.0.12], check: web}
${records}`

let server: LiveServer
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-safe-'))
  server = await startLiveServer({ 'safe.test.yaml': zone(hosts(20)) }, ['--state', join(folder, 'state')])
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

async function robin(...argv: readonly string[]) {
  const terminal = createTerminal({ adminUrl: server.adminUrl })
  const code = await run(argv, terminal)
  return { code, ...terminal.printed }
}

async function candidate(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, name)
  await mkdir(path, { recursive: true })
  for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text)
  return path
}

async function plan(...argv: readonly string[]) {
  const { code, out, err } = await robin('plan', ...argv, '--json')
  return { code, err, plan: planShape.parse(JSON.parse(out)) }
}

describe('robin test', () => {
  const failing =
    'tests:\n  - {given: {127.0.0.11: down}, ask: api, expect: [127.0.0.11]}\n  - {ask: nothing, rcode: NXDOMAIN}\n'

  it('passes what the program brings along, as a process of its own', async () => {
    const code = await new Promise(resolve => {
      const child = execFile(process.execPath, ['src/main.ts', 'test', 'zones'], { cwd: root }, () => undefined)
      child.once('exit', resolve)
    })
    expect(code).toBe(0)
  })

  it('says of each failure where it stands, what came instead, and why', async () => {
    const path = await candidate('tests', { 'safe.test.yaml': `${zone('')}${failing}` })
    const { code, out } = await robin('test', path)
    expect(code).toBe(1)
    expect(out).toContain('safe.test.yaml:10')
    expect(out).toMatch(/^ {2}- 127\.0\.0\.11 was not answered$/m)
    expect(out).toMatch(/^ {2}\+ 127\.0\.0\.12 was answered$/m)
    expect(out).toMatch(/^ {4}127\.0\.0\.11 +down +not answered$/m)
    expect(out).toMatch(/1 file, 2 tests: 1 passed, 1 failed\n$/)
    const json = await robin('test', path, '--json')
    expect(json.code).toBe(1)
    expect(testShape.parse(JSON.parse(json.out))).toMatchObject({
      ...{ ok: false, files: 1, tests: 2, failed: 1 },
      results: [
        {
          faults: [
            { kind: 'missing', value: '127.0.0.11' },
            { kind: 'unexpected', value: '127.0.0.12' },
          ],
        },
        { passed: true },
      ],
    })
  })

  it('has exit code 1 for files with errors and for nothing to run, 2 for no such path', async () => {
    const broken = await candidate('broken', { 'safe.test.yaml': zone('  x: {type: A, value: nonsense}\n') })
    expect(await robin('test', broken)).toMatchObject({ code: 1, out: '' })
    const silent = await candidate('silent', { 'safe.test.yaml': zone('') })
    expect(await robin('test', silent)).toMatchObject({ code: 1, out: '' })
    expect(await robin('test', join(folder, 'nowhere'))).toMatchObject({ code: 2 })
  })
})

describe('robin plan', () => {
  it('finds nothing in the files that are served', async () => {
    expect(await plan(server.folder)).toMatchObject({
      code: 0,
      plan: {
        ok: true,
        changes: [],
        zones: { same: 1 },
        health: 'server',
        compared: { with: 'served', generation: 1 },
      },
    })
    expect(await robin('plan', server.folder)).toMatchObject({ code: 0 })
  })

  it('goes by health as it is: who is down neither leaves nor enters', async () => {
    const records = zone(hosts(20)).replace('127.0.0.13], check: gone', '127.0.0.14], check: gone')
    const path = await candidate('health', { 'safe.test.yaml': records.replace('/up', '/ready') })
    const { code, plan: drawn } = await plan(path)
    expect(code).toBe(0)
    const www = drawn.changes.find(({ owner }) => owner === 'www.safe.test.')
    // 127.0.0.13 was down, so it was not answered.
    expect(www).toMatchObject({ kind: 'changed', leaves: [], enters: [{ value: '127.0.0.14', proven: false }] })
    expect(drawn.checks).toEqual([
      { kind: 'changed', zone: 'safe.test.', check: 'web', settings: [{ key: 'path', from: '/up', to: '/ready' }] },
    ])
    expect(drawn.answers).toMatchObject({ removed: 0, maxChange: 0.5 })
  })

  it('of a file leaves the other zones alone, of a folder it does not', async () => {
    const other = 'soa: {mname: a.example.net., rname: b.example.net.}\nrecords:\n'
    const text = `${other}  '@': {type: NS, value: a.example.net.}\n  www: {type: A, value: 10.2.0.1}\n`
    const path = await candidate('other', { 'other.test.yaml': text })
    const one = await plan(join(path, 'other.test.yaml'))
    expect(one).toMatchObject({ code: 0, plan: { zones: { added: ['other.test.'], removed: [], same: 1 } } })
    const all = await plan(path)
    expect(all.code).toBe(1)
    expect(all.plan).toMatchObject({
      refusal: 'max-change',
      zones: { added: ['other.test.'], removed: ['safe.test.'] },
      problems: [{ code: 'max-change' }],
    })
  })

  it('has exit code 1 for errors, 2 for no such path, 3 where no server is and no folder was named', async () => {
    const broken = await candidate('faulty', { 'safe.test.yaml': zone('  x: {type: A, value: nonsense}\n') })
    expect(await plan(broken)).toMatchObject({
      code: 1,
      plan: { refusal: 'problems', problems: [{ code: 'bad-address' }] },
    })
    expect((await robin('plan', broken)).err).toContain('bad-address')
    expect(await robin('plan', join(folder, 'nowhere'))).toMatchObject({ code: 2 })
    expect(await robin('plan', server.folder, '--admin', 'http://127.0.0.1:1')).toMatchObject({ code: 3 })
    expect(await robin('plan', server.folder, '--admin', 'none')).toMatchObject({ code: 2 })
  })

  it('compares with a folder where there is no server', async () => {
    const before = await candidate('before', { 'safe.test.yaml': zone(hosts(20)) })
    const after = await candidate('after', { 'safe.test.yaml': zone(hosts(19)) })
    expect(await plan(after, '--zones', before, '--admin', 'none')).toMatchObject({
      code: 0,
      plan: {
        ...{ health: 'assumed', compared: { with: 'folder', generation: null } },
        changes: [{ kind: 'removed', owner: 'h19.safe.test.', leaves: ['10.0.0.19'], enters: [] }],
        answers: { removed: 1 },
      },
    })
  })
})

describe('a reload that would take much away', () => {
  it('is refused and told everywhere, planned from what is still served, and taken once it is forced', async () => {
    const from = server.lines.length
    await server.write('safe.test.yaml', zone(hosts(2)))
    const refused = await server.until(line => line.event === 'refused', from)
    expect(JSON.stringify(refused)).toContain('max-change')
    const reload = await robin('reload', '--json')
    expect(reload.code).toBe(1)
    expect(JSON.parse(reload.out)).toMatchObject({ ok: false, generation: 1, problems: [{ code: 'max-change' }] })
    expect((await robin('reload')).err).toContain('robin reload --force')
    expect((await robin('status', '--json')).out).toContain('max-change')
    // The folder has other files by now: the server's copy of what it serves is compared with.
    const { code, plan: drawn } = await plan(server.folder)
    expect(code).toBe(1)
    expect(drawn).toMatchObject({ refusal: 'max-change', compared: { with: 'served' }, answers: { removed: 18 } })
    expect(drawn.changes.filter(({ kind }) => kind === 'removed')).toHaveLength(18)
    const text = await robin('plan', server.folder)
    expect(text.out).toContain('- h19.safe.test. A')
    expect(text.out).toContain('would be refused')
    expect(await robin('reload', '--force')).toMatchObject({ code: 0, out: 'generation 2 is served\n' })
    expect(await plan(server.folder)).toMatchObject({ code: 0, plan: { changes: [] } })
  })

  it('says so where what is served is nowhere to be had', async () => {
    const bare = await startLiveServer({ 'safe.test.yaml': zone(hosts(20)) })
    try {
      const from = bare.lines.length
      await bare.write('safe.test.yaml', zone(hosts(2)))
      await bare.until(line => line.event === 'refused', from)
      const { code, out } = await robin('plan', bare.folder, '--admin', bare.adminUrl)
      expect([code, out]).toEqual([1, ''])
    } finally {
      await bare.close()
    }
  })
})
