/**
 * Three network namespaces for a pair of servers and their client: the client's has a bridge, each server one leg of
 * it. Nothing leaves the machine. In the servers' run the real program, built as it ships, and the real keepalived with
 * the configuration that ships, but for names and addresses. `close` ends every process and removes every namespace.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pairZone } from './pair-query.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const waitMs = 15_000

/** Lines that a process has printed so far, and those to come. */
export interface Lines<L> {
  readonly all: readonly L[]
  /** The first that fits from `from` on; waits for it, bounded in time. */
  until(fits: (line: L) => boolean, from?: number): Promise<L>
}

export interface Started<L> {
  readonly child: ChildProcess
  readonly lines: Lines<L>
}

/** What the asker prints. */
export type Seen =
  | { readonly kind: 'begun' }
  | {
      readonly kind: 'answer'
      readonly address: string
      readonly askedMs: number
      readonly answeredMs: number
      readonly from: string
      readonly who: number
    }
  | { readonly kind: 'arp'; readonly atMs: number; readonly address: string; readonly mac: string }

/** One of the two: 1 or 2. */
export interface Server {
  readonly number: number
  readonly mac: string
  /** Starts Robin and waits until it serves. */
  serve(): Promise<void>
  /** Sends Robin a signal; for SIGKILL, resolves when it is gone. */
  signal(name: NodeJS.Signals): Promise<void>
  setLink(state: 'up' | 'down'): void
  /** Starts keepalived with a file of deploy/keepalived, and values for the definitions in it. */
  keepAlive(config: string, definitions: Readonly<Record<string, string>>): Promise<Keepalived>
}

export interface Keepalived {
  readonly log: Lines<string>
  stop(): Promise<void>
}

export interface PairNetwork {
  readonly servers: readonly [Server, Server]
  readonly seen: Lines<Seen>
  inClient(program: string, ...args: readonly string[]): Promise<string>
  close(): Promise<void>
}

