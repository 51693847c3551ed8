/** What a service manager is told, and when it is told that the server lives. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attend, createSupervisor, unsupervised } from '../../../src/shell/supervisor.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function listen(watchdogMs: number | null = null) {
  const said: string[] = []
  return { said, supervisor: attend(lines => void said.push(lines.join(' ')), watchdogMs) }
}

describe('the watchdog', () => {
  /** A server whose parts stand still when told. */
  const setStage = (watchdogMs: number | null) => {
    const { said, supervisor } = listen(watchdogMs)
    const server = { works: true, silent: [] as number[] }
    let beats = 0
    const control = setInterval(() => {
      if (server.works) beats++
    }, 50)
    const stop = supervisor.watch({ beats: () => beats, silent: () => server.silent })
    return { server, said, stop: () => [stop(), clearInterval(control)] }
  }
  const signsWithin = (ms: number, said: string[]): number => {
    said.length = 0
    vi.advanceTimersByTime(ms)
    return said.filter(line => line === 'WATCHDOG=1').length
  }

  it('is fed three times in its time while all is well, and at once', () => {
    const { said, stop } = setStage(3000)
    expect(said).toEqual(['WATCHDOG=1'])
    expect(signsWithin(9000, said)).toBe(9)
    stop()
    expect(signsWithin(9000, said)).toBe(0)
  })

  it('is not fed while control does not beat, though timers run', () => {
    const { server, said, stop } = setStage(3000)
    expect(signsWithin(3000, said)).toBe(3)
    server.works = false
    // The beats since the last sign still count.
    expect(signsWithin(30_000, said)).toBeLessThanOrEqual(1)
    server.works = true
    expect(signsWithin(3000, said)).toBe(3)
    stop()
  })

  it('is not fed while an answering thread is silent', () => {
    const { server, said, stop } = setStage(3000)
    server.silent = [1]
    expect(signsWithin(30_000, said)).toBe(0)
    server.silent = []
    expect(signsWithin(3000, said)).toBe(3)
    stop()
  })

  it('is left alone where the manager does not watch', () => {
    const { said, stop } = setStage(null)
    expect(signsWithin(30_000, said)).toBe(0)
    stop()
  })
})

describe('a manager', () => {
  it('hears what becomes of the server', () => {
    const { said, supervisor } = listen()
    supervisor.record({ kind: 'installed', generation: 3, zones: 2, rrsets: 9, checks: 4, tookMs: 1 })
    supervisor.record({ kind: 'ready', firstRoundMs: 5, worstRemovalMs: 13_000 })
    const problem = {
      code: 'bad-ttl' as const,
      severity: 'error' as const,
      span: { file: 'zones/a.test.yaml', line: 7, column: 3, endColumn: 4 },
      text: 'x',
      hint: null,
    }
    supervisor.record({ kind: 'refused', generation: 3, problems: [problem] })
    supervisor.record({ kind: 'check-mended', protocol: 'ICMP' })
    supervisor.record({ kind: 'stopping', signal: 'SIGTERM' })
    expect(said[0]).toMatch(/^STATUS=.*generation 3/)
    expect(said[1]).toBe('READY=1')
    expect(said[2]).toMatch(/^STATUS=.*generation 3.*zones\/a\.test\.yaml:7:3/)
    expect(said[3]).toMatch(/^STOPPING=1 STATUS=/)
    expect(said).toHaveLength(4)
  })

  it('hears of a reload before it begins, and after it ended whatever came of it', async () => {
    const { said, supervisor } = listen()
    const during: string[][] = []
    await supervisor.reloading(async () => void during.push([...said]))
    await expect(supervisor.reloading(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(during[0]).toEqual([expect.stringMatching(/^RELOADING=1 MONOTONIC_USEC=[0-9]+$/)])
    expect(said.map(line => line.split(' ')[0])).toEqual(['RELOADING=1', 'READY=1', 'RELOADING=1', 'READY=1'])
  })

  it('need not be there', async () => {
    const supervisor = await createSupervisor(unsupervised)
    let done = false
    await supervisor.reloading(async () => {
      done = true
    })
    supervisor.record({ kind: 'stopping', signal: 'SIGTERM' })
    supervisor.watch({ beats: () => 0, silent: () => [] })()
    expect(done).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})
