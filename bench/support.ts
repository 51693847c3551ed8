/**
 * What every benchmark needs: processor time by thread and memory from /proc, dnsperf run for a bounded time with its
 * report read back, and children that are started, awaited and ended by pid. Linux only, as the peers are.
 * Invariants: load goes to loopback and nowhere else; nothing started here outlives its `stop`.
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

export interface DnsperfOptions {
  readonly host: string
  readonly port: number
  /** File of `name type` lines. */
  readonly queryFile: string
  readonly runSeconds: number
  readonly via?: 'udp' | 'tcp'
  readonly clients?: number
  readonly threads?: number
  /** Queries under way at once. */
  readonly outstandingMax?: number
  readonly perSecondMax?: number
  readonly timeoutSeconds?: number
}

export interface DnsperfReport {
  readonly sent: number
  readonly completed: number
  readonly lost: number
  readonly perSecond: number
  readonly runMs: number
  readonly meanMs: number
  readonly minMs: number
  readonly maxMs: number
  /** Responses by rcode mnemonic. */
  readonly rcodes: Readonly<Record<string, number>>
}

export interface ChildOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Says whether this line of output means that the child is ready. */
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

/** Resident memory from the text of /proc/PID/status, in octets. */
export function parseResident(text: string): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(text)
  if (found === null) throw new Error('no VmRSS in this status')
  return Number(found[1]) * 1024
}

export function readResidentBytes(pid: number): number {
  return parseResident(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

/** The statistics that dnsperf prints at its end. Throws if they are not there, as after a usage error. */
export function parseDnsperf(text: string): DnsperfReport {
  const number = (pattern: RegExp): number => {
    const found = pattern.exec(text)
    if (found === null) throw new Error(`dnsperf's report has no ${pattern.source}:\n${text.slice(-reportTailChars)}`)
    return Number(found[1])
  }
  const rcodes = /Response codes: +(.*)/.exec(text)?.[1] ?? ''
  return {
    sent: number(/Queries sent: +(\d+)/),
    completed: number(/Queries completed: +(\d+)/),
    lost: number(/Queries lost: +(\d+)/),
    perSecond: number(/Queries per second: +([\d.]+)/),
    runMs: number(/Run time \(s\): +([\d.]+)/) * 1000,
    meanMs: number(/Average Latency \(s\): +([\d.]+)/) * 1000,
    minMs: number(/Average Latency \(s\): .*min ([\d.]+)/) * 1000,
    maxMs: number(/Average Latency \(s\): .*max ([\d.]+)/) * 1000,
    rcodes: Object.fromEntries([...rcodes.matchAll(/(\w+) (\d+) \(/g)].map(([, name, count]) => [name, Number(count)])),
  }
}

const reportTailChars = 500
/** What dnsperf may need beyond its run and its timeout, to start and to report. */
const dnsperfGraceMs = 5000

/** Runs dnsperf against a server on loopback; ends it if it outstays its time. */
export function runDnsperf(options: DnsperfOptions): Promise<DnsperfReport> {
  if (!/^(?:127\.\d+\.\d+\.\d+|::1)$/.test(options.host)) throw new Error(`not a loopback address: ${options.host}`)
  const timeoutSeconds = options.timeoutSeconds ?? 2
  const flags: readonly (readonly [flag: string, value: string | number | undefined])[] = [
    ['-s', options.host],
    ['-p', options.port],
    ['-d', options.queryFile],
    ['-l', options.runSeconds],
    ['-t', timeoutSeconds],
    ['-m', options.via],
    ['-c', options.clients],
    ['-T', options.threads],
    ['-q', options.outstandingMax],
    ['-Q', options.perSecondMax],
  ]
  const args = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]))
  const child = spawn('dnsperf', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const limitMs = (options.runSeconds + timeoutSeconds) * 1000 + dnsperfGraceMs
  const overdue = setTimeout(() => child.kill('SIGKILL'), limitMs)
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  return new Promise<DnsperfReport>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => {
      try {
        resolve(parseRun(output))
      } catch (error) {
        reject(error)
      }
    })
  }).finally(() => clearTimeout(overdue))
}

/** dnsperf given an empty list of queries ends well, having measured nothing. */
function parseRun(output: string): DnsperfReport {
  const report = parseDnsperf(output)
  if (report.sent === 0) throw new Error(`dnsperf sent nothing:\n${output.slice(-reportTailChars)}`)
  return report
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
