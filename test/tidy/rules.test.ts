/**
 * Shows that every house rule can fail: small trees made to offend, with the places where each rule must see it, and
 * the same words where they are harmless.
 */
import { describe, expect, it } from 'vitest'
import { fileSizeOffences, functionSizeOffences } from './code.ts'
import { plantTree, type Rule, rules } from './rules.ts'
import type { Offence } from './source.ts'

type Files = Readonly<Record<string, string>>

interface Sample {
  readonly files: Files
  /** The offences as `path:line`, sorted. */
  readonly at: readonly string[]
}

/** In parts, so that this file is itself clean. */
const unfinished = 'TO' + 'DO'
const home = `/ho${'me'}/someone`
const host = ['registry', 'packages', 'org'].join('.')

const bad: Readonly<Record<string, readonly Sample[]>> = {
  'a file imports only what its room may': [
    { files: { 'src/core/name/a.ts': "import { b } from '../wire/b.ts'" }, at: ['src/core/name/a.ts:1'] },
    { files: { 'src/core/base/a.ts': "\nimport fs from 'node:fs'" }, at: ['src/core/base/a.ts:2'] },
    { files: { 'src/core/base/a.ts': "import { z } from 'zod'" }, at: ['src/core/base/a.ts:1'] },
    { files: { 'src/core/guard/a.ts': "export { b } from '../zone/b.ts'" }, at: ['src/core/guard/a.ts:1'] },
    { files: { 'src/core/guard/a.ts': "const b = () => import('../zone/b.ts')" }, at: ['src/core/guard/a.ts:1'] },
    // Types only, and of the ports but one name.
    { files: { 'src/core/view/a.ts': "import { b } from '../zone/b.ts'" }, at: ['src/core/view/a.ts:1'] },
    { files: { 'src/core/view/a.ts': "import { type B } from '../zone/b.ts'" }, at: ['src/core/view/a.ts:1'] },
    { files: { 'src/core/rotation/a.ts': "import type { Via } from '../ports.ts'" }, at: ['src/core/rotation/a.ts:1'] },
    { files: { 'src/board/a.ts': "import { clock } from '../edge/clock.ts'" }, at: ['src/board/a.ts:1'] },
    { files: { 'src/board/a.ts': "import { Worker } from 'node:worker_threads'" }, at: ['src/board/a.ts:1'] },
    { files: { 'src/edge/disk/a.ts': "import { log } from '../log.ts'" }, at: ['src/edge/disk/a.ts:1'] },
    { files: { 'src/edge/disk/a.ts': "import { read } from '../../board/read.ts'" }, at: ['src/edge/disk/a.ts:1'] },
    {
      files: { 'src/edge/transport/udp.ts': "import type { Zone } from '../../core/zone/zone.ts'" },
      at: ['src/edge/transport/udp.ts:1'],
    },
    { files: { 'src/shell/a.ts': "import { verb } from '../cli/serve.ts'" }, at: ['src/shell/a.ts:1'] },
    { files: { 'src/cli/a.ts': "import { board } from '../board/board.ts'" }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/main.ts': "import { control } from './shell/control.ts'" }, at: ['src/main.ts:1'] },
    { files: { 'src/cli/a.ts': "import { x } from '../../test/x.ts'" }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/core/cellar/a.ts': '' }, at: ['src/core/cellar/a.ts:1'] },
  ],
  'reserved packages stay in their places': [
    { files: { 'src/core/zonefile/rules.ts': "import { parse } from 'yaml'" }, at: ['src/core/zonefile/rules.ts:1'] },
    { files: { 'src/edge/probe/icmp.ts': "import koffi from 'koffi'" }, at: ['src/edge/probe/icmp.ts:1'] },
    { files: { 'src/edge/probe/icmp.ts': "const k = await import('koffi')" }, at: ['src/edge/probe/icmp.ts:1'] },
    { files: { 'src/edge/transport/a.ts': "import dns from 'dns2/packet'" }, at: ['src/edge/transport/a.ts:1'] },
  ],
  'the page takes from the core only': [
    { files: { 'page/a.ts': "import { run } from '../src/shell/run.ts'" }, at: ['page/a.ts:1'] },
    { files: { 'page/a.tsx': "\nimport {\n  b,\n} from 'node:fs'" }, at: ['page/a.tsx:4'] },
    { files: { 'page/a.tsx': "import type { B } from 'zod'" }, at: ['page/a.tsx:1'] },
  ],
  'a running server carries no parser': [
    { files: { 'src/shell/serve.ts': "import { z } from 'zod'" }, at: ['src/shell/serve.ts:1'] },
    {
      files: {
        'src/cli/serve.ts': "import { type Given } from '../shell/settings.ts'",
        'src/shell/settings.ts': "\nexport { parse } from 'yaml'",
      },
      at: ['src/shell/settings.ts:2'],
    },
  ],
  'imports do not go in circles': [
    {
      files: {
        'src/core/base/a.ts': "import { b } from './b.ts'",
        'src/core/base/b.ts': "\nimport type { C } from './c.ts'",
        'src/core/base/c.ts': "import { a } from './a.ts'",
        'src/core/base/d.ts': "import { a } from './a.ts'",
      },
      at: ['src/core/base/a.ts:1'],
    },
    { files: { 'src/core/base/a.ts': "import { a } from './a.ts'" }, at: ['src/core/base/a.ts:1'] },
  ],
  'every file is reached': [
    {
      files: {
        'src/main.ts': "import { a } from './cli/a.ts'",
        'src/cli/a.ts': '',
        'src/cli/b.ts': "import { a } from './a.ts'",
        'src/shell/worker.ts': "import type { C } from './c.ts'",
        'src/shell/c.ts': '',
        'src/core/base/d.ts': '',
        'test/unit/d.test.ts': "import { d } from '../../src/core/base/d.ts'",
      },
      at: ['src/cli/b.ts:1'],
    },
  ],
  'the core is pure and synchronous': [
    {
      files: {
        'src/core/base/a.ts': [
          'export const a = () => new Date()',
          'export const b = () => Math.random()',
          'export const c = () => setTimeout(a, 1)',
          'export async function d() {',
          '  await a',
          '}',
          `export const e = \`now \${performance.now()}\``,
          'export type F = Promise<number>',
          'let count = 0',
        ].join('\n'),
      },
      at: [1, 2, 3, 4, 5, 7, 8, 9].map(line => `src/core/base/a.ts:${line}`),
    },
  ],
  'Atomics is used only on the board': [
    { files: { 'src/shell/a.ts': 'export const a = (x: Int32Array) => Atomics.load(x, 0)' }, at: ['src/shell/a.ts:1'] },
  ],
  'argv and env are read only in main': [
    { files: { 'src/cli/a.ts': 'export const a = process.argv' }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/cli/a.ts': 'export const a = process?.env.HOME' }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/cli/a.ts': 'const { env } = process' }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/cli/a.ts': "import { argv } from 'node:process'" }, at: ['src/cli/a.ts:1'] },
  ],
  'a file is at most 400 lines': [
    { files: { 'test/a.test.ts': 'a\n'.repeat(401) }, at: ['test/a.test.ts:401'] },
    { files: { 'src/cli/a.ts': 'a\n'.repeat(400) }, at: [] },
  ],
  'a function is at most 60 lines': [
    { files: { 'src/cli/a.ts': `function a(): { x: number } {\n${'  b()\n'.repeat(59)}}` }, at: ['src/cli/a.ts:1'] },
    {
      files: { 'src/cli/a.ts': `const a = async (x: X): Promise<Y> => {\n${'\n'.repeat(59)}}` },
      at: ['src/cli/a.ts:1'],
    },
    { files: { 'src/cli/a.ts': `class A {\n  m<T>(x: T): x is T {\n${'\n'.repeat(60)}}\n}` }, at: ['src/cli/a.ts:2'] },
    { files: { 'src/cli/a.ts': `const a = x => ({\n${'\n'.repeat(60)}})` }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/cli/a.ts': `function a() {\n${'  b()\n'.repeat(58)}}` }, at: [] },
    { files: { 'src/cli/a.ts': `if (a) {\n${'  b()\n'.repeat(99)}}` }, at: [] },
  ],
  'a line is at most 120 columns': [
    { files: { 'src/cli/a.ts': `\n// ${'x'.repeat(118)}` }, at: ['src/cli/a.ts:2'] },
    { files: { 'src/cli/a.ts': `// ${'x'.repeat(117)}` }, at: [] },
  ],
  'no type is loose': [
    {
      files: { 'bench/a.ts': 'const a: any = 1\nconst b = a as any\nconst c: Array<any> = []' },
      at: ['bench/a.ts:1', 'bench/a.ts:2', 'bench/a.ts:3'],
    },
    { files: { 'src/cli/a.ts': '// @ts-ignore' }, at: ['src/cli/a.ts:1'] },
  ],
  'no error is swallowed': [
    { files: { 'src/cli/a.ts': 'try {\n  a()\n} catch {}' }, at: ['src/cli/a.ts:3'] },
    { files: { 'src/cli/a.ts': 'try {\n  a()\n} catch (error: unknown) {\n}' }, at: ['src/cli/a.ts:3'] },
    { files: { 'src/cli/a.ts': 'a().catch(() => {})' }, at: ['src/cli/a.ts:1'] },
  ],
  'no test is left out': [
    {
      files: { 'test/a.test.ts': "it.only('a', b)\nit.skip('a', b)\nit.todo('a')\ndescribe.skip.each([1])('a', b)" },
      at: ['test/a.test.ts:1', 'test/a.test.ts:2', 'test/a.test.ts:3', 'test/a.test.ts:4'],
    },
  ],
  'a file opens by saying why it exists': [
    { files: { 'src/cli/a.ts': "import { b } from './b.ts'\n/**\n * Late.\n */" }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/cli/a.ts': '// Too plain.\n// By far.' }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/main.ts': '#!/usr/bin/env node\n/** Short. */' }, at: ['src/main.ts:2'] },
    { files: { 'src/main.ts': '#!/usr/bin/env node\n/**\n * Long enough.\n */' }, at: [] },
  ],
  'file names say something': [
    { files: { 'src/cli/string-utils.ts': '' }, at: ['src/cli/string-utils.ts:1'] },
    { files: { 'test/helpers/a.ts': '' }, at: ['test/helpers/a.ts:1'] },
    { files: { 'tools/zoneInfo.ts': '' }, at: ['tools/zoneInfo.ts:1'] },
    { files: { 'src/core/rdata/a.ts': '' }, at: [] },
  ],
  'exported names say something': [
    { files: { 'src/cli/a.ts': 'export function queryHandler() {}' }, at: ['src/cli/a.ts:1'] },
    {
      files: { 'src/cli/a.ts': 'export type ZoneData = 1\nexport interface PoolInfo {}' },
      at: ['src/cli/a.ts:1', 'src/cli/a.ts:2'],
    },
    { files: { 'src/cli/a.ts': "export { one as commonOne } from './b.ts'" }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/cli/a.ts': 'export const { zone: zoneManager } = x' }, at: ['src/cli/a.ts:1'] },
    { files: { 'src/cli/a.ts': 'export const rdataOf = 1\nexport const { data: zone } = x\nconst info = 2' }, at: [] },
  ],
  'nothing is marked as unfinished': [
    {
      files: { 'docs/a.md': `one\n${unfinished}: two`, 'zones/b.yaml': `# ${unfinished}` },
      at: ['docs/a.md:2', 'zones/b.yaml:1'],
    },
  ],
  'no path of one machine': [
    { files: { 'src/cli/a.ts': `// see ${home}` }, at: ['src/cli/a.ts:1'] },
    { files: { 'README.md': `run /t${'mp'}/robin` }, at: ['README.md:1'] },
    { files: { 'README.md': `see src/work/it and \${base}/home/page` }, at: [] },
  ],
  'no name of a package host': [
    { files: { '.npmrc': `\nregistry=https://${host}/` }, at: ['.npmrc:2'] },
    { files: { 'package-lock.json': `${'"resolved"'}: "https://x.y/z.tgz"` }, at: ['package-lock.json:1'] },
    { files: { 'zones/a.yaml': 'registry.example.com' }, at: [] },
  ],
}

describe.each(rules)('$name', (rule: Rule) => {
  it.each(bad[rule.name] ?? [])('offends at $at', ({ files, at }) => {
    expect(placesOf(rule.find(plant(files)))).toEqual(at)
  })
})

describe('the rules', () => {
  it('have a bad sample each', () => {
    const offending = Object.entries(bad).filter(([, samples]) => samples.some(sample => sample.at.length > 0))
    expect(offending.map(([name]) => name).sort()).toEqual(rules.map(rule => rule.name).sort())
  })

  it('find nothing in a clean tree', () => {
    const offences = rules.flatMap(rule => rule.find(plant(clean)).map(found => `${rule.name}: ${found.path}`))
    expect(offences).toEqual([])
  })

  it('want an exception to be needed', () => {
    const long = plant({ 'src/cli/a.ts': `function parse() {\n${'\n'.repeat(60)}}` }).product
    expect(functionSizeOffences(long, { 'src/cli/a.ts parse': 'one table' })).toEqual([])
    expect(placesOf(functionSizeOffences(long, { 'src/cli/a.ts parse': 'x', 'src/b.ts old': 'y' }))).toEqual([
      'src/b.ts old:1',
    ])
  })

  it('measure a maker without its methods, and each method by itself', () => {
    const method = `  const run = () => {\n${'    a()\n'.repeat(40)}  }\n`
    const maker = (name: string) => plant({ 'src/edge/log.ts': `function ${name}() {\n${method}${method}}` }).product
    expect(functionSizeOffences(maker('createLog'), {})).toEqual([])
    expect(functionSizeOffences(maker('writeLog'), {})).toHaveLength(1)
    const limits = { fileLinesMax: 9, functionLinesMax: 30, columnsMax: 9 }
    expect(functionSizeOffences(maker('createLog'), {}, limits)).toHaveLength(2)
    expect(fileSizeOffences(maker('createLog'), limits)).toHaveLength(1)
  })
})

/** What the rules forbid, where it is harmless: in comments and strings, as members and keys, in its own place. */
const opening = '/**\n * Why it exists.\n */\n'
const clean: Files = {
  'page/a.tsx':
    "import { useState } from 'preact/hooks'\nimport type { A } from '../src/core/base/a.ts'\nimport './b.css'\n",
  'src/main.ts': `#!/usr/bin/env node\n${opening}import { run } from './cli/run.ts'\nrun(process.argv, process.env)\n`,
  'src/cli/run.ts': `${opening}import { a } from '../core/base/a.ts'\nimport { r } from '../edge/probe/dns.ts'\nexport const run = [a, r]\n`,
  'src/cli/query.ts': `${opening}import dns from 'dns2'\nprocess.exitCode = dns.length\n`,
  'test/query.test.ts': "import { x } from '../src/cli/query.ts'\nconst y = list.only\nit.runIf(x)('only', y)\n",
  'src/core/base/a.ts': `${opening}// Date, await, any: setTimeout\nexport const a = { Date: 'process.env', is: x.Date }\n`,
  'src/core/ports.ts': `${opening}export type Probe = () => Promise<number>\n`,
  'src/board/read.ts': `${opening}import type { Probe } from '../core/ports.ts'\nexport const read = Atomics.load\n`,
  'src/core/rotation/pick.ts': `${opening}import type { Turn } from '../ports.ts'\nexport const pick = 1\n`,
  'src/edge/probe/dns.ts': `${opening}import koffi from '../ffi/libc.ts'\nimport type { R } from '../../board/read.ts'
import { pick } from '../../core/rotation/pick.ts'\ntry {\n  koffi()\n} catch {\n  // Closed already.\n}\nexport const r = pick\n`,
  'src/edge/ffi/libc.ts': `${opening}import koffi from 'koffi'\nexport const libc = koffi\n`,
}

function plant(files: Files) {
  return plantTree(Object.entries(files).map(([path, text]) => ({ path, text })))
}

function placesOf(offences: readonly Offence[]): readonly string[] {
  return [...new Set(offences.map(({ path, line }) => `${path}:${line}`))].sort()
}
