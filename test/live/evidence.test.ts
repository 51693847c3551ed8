/**
 * What is told of the past: by the real server, after a backend died and came back, edits over it included; and how
 * answers are counted, by ALIAS as well.
 */
import { afterEach, expect, it } from 'vitest'
import { run } from '../../src/cli/program.ts'
import type { StatusView } from '../../src/core/view/status.ts'
import { createTerminal } from '../unit/cli/terminal.ts'
import { startBackends } from './backends.ts'
import { addresses } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

let opened: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

function zoneOf(port: number, cadence: string, more = ''): string {
  return `soa: {mname: ns1.past.test., rname: hostmaster.past.test.}
checks: {port: {protocol: TCP, port: ${port}, ${cadence}}}
records:
  '@':
    - {type: NS, value: ns1.past.test.}
    - {type: ALIAS, value: www.past.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, check: port, values: [127.0.0.31, 127.0.0.32]}
${more}`
}

const quick = 'interval: 200ms, fast_interval: 100ms, timeout: 1s, fall: 2, rise: 1'

async function statusOf(server: LiveServer, query = ''): Promise<StatusView> {
  return (await (await fetch(`${server.adminUrl}/api/v1/status${query}`)).json()) as StatusView
}

it('keeps failures apart, long after recovery and over edits', async () => {
  const backends = await startBackends(['127.0.0.31', '127.0.0.32'])
  opened.push(backends.close)
  const server = await startLiveServer({ 'past.test.yaml': zoneOf(backends.port, quick) })
  opened.push(server.close)
  await backends.fail(1)
  await server.until(line => line.event === 'transition' && line['to'] === 'down')
  await backends.heal(1)
  await server.until(line => line.event === 'transition' && line['from'] === 'down' && line['to'] === 'up')
  const track = async (query = '') => (await statusOf(server, query)).pools[0]!.members[1]!.checks[0]!
  // So many probes later that the newest outcomes say nothing of it any more.
  let outcomes = (await track('?evidence')).outcomes!
  while (outcomes.length < 8 || outcomes.some(({ kind }) => kind !== 'pass')) {
    await new Promise(resolve => setTimeout(resolve, 100))
    outcomes = (await track('?evidence')).outcomes!
  }
  const { verdict, failures, ...rest } = await track()
  expect(verdict).toBe('up')
  expect(rest).not.toHaveProperty('outcomes')
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatchObject({ reason: 'refused', detail: expect.any(String) })
  expect(failures[0]!.count).toBeGreaterThanOrEqual(2)
  expect(failures[0]!.firstAgoMs).toBeGreaterThan(failures[0]!.lastAgoMs)
  expect(failures[0]!.lastAgoMs).toBeGreaterThan(700)
  // The same question at another cadence, and a neighbour: it goes on.
  const slower = quick.replace('200ms', '300ms')
  await server.write('past.test.yaml', zoneOf(backends.port, slower, '  new: {type: A, value: 127.0.0.33}\n'))
  await server.until(line => line.event === 'installed' && line['generation'] === 2)
  expect((await track()).failures).toMatchObject([{ reason: 'refused', count: failures[0]!.count }])
  const terminal = createTerminal({ adminUrl: server.adminUrl })
  expect(await run(['explain', 'www.past.test', 'A'], terminal)).toBe(0)
  expect(terminal.printed.out).toMatch(/127\.0\.0\.32 +port +pass \d+ ms .* ago, pass/)
  expect(terminal.printed.out).toMatch(/127\.0\.0\.32 +port +failed \d+ times over .*, .* ago: refused/)
  expect(terminal.printed.out).not.toMatch(/127\.0\.0\.31 +port +failed/)
})

it.runIf(needs('dig'))('counts each answer once, those by ALIAS too', async () => {
  const backends = await startBackends(['127.0.0.31', '127.0.0.32'])
  opened.push(backends.close)
  const server = await startLiveServer({ 'past.test.yaml': zoneOf(backends.port, quick) })
  opened.push(server.close)
  const firsts = new Map<string, number>()
  const ask = async (name: string): Promise<void> => {
    const [first = ''] = await addresses(server.port, name, 'A')
    firsts.set(first, (firsts.get(first) ?? 0) + 1)
  }
  for (let i = 0; i < 5; i++) await ask('www.past.test')
  for (let i = 0; i < 4; i++) await ask('past.test')
  await server.write('past.test.yaml', zoneOf(backends.port, quick, '  new: {type: A, value: 127.0.0.33}\n'))
  await server.until(line => line.event === 'installed' && line['generation'] === 2)
  for (let i = 0; i < 3; i++) await ask('www.past.test')
  const pool = (await statusOf(server)).pools.find(({ owner }) => owner === 'www.past.test.')!
  expect(pool.answers).toBe(12)
  expect(pool.members.map(({ answers }) => answers.carried)).toEqual([12, 12])
  expect(new Map(pool.members.map(({ address, answers }) => [address, answers.first]))).toEqual(firsts)
  const terminal = createTerminal({ adminUrl: server.adminUrl })
  await run(['explain', 'www.past.test', 'A'], terminal)
  expect(terminal.printed.out).toContain(`first in ${firsts.get('127.0.0.31')} of 12`)
})
