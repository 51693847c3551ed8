/**
 * What the benchmarks ask of the machine: cores, process trees, ports that are free, listeners to be probed.
 * With two cores or more the server has the first and the load the second, so neither takes the other's time.
 */
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseBusy, parseEnded, readThreads, type ThreadCpu } from './support.ts'

export const cores = availableParallelism()
export const serverCore = 0
const loadCore = Math.min(1, cores - 1)
/** Halves of the machine, as taskset wants them: for a server with all its threads, and for what loads it. */
export const serverHalf = cores < 4 ? String(serverCore) : `0-${(cores >> 1) - 1}`
const loadHalf = cores < 4 ? String(loadCore) : `${cores >> 1}-${cores - 1}`
/** Where servers are found that are not on everybody's path. */
export const programFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin']

export function isInstalled(program: string): boolean {
  return [...(process.env['PATH'] ?? '').split(delimiter), ...programFolders].some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      // Not there: the next folder.
      return false
    }
  })
}

/** Throws with the names of what is missing. */
export function needPrograms(...programs: readonly string[]): void {
  const missing = programs.filter(program => !isInstalled(program))
  if (missing.length > 0) throw new Error(`needs ${missing.join(', ')}`)
}

/** All threads of a process onto some cores, written as taskset wants them: `0` or `0-1`. */
export function pin(pid: number, where: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', where, String(pid)])
}

/** Runs with ourselves, and so with what we start, on the load's half of the machine. */
export async function besideServer<T>(run: () => Promise<T>): Promise<T> {
  pin(process.pid, loadHalf)
  try {
    return await run()
  } finally {
    pin(process.pid, allCores)
  }
}

export const allCores = cores === 1 ? '0' : `0-${cores - 1}`

/** All threads of a process and of those it started: NSD answers from a child. */
export function readTree(pid: number): readonly ThreadCpu[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parent = readParent(Number(entry))
    if (parent !== null) parents.set(Number(entry), parent)
  }
  const family = new Set([pid])
  for (let grown = true; grown; ) {
    grown = false
    for (const [child, parent] of parents) {
      if (family.has(child) || !family.has(parent)) continue
      family.add(child)
      grown = true
    }
  }
  return [...family].flatMap(readThreads)
}

/**
 * Begins to watch what others do with the machine. What it returns tells their share of all cores since: where that is
 * not next to nothing, figures say less.
 */
export function watchOthers(): () => number {
  const look = () => ({ atMs: performance.now(), busyMs: readBusyMs(), ownMs: readOwnMs() })
  const before = look()
  return () => {
    const after = look()
    const othersMs = after.busyMs - before.busyMs - (after.ownMs - before.ownMs)
    return Math.max(0, othersMs) / ((after.atMs - before.atMs) * cores)
  }
}

function readBusyMs(): number {
  return parseBusy(readFileSync('/proc/stat', 'utf8'))
}

/** Ours, that of what we started and still runs, and that of what we started and has ended. */
function readOwnMs(): number {
  const living = readTree(process.pid).reduce((sum, { userMs, systemMs }) => sum + userMs + systemMs, 0)
  return living + parseEnded(readFileSync('/proc/self/stat', 'utf8'))
}

function readParent(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    // It ended while we looked.
    return null
  }
}

export interface Targets {
  readonly port: number
  close(): void
}

/** What is probed: a TCP listener on each address, all on one port. */
export async function openTargets(hosts: readonly string[]): Promise<Targets> {
  const open: Server[] = []
  let port = 0
  for (const host of hosts) {
    const server = createServer(socket => socket.on('error', () => socket.destroy()).resume())
    await listenTcp(server, host, port)
    open.push(server)
    port = (server.address() as { port: number }).port
  }
  return {
    port,
    close: () => {
      for (const server of open) server.close()
    },
  }
}

/** Below the ports that clients are given, so that no connection of a client can be in the way. */
const portFirst = 20_000
const ports = 10_000
const portAttemptsMax = 64

/** Free for UDP and TCP a moment ago, which has to do for servers that cannot choose one themselves. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < portAttemptsMax; attempt++) {
    const port = portFirst + Math.floor(Math.random() * ports)
    if (await isFree(port)) return port
  }
  throw new Error('no free port')
}

async function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(port, '127.0.0.1', resolve)
    })
    await listenTcp(server, '127.0.0.1', port)
    await new Promise<void>(resolve => server.close(() => resolve()))
    return true
  } catch {
    // Somebody has it.
    return false
  } finally {
    socket.close()
  }
}

function listenTcp(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, resolve)
  })
}
