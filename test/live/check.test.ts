/**
 * `robin check` on real files: exit codes, the three formats, folders, and what the disk can do to it. In process, and
 * once as the program that people run.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCheck } from '../../src/cli/check.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const badZones = join(root, 'test/bad-zones')
const folder = mkdtempSync(join(tmpdir(), 'robin-check-'))

const zone = (name: string, record: string) => `zone: ${name}
soa: {mname: ns.example.net., rname: h.example.net.}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns.example.net.}
  www: ${record}
`
const pooled = '{type: A, values: [192.0.2.1, 192.0.2.2], check: port}'

beforeAll(() => {
  for (const sub of ['good', 'bad', 'empty', 'many']) mkdirSync(join(folder, sub))
  writeFileSync(join(folder, 'good', 'b.yaml'), zone('b.test', pooled))
  writeFileSync(join(folder, 'good', 'a.yml'), zone('a.test', pooled))
  writeFileSync(join(folder, 'good', '.hidden.yaml'), 'not a zone')
  writeFileSync(join(folder, 'good', 'notes.txt'), 'not a zone')
  writeFileSync(join(folder, 'bad', 'a.yaml'), zone('a.test', '{type: A, value: 192.0.2.300}'))
  writeFileSync(join(folder, 'bad', 'b.yaml'), zone('b.test', '{type: A, values: [192.0.2.1, 192.0.2.1], ttl: soon}'))
  for (let i = 0; i < 120; i++) writeFileSync(join(folder, 'many', `z${i}.yaml`), zone(`z${i}.test`, pooled))
})

afterAll(() => rmSync(folder, { recursive: true }))

async function check(paths: readonly string[], format: 'text' | 'json' | 'github' = 'text', terminal = false) {
  let out = ''
  let err = ''
  const io = {
    out: (text: string) => {
      out += text
    },
    err: (text: string) => {
      err += text
    },
    terminal,
  }
  const code = await runCheck(
    paths.map(path => resolve(folder, path)),
    { format },
    io,
  )
  return { code, out, err, lines: out.trimEnd().split('\n') }
}

describe('exit codes', () => {
  it('0 for zones that may be served, warnings or not', async () => {
    expect(await check(['good'])).toMatchObject({ code: 0, err: '' })
    expect(await check([join(badZones, 'lone-member.yaml')])).toMatchObject({ code: 0 })
  })

  it('1 for errors', async () => {
    expect(await check(['bad'])).toMatchObject({ code: 1, err: '' })
    expect(await check(['good', 'bad/a.yaml'])).toMatchObject({ code: 1 })
  })

  it('1 for a folder with nothing to check', async () => {
    const { code, out, err } = await check(['empty'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(join(folder, 'empty'))
  })

  it('2 for a path that is not there', async () => {
    const { code, out, err } = await check(['good', 'nowhere.yaml'])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(join(folder, 'nowhere.yaml'))
  })

  it.each(readdirSync(badZones).slice(0, 12))('1 or 0 as the code of %s asks', async name => {
    const { code, out } = await check([join(badZones, name)], 'json')
    expect(code).toBe(JSON.parse(out).errors > 0 ? 1 : 0)
    expect(JSON.parse(out).problems).toHaveLength(1)
  })
})

describe('text', () => {
  it('points at each problem in the order of files and lines', async () => {
    const { lines } = await check(['bad'])
    const heads = lines
      .filter(line => line.startsWith(folder))
      .map(line => line.slice(folder.length + 1).split(': ')[0])
    expect(heads).toEqual(['bad/a.yaml:6:25', 'bad/b.yaml:6:38', 'bad/b.yaml:6:55'])
    const at = lines.findIndex(line => line.includes('bad/a.yaml:6:25: bad-address: '))
    expect(lines[at + 1]).toBe('    www: {type: A, value: 192.0.2.300}')
    expect(lines[at + 2]).toBe(`${' '.repeat(26)}${'^'.repeat(11)}`)
    expect(lines[at + 3]).toMatch(/^ {2}hint: /)
  })

  it('says of each pool how soon a dead address is gone, and counts', async () => {
    const { lines } = await check(['good'])
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(/^www\.a\.test\. A: 2 members, .*\b13 s\b.*\b10 s\b/)
    expect(lines[1]).toMatch(/^www\.b\.test\. A: /)
    expect(lines[2]).toMatch(/^2 files, 2 zones: /)
  })

  it('takes a file that is named twice once', async () => {
    const { lines } = await check(['good/b.yaml', 'good', 'good/../good/b.yaml'])
    expect(lines[2]).toMatch(/^2 files, 2 zones: /)
  })

  it('looks across all files given', async () => {
    writeFileSync(join(folder, 'twin.yaml'), zone('a.test', pooled))
    const { code, lines } = await check(['good/a.yml', 'twin.yaml'])
    expect(code).toBe(1)
    expect(lines[0]).toContain('twin.yaml:1:7: duplicate-zone: ')
    expect(lines[1]).toBe('  zone: a.test')
  })

  it('shows its progress on a terminal only', async () => {
    expect((await check(['many'])).err).toBe('')
    const { code, err } = await check(['many'], 'text', true)
    expect(code).toBe(0)
    expect(err).toContain('of 120 files')
    expect(err.endsWith('\r\u001b[K')).toBe(true)
  })
})

describe('json', () => {
  it('is one stable object', async () => {
    const { out } = await check(['bad/a.yaml'], 'json')
    expect(JSON.parse(out)).toEqual({
      files: 1,
      zones: 0,
      errors: 1,
      warnings: 0,
      problems: [
        {
          code: 'bad-address',
          severity: 'error',
          file: join(folder, 'bad/a.yaml'),
          line: 6,
          column: 25,
          endColumn: 36,
          text: expect.any(String),
          hint: expect.any(String),
        },
      ],
      pools: [],
    })
  })

  it('has the pools', async () => {
    const { out } = await check(['good/a.yml'], 'json')
    expect(JSON.parse(out)).toMatchObject({
      files: 1,
      zones: 1,
      pools: [{ owner: 'www.a.test.', type: 'A', ttl: 10, members: 2, worstRemovalMs: 13_000 }],
    })
  })
})

describe('github', () => {
  it('is a workflow command for each problem, escaped', async () => {
    writeFileSync(join(folder, 'a,b:c%.yaml'), zone('a.test', "{type: A, value: '50%'}"))
    const { code, lines } = await check(['a,b:c%.yaml'], 'github')
    expect(code).toBe(1)
    const file = join(folder, 'a%2Cb%3Ac%25.yaml')
    expect(lines[0]!.startsWith(`::error file=${file},line=6,col=25,endColumn=30,title=bad-address::`)).toBe(true)
    expect(lines[0]).toContain('50%25')
    expect(lines[0]).toContain('%0Ahint: ')
    expect(lines).toHaveLength(2)
  })

  it('tells warnings from errors', async () => {
    const { code, lines } = await check([join(badZones, 'rise-one.yaml')], 'github')
    expect(code).toBe(0)
    expect(lines[0]).toMatch(/^::warning file=.*,title=rise-one::/)
  })
})

describe('files that cannot be read', () => {
  it('are problems, not crashes', async () => {
    mkdirSync(join(folder, 'odd/folder.yaml'), { recursive: true })
    writeFileSync(join(folder, 'odd/latin1.yaml'), Buffer.from('zone: caf\u00e9\n', 'latin1'))
    const { code, out } = await check(['odd'], 'json')
    expect(code).toBe(1)
    const problems: readonly { code: string; line: number; column: number }[] = JSON.parse(out).problems
    expect(problems.map(({ code, line, column }) => [code, line, column])).toEqual([
      ['unreadable', 1, 1],
      ['unreadable', 1, 10],
    ])
  })
})

describe('the program', () => {
  const run = (args: readonly string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
      const child = spawn(process.execPath, ['src/main.ts', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
      let out = ''
      let err = ''
      child.stdout.setEncoding('utf8').on('data', text => {
        out += text
      })
      child.stderr.setEncoding('utf8').on('data', text => {
        err += text
      })
      child.on('error', reject)
      child.on('close', code => resolve({ code, out, err }))
    })

  it('accepts the examples without a word of doubt', async () => {
    const { code, out, err } = await run(['check', 'zones'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^[0-9]+ files, [0-9]+ zones: no problems$/m)
  })

  it('refuses a bad zone, with a name that leads to it', async () => {
    const { code, out } = await run(['check', 'test/bad-zones/bad-address.yaml'])
    expect(code).toBe(1)
    expect(out).toMatch(/^test\/bad-zones\/bad-address\.yaml:7:39: bad-address: /)
  })
})
