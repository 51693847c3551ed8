/** EXEC with real programs: what they are told, what their ends mean, and that nothing of them is left. */
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint, ExecCheck, Outcome } from '../../src/core/health/types.ts'
import { createClock } from '../../src/edge/clock.ts'
import { commandFor } from '../../src/edge/probe/exec/command.ts'
import { saidOctetsMax, startGroup } from '../../src/edge/probe/exec/group.ts'
import { createExecProber, type ExecProber } from '../../src/edge/probe/exec/prober.ts'
import { createSlots } from '../../src/edge/probe/exec/slots.ts'
import { detailCharactersMax } from '../../src/edge/probe/outcome.ts'
import { mayIsolate, runScript } from './probe-namespace.ts'
import { execCheck } from './probe-specs.ts'
import { verdictOf } from './probe-targets.ts'

const host: Endpoint = { address: '2001:db8::7', port: 5432 }
const never = new AbortController().signal
const shell = (script: string, ...args: readonly string[]): ExecCheck =>
  execCheck({ command: ['/bin/sh', '-c', script, 'sh', ...args] })

let prober: ExecProber
let folder: string

beforeEach(async () => {
  prober = createExecProber({ clock: createClock(), inFlightMax: 4 })
  folder = await mkdtemp(join(tmpdir(), 'robin-exec-'))
})

afterEach(async () => {
  prober.close()
  await rm(folder, { recursive: true })
})

const run = (spec: ExecCheck, endpoint = host): Promise<Outcome> => prober.probe(endpoint, spec, never)

/** True while the process is there and not a zombie. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    // No such process any more.
    return false
  }
}

/** Turns of the event loop until that holds; the test's own time limit ends a wait in vain. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve))
}

/** The process ids that a script wrote to the file, once it has written `count`. */
async function pidsIn(file: string, count: number): Promise<readonly number[]> {
  let pids: readonly number[] = []
  await until(() => {
    try {
      pids = readFileSync(file, 'utf8')
        .split('\n')
        .filter(line => line !== '')
        .map(Number)
    } catch {
      // Not written yet.
      pids = []
    }
    return pids.length >= count
  })
  return pids
}

describe('how a program ends', () => {
  it.each([
    [['/bin/true'], 'pass ok', null],
    [['true'], 'pass ok', null],
    [['/bin/false'], 'fail exit', 'status 1'],
    [['/bin/sh', '-c', 'exit 17'], 'fail exit', 'status 17'],
    [['/bin/sh', '-c', 'echo " all well "; echo more'], 'pass ok', 'all well'],
    [['/bin/sh', '-c', 'echo out; echo >&2; echo why >&2; exit 2'], 'fail exit', 'status 2: why'],
    [['/bin/sh', '-c', 'kill -SEGV $$'], 'inconclusive signal', 'ended by SIGSEGV'],
    [['/no/such/program'], 'inconclusive no-prober', 'there is no program /no/such/program'],
    [['no-such-program-anywhere'], 'inconclusive no-prober', 'there is no program no-such-program-anywhere'],
    [['/etc/passwd'], 'inconclusive no-permission', '/etc/passwd may not be executed'],
    [['/etc'], 'inconclusive no-permission', '/etc may not be executed'],
  ] as const)('%o: %s', async (command, verdict, detail) => {
    const outcome = await run(execCheck({ command }))
    expect(verdictOf(outcome)).toBe(verdict)
    expect(outcome.detail?.slice(0, detail?.length) ?? null).toBe(detail)
  })

  it('a script whose interpreter is missing is inconclusive', async () => {
    const file = join(folder, 'lost')
    await writeFile(file, '#!/no/such/interpreter\n')
    await chmod(file, 0o755)
    expect(verdictOf(await run(execCheck({ command: [file] })))).toBe('inconclusive no-prober')
  })

  it('takes as long as it says', async () => {
    const outcome = await run(shell('exit 0'))
    expect(outcome.latencyMs).toBeGreaterThan(0)
  })
})

