/** The life of `robin serve` as signals see it, around a server that is only a promise. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Running, runServe } from '../../../src/cli/serve.ts'
import type { ServeSettings } from '../../../src/shell/settings.ts'
import { createTerminal } from './terminal.ts'

interface Stand {
  readonly calls: string[]
  readonly running: Running
  end(code: number): void
}

function createStand(): Stand {
  const calls: string[] = []
  let end: (code: number) => void = () => undefined
  const stopped = new Promise<number>(resolve => {
    end = resolve
  })
  const running: Running = {
    listening: [],
    stopped,
    stop: signal => void calls.push(`stop ${signal}`),
    reload: async () => void calls.push('reload'),
  }
  return { calls, running, end: code => end(code) }
}

/** Lets everything that waits for a settled promise go on. */
const settle = () => new Promise(resolve => setImmediate(resolve))

describe('robin serve', () => {
  it('stops on the first signal and gives the exit code of the server', async () => {
    const terminal = createTerminal()
    const { running, calls, end } = createStand()
    const code = runServe({}, terminal, async () => running)
    await settle()
    terminal.send('SIGHUP')
    terminal.send('SIGTERM')
    expect(calls).toEqual(['reload', 'stop SIGTERM'])
    expect(terminal.quits).toEqual([])
    end(0)
    expect(await code).toBe(0)
    terminal.send('SIGTERM')
    expect(terminal.heard()).toContain('SIGTERM')
    expect(terminal.quits).toEqual([])
  })

  it.each([
    ['another one', 'SIGTERM', 0, [1]],
    ['the same one a second later', 'SIGINT', 1000, [1]],
    ['an echo of the same one, as npm makes it, and stops in order', 'SIGINT', 20, []],
  ] as const)('after the first signal, %s: quits %j', async (_, second, elapsedMs, quits) => {
    const terminal = createTerminal()
    const { running, calls, end } = createStand()
    const code = runServe({}, terminal, async () => running)
    await settle()
    terminal.send('SIGINT')
    terminal.elapse(elapsedMs)
    terminal.send(second)
    expect(calls).toEqual(['stop SIGINT'])
    expect(terminal.quits).toEqual(quits)
    end(0)
    expect(await code).toBe(0)
  })

  it('quits cleanly before it serves, and keeps a reload for later', async () => {
    const terminal = createTerminal()
    const { running, calls, end } = createStand()
    let ready: (running: Running) => void = () => undefined
    const starting = new Promise<Running>(resolve => {
      ready = resolve
    })
    const code = runServe({}, terminal, () => starting)
    await settle()
    terminal.send('SIGHUP')
    terminal.send('SIGTERM')
    expect(terminal.quits).toEqual([0])
    expect(calls).toEqual([])
    ready(running)
    await settle()
    expect(calls).toEqual(['reload'])
    end(0)
    await code
  })

  it('says in one line why it could not start, and exits 1', async () => {
    const terminal = createTerminal()
    const refusal = Object.assign(new Error('cannot listen on 127.0.0.1:53'), { name: 'StartError' })
    expect(await runServe({}, terminal, () => Promise.reject(refusal))).toBe(1)
    expect(terminal.printed.err).toBe('cannot listen on 127.0.0.1:53\n')
    expect(terminal.heard()).toEqual([])
  })
})

describe('robin serve --config', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'robin-config-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const serveWith = async (text: string, flags = {}) => {
    const file = join(folder, 'robin.yaml')
    await writeFile(file, text)
    const terminal = createTerminal()
    const started: ServeSettings[] = []
    const { running, end } = createStand()
    end(0)
    const code = await runServe({ config: file, ...flags }, terminal, async settings => {
      started.push(settings)
      return running
    })
    return { code, started, err: terminal.printed.err, file }
  }

  it('starts with what the file says, flags winning', async () => {
    const { code, started } = await serveWith('workers: 3\nlisten: 127.0.0.1:0\n', { workers: '2' })
    expect(code).toBe(0)
    expect(started).toMatchObject([{ workers: 2, listen: [{ host: '127.0.0.1', port: 0 }] }])
  })

  it('does not start with a broken file and says where it is broken', async () => {
    const { code, started, err, file } = await serveWith('workers: 3\nsecundary: {}\n')
    expect(code).toBe(1)
    expect(started).toEqual([])
    expect(err).toContain(`${file}:2:1: unknown-key: `)
  })

  it('exits 1 if the file cannot be read', async () => {
    const terminal = createTerminal()
    expect(await runServe({ config: join(folder, 'absent.yaml') }, terminal, () => Promise.reject())).toBe(1)
    expect(terminal.printed.err).toContain('absent.yaml')
  })
})
