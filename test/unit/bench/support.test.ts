/**
 * The benchmarks' readers, on text recorded from the real programs, and their handling of children, on real ones.
 */
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseDnsperf, runDnsperf, runTimedDnsperf } from '../../../bench/dnsperf.ts'
import {
  countDescriptors,
  countSwitches,
  cpuBetween,
  median,
  parseBusy,
  parseEnded,
  parseResident,
  parseSwitches,
  parseThreadStat,
  readResidentBytes,
  readThreads,
  startChild,
  summarize,
} from '../../../bench/support.ts'
import { needs } from '../../live/program.ts'

const statLine =
  '15216 (answer) 1) S 15205 15205 3364 0 -1 4194624 3058 0 0 0 122 7 0 0 20 0 8 0 206362 2060431360 18131 18446744073709551615'

const report = `DNS Performance Testing Tool
Version 2.10.0

[Status] Sending queries (to 127.0.0.1:36521)
[Timeout] Query timed out: msg id 499
[Status] Testing complete (time limit)

Statistics:

  Queries sent:         7226
  Queries completed:    7212 (99.81%)
  Queries lost:         14 (0.19%)

  Response codes:       NOERROR 6182 (85.72%), NXDOMAIN 1030 (14.28%)
  Average packet size:  request 31, response 31
  Run time (s):         2.000387
  Queries per second:   3605.302374

  Average Latency (s):  0.000100 (min 0.000006, max 0.003966)
  Latency StdDev (s):   0.000264
`

const nothingAnswered = `Statistics:

  Queries sent:         100
  Queries completed:    0 (0.00%)
  Queries lost:         100 (100.00%)

  Response codes:${'       '}
  Average packet size:  request 31, response 0
  Run time (s):         1.000321
  Queries per second:   0.000000

  Average Latency (s):  0.000000 (min 0.000000, max 0.000000)
`

describe('processor time', () => {
  it('is read from a stat line whose name holds spaces and parentheses', () => {
    expect(parseThreadStat(statLine)).toEqual({ tid: 15216, name: 'answer) 1', userMs: 1220, systemMs: 70 })
  })

  it('is refused from other text', () => {
    expect(() => parseThreadStat('cpu  1 2 3')).toThrow()
    expect(() => parseThreadStat('12 (node) S 1')).toThrow()
  })

  it('of children that have ended is read from the same line', () => {
    const withChildren = statLine.replace(' 122 7 0 0 ', ' 122 7 30 5 ')
    expect(parseEnded(statLine)).toBe(0)
    expect(parseEnded(withChildren)).toBe(350)
  })

  it('of all cores leaves out what was idle, waiting or taken by another machine', () => {
    expect(parseBusy('cpu  1 2 4 1000 2000 8 16 4000 0 0\ncpu0 9 9 9 9 9 9 9 9 0 0\n')).toBe(310)
    expect(() => parseBusy('intr 1 2 3\n')).toThrow()
  })

  it('is counted since an earlier reading, from the beginning for a new thread', () => {
    const before = [{ tid: 1, name: 'main', userMs: 100, systemMs: 40 }]
    const after = [
      { tid: 1, name: 'main', userMs: 130, systemMs: 40 },
      { tid: 2, name: 'new', userMs: 20, systemMs: 10 },
    ]
    expect(cpuBetween(before, after)).toEqual([
      { tid: 1, name: 'main', userMs: 30, systemMs: 0 },
      { tid: 2, name: 'new', userMs: 20, systemMs: 10 },
    ])
  })

  it('is there for the threads of a live process, by name', async () => {
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true, name: 'spinner' })
    await new Promise(resolve => worker.once('online', resolve))
    const threads = readThreads(process.pid)
    await worker.terminate()
    expect(threads.map(thread => thread.name)).toContain('spinner')
    expect(Math.max(...threads.map(thread => thread.userMs))).toBeGreaterThan(0)
  })
})

describe('context switches', () => {
  it('are those that a thread chose and those that it did not', () => {
    expect(parseSwitches('voluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n')).toBe(695)
    expect(() => parseSwitches('Name:\tnode\n')).toThrow()
    expect(countSwitches(readThreads(process.pid))).toBeGreaterThan(0)
  })
})

describe('resident memory', () => {
  it('is read in octets', () => {
    expect(parseResident('VmHWM:\t    9000 kB\nVmRSS:\t    1756 kB\nRssAnon:\t     116 kB\n')).toBe(1756 * 1024)
    expect(readResidentBytes(process.pid)).toBeGreaterThan(10 * 1024 * 1024)
  })

  it('is refused where there is none, as for a kernel thread', () => {
    expect(() => parseResident('Name:\tkthreadd\n')).toThrow()
  })
})

