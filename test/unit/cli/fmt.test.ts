/** `robin fmt`: which files are written, what is left alone, exit codes. */
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../../src/cli/program.ts'
import { createTerminal } from './terminal.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-fmt-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

const soa = 'soa: {mname: ns1.a.test., rname: hostmaster.a.test.}\n'
const spread = `records:\n  www:   {value: "10.0.0.1",   type: A} # kept\n${soa}`
const tidy = `${soa}records:\n  www: {type: A, value: 10.0.0.1} # kept\n`

async function fmt(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = createTerminal()
  const code = await run(['fmt', ...words], terminal)
  return { code, ...terminal.printed }
}

test('writes what is not canonical, names it, and leaves the rest untouched', async () => {
  await writeFile(join(folder, 'a.test.yaml'), spread)
  await writeFile(join(folder, 'b.test.yaml'), tidy)
  await writeFile(join(folder, 'c.test.zone'), '@ SOA  ns1 h 1 2 3 4 5\n')
  await writeFile(join(folder, 'notes.txt'), 'x')
  const before = await stat(join(folder, 'b.test.yaml'))
  const done = await fmt(folder)
  expect(done).toEqual({ code: 0, out: `${join(folder, 'a.test.yaml')}\n`, err: '' })
  expect(await readFile(join(folder, 'a.test.yaml'), 'utf8')).toBe(tidy)
  expect((await stat(join(folder, 'b.test.yaml'))).mtimeMs).toBe(before.mtimeMs)
  expect(await readdir(folder)).toEqual(['a.test.yaml', 'b.test.yaml', 'c.test.zone', 'notes.txt'])
  expect(await fmt(folder)).toEqual({ code: 0, out: '', err: '' })
})

test('--check writes nothing, names what would change and exits 1', async () => {
  const path = join(folder, 'a.test.yaml')
  await writeFile(path, spread)
  expect(await fmt('--check', path)).toEqual({ code: 1, out: `${path}\n`, err: '' })
  expect(await readFile(path, 'utf8')).toBe(spread)
  await writeFile(path, tidy)
  expect((await fmt('--check', path)).code).toBe(0)
})

test('keeps permissions and replaces what a link leads to, not the link', async () => {
  await mkdir(join(folder, 'real'))
  const real = join(folder, 'real', 'a.test.yaml')
  await writeFile(real, spread)
  await chmod(real, 0o640)
  await symlink(real, join(folder, 'a.test.yaml'))
  expect((await fmt(join(folder, 'a.test.yaml'))).code).toBe(0)
  expect((await lstat(join(folder, 'a.test.yaml'))).isSymbolicLink()).toBe(true)
  expect((await stat(real)).mode & 0o777).toBe(0o640)
  expect(await readFile(real, 'utf8')).toBe(tidy)
  expect(await readdir(join(folder, 'real'))).toEqual(['a.test.yaml'])
})

test('a file that is no YAML is told with its place and left; others are formatted all the same', async () => {
  await writeFile(join(folder, 'a.test.yaml'), 'records:\n  *.x: {type: A}\n')
  await writeFile(join(folder, 'b.test.yaml'), spread)
  const { code, out, err } = await fmt(folder)
  expect(code).toBe(1)
  expect(out).toBe(`${join(folder, 'b.test.yaml')}\n`)
  expect(err).toContain(`${join(folder, 'a.test.yaml')}:2:3: yaml-syntax`)
})

test('a zone with faults is formatted as well: what it says stays', async () => {
  const path = join(folder, 'a.test.yaml')
  await writeFile(path, `records:\n  www: {check: nowhere, type: A, value: 10.0.0.1}\n`)
  expect((await fmt(path)).code).toBe(0)
  expect(await readFile(path, 'utf8')).toBe('records:\n  www: {type: A, value: 10.0.0.1, check: nowhere}\n')
})

test('no such path is a usage fault', async () => {
  const { code, err } = await fmt(join(folder, 'nowhere'))
  expect(code).toBe(2)
  expect(err).toContain('no such file')
})
