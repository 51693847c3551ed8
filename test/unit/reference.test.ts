/**
 * What is told of the command line and the files is what their definitions say, and people can read it: the manual page
 * is one to groff, and every key on the page of options says what it means.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readGrammar } from '../../src/cli/grammar.ts'
import { createProgram } from '../../src/cli/program.ts'
import { manualPage } from '../../tools/reference/manual.ts'
import { optionsPage } from '../../tools/reference/options.ts'
import { needs } from '../live/program.ts'
import { createTerminal } from './cli/terminal.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

describe('the manual page', () => {
  it('is what the definitions make', () => {
    expect(read('deploy/man/robin.1')).toBe(manualPage())
  })

  it.runIf(needs('groff'))('is one that groff has nothing against, and names every verb and option', () => {
    const groff = (...argv: readonly string[]): string =>
      execFileSync('sh', ['-c', 'exec groff "$@" 2>&1', 'groff', '-man', '-ww', ...argv, 'deploy/man/robin.1'], {
        cwd: root,
        encoding: 'utf8',
      })
    expect(groff('-z', '-Tutf8')).toBe('')
    const shown = groff('-Tascii', '-rLL=400n', '-P-cbou')
    const { verbs } = readGrammar(createProgram(createTerminal(), async () => undefined))
    for (const { path, options } of verbs) {
      expect(shown).toContain(`robin ${path}`)
      for (const { flag } of options) expect(shown).toContain(flag)
    }
  })

  it('lists no verb that help does not', () => {
    expect(read('deploy/man/robin.1')).not.toContain('robin words')
  })
})

describe('the page of options', () => {
  const page = read('docs/options.md')
  const rows = page.split('\n').filter(line => line.startsWith('| `'))

  it('is what the shapes make', () => {
    expect(page).toBe(optionsPage())
  })

  it('says of every key what it means, and of its default in one way', () => {
    expect(rows.length).toBeGreaterThan(200)
    for (const row of rows) {
      const [, , , usual = '', meaning = ''] = row.split(/(?<!\\)\|/).map(cell => cell.trim())
      expect(meaning, row).not.toBe('')
      expect(usual, row).not.toBe('')
      expect(meaning, row).not.toMatch(/\(default|Default |, the default|is the default/)
    }
  })

  it('has a heading for every section that it points at', () => {
    const headings = new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, text]) => text!.toLowerCase()))
    for (const [, name] of page.matchAll(/\]\(#([a-z]+)\)/g)) expect(headings, name).toContain(name)
  })
})