describe('dnsperf', () => {
  it('has its report read', () => {
    expect(parseDnsperf(report)).toEqual({
      sent: 7226,
      completed: 7212,
      lost: 14,
      perSecond: 3605.302374,
      runMs: 2000.387,
      meanMs: expect.closeTo(0.1, 6),
      minMs: expect.closeTo(0.006, 6),
      maxMs: expect.closeTo(3.966, 6),
      rcodes: { NOERROR: 6182, NXDOMAIN: 1030 },
    })
  })

  it('has its report read when nothing was answered', () => {
    expect(parseDnsperf(nothingAnswered)).toMatchObject({ completed: 0, lost: 100, perSecond: 0, rcodes: {} })
  })

  it('that did not run has no report', () => {
    expect(() => parseDnsperf('Error: unable to open file: none')).toThrow()
  })

  it('is never let loose on another machine', () => {
    const options = { port: 53, queryFile: 'none', runSeconds: 1 }
    expect(() => runDnsperf({ ...options, host: '192.0.2.1' })).toThrow()
    expect(() => runDnsperf({ ...options, host: 'localhost' })).toThrow()
  })

  it.runIf(needs('dnsperf'))('runs for the time given and counts what came back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'robin-bench-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const queryFile = join(folder, 'queries')
    writeFileSync(queryFile, 'www.demo.test A\n')
    const socket = createSocket('udp4')
    onTestFinished(() => new Promise<void>(resolve => socket.close(() => resolve())))
    socket.on('message', (message, from) => {
      message[2] = message[2]! | 0x80
      socket.send(message, from.port, from.address)
    })
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
    const { port } = socket.address()
    const found = await runDnsperf({ host: '127.0.0.1', port, queryFile, runSeconds: 1, perSecondMax: 200 })
    const noQueries = { host: '127.0.0.1', port, queryFile: folder, runSeconds: 1 }
    await expect(runDnsperf(noQueries)).rejects.toThrow('sent nothing')
    await expect(runDnsperf({ ...noQueries, queryFile: join(folder, 'none') })).rejects.toThrow('unable to open')
    expect(found.completed).toBeGreaterThan(0)
    expect(found.completed + found.lost).toBe(found.sent)
    expect(found.rcodes).toEqual({ NOERROR: found.completed })
    const { report, times } = await runTimedDnsperf({
      host: '127.0.0.1',
      port,
      queryFile,
      runSeconds: 1,
      perSecondMax: 200,
    })
    expect(report.completed).toBeGreaterThan(0)
    expect(times.p50Ms).toBeGreaterThan(0)
    expect(times.maxMs).toBeCloseTo(report.maxMs, 3)
    expect(times.p50Ms).toBeLessThanOrEqual(times.p999Ms)
  })
})

describe('a child', () => {
  const isReady = (line: string) => line === 'ready'
  const node = (code: string, readyMs = 10_000) => startChild(process.execPath, ['-e', code], { isReady, readyMs })
  const stay = 'setInterval(() => {}, 1000)'

  it('is awaited until it is ready, and ends when told', async () => {
    const child = await node(`process.on('SIGTERM', () => process.exit(7)); console.log('a\\nready'); ${stay}`)
    expect(child.lines()).toEqual(['a', 'ready'])
    expect(readThreads(child.pid).length).toBeGreaterThan(1)
    expect(await child.stop(10_000)).toBe(7)
  })

  it('is killed when it does not end', async () => {
    const child = await node(`process.on('SIGTERM', () => {}); console.log('ready'); ${stay}`)
    expect(await child.stop(50)).toBeNull()
  })

  it('that ends early, is never ready or cannot be started is an error with its output', async () => {
    await expect(node("console.error('no such zone'); process.exit(1)")).rejects.toThrow('no such zone')
    await expect(node(stay, 200)).rejects.toThrow('did not become ready')
    await expect(startChild('no-such-program-anywhere', [], { isReady, readyMs: 1000 })).rejects.toThrow('ENOENT')
  })
})

it('descriptors are counted', async () => {
  const before = countDescriptors(process.pid)
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  expect(countDescriptors(process.pid)).toBeGreaterThan(before)
  await new Promise<void>(resolve => socket.close(resolve))
})

it('percentiles are times that a share of all stays below', () => {
  const times = Float64Array.from({ length: 1000 }, (_, i) => 1000 - i)
  expect(summarize(times)).toEqual({ p50Ms: 501, p99Ms: 991, p999Ms: 1000, maxMs: 1000 })
  expect(summarize(new Float64Array(0)).maxMs).toBeNaN()
})

it('median is the middle, or the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 10, 2])).toBe(3)
  expect(() => median([])).toThrow()
})
