/**
 * Says whether a program of the system is here, for tests that drive one (dig, ping). On a developer's machine a
 * missing one is said aloud and its tests stand aside; under CI=true it is a failure, so that a test which never runs
 * cannot pass for one that does.
 */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where programs for administrators live; often missing from PATH. */
const adminFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

const said = new Set<string>()

/** True if `program` can be started. Otherwise prints `skipped: needs X`, once, or throws under CI=true. */
export function needs(program: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const folders = [...(env['PATH'] ?? '').split(delimiter).filter(folder => folder !== ''), ...adminFolders]
  if (folders.some(folder => isProgram(join(folder, program)))) return true
  if (env['CI'] === 'true') throw new Error(`needs ${program}, which is not installed; CI installs all that tests use`)
  if (!said.has(program)) process.stdout.write(`skipped: needs ${program}\n`)
  said.add(program)
  return false
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Not there or not for us: either way it cannot be started.
    return false
  }
}
