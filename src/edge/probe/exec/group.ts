/**
 * A program and everything that it starts, as one process group. Invariants: its standard input is empty; of what it
 * says at most `saidOctetsMax` a stream are kept and the rest is read and dropped, so that it cannot block on a full
 * pipe; when it ends or is killed, what it left running in its group is killed with it (setpgid(2), kill(2)).
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { createGathered, type Gathered, gather, gatheredOctets } from '../gathered.ts'
import { errorCode } from '../outcome.ts'
import type { Command } from './command.ts'

/** How the program itself ended: with a status, or by a signal. */
export type Ending =
  | { readonly status: number; readonly signal: null }
  | { readonly status: null; readonly signal: string }

export interface Events {
  /** It could not be started. Nothing else is called then. */
  failed(error: Error): void
  /** The program is gone; what it said may still be on its way. */
  ended(ending: Ending): void
  /** All that it said is here. */
  silent(): void
}

export interface Group {
  /** The leader's process id, which is the group's as well. */
  readonly id: number
  /** How the leader ended, or null while it runs. */
  ending(): Ending | null
  /** The first line that it wrote with anything in it: of its errors, else of its output; '' if there is none. */
  firstLine(): string
  /** Ends it with all its offspring, and stops listening. Safe at any time. */
  kill(): void
}

export const saidOctetsMax = 4096

/** Null if it could not be started, which `failed` was or will be told. */
export function startGroup({ program, args, env }: Command, events: Events): Group | null {
  const child = launch(program, args, env)
  if (child instanceof Error) {
    events.failed(child)
    return null
  }
  const { pid, stdout, stderr } = child
  const said = { stdout: createGathered(saidOctetsMax), stderr: createGathered(saidOctetsMax) }
  let ending: Ending | null = null
  child.on('error', error => {
    // Afterwards: a signal that could not be sent. Before: it never began.
    if (pid === undefined) events.failed(error)
  })
  if (pid === undefined) return null
  keep(stdout, said.stdout)
  keep(stderr, said.stderr)
  child.on('exit', (status, signal) => {
    ending = status === null ? { status, signal: signal ?? 'unknown' } : { status, signal: null }
    // Its number stays taken while any of its group lives, and is given to nobody else for a long while after.
    killGroup(pid)
    events.ended(ending)
  })
  child.on('close', () => events.silent())
  return {
    id: pid,
    ending: () => ending,
    firstLine: () => firstLine(said.stderr) || firstLine(said.stdout),
    kill: () => {
      if (ending === null) killGroup(pid)
      stdout.destroy()
      stderr.destroy()
    },
  }
}

/** Node throws some errors of the system and emits others. */
function launch(
  program: string,
  args: readonly string[],
  env: Command['env'],
): ChildProcessByStdio<null, Readable, Readable> | Error {
  try {
    return spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: '/', env })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function keep(stream: Readable, into: Gathered): void {
  stream.on('data', (chunk: Buffer) => gather(into, chunk, 0, chunk.length))
  // A pipe that breaks has said what it had to say; how the program ended is told by itself.
  stream.on('error', () => stream.destroy())
}

function firstLine(said: Gathered): string {
  const text = gatheredOctets(said).toString('utf8')
  return /[^\s][^\n]*/.exec(text)?.[0].trimEnd() ?? ''
}

function killGroup(id: number): void {
  try {
    process.kill(-id, 'SIGKILL')
  } catch (error) {
    // Nobody left (ESRCH), or only what took another user's identity and is out of our reach (EPERM).
    if (errorCode(error) !== 'ESRCH' && errorCode(error) !== 'EPERM') throw error
  }
}
