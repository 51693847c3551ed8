/** The plan between two folders: what enters, what leaves, what is configured otherwise, and how people read it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planShape } from '../../../src/cli/plan-shape.ts'
import { run } from '../../../src/cli/program.ts'
import { createTerminal } from './terminal.ts'

const zone = (records: string, soa = 'serial: 7') => `zone: ex.test
soa: {mname: ns.example.net., rname: h.example.net., ${soa}}
checks: {web: {protocol: HTTP, port: 80, path: /up, interval: 1s, timeout: 500ms}, tcp: {protocol: TCP, port: 1}}
records:
  '@': {type: NS, value: ns.example.net.}
  fix: {type: A, values: [10.9.0.1, 10.9.0.2], check: web, ttl: 2}
  alt: {type: A, values: [10.9.0.1, 10.9.0.2], check: tcp, ttl: 2}
${records}`

let folder = ''
let number = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-plan-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function write(text: string): Promise<string> {
  const path = join(folder, String(++number))
  await mkdir(path)
  await writeFile(join(path, 'ex.test.yaml'), text)
  return path
}

async function plan(before: string, after: string, json = true) {
  const paths = [await write(after), '--zones', await write(before), '--admin', 'none']
  const terminal = createTerminal({})
  const code = await run(['plan', ...paths, ...(json ? ['--json'] : [])], terminal)
  return { code, ...terminal.printed }
}

async function changes(before: string, after: string) {
  const { out } = await plan(zone(before), zone(after))
  return planShape.parse(JSON.parse(out)).changes
}

const pools = (a: string, subnets = '10.8.0.0/16', rest = '') => `  near:
    type: A
    ttl: 2
    check: web
    dynamic:
      pools: {a: {fallback: c, values: [${a}]}, b: {values: [{value: 10.3.0.1}, {value: 10.3.0.2}]}, c: {values: [{value: 10.4.0.1}, {value: 10.4.0.2}]}}
      rules: [{subnets: [${subnets}], pool: b}, {pool: a}]
${rest}`

describe('a plan', () => {
  it('finds nothing between equal files, whatever the serial', async () => {
    const same = '  www: {type: A, value: 10.0.0.1}\n'
    expect(await changes(same, same)).toEqual([])
    const { code, out } = await plan(zone(same), zone(same), false)
    expect(code).toBe(0)
    expect(out).toMatch(/^nothing would change\n/)
    // Same answers from another text.
    expect(await changes(same, `# why\n${same}`)).toEqual([])
  })

  it('tells values of plain sets of any type', async () => {
    const before =
      '  t: {type: TXT, values: [a, b]}\n  al: {type: CNAME, value: fix.ex.test.}\n  m: {type: A, value: 10.0.0.1}\n'
    const after =
      '  t: {type: TXT, values: [b, c]}\n  al: {type: CNAME, value: alt.ex.test.}\n  m: {type: A, value: 10.0.0.1, ttl: 60}\n'
    expect(await changes(before, after)).toMatchObject([
      { owner: 'al.ex.test.', leaves: ['fix.ex.test.'], enters: [{ value: 'alt.ex.test.', proven: true }] },
      { owner: 'm.ex.test.', leaves: [], enters: [], settings: [{ key: 'ttl', from: '10', to: '60' }] },
      { owner: 't.ex.test.', leaves: ['"a"'], enters: [{ value: '"c"' }] },
    ])
  })

  it('tells names and types that come and go', async () => {
    const got = await changes(
      '  a: {type: A, value: 10.0.0.1}\n',
      "  a: {type: AAAA, value: '2001:db8::1'}\n  b: {type: A, value: 10.0.0.1}\n",
    )
    expect(got.map(({ kind, owner, type }) => `${kind} ${owner} ${type}`)).toEqual([
      'removed a.ex.test. A',
      'added a.ex.test. AAAA',
      'added b.ex.test. A',
    ])
  })

  it('tells a pool by pool, with weights, tiers, status and clients', async () => {
    const before = pools('{value: 10.2.0.1}, {value: 10.2.0.2}')
    const after = pools(
      '{value: 10.2.0.1, weight: 3}, {value: 10.2.0.3}, {value: 10.2.0.2, status: down}',
      '10.7.0.0/16',
    )
    const got = await changes(before, after)
    expect(got.map(({ pool }) => pool)).toEqual(['a', 'b'])
    expect(got[0]).toMatchObject({
      kind: 'changed',
      leaves: ['10.2.0.2'],
      enters: [{ value: '10.2.0.3', proven: false }],
    })
    expect(got[0]!.settings).toContainEqual({ key: 'member 10.2.0.1 in a', from: 'web', to: 'weight 3, web' })
    expect(got[0]!.settings).toContainEqual({ key: 'member 10.2.0.2 in a', from: 'web', to: 'forced-down, web' })
    expect(got[1]).toMatchObject({ leaves: [], enters: [] })
    expect(got[1]!.settings).toContainEqual({ key: 'subnets', from: '10.8.0.0/16', to: '10.7.0.0/16' })
    // A record whose members differ goes by weight in all of its pools.
    expect(got[1]!.settings).toContainEqual({ key: 'answer', from: 'rotate', to: 'weighted' })
  })

  it('tells policies, and members of a tier that does not serve', async () => {
    const policy =
      '    policy: {answer: failover, on_all_down: servfail, min_healthy: 50%, failback: manual, slow_start: 30s}\n'
    const got = await changes(
      pools('{value: 10.2.0.1}'),
      pools('{value: 10.2.0.1}', '10.8.0.0/16', policy).replace('10.4.0.2', '10.4.0.9'),
    )
    expect(got[0]!.leaves).toEqual([])
    expect(got[0]!.settings.map(({ key }) => key)).toEqual([
      ...['answer', 'on_all_down', 'min_healthy', 'failback', 'slow_start'],
      ...['member 10.4.0.2 in c', 'member 10.4.0.9 in c'],
    ])
  })

  it('tells the SOA and checks by their words', async () => {
    const { out } = await plan(
      zone('', 'serial: 7, negative_ttl: 5'),
      zone('', 'serial: 7, negative_ttl: 9')
        .replace('path: /up', 'path: /ready')
        .replace(', check: tcp', '')
        .replace(/, tcp: .*$/m, '}'),
    )
    const { changes: sets, checks } = planShape.parse(JSON.parse(out))
    expect(sets.find(({ type }) => type === 'SOA')).toMatchObject({
      settings: [{ key: 'minimum', from: '5', to: '9' }],
    })
    expect(checks).toEqual([
      { kind: 'changed', zone: 'ex.test.', check: 'web', settings: [{ key: 'path', from: '/up', to: '/ready' }] },
      { kind: 'removed', zone: 'ex.test.', check: 'tcp', settings: [] },
    ])
  })

  it('follows what names lead to', async () => {
    const names = (first: string) => `  n:
    type: CNAME
    ttl: 2
    dynamic: {pools: {main: {values: [{value: ${first}}]}}, rules: [{pool: main}]}
  off: {type: A, ttl: 2, values: [{value: 10.0.0.1, status: down}, {value: 10.0.0.2, status: down}], check: web, policy: {on_all_down: nodata}}
`
    const got = await changes(names('fix.ex.test.'), names('off.ex.test.}, {value: alt.ex.test.'))
    // What leads to nothing that is answered is not answered itself.
    expect(got).toMatchObject([{ owner: 'n.ex.test.', leaves: ['fix.ex.test.'], enters: [{ value: 'alt.ex.test.' }] }])
  })

  it('is printed for people, bounded, with the verdict', async () => {
    const hosts = Array.from({ length: 600 }, (_, i) => `  h${i}: {type: A, value: 10.1.${i >> 8}.${i & 255}}\n`).join(
      '',
    )
    const { code, out } = await plan(zone(hosts), zone(''), false)
    expect(code).toBe(1)
    expect(out).toMatch(/^- h0\.ex\.test\. A\n {4}- 10\.1\.0\.0\n/m)
    expect(out).toMatch(/^… and 200 more changes; --json has all of them$/m)
    expect(out).toMatch(/^0 values would enter, 600 would leave; 600 of 605 answers \(99%\) would be gone$/m)
    expect(out).toMatch(/^would be refused: .*max_change is 50%/m)
    expect(out).toMatch(/every address taken to be up\n$/)
  })
})
