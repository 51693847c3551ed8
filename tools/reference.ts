/**
 * `node tools/reference.ts [--check]`: writes what is told of the command line and of the files from their definitions:
 * the manual page and the page of all options. With --check it writes nothing, and exit code 1 says that one of them is
 * not what would be written.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { manualPage } from './reference/manual.ts'
import { optionsPage } from './reference/options.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages: Readonly<Record<string, () => string>> = {
  'deploy/man/robin.1': manualPage,
  'docs/options.md': optionsPage,
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
for (const [path, make] of Object.entries(pages)) {
  const text = make()
  const file = join(root, path)
  if (!values.check) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`wrote ${path}`)
  } else if (readIfThere(file) !== text) {
    console.error(`${path} is not what the definitions make: run \`node tools/reference.ts\``)
    process.exitCode = 1
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