describe('what a program is told', () => {
  it('each placeholder, in every word, and nothing a shell would make of it', async () => {
    const words = ['{address}', '[{address}]:{port}', '$(touch x)', '{other} *', '{source}']
    const script = 'for word; do printf "%s|" "$word"; done'
    const outcome = await run({ ...shell(script, ...words), source: '2001:db8::1' })
    expect(outcome.detail).toBe('2001:db8::7|[2001:db8::7]:5432|$(touch x)|{other} *|2001:db8::1|')
  })

  it('an environment of five, an empty standard input, the root folder, a session of its own', async () => {
    process.env['ROBIN_TEST_SECRET'] = 'x'
    const outcome = await run(shell('env | sort | tr "\\n" " "; read -r line; echo "$? $(pwd)"'))
    delete process.env['ROBIN_TEST_SECRET']
    expect(outcome.detail?.replace(/ (PWD|OLDPWD|SHLVL|_)=\S+/g, '')).toBe(
      'LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ' +
        'ROBIN_ADDRESS=2001:db8::7 ROBIN_CHECK=test ROBIN_PORT=5432 1 /',
    )
  })

  it('no port where the check has none', async () => {
    const outcome = await run(shell('echo "$(env | grep -c ROBIN_PORT) $1"', '{address}'), {
      address: '192.0.2.1',
      port: null,
    })
    expect(outcome.detail).toBe('0 192.0.2.1')
  })

  it('of what it says a line is kept, printable and bounded, and it never blocks', async () => {
    const loud = await run(shell('yes "$(printf "a\\033[31m")" | head -c 1000000; exit 1'))
    expect(verdictOf(loud)).toBe('fail exit')
    expect(loud.detail).toBe('status 1: a\\x1b[31m')
    const long = await run(shell(`head -c ${saidOctetsMax * 4} /dev/zero | tr "\\0" x; exit 1`))
    expect(long.detail?.length).toBe(detailCharactersMax)
  })
})

describe('the deadline', () => {
  it.each([
    ['timeout', 'fail timeout'],
    ['stopping', 'inconclusive no-prober'],
  ])('kills the whole group, whatever it ignores (%s)', async (reason, verdict) => {
    const file = join(folder, 'pids')
    const script = `trap "" TERM INT HUP; (trap "" TERM; echo $$ >> ${file}; sh -c 'echo $$ >> ${file}; sleep 600' & wait) & echo hello; wait`
    const deadline = new AbortController()
    const outcome = prober.probe(host, shell(script), deadline.signal)
    const pids = await pidsIn(file, 2)
    expect(pids.every(lives)).toBe(true)
    deadline.abort(reason)
    let turned = false
    setImmediate(() => {
      turned = true
    })
    expect(verdictOf(await outcome)).toBe(verdict)
    expect(turned).toBe(false)
    await until(() => !pids.some(lives))
  })

  it('finds at hand what the program said so far', async () => {
    let over = false
    const silent = (): void => {
      over = true
    }
    const command = commandFor(host, shell('echo connecting; exec sleep 600'))
    const group = startGroup(command, { failed: silent, ended: () => {}, silent })
    await until(() => group?.firstLine() === 'connecting')
    expect(group?.ending()).toBeNull()
    group?.kill()
    await until(() => over)
    expect(group?.ending()).toEqual({ status: null, signal: 'SIGKILL' })
  })

  it('is not needed for what a program left behind in its group', async () => {
    const file = join(folder, 'pids')
    const leaves = `sh -c 'echo $$ > ${file}; exec sleep 600' & while [ ! -s ${file} ]; do :; done; exit 3`
    expect(verdictOf(await run(shell(leaves)))).toBe('fail exit')
    const [left] = await pidsIn(file, 1)
    await until(() => !lives(left!))
  })

  it('does not overrule an end that came before it, although what escaped the group holds the pipe', async () => {
    const file = join(folder, 'pids')
    const escapes = `setsid sh -c 'echo $$ >> ${file}; exec sleep 600' & while [ ! -s ${file} ]; do :; done`
    const deadline = new AbortController()
    const outcome = prober.probe(host, shell(`${escapes}; echo $$ >> ${file}; exit 3`), deadline.signal)
    const [escaped, leader] = await pidsIn(file, 2)
    try {
      await until(() => !lives(leader!))
      await new Promise(resolve => setImmediate(resolve))
      deadline.abort('timeout')
      expect(verdictOf(await outcome)).toBe('fail exit')
    } finally {
      process.kill(escaped!, 'SIGKILL')
    }
  })

  it('ends also what close finds running', async () => {
    const file = join(folder, 'pids')
    const outcome = run(shell(`echo $$ > ${file}; exec sleep 600`))
    const [pid] = await pidsIn(file, 1)
    prober.close()
    expect(verdictOf(await outcome)).toBe('inconclusive signal')
    await until(() => !lives(pid!))
    expect(verdictOf(await run(shell('exit 0')))).toBe('inconclusive no-prober')
  })
})

