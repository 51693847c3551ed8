/**
 * The version that package.json names; it lies two folders above this file, in source and build alike, so no build
 * step has to write it anywhere.
 */
import { readFileSync } from 'node:fs'

export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
