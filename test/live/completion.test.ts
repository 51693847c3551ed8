/**
 * The completion scripts, in the shells they are for: what each proposes for a line that somebody typed. Addresses and
 * names come from a real server.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readGrammar } from '../../src/cli/grammar.ts'
import { createProgram, run } from '../../src/cli/program.ts'
import { createTerminal } from '../unit/cli/terminal.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const zone = `soa: {mname: ns1.ops.test., rname: hostmaster.ops.test., serial: 1}
records:
  '@': {type: NS, values: [ns1.ops.test., ns2.ops.test.]}
  ns1: {type: A, value: 127.0.0.1}
  ns2: {type: A, value: 127.0.0.2}
  www:
    - {type: A, values: [127.0.0.11, 127.0.0.12]}
    - {type: AAAA, values: ['2001:db8::11', '2001:db8::12']}
`

let server: LiveServer
let folder = ''

/** `robin` in a folder that comes first in PATH, so that the scripts call this program. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'robin-completion-'))
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
  writeFileSync(join(folder, 'robin'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`)
  chmodSync(join(folder, 'robin'), 0o755)
  server = await startLiveServer({ 'ops.test.yaml': zone })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function scriptFor(shell: string): Promise<string> {
  const terminal = createTerminal()
  expect(await run(['completion', shell], terminal)).toBe(0)
  const file = join(folder, `completion.${shell}`)
  writeFileSync(file, terminal.printed.out)
  return file
}

function runShell(shell: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
  const out = execFileSync(shell, argv, {
    encoding: 'utf8',
    cwd: folder,
    timeout: 20_000,
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}`, ROBIN_ADMIN: server.adminUrl, ...env },
  })
  return out.split(/\r?\n/).filter(line => line !== '')
}

const program = `source "$SCRIPT"; COMP_POINT=\${#COMP_LINE}; read -ra COMP_WORDS <<<"$COMP_LINE"; _robin\n`

async function bash(line: string): Promise<readonly string[]> {
  const words = `${program}printf '%s\\n' "\${COMPREPLY[@]}"`
  return runShell('bash', ['--norc', '-c', words], { SCRIPT: await scriptFor('bash'), COMP_LINE: line })
}

async function fish(line: string): Promise<readonly string[]> {
  const script = await scriptFor('fish')
  const words = runShell('fish', ['--no-config', '-c', `source ${script}; complete -C "$argv[1]"`, line])
  return words.map(word => word.split('\t')[0]!)
}

/** Listed by a hook in place of the builtin that shows them, in a terminal of zsh's own making. */
const zshHook = `zmodload zsh/zpty; zpty z zsh -f -i; zpty -w z 'PROMPT=; autoload -Uz compinit; compinit -u -D; source "$SCRIPT"
compadd() { local -a hits; [[ " $* " == *" -O "* || " $* " == *" -A "* || " $* " == *" -D "* ]] && { builtin compadd "$@"; return }
builtin compadd -A hits "$@"; print -rl -- \\<\${^hits}\\>; builtin compadd "$@" }
stop() { print "END" }; zle -N stop; bindkey "^X" stop; bindkey "^I" complete-word; zstyle ":completion:*" list-max 9999
print READY'
zpty -r z out '*READY'$'\\r\\n'; zpty -wn z "$LINE"$'\\t'$'\\x18'; zpty -r z out '*END'; print -r -- "$out"; zpty -d z`

async function zsh(line: string): Promise<readonly string[]> {
  const out = runShell('zsh', ['-f', '-c', zshHook], { SCRIPT: await scriptFor('zsh'), LINE: line })
  return [...out.join('\n').matchAll(/<([^<>\n]+)>/g)].map(found => found[1]!)
}

const shells = [
  ['bash', bash],
  ['fish', fish],
  ['zsh', zsh],
] as const

for (const [shell, propose] of shells) {
  describe.runIf(needs(shell))(`completion in ${shell}`, () => {
    it('knows every verb', async () => {
      const { verbs } = readGrammar(createProgram(createTerminal(), async () => undefined))
      const proposed = await propose('robin ')
      for (const { path } of verbs.filter(verb => !verb.path.includes(' '))) expect(proposed).toContain(path)
      expect(proposed).not.toContain('schema')
      expect(proposed).not.toContain('words')
    })

    it.each([
      ['robin dr', ['drain']],
      ['robin demo f', ['fail']],
      ['robin demo fail --how ', ['refuse', 'status', 'hang', 'slow']],
      ['robin serve --io ', ['auto', 'batch', 'dgram']],
      ['robin serve --io batch --log-l', ['--log-level']],
      ['robin check --format gi', ['github']],
      ['robin check --con', ['--config']],
      ['robin force 10.0.0.1 ', ['up', 'down']],
      ['robin completion ', ['bash', 'zsh', 'fish']],
      ['robin drain 127.0.0.1', ['127.0.0.11', '127.0.0.12']],
      ['robin explain ww', ['www.ops.test']],
      ['robin probe ww', ['www.ops.test']],
      ['robin selfcheck --zone ', ['ops.test']],
    ])('%s', async (line, words) => {
      expect([...(await propose(line))].sort()).toEqual([...words].sort())
    })

    it('completes files', async () => {
      expect(await propose('robin check completion.ba')).toContain('completion.bash')
    })
  })
}

describe.runIf(needs('bash'))('completion in bash', () => {
  it('goes on behind the colons at which bash cuts words', async () => {
    expect(await bash('robin drain 2001:db8::1')).toEqual(['11', '12'])
  })

  it('says nothing where no server answers', async () => {
    const line = { SCRIPT: await scriptFor('bash'), COMP_LINE: 'robin drain ', ROBIN_ADMIN: 'http://127.0.0.1:1' }
    expect(runShell('bash', ['--norc', '-c', `${program}echo "\${#COMPREPLY[@]}"`], line)).toEqual(['0'])
  })
})
