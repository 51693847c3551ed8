/**
 * What every benchmark needs: processor time by thread, memory and descriptors from /proc, children that are started,
 * awaited and ended by pid, and the middle of many figures. Linux only, as the peers are.
 * Invariant: nothing started here outlives its `stop`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** One thread and the processor time it has used since it began. */
export interface ThreadCpu {
  readonly tid: number
  readonly name: string
  readonly userMs: number
  readonly systemMs: number
}

/** How long answers took. */
export interface Percentiles {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
}

export interface ChildOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Is shown every line of output, now and later, and says of one that it means that the child is ready. */
  readonly isReady: (line: string) => boolean
  /** How long to wait for that line. */
  readonly readyMs: number
}

export interface Child {
  readonly pid: number
  /** The latest lines of output and errors, at most `childLinesMax`. */
  lines(): readonly string[]
  /** SIGTERM, and SIGKILL if it is still there after `graceMs`. Yields the exit code, null if it was killed. */
  stop(graceMs: number): Promise<number | null>
}

export const childLinesMax = 1000

/** Kernel ticks are 1/100 s in /proc on every Linux that Node runs on (USER_HZ). */
const tickMs = 10

/** One line of /proc/PID/task/TID/stat (proc(5)); the name may hold spaces and parentheses. */
export function parseThreadStat(text: string): ThreadCpu {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  const tid = Number(text.slice(0, open))
  // After the name: state is field 3, utime field 14, stime field 15.
  const fields = text.slice(close + 2).split(' ')
  const userMs = Number(fields[11]) * tickMs
  const systemMs = Number(fields[12]) * tickMs
  if (open < 1 || ![tid, userMs, systemMs].every(Number.isFinite)) throw new Error(`not a stat line: ${text}`)
  return { tid, name: text.slice(open + 1, close), userMs, systemMs }
}

/** Processor time of the children of a process that have ended and were awaited, from /proc/PID/stat. */
export function parseEnded(text: string): number {
  // After the name: state is field 3, cutime field 16, cstime field 17.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) * tickMs
}

/** Time that all cores together were not idle, from /proc/stat (proc(5)): user, nice, system, irq and softirq. */
export function parseBusy(text: string): number {
  const found = /^cpu +(.*)$/m.exec(text)
  if (found === null) throw new Error('no line of all cores in this stat')
  const [user, nice, system, , , irq, softirq] = found[1]!.split(' ').map(Number)
  return (user! + nice! + system! + irq! + softirq!) * tickMs
}

/** All threads of a process. One that ends while we look is left out. */
export function readThreads(pid: number): readonly ThreadCpu[] {
  return readdirSync(`/proc/${pid}/task`).flatMap(tid => {
    const text = readIfThere(`/proc/${pid}/task/${tid}/stat`)
    return text === null ? [] : [parseThreadStat(text)]
  })
}

/** What each thread of `after` used since `before`; a thread that is new counts from its beginning. */
export function cpuBetween(before: readonly ThreadCpu[], after: readonly ThreadCpu[]): readonly ThreadCpu[] {
  const earlier = new Map(before.map(thread => [thread.tid, thread]))
  return after.map(thread => {
    const old = earlier.get(thread.tid)
    return {
      ...thread,
      userMs: thread.userMs - (old?.userMs ?? 0),
      systemMs: thread.systemMs - (old?.systemMs ?? 0),
    }
  })
}

/** How often these threads have slept or lost their core so far. */
export function countSwitches(threads: readonly ThreadCpu[]): number {
  return threads.reduce((total, { tid }) => {
    const text = readIfThere(`/proc/${tid}/status`)
    return text === null ? total : total + parseSwitches(text)
  }, 0)
}

/** Context switches, voluntary and not, from the text of /proc/TID/status. */
export function parseSwitches(text: string): number {
  const found = [...text.matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)$/gm)]
  if (found.length !== 2) throw new Error('no context switches in this status')
  return found.reduce((total, [, count]) => total + Number(count), 0)
}

/** Resident memory from the text of /proc/PID/status, in octets. */
export function parseResident(text: string): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(text)
  if (found === null) throw new Error('no VmRSS in this status')
  return Number(found[1]) * 1024
}

export function readResidentBytes(pid: number): number {
  return parseResident(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Starts a program and waits for the line that says it is ready. Ends it and rejects if that does not come in time. */
export async function startChild(command: string, args: readonly string[], options: ChildOptions): Promise<Child> {
  const { cwd, env } = options
  const spawned = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kept: string[] = []
  const over = new Promise<number | null>(resolve => {
    spawned.on('error', error => {
      kept.push(error.message)
      resolve(null)
    })
    spawned.on('close', resolve)
  })
  const ready = new Promise<boolean>(resolve => {
    const read = (line: string) => {
      kept.push(line)
      if (kept.length > childLinesMax) kept.shift()
      if (options.isReady(line)) resolve(true)
    }
    for (const stream of [spawned.stdout, spawned.stderr]) createInterface(stream).on('line', read)
    void over.then(() => resolve(false))
  })
  const stop = (graceMs: number) => stopChild(spawned, over, graceMs)
  const overdue = setTimeout(() => spawned.kill('SIGKILL'), options.readyMs)
  const came = await ready
  clearTimeout(overdue)
  if (!came || spawned.pid === undefined) throw new Error(`${command} did not become ready:\n${kept.join('\n')}`)
  return { pid: spawned.pid, lines: () => [...kept], stop }
}

async function stopChild(child: ChildProcess, over: Promise<number | null>, graceMs: number): Promise<number | null> {
  child.kill('SIGTERM')
  const overdue = setTimeout(() => child.kill('SIGKILL'), graceMs)
  const code = await over
  clearTimeout(overdue)
  return code
}

/** What a share of the times stays below. NaN where there are none. Sorts the array that it is given. */
export function summarize(times: Float64Array): Percentiles {
  times.sort()
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: times.at(-1) ?? Number.NaN }
}

/** The middle value; of an even count the mean of the two in the middle. Throws on none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no values, no median')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
    if (!gone) throw error
    return null
  }
}
