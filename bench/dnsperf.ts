/**
 * dnsperf run for a bounded time, with its report read back. Asked to, it tells how long each answer took; that goes
 * through a file, since a reader beside it would take the core that it needs.
 * Invariants: load goes to loopback and nowhere else; a run that outstays its time is ended.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Percentiles, summarize } from './support.ts'

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

/** With the time of each answer; answers that never came have none. */
export interface TimedReport {
  readonly report: DnsperfReport
  readonly times: Percentiles
}

/** What dnsperf may need beyond its run and its timeout, to start and to report. */
const dnsperfGraceMs = 5000
const reportTailChars = 500
const secondsInMs = 1000

/** Runs dnsperf against a server on loopback; ends it if it outstays its time. */
export function runDnsperf(options: DnsperfOptions): Promise<DnsperfReport> {
  checkLoopback(options.host)
  const child = spawn('dnsperf', flagsOf(options), { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  return within(child, options).then(() => parseRun(output))
}

/** The same, and how long each answer took. */
export async function runTimedDnsperf(options: DnsperfOptions): Promise<TimedReport> {
  checkLoopback(options.host)
  const folder = await mkdtemp(join(tmpdir(), 'robin-dnsperf-'))
  try {
    const file = join(folder, 'output')
    const output = await open(file, 'w')
    const stdio = ['ignore', output.fd, output.fd] as const
    await within(spawn('dnsperf', ['-v', ...flagsOf(options)], { stdio: [...stdio] }), options)
    await output.close()
    return await readTimed(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Each answer is a line `> NOERROR www.example.com A 0.000123`; the report is all the others. */
async function readTimed(file: string): Promise<TimedReport> {
  const times: number[] = []
  let rest = ''
  const handle = await open(file)
  for await (const line of handle.readLines()) {
    if (line.startsWith('> ')) times.push(Number(line.slice(line.lastIndexOf(' ') + 1)) * secondsInMs)
    else rest += `${line}\n`
  }
  return { report: parseRun(rest), times: summarize(Float64Array.from(times.filter(Number.isFinite))) }
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
    runMs: number(/Run time \(s\): +([\d.]+)/) * secondsInMs,
    meanMs: number(/Average Latency \(s\): +([\d.]+)/) * secondsInMs,
    minMs: number(/Average Latency \(s\): .*min ([\d.]+)/) * secondsInMs,
    maxMs: number(/Average Latency \(s\): .*max ([\d.]+)/) * secondsInMs,
    rcodes: Object.fromEntries([...rcodes.matchAll(/(\w+) (\d+) \(/g)].map(([, name, count]) => [name, Number(count)])),
  }
}

/** dnsperf given an empty list of queries ends well, having measured nothing. */
function parseRun(output: string): DnsperfReport {
  const report = parseDnsperf(output)
  if (report.sent === 0) throw new Error(`dnsperf sent nothing:\n${output.slice(-reportTailChars)}`)
  return report
}

function checkLoopback(host: string): void {
  if (!/^(?:127\.\d+\.\d+\.\d+|::1)$/.test(host)) throw new Error(`not a loopback address: ${host}`)
}

const timeoutSecondsDefault = 2

function flagsOf(options: DnsperfOptions): readonly string[] {
  const flags: readonly (readonly [flag: string, value: string | number | undefined])[] = [
    ['-s', options.host],
    ['-p', options.port],
    ['-d', options.queryFile],
    ['-l', options.runSeconds],
    ['-t', options.timeoutSeconds ?? timeoutSecondsDefault],
    ['-m', options.via],
    ['-c', options.clients],
    ['-T', options.threads],
    ['-q', options.outstandingMax],
    ['-Q', options.perSecondMax],
  ]
  return flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]))
}

/** Resolves when the program has ended and its output is complete. */
function within(child: ChildProcess, { runSeconds, timeoutSeconds }: DnsperfOptions): Promise<void> {
  const limitMs = (runSeconds + (timeoutSeconds ?? timeoutSecondsDefault)) * secondsInMs + dnsperfGraceMs
  const overdue = setTimeout(() => child.kill('SIGKILL'), limitMs)
  return new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve())
  }).finally(() => clearTimeout(overdue))
}
