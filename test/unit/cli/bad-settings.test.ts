/**
 * Every code that only the config file can have, or zones beside it, has a config file under test/bad-settings with that
 * one fault, at the place that its first line says: `# expect LINE:COL`, and with which mode it lies on the disk if that
 * is the fault. Each is read by itself, and with `robin check`.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCheck } from '../../../src/cli/check.ts'
import { settingsErrorCodes, settingsWarningCodes } from '../../../src/core/base/problem.ts'
import { readConfig } from '../../../src/shell/settings-file.ts'
import { createTerminal } from './terminal.ts'

const bad = fileURLToPath(new URL('../../bad-settings/', import.meta.url))
const names = readdirSync(bad)
const folder = mkdtempSync(join(tmpdir(), 'robin-bad-settings-'))

beforeAll(() => {
  // Which files are open to others is a matter of the file alone.
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'zones'))
  writeFileSync(join(folder, 'zones', 'a.test.yaml'), zone)
})
afterAll(() => rmSync(folder, { recursive: true }))

const zone = `soa: {mname: ns.example.net., rname: h.example.net.}
records:
  '@': {type: NS, value: ns.example.net.}
  www: {type: A, value: 192.0.2.1}
`

it('has one for each code, and no other', () => {
  const codes = [...settingsErrorCodes, ...settingsWarningCodes]
  expect(names.map(name => name.replace(/\.yaml$/, '')).sort()).toEqual([...codes].sort())
})

it.each(names)('%s', async name => {
  const code = name.replace(/\.yaml$/, '')
  const severity = (settingsWarningCodes as readonly string[]).includes(code) ? 'warning' : 'error'
  const text = readFileSync(join(bad, name), 'utf8')
  const [, line, column, mode = '600'] = /^# expect ([0-9]+):([0-9]+)(?:, mode ([0-7]{3}))?\n/.exec(text) ?? []
  const file = join(folder, name)
  writeFileSync(file, text)
  chmodSync(file, Number.parseInt(mode, 8))
  const { config, problems } = readConfig(file, text)
  const told = { code, severity, line: Number(line), column: Number(column) }
  expect(
    problems.map(({ code, severity, span }) => ({ code, severity, line: span.line, column: span.column })),
  ).toEqual([told])
  expect(config === null).toBe(severity === 'error')
  expect(problems[0]!.hint, 'a remedy').not.toBeNull()

  const terminal = createTerminal()
  const zones = config?.zonesFolder === undefined ? [join(folder, 'zones')] : []
  const exit = await runCheck(zones, { config: file, format: 'json' }, terminal)
  expect(exit).toBe(severity === 'error' ? 1 : 0)
  expect(JSON.parse(terminal.printed.out).problems).toMatchObject([{ ...told, file }])
})
