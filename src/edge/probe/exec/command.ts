/**
 * What a check's program is started with: its words with the placeholders filled, and an environment of our own making.
 * Invariant: nothing of the server's environment reaches it, and no shell ever looks at a word.
 */
import { resolve } from 'node:path'
import type { Endpoint, ExecCheck } from '../../../core/health/types.ts'

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const programFolders = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function commandFor({ address, port: endpointPort }: Endpoint, spec: ExecCheck): Command {
  const port = endpointPort ?? spec.port
  const filled: Readonly<Record<string, string | undefined>> = {
    '{address}': address,
    '{port}': port === null ? undefined : String(port),
    '{source}': spec.source,
  }
  const [program = '', ...args] = spec.command.map(word =>
    word.replace(/\{(?:address|port|source)\}/g, placeholder => filled[placeholder] ?? placeholder),
  )
  return {
    // A program with a slash was meant from where the server stands, and it is started elsewhere.
    program: program.includes('/') ? resolve(program) : program,
    args,
    env: {
      PATH: programFolders,
      LANG: 'C.UTF-8',
      ROBIN_CHECK: spec.name,
      ROBIN_ADDRESS: address,
      ...(port !== null && { ROBIN_PORT: String(port) }),
      ...(spec.source !== undefined && { ROBIN_SOURCE: spec.source }),
    },
  }
}
