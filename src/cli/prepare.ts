/**
 * What has to be settled before the rest of the program is loaded: it is the first thing that runs, and it is small.
 */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { keepYoungSpaceSmall } from '../shell/young-space.ts'

const cacheVariable = 'NODE_COMPILE_CACHE'

/** `env` is what threads will be given as theirs. */
export function prepare(env: Record<string, string | undefined>): void {
  keepYoungSpaceSmall()
  if (import.meta.url.endsWith('.ts') && env[cacheVariable] === undefined) keepStripped(env)
}

/**
 * From source, types are stripped once and not again in each thread at each start: what strips them takes 15 MB each.
 * It lies beside the packages, since whoever may write there can change what is run anyway.
 */
function keepStripped(env: Record<string, string | undefined>): void {
  const cache = fileURLToPath(new URL('../../node_modules/.cache/robin', import.meta.url))
  enableCompileCache(cache)
  env[cacheVariable] = cache
}
