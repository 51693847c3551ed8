/**
 * Every code that only the config file can have, or zones beside it, has a config file under test/bad-settings with that
 * one fault, at the place that its first line says: `# expect LINE:COL`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { settingsErrorCodes, settingsWarningCodes } from '../../../src/core/base/problem.ts'
import { readConfig } from '../../../src/shell/settings-file.ts'

const folder = fileURLToPath(new URL('../../bad-settings/', import.meta.url))
const names = readdirSync(folder)

it('has one for each code, and no other', () => {
  const codes = [...settingsErrorCodes, ...settingsWarningCodes]
  expect(names.map(name => name.replace(/\.yaml$/, '')).sort()).toEqual([...codes].sort())
})

it.each(names)('%s', name => {
  const code = name.replace(/\.yaml$/, '')
  const severity = (settingsWarningCodes as readonly string[]).includes(code) ? 'warning' : 'error'
  const text = readFileSync(join(folder, name), 'utf8')
  const [, line, column] = /^# expect ([0-9]+):([0-9]+)\n/.exec(text) ?? []
  const { config, problems } = readConfig(name, text)
  expect(
    problems.map(({ code, severity, span }) => ({ code, severity, line: span.line, column: span.column })),
  ).toEqual([{ code, severity, line: Number(line), column: Number(column) }])
  expect(config === null).toBe(severity === 'error')
  expect(problems[0]!.hint, 'a remedy').not.toBeNull()
})
