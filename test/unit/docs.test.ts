/**
 * The docs for operators, held to the program: every alert has its page and every page its alert, links lead somewhere,
 * commands are ones that the program takes, and the arithmetic is the program's own.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readGrammar } from '../../src/cli/grammar.ts'
import { createProgram } from '../../src/cli/program.ts'
import { millis } from '../../src/core/base/units.ts'
import { worstRemovalMs } from '../../src/core/health/removal.ts'
import { parseDuration } from '../../src/core/zonefile/duration.ts'
import { createTerminal } from './cli/terminal.ts'
import { tcpCheck } from './health/specs.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = [
  ...readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
  'README.md',
  'deploy/README.md',
]

/** As forges make them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...read(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading!)
  return new Set(
    headings.map(each =>
      each
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

describe.each(pages)('%s', page => {
  const text = read(page)

  it('has links that lead somewhere', () => {
    for (const [, target] of text.replace(/```[\s\S]*?```/g, '').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', anchor] = target!.split('#')
      const file = path === '' ? page : relative(root, join(root, dirname(page), path))
      expect(existsSync(join(root, file)), target).toBe(true)
      if (anchor !== undefined && statSync(join(root, file)).isFile()) expect(anchorsOf(file), target).toContain(anchor)
    }
  })

  it('tells of verbs and options that there are', () => {
    const { verbs, options } = readGrammar(createProgram(createTerminal(), async () => undefined))
    const said = [...text.matchAll(/(?:`|^\$ )robin ((?:[a-z]+|--)[^`\n]*)/gm)].map(([, words]) => words!)
    for (const words of said) {
      const [first = '', second = ''] = words.split(/[\s`]+/)
      const verb = verbs.find(({ path }) => path === `${first} ${second}`) ?? verbs.find(({ path }) => path === first)
      expect(first.startsWith('--') || first === 'schema' || verb !== undefined, words).toBe(true)
      const known = new Set([...(verb?.options ?? []), ...options].map(({ flag }) => flag))
      for (const [flag] of words.matchAll(/(?<=\s|\[)--[a-z][a-z-]*/g)) expect(known, words).toContain(flag)
    }
  })
})

describe('docs/runbook.md', () => {
  const text = read('docs/runbook.md')

  it('has a part for each alert, and no other', () => {
    const alerts = [...read('deploy/prometheus/robin.rules.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name!)
    const parts = [...text.matchAll(/^## (Robin\w+)$/gm)].map(([, name]) => name!)
    expect([...parts].sort()).toEqual([...alerts].sort())
  })

  it('quotes what explain says', () => {
    const words = read('src/cli/render-explain.ts')
    const quoted = [...text.matchAll(/^\| `([^|]+)` \|/gm)].flatMap(([, cell]) => cell!.split('`, `'))
    expect(quoted.length).toBeGreaterThan(3)
    for (const phrase of quoted) expect(words).toContain(phrase)
  })
})

describe('docs/ttl.md', () => {
  const rows = [...read('docs/ttl.md').matchAll(/^\| [^|]+ \| (\w+) \| (\w+) \| (\w+) \| (\d+) \| ([\d.]+) s \|/gm)]

  it.each(rows.map(([row, ...cells]) => [row, cells] as const))('is right about %s', (_, cells) => {
    const [interval, timeout, fast] = cells.map(cell => millis(parseDuration(cell) ?? 0))
    const cadence = { intervalMs: interval!, timeoutMs: timeout!, fastIntervalMs: fast!, fall: Number(cells[3]) }
    expect(worstRemovalMs(tcpCheck(cadence))).toBe(Number(cells[4]) * 1000)
  })

  it('has such rows', () => {
    expect(rows.length).toBeGreaterThan(4)
  })
})