describe('many at once', () => {
  it('wait for a slot, which no deadline holds against the endpoint', async () => {
    const file = join(folder, 'pids')
    const begun = Array.from({ length: 6 }, () => {
      const deadline = new AbortController()
      return { deadline, outcome: prober.probe(host, shell(`echo $$ >> ${file}; exec sleep 600`), deadline.signal) }
    })
    const end = async (at: number, reason: string): Promise<string> => {
      begun[at]!.deadline.abort(reason)
      return verdictOf(await begun[at]!.outcome)
    }
    await pidsIn(file, 4)
    expect(await end(4, 'timeout')).toBe('inconclusive late')
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(4)
    expect(await end(0, 'timeout')).toBe('fail timeout')
    await pidsIn(file, 5)
    expect(await end(5, 'timeout')).toBe('inconclusive late')
    for (const at of [1, 2, 3]) expect(await end(at, 'stopping')).toBe('inconclusive no-prober')
    const pids = await pidsIn(file, 5)
    await until(() => !pids.some(lives))
  })

  it('all get their turn, and leave neither a descriptor nor a slot behind', async () => {
    await run(execCheck())
    const before = readdirSync('/proc/self/fd').length
    const programs = ['/bin/true', '/bin/false', '/no/such/program']
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, i) => run(execCheck({ command: [programs[i % programs.length]!] }))),
    )
    const verdicts = ['pass ok', 'fail exit', 'inconclusive no-prober']
    expect(outcomes.map(verdictOf)).toEqual(outcomes.map((_, i) => verdicts[i % verdicts.length]))
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before)
    const deadlines = Array.from({ length: 4 }, () => new AbortController())
    const last = deadlines.map(({ signal }) => prober.probe(host, shell('exec sleep 600'), signal))
    for (const deadline of deadlines) deadline.abort('timeout')
    for (const outcome of await Promise.all(last)) expect(verdictOf(outcome)).toBe('fail timeout')
  })

  it('that nobody has room for wait in a line of bounded length', () => {
    const slots = createSlots(1, 2)
    const served: string[] = []
    expect([slots.take(), slots.take()]).toEqual([true, false])
    expect(slots.wait(() => served.push('a'))).not.toBeNull()
    const leave = slots.wait(() => served.push('b'))
    expect(slots.wait(() => served.push('c'))).toBeNull()
    leave?.()
    expect(slots.wait(() => served.push('d'))).not.toBeNull()
    for (let i = 0; i < 3; i++) slots.give()
    expect(served).toEqual(['a', 'd'])
    expect(slots.taken()).toBe(0)
  })
})

it('a zombie is never left, even where every orphan becomes ours', async () => {
  if (!mayIsolate()) return
  const { status, said } = await runScript('probe-orphans.ts', 'unshare', ['-p', '-f', '--mount-proc'])
  expect(status).toBe(0)
  expect(JSON.parse(said)).toEqual({ pid: 1, outcomes: ['fail timeout', 'pass ok'], begun: 3, left: 0 })
})
