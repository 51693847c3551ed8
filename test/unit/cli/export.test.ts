/** `robin export`: which zone, which format, what is said beside it, exit codes. */
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../../src/cli/program.ts'
import { createTerminal } from './terminal.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-export-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

const zone = (name: string, more = '') => `zone: ${name}
soa: {mname: ns1.${name}., rname: hostmaster.${name}.}
records:
  '@': {type: NS, values: [ns1.${name}.]}
  ns1: {type: A, value: 192.0.2.53}
${more}`

async function runExport(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = createTerminal()
  const code = await run(['export', ...words, '--zones', folder], terminal)
  return { code, ...terminal.printed }
}

test('finds a zone by its name, in whatever file, and prints it; `auto` is the date of the file', async () => {
  const path = join(folder, 'odd.yaml')
  await writeFile(path, zone('a.test'))
  await utimes(path, 1_700_000_000, 1_700_000_000)
  await writeFile(join(folder, 'a.test.old.yaml'), zone('b.test'))
  const { code, out, err } = await runExport('A.test.', '--master')
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('IN SOA ns1.a.test. hostmaster.a.test. 1700000000 60 15 86400 5\n')
  expect((await runExport(path, '--master')).out).toBe(out)
})

test('says on standard error what the format cannot carry, each loss once', async () => {
  const pools = Array.from({ length: 7 }, (_, i) => `  p${i}: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp}\n`)
  await writeFile(
    join(folder, 'a.test.yaml'),
    `checks: {tcp: {protocol: TCP, port: 80}}\n${zone('a.test', pools.join(''))}`,
  )
  const { code, out, err } = await runExport('a.test', '--master')
  expect(code).toBe(0)
  expect(out.match(/ IN A 10\.0\.0\./g)).toHaveLength(14)
  expect(err).toMatch(/^note: .*p0\.a\.test\. A, .* and 2 more\n$/)
})

test('takes a master file with its sidecar to octoDNS', async () => {
  await writeFile(
    join(folder, 'm.test.zone'),
    '$TTL 9\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\nwww A 10.0.0.1\nwww A 10.0.0.2\n',
  )
  const sidecar = join(folder, 'm.test.health.yaml')
  await writeFile(sidecar, 'checks: {tcp: {protocol: TCP, port: 80}}\nowners: {www: {check: tcp}}\n')
  const { code, out } = await runExport('m.test', '--octodns')
  expect(code).toBe(0)
  expect(out).toContain('healthcheck: {port: 80, protocol: TCP}')
  expect((await runExport(sidecar, '--octodns')).out).toBe(out)
})

test('a zone with errors is not exported', async () => {
  await writeFile(join(folder, 'a.test.yaml'), zone('a.test', '  www: {type: A, value: nonsense}\n'))
  const { code, out, err } = await runExport('a.test', '--octodns')
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain('bad-address')
})

test('no such zone, no format and two formats are usage faults', async () => {
  expect((await runExport('a.test', '--master')).code).toBe(2)
  expect((await runExport(join(folder, 'a.test.yaml'), '--master')).code).toBe(2)
  await writeFile(join(folder, 'a.test.yaml'), zone('a.test'))
  expect((await runExport('a.test')).code).toBe(2)
  expect((await runExport('a.test', '--master', '--octodns')).code).toBe(2)
})