/** `addresses` are what the client asks. */
export async function openPair(addresses: readonly string[]): Promise<PairNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-pair-'))
  const space = (name: string): string => `robin-${process.pid}-${name}`
  const names = ['client', '1', '2']
  const children: ChildProcess[] = []
  const close = async (): Promise<void> => {
    await Promise.all(children.reverse().map(end))
    for (const name of names) await run('ip', ['netns', 'del', space(name)]).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  }
  const start: Start = (name, command, read) => {
    const child = spawn('ip', ['netns', 'exec', space(name), ...command], { stdio: ['pipe', 'pipe', 'pipe'] })
    children.push(child)
    return { child, lines: readLines(child, read) }
  }
  try {
    lay(names.map(space))
    const program = await build(folder)
    const servers = await Promise.all(
      [1, 2].map(number => openServer({ number, space: space(String(number)), program, folder, start })),
    )
    const asker = fileURLToPath(new URL('./pair-asker.ts', import.meta.url))
    const { lines } = start('client', [process.execPath, asker, ...addresses], text => JSON.parse(text) as Seen)
    await lines.until(line => line.kind === 'begun')
    return {
      servers: [servers[0]!, servers[1]!],
      seen: lines,
      inClient: async (command, ...args) => {
        return (await run('ip', ['netns', 'exec', space('client'), command, ...args])).stdout
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

type Start = <L>(name: string, command: readonly string[], read: (text: string) => L) => Started<L>

interface ServerDeps {
  readonly number: number
  readonly space: string
  readonly program: string
  readonly folder: string
  readonly start: Start
}

async function openServer({ number, space, program, folder, start }: ServerDeps): Promise<Server> {
  const node = process.execPath
  const zones = await mkdtemp(join(folder, 'zones-'))
  await writeFile(join(zones, 'pair.test.yaml'), pairZone(number))
  const command = [node, program, 'serve', '--zones', zones, '--listen', '0.0.0.0:53', '--workers', '1']
  let robin: Started<string> | null = null
  const serve = async (): Promise<void> => {
    robin = start(String(number), command, text => text)
    await robin.lines.until(line => line.includes('"event":"ready"'))
  }
  await serve()
  const [link] = JSON.parse(execFileSync('ip', ['-n', space, '-j', 'link', 'show', 'eth0'], { encoding: 'utf8' }))
  return {
    number,
    mac: link.address,
    serve,
    signal: async name => {
      const { child } = robin!
      const gone = new Promise(resolve => child.once('close', resolve))
      child.kill(name)
      if (name === 'SIGKILL') await gone
    },
    setLink: state => void execFileSync('ip', ['-n', space, 'link', 'set', 'eth0', state]),
    keepAlive: async (config, definitions) => {
      const file = join(folder, `keepalived-${number}.conf`)
      const shipped = await readFile(join(root, 'deploy/keepalived', config), 'utf8')
      await writeFile(file, define(shipped, { ...definitions, ROBIN: `${node} ${program}`, ROBIN_USER: 'root' }))
      const pids = ['-p', join(folder, `main-${number}.pid`), '-r', join(folder, `vrrp-${number}.pid`)]
      const words = ['keepalived', '--dont-fork', '--vrrp', '--log-console', '--log-detail', '-f', file, ...pids]
      // Its log is on standard error.
      const { child, lines } = start(String(number), ['sh', '-c', 'exec "$@" 2>&1', 'sh', ...words], text => text)
      return { log: lines, stop: () => end(child) }
    },
  }
}

/** Replaces the values of `$NAME=value` lines; each must be there. */
function define(config: string, definitions: Readonly<Record<string, string>>): string {
  return Object.entries(definitions).reduce((text, [name, value]) => {
    const line = new RegExp(`^\\$${name}=.*$`, 'm')
    if (!line.test(text)) throw new Error(`the configuration defines no ${name}`)
    return text.replace(line, () => `$${name}=${value}`)
  }, config)
}

/** The program as it ships, beside what it is installed with. */
async function build(folder: string): Promise<string> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  await run(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')])
  for (const name of ['node_modules', 'package.json']) await symlink(join(root, name), join(folder, name))
  return join(folder, 'dist', 'main.js')
}

function lay([client, ...servers]: readonly string[]): void {
  const script = [
    `ip netns add ${client}`,
    `ip -n ${client} link set lo up`,
    `ip -n ${client} link add br0 type bridge`,
    `ip -n ${client} address add 10.53.0.100/24 dev br0`,
    `ip -n ${client} link set br0 up`,
    ...servers.flatMap((server, i) => [
      `ip netns add ${server}`,
      `ip -n ${server} link set lo up`,
      `ip -n ${client} link add leg${i} type veth peer name eth0 netns ${server}`,
      `ip -n ${client} link set leg${i} master br0 up`,
      `ip -n ${server} address add 10.53.0.${11 + i}/24 dev eth0`,
      `ip -n ${server} link set eth0 up`,
    ]),
  ]
  execFileSync('sh', ['-ec', script.join('\n')])
}

function readLines<L>(child: ChildProcess, read: (text: string) => L): Lines<L> {
  const all: L[] = []
  const waiting = new Set<() => void>()
  const take = (text: string): void => {
    all.push(read(text))
    for (const look of [...waiting]) look()
  }
  createInterface({ input: child.stdout! }).on('line', take)
  const errors: string[] = []
  createInterface({ input: child.stderr! }).on('line', line => errors.push(line))
  const until: Lines<L>['until'] = (fits, from = 0) =>
    new Promise((resolve, reject) => {
      let at = from
      const look = (): void => {
        for (; at < all.length; at++) {
          if (!fits(all[at]!)) continue
          clearTimeout(timer)
          waiting.delete(look)
          resolve(all[at]!)
          return
        }
      }
      const timer = setTimeout(() => {
        waiting.delete(look)
        const last = [...all.slice(-10).map(line => JSON.stringify(line)), ...errors.slice(-10)]
        reject(
          new Error(`no such line of ${child.spawnargs.slice(3).join(' ')} in ${waitMs} ms; last:\n${last.join('\n')}`),
        )
      }, waitMs)
      waiting.add(look)
      look()
    })
  return { all, until }
}

/** keepalived gives its address up and ends its own children when asked; the others need not be asked. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('close', resolve))
  child.stdin?.end()
  child.kill(child.spawnargs.includes('--vrrp') ? 'SIGTERM' : 'SIGKILL')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(timer)
}
