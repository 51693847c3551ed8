/**
 * The real program as a test drives it: `robin serve` on ephemeral ports in a process of its own, its JSON log read
 * line by line. Nothing sleeps: a test waits for an event of the log, bounded in time.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event?: string; readonly msg?: string }

export interface LiveServer {
  readonly pid: number
  readonly folder: string
  /** Where DNS is answered, over UDP and TCP. */
  readonly port: number
  readonly adminUrl: string
  readonly lines: readonly LogLine[]
  /** The first line from `from` on that fits; waits for it if need be. */
  until(fits: (line: LogLine) => boolean, from?: number): Promise<LogLine>
  /** Writes a zone file, whole, as an editor would: a new file renamed over the old one. */
  write(file: string, text: string): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  /** Ends it if need be and removes its folder. */
  close(): Promise<void>
}

const waitMs = 20_000
const mainFile = new URL('../../src/main.ts', import.meta.url).pathname

/** How the process begins, where that is not by itself. */
export interface Birth {
  /** What runs node, and becomes it. */
  readonly prefix?: readonly string[]
  /** Descriptors that it finds behind the standard streams. */
  readonly handed?: readonly number[]
}

export async function startLiveServer(
  zones: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  { prefix = [], handed = [] }: Birth = {},
): Promise<LiveServer> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-live-'))
  // For a server that does not run as the one who tests it.
  await chmod(folder, 0o755)
  for (const [file, text] of Object.entries(zones)) await writeFile(join(folder, file), text)
  const [program = '', ...words] = [...prefix, process.execPath]
  const child = spawn(
    program,
    [...words, mainFile, 'serve', '--zones', folder, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', ...flags],
    { stdio: ['ignore', 'pipe', 'pipe', ...handed], env: { ...process.env, NO_COLOR: '1', ...env } },
  )
  const log = readLog(child)
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await log.ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await log.until(line => line.event === 'ready')
  } catch (error) {
    await close()
    throw error
  }
  const port = log.lines.find(line => line.event === 'listening' && line['via'] === 'udp')!['port'] as number
  const admin = log.lines.find(line => line.event === 'listening' && line['via'] === 'admin')!['port'] as number
  let writes = 0
  return {
    pid: child.pid!,
    folder,
    port,
    adminUrl: `http://127.0.0.1:${admin}`,
    lines: log.lines,
    until: log.until,
    write: async (file, text) => {
      const { rename } = await import('node:fs/promises')
      const draft = join(folder, `.draft-${++writes}`)
      await writeFile(draft, text)
      await rename(draft, join(folder, file))
    },
    signal: name => void child.kill(name),
    ended: log.ended,
    close,
  }
}

function readLog(child: ChildProcess) {
  const lines: LogLine[] = []
  const errors: string[] = []
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const look of [...waiting]) look()
  }
  createInterface({ input: child.stdout! }).on('line', line => {
    lines.push(JSON.parse(line) as LogLine)
    wake()
  })
  child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  let over = false
  const ended = new Promise<number | string>(resolve => {
    child.once('close', (code, signal) => {
      over = true
      resolve(code ?? signal ?? 'unknown')
      wake()
    })
  })
  const until = (fits: (line: LogLine) => boolean, from = 0): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        waiting.delete(look)
        clearTimeout(timer)
      }
      const look = (): void => {
        const found = lines.slice(from).find(fits)
        if (found === undefined && !over) return
        stop()
        if (found !== undefined) resolve(found)
        else reject(new Error(`the server ended: ${errors.join('')}`))
      }
      const timer = setTimeout(() => {
        stop()
        const last = lines.slice(-5).map(line => line.msg)
        reject(new Error(`no such line in ${waitMs} ms; last: ${last.join(' | ')} ${errors.join('')}`))
      }, waitMs)
      waiting.add(look)
      look()
    })
  return { lines, until, ended }
}
