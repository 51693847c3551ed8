/** The verbs there are, and the exit codes of usage errors: what scripts depend on. */
import { describe, expect, it } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { run } from '../../../src/cli/program.ts'
import { createTerminal } from './terminal.ts'

async function runWith(...argv: readonly string[]) {
  const terminal = createTerminal()
  const code = await run(argv, terminal)
  return { code, ...terminal.printed }
}

describe('robin', () => {
  it('alone shows help on standard error and exits 2', async () => {
    const { code, out, err } = await runWith()
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain('Usage: robin')
  })

  it('--help goes to standard output and exits 0', async () => {
    const { code, out, err } = await runWith('--help')
    expect(code).toBe(0)
    expect(err).toBe('')
    for (const verb of [
      'serve',
      'check',
      'status',
      'states',
      'explain',
      'drain',
      'force',
      'release',
      'reload',
      'query',
      'demo',
    ])
      expect(out).toContain(`  ${verb} `)
    expect(out).not.toContain('schema')
  })

  it('--version prints the version of the package', async () => {
    expect(await runWith('--version')).toEqual({ code: 0, out: `${packageJson.version}\n`, err: '' })
  })

  it.each([
    ['an unknown verb', ['bogus']],
    ['a word that is neither up nor down', ['force', '10.0.0.1', 'sideways']],
    ['a client that is no address', ['explain', 'www.demo.test', '--from', 'here']],
    ['an unknown option', ['status', '--colour']],
    ['an option that is not offered', ['serve', '--dnssec', 'x']],
    ['too many words', ['status', 'all']],
    ['too many words for demo', ['demo', 'bogus']],
    ['a missing name', ['query']],
    ['a missing path', ['check']],
    ['no files to rehearse', ['test']],
    ['no files to plan with', ['plan']],
    ['what is no number of a generation', ['rollback', '--state', '.', '--to', 'last']],
    ['an unknown format', ['check', '--format', 'xml', '.']],
    ['a missing number', ['demo', 'fail']],
    ['options in the wrong place', ['demo', '--zones', 'x', 'fail', '2']],
  ])('exits 2 for %s, with nothing on standard output', async (_, argv) => {
    const { code, out, err } = await runWith(...argv)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).not.toBe('')
  })

  it.each(['serve', 'demo', 'query', 'states'])('%s --help exits 0', async verb => {
    const { code, out } = await runWith(verb, '--help')
    expect(code).toBe(0)
    expect(out).toContain('--')
  })
})
