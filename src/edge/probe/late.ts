/**
 * Libraries that only some kinds of checks need, loaded when the first of these is made: together they would take 3 MB
 * of heap in every server.
 */
import { createRequire } from 'node:module'

let loadedDns2: typeof import('dns2') | null = null

export function loadDns2(): typeof import('dns2') {
  loadedDns2 ??= createRequire(import.meta.url)('dns2') as typeof import('dns2')
  return loadedDns2
}

export function loadHttp2(): typeof import('node:http2') {
  return process.getBuiltinModule('node:http2')
}
