/**
 * `npm run build:page`, or with another folder than dist/page `node tools/build-page.ts FOLDER`: page/ to the files
 * that the server gives out at `/`. `npm ci` does it too, so that `npm start` shows the page from a fresh checkout; it
 * says `--if-possible`, by which missing tools are no failure.
 * Invariant: what comes out loads nothing from elsewhere and has no script or style in the document itself.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What of other people's is in the bundle; its licences go with it. */
const bundled = ['preact', 'uplot']

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2)
  const folder = resolve(words.find(word => !word.startsWith('--')) ?? join(root, 'dist/page'))
  if (words.includes('--if-possible') && !['vite', ...bundled].every(isInstalled)) {
    console.error('the page is not built: its tools are not installed (npm ci without --omit=dev)')
  } else {
    await buildPage(folder)
  }
}

/** Rejects if it cannot be built. */
export async function buildPage(folder: string): Promise<void> {
  const { build } = await import('vite')
  await build({
    root: join(root, 'page'),
    configFile: false,
    logLevel: 'warn',
    // Wherever it is put: below a path of a proxy as well.
    base: './',
    publicDir: join(root, 'page/public'),
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      // Nothing goes into the document as data: or inline.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
    },
  })
  writeFileSync(join(folder, 'licences.txt'), bundled.map(licenceOf).join('\n\n'))
}

function licenceOf(name: string): string {
  return `${name}\n\n${readFileSync(join(folderOf(name), 'LICENSE'), 'utf8')}`
}

function isInstalled(name: string): boolean {
  try {
    return folderOf(name) !== ''
  } catch {
    // Left out on purpose, as by --omit=dev.
    return false
  }
}

function folderOf(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
}
