/**
 * `npm run build`, or with another folder than dist/ `node tools/build.ts FOLDER`: src/ to dist/, which is what the
 * package ships, since Node does not strip types below node_modules.
 * tsc rewrites `./x.ts` to `./x.js` in imports, but not in `new URL('./x.ts', import.meta.url)`: whoever starts a
 * thread from such a path takes the ending from `import.meta.url`, so that the same line works in src and in dist.
 * Invariant: the folder holds this build only, or nothing if tsc refused.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPage } from './build-page.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = resolve(process.argv[2] ?? join(root, 'dist'))
const shebang = '#!/usr/bin/env node\n'

process.exitCode = await build()

async function build(): Promise<number> {
  rmSync(dist, { recursive: true, force: true })
  const status = compile()
  const main = join(dist, 'main.js')
  if (status === 0 && existsSync(main)) {
    makeProgram(main)
    await buildPage(join(dist, 'page'))
    return 0
  }
  rmSync(dist, { recursive: true, force: true })
  console.error(status === 0 ? 'build: no src/main.ts, so no program' : 'build: tsc found errors, nothing was built')
  return 1
}

function compile(): number {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  const { status, error } = spawnSync(
    process.execPath,
    [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', dist],
    {
      cwd: root,
      stdio: 'inherit',
    },
  )
  if (error !== undefined) console.error(`build: tsc could not be started: ${error.message}`)
  return status ?? 1
}

/** npm links `bin` to this file: it needs the line that names its interpreter, and the right to be run. */
function makeProgram(path: string): void {
  const text = readFileSync(path, 'utf8')
  if (!text.startsWith('#!')) writeFileSync(path, shebang + text)
  chmodSync(path, 0o755)
}
