/** Starts the server under measurement on a folder of zones, with its ports read from its own log. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild } from './support.ts'

export interface BenchServer {
  readonly child: Child
  readonly port: number
  readonly folder: string
  /** Replaces a zone file in one step. */
  write(file: string, text: string): Promise<void>
  stop(): Promise<void>
}

const mainFile = new URL('../src/main.ts', import.meta.url).pathname
const readyMs = 60_000
const stopMs = 10_000

export async function startRobin(
  zones: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-bench-'))
  for (const [file, text] of Object.entries(zones)) await writeFile(join(folder, file), text)
  let port = 0
  const listens = ['--zones', folder, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
  const child = await startChild(process.execPath, [mainFile, 'serve', ...listens, ...flags], {
    readyMs,
    isReady: line => {
      const event = readLine(line)
      if (event?.event === 'listening' && event.via === 'udp') port = event.port
      return event?.event === 'ready'
    },
  })
  let drafts = 0
  return {
    child,
    port,
    folder,
    write: async (file, text) => {
      const draft = join(folder, `.draft-${drafts++}`)
      await writeFile(draft, text)
      await rename(draft, join(folder, file))
    },
    stop: async () => {
      await child.stop(stopMs)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function readLine(line: string): { event?: string; via?: string; port: number } | null {
  return line.startsWith('{') ? (JSON.parse(line) as { event?: string; via?: string; port: number }) : null
}
