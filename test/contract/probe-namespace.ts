/** Runs scripts in network namespaces of their own, where loopback is all there is and its settings may be changed. */
import { spawn, spawnSync } from 'node:child_process'
import { needs } from '../live/program.ts'

/** True if this user may make one. Otherwise says what is missing, or throws under CI=true, where all must be there. */
export function mayIsolate(): boolean {
  if (!['unshare', 'ip', 'sysctl'].every(program => needs(program))) return false
  if (spawnSync('unshare', ['-n', 'true']).status === 0) return true
  if (process.env['CI'] === 'true') throw new Error('needs root')
  process.stdout.write('skipped: needs root\n')
  return false
}

/** True if such a namespace may have a wire of its own as well. Otherwise as above. */
export function mayWire(): boolean {
  if (!mayIsolate()) return false
  const wire = ['ip', 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far']
  if (spawnSync('unshare', ['-n', ...wire]).status === 0) return true
  if (process.env['CI'] === 'true') throw new Error('needs ip netns with veth')
  process.stdout.write('skipped: needs ip netns with veth\n')
  return false
}

/** Runs a script of this folder's after the shell commands `prepare`, under the command `prefix`. */
export function runIsolated(
  file: string,
  prepare: readonly string[],
  prefix = '',
  argument = '',
): Promise<{ status: number | null; said: string }> {
  const script = ['ip link set lo up', ...prepare, `exec ${prefix} "$0" "$1" ${argument}`].join(' && ')
  return runScript(file, 'unshare', ['-n', 'sh', '-c', script])
}

/** Runs `program args… node file` and collects what it prints. */
export async function runScript(
  file: string,
  program: string,
  args: readonly string[],
): Promise<{ status: number | null; said: string }> {
  const script = new URL(file, import.meta.url).pathname
  const child = spawn(program, [...args, process.execPath, script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', chunk => {
    said += chunk
  })
  const status = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { status, said }
}
