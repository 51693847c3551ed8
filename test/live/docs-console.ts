/**
 * A page of the docs as somebody would follow it: files are written where the page says, commands run one after another
 * in a network of their own, and each prints what the page shows. Figures that differ from run to run count as one; a
 * line of three dots stands for any lines. A command is repeated for a while if it prints something else, since the page
 * says "after some seconds" where a reader would look again.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'command'; readonly command: string; readonly shown: string }

/** Fences `yaml file=PATH` and `console`. */
export function readSteps(page: string): readonly Step[] {
  return [...page.matchAll(/^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$/gm)].flatMap(
    ([, language, path, text = '']): readonly Step[] => {
      if (path !== undefined) return [{ kind: 'file', path, text }]
      if (language !== 'console') return []
      return text
        .split(/^\$ /m)
        .filter(part => part !== '')
        .map(part => {
          const end = part.indexOf('\n')
          return { kind: 'command', command: part.slice(0, end), shown: part.slice(end + 1) }
        })
    },
  )
}

export interface Desk {
  /** What the command printed, on both streams, and what came of comparing it. */
  follow(step: Step): Promise<{ readonly printed: string; readonly fits: boolean }>
  close(): Promise<void>
}

const patienceMs = 25_000
const againMs = 300
const outputOctetsMax = 1_048_576

/** `programs` come first in PATH; `folder` is where somebody sits who follows the page. */
export async function createDesk(folder: string, programs: string): Promise<Desk> {
  const env = { ...process.env, PATH: `${programs}:${process.env['PATH']}`, NO_COLOR: '1', HOME: folder }
  const network = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up && echo up && exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(network.stdout, 'data')
  const inside = ['-t', String(network.pid), '-n', 'bash', '-c']
  const serving: ChildProcess[] = []
  const run = (command: string): Promise<string> =>
    new Promise(resolve => {
      execFile(
        'nsenter',
        [...inside, `${command} 2>&1`],
        { cwd: folder, env, timeout: patienceMs, maxBuffer: outputOctetsMax },
        (_, stdout) => resolve(stdout),
      )
    })
  const begin = async (command: string): Promise<string> => {
    const child = spawn('nsenter', [...inside, `exec ${command}`], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    serving.push(child)
    let log = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        log += chunk
      })
    const untilMs = performance.now() + patienceMs
    while (!log.includes('"event":"ready"') && performance.now() < untilMs) await pause(againMs)
    return log
  }
  return {
    follow: async step => {
      if (step.kind === 'file') {
        await mkdir(dirname(join(folder, step.path)), { recursive: true })
        await writeFile(join(folder, step.path), step.text)
        return { printed: '', fits: true }
      }
      if (/^robin (?:serve|demo --)/.test(step.command)) {
        const printed = await begin(step.command)
        return { printed, fits: printed.includes('"event":"ready"') }
      }
      const untilMs = performance.now() + patienceMs
      for (;;) {
        const printed = await run(step.command)
        const fits = isAlike(printed, step.shown)
        if (fits || performance.now() > untilMs) return { printed, fits }
        await pause(againMs)
      }
    },
    close: async () => {
      for (const child of serving) {
        const ended = once(child, 'close')
        child.kill('SIGTERM')
        await ended
      }
      const ended = once(network, 'close')
      network.kill('SIGKILL')
      await ended
    },
  }
}

function isAlike(printed: string, shown: string): boolean {
  const pattern = linesOf(shown)
    .map(line => (line === '...' ? '(?:.*\n)*' : `${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\n`))
    .join('')
  return new RegExp(`^${pattern}$`).test(
    linesOf(printed)
      .map(line => `${line}\n`)
      .join(''),
  )
}

/** Without what differs from run to run: times, and how wide columns are because of them. */
function linesOf(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map(line =>
      line
        .replace(/\d+(?:\.\d+)?(?:[a-z]| ms| s)?(?: \d+[a-z])?(?= ago|\b(?= ms| s\b))/g, '#')
        .replace(/\b\d+(?:\.\d+)? ?(?:ms|s|m|h|d)\b/g, '#')
        .replace(/\b\d+ (?=of \d|requests)|(?<=\d of )\d+/g, '# ')
        .replace(/\s+/g, ' ')
        .trimEnd(),
    )
}
