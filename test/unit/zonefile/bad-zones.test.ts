/**
 * Every Problem code has a zone under test/bad-zones with that one fault, and every zone there has exactly the fault it
 * is named after, at the place that its first line says: `# expect LINE:COL`, or `# expect FILE:LINE:COL` in a folder.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { errorCodes, type Problem, warningCodes } from '../../../src/core/base/problem.ts'
import { decodeZoneFile, joinZones, lostZone, readZone } from '../../../src/core/zonefile/index.ts'

const folder = fileURLToPath(new URL('../../bad-zones/', import.meta.url))
const names = readdirSync(folder)
const codes = [...errorCodes, ...warningCodes]

interface Expected {
  readonly file: string
  readonly line: number
  readonly column: number
}

function filesOf(name: string): readonly string[] {
  const path = join(folder, name)
  return statSync(path).isDirectory() ? readdirSync(path).map(file => join(path, file)) : [path]
}

function readExpectation(file: string): Expected {
  const first = readFileSync(file, 'latin1').split('\n')[0]!
  const match = /^# expect (?:([^:]+):)?([0-9]+):([0-9]+)$/.exec(first)
  expect(match, `the first line of ${file}`).not.toBeNull()
  return { file: match![1] ?? basename(file), line: Number(match![2]), column: Number(match![3]) }
}

function judgeFiles(files: readonly string[]): { readonly problems: readonly Problem[]; readonly served: boolean } {
  const readings = files.map(file => {
    const decoded = decodeZoneFile(file, readFileSync(file))
    return 'problem' in decoded ? lostZone(file, [decoded.problem]) : readZone({ file, text: decoded.text })
  })
  const { model, problems } = joinZones(readings)
  return { problems, served: model !== null }
}

describe('bad zones', () => {
  it('has one for each code, and no other', () => {
    expect(names.map(name => name.replace(/\.yaml$/, '')).sort()).toEqual([...codes].sort())
  })

  it.each(names)('%s', name => {
    const code = name.replace(/\.yaml$/, '')
    const severity = (warningCodes as readonly string[]).includes(code) ? 'warning' : 'error'
    const files = filesOf(name)
    const expected = readExpectation(files[0]!)
    const { problems, served } = judgeFiles(files)
    expect(
      problems.map(problem => ({
        code: problem.code,
        severity: problem.severity,
        file: basename(problem.span.file),
        line: problem.span.line,
        column: problem.span.column,
      })),
    ).toEqual([{ code, severity, ...expected }])
    expect(served).toBe(severity === 'warning')
    expect(problems[0]!.span.endColumn).toBeGreaterThan(problems[0]!.span.column)
    expect(problems[0]!.text).not.toBe('')
    expect(problems[0]!.hint, 'a remedy').not.toBeNull()
  })
})
