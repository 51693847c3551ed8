/** The demo's web servers, their ways to fail, and the words that make them. */
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runDemo } from '../../../src/cli/demo.ts'
import { runDemoAsk } from '../../../src/cli/demo-ask.ts'
import { UsageFault } from '../../../src/cli/io.ts'
import { renderBanner } from '../../../src/cli/render-demo.ts'
import type { Running } from '../../../src/cli/serve.ts'
import type { SocketAddress } from '../../../src/core/ports.ts'
import { type Backend, createBackend } from '../../../src/edge/demo/backend.ts'
import { createDemo, type Demo, isDemoFault } from '../../../src/edge/demo/demo.ts'
import { openListener } from '../../../src/edge/demo/listener.ts'
import { createTerminal } from './terminal.ts'

interface Reply {
  readonly status: number
  readonly body: string
}

/** What one request gets: status and body, or the code of the error. */
function ask(
  { host, port }: SocketAddress,
  path: string,
  options: { method?: string; headers?: Record<string, string>; patienceMs?: number } = {},
): Promise<Reply | string> {
  const { method = 'GET', headers = {}, patienceMs = 5000 } = options
  return new Promise(resolve => {
    const asked = request({ host, port, path, method, headers, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    const impatience = setTimeout(() => asked.destroy(Object.assign(new Error('late'), { code: 'LATE' })), patienceMs)
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    asked.on('close', () => clearTimeout(impatience))
    asked.end()
  })
}

describe('a backend', () => {
  let backend: Backend
  beforeEach(async () => {
    backend = await createBackend(2, { host: '127.0.0.12', port: 0 }, { slowMs: 60_000 })
  })
  afterEach(() => backend.close())

  it('says who it is', async () => {
    expect(await ask(backend.state(), '/healthz')).toEqual({ status: 200, body: 'UP 2\n' })
    expect(await ask(backend.state(), '/')).toMatchObject({ status: 200, body: expect.stringContaining('127.0.0.12') })
    expect(await ask(backend.state(), '/other')).toMatchObject({ status: 404 })
    expect(await ask(backend.state(), '/', { method: 'POST' })).toMatchObject({ status: 405 })
    expect(backend.state()).toMatchObject({ number: 2, ailment: null, requests: 4 })
  })

  it('refuses connections, and listens on the same port when healed', async () => {
    const { port } = backend.state()
    await backend.fail('refuse')
    expect(await ask(backend.state(), '/healthz')).toBe('ECONNREFUSED')
    await backend.heal()
    expect(backend.state()).toMatchObject({ port, ailment: null })
    expect(await ask(backend.state(), '/healthz')).toMatchObject({ status: 200 })
  })

  it('ends connections that are open when it begins to refuse', async () => {
    const socket = connect(backend.state())
    await new Promise(resolve => socket.once('connect', resolve))
    const ended = new Promise(resolve => socket.on('error', () => undefined).once('close', resolve))
    await backend.fail('refuse')
    await ended
  })

  it('answers 503', async () => {
    await backend.fail('status')
    expect(await ask(backend.state(), '/healthz')).toMatchObject({ status: 503 })
  })

  it.each(['hang', 'slow'] as const)('%s: accepts and does not answer in time', async how => {
    await backend.fail(how)
    expect(await ask(backend.state(), '/healthz', { patienceMs: 60 })).toBe('LATE')
    expect(backend.state().requests).toBe(1)
  })

  it('lets go of those who hang when it is healed', async () => {
    await backend.fail('hang')
    const hanging = ask(backend.state(), '/healthz')
    await expect.poll(() => backend.state().requests).toBe(1)
    await backend.heal()
    expect(await hanging).toBe('ECONNRESET')
  })

  it('takes changes one after the other', async () => {
    await Promise.all([backend.fail('refuse'), backend.heal(), backend.fail('refuse'), backend.fail('status')])
    expect(backend.state().ailment).toBe('status')
    expect(await ask(backend.state(), '/')).toMatchObject({ status: 503 })
  })

  it('stays failed if its port was taken meanwhile', async () => {
    await backend.fail('refuse')
    const squatter = await openListener(backend.state(), (_, response) => response.end())
    await expect(backend.heal()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(backend.state().ailment).toBe('refuse')
    await squatter.close()
    await backend.heal()
    expect(await ask(backend.state(), '/healthz')).toMatchObject({ status: 200 })
  })
})

const places = { control: '127.0.0.10', backends: ['127.0.0.11', '127.0.0.12'], port: 0 }

describe('the door', () => {
  let demo: Demo
  beforeEach(async () => {
    const made = await createDemo(places)
    if (isDemoFault(made)) throw made.error
    demo = made
  })
  afterEach(() => demo.close())

  const say = async (...what: Parameters<typeof runDemoAsk>) => {
    const terminal = createTerminal()
    const code = await runDemoAsk(what[0], { backendsPort: String(demo.control.port), ...what[1] }, terminal)
    return { code, ...terminal.printed }
  }
  const terminal = createTerminal()

  it('fails and heals a backend', async () => {
    const failed = await say({ kind: 'fail', number: '2', how: 'status' }, {}, terminal)
    expect(failed.code).toBe(0)
    expect(demo.states().map(state => state.ailment)).toEqual([null, 'status'])
    const healed = await say({ kind: 'heal', number: '2' }, {}, terminal)
    expect(healed.code).toBe(0)
    expect(demo.states().map(state => state.ailment)).toEqual([null, null])
  })

  it('shows all', async () => {
    const { code, out } = await say({ kind: 'show' }, { json: true }, terminal)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ backends: demo.states() })
  })

  it('exits 1 for a backend that is not there', async () => {
    expect((await say({ kind: 'heal', number: '3' }, {}, terminal)).code).toBe(1)
  })

  it.each([
    { kind: 'heal', number: 'two' } as const,
    { kind: 'heal', number: '0' } as const,
    { kind: 'fail', number: '1', how: 'gently' } as const,
  ])('%j is a usage error', async what => {
    await expect(runDemoAsk(what, {}, terminal)).rejects.toThrow(UsageFault)
  })

  it.each([
    ['a strange Host', { headers: { host: 'evil.example' } }, 403],
    ['a web page', { headers: { origin: 'http://evil.example' } }, 403],
    ['GET', { method: 'GET' }, 405],
  ])('is closed to %s', async (_, options, status) => {
    const reply = await ask(demo.control, '/backends/1/fail', { method: 'POST', ...options })
    expect(reply).toMatchObject({ status })
    expect(demo.states()[0]?.ailment).toBeNull()
  })

  it.each([
    ['/backends/1/fail?how=gently', 400],
    ['/backends/1/explode', 404],
    ['/', 404],
  ])('POST %s is %d', async (path, status) => {
    expect(await ask(demo.control, path, { method: 'POST' })).toMatchObject({ status })
  })

  it('exits 3 once the demo has ended', async () => {
    await demo.close()
    expect((await say({ kind: 'show' }, {}, terminal)).code).toBe(3)
  })
})

describe('robin demo', () => {
  const running: Running = {
    listening: [{ via: 'udp', host: '0.0.0.0', port: 5300 }],
    stopped: Promise.resolve(0),
    stop: () => undefined,
    reload: async () => undefined,
  }

  it('serves the zones that came with it, says what to try, and closes everything at the end', async () => {
    const terminal = createTerminal()
    const folders: string[] = []
    const code = await runDemo(
      {},
      terminal,
      async settings => {
        folders.push(settings.zonesFolder)
        return running
      },
      places,
    )
    expect(code).toBe(0)
    expect(folders).toEqual([expect.stringMatching(/[\\/]zones$/)])
    expect(terminal.printed.err).toContain('dig @127.0.0.1 -p 5300 www.demo.test')
    const [place] = /127\.0\.0\.11:\d+/.exec(terminal.printed.err) ?? ['']
    const port = Number(place.split(':')[1])
    expect(await ask({ host: '127.0.0.11', port }, '/')).toBe('ECONNREFUSED')
  })

  it('says in one line which address it cannot have, exits 1, and leaves nothing open', async () => {
    const taken = await openListener({ host: '127.0.0.10', port: 0 }, (_, response) => response.end())
    const terminal = createTerminal()
    const code = await runDemo(
      { backendsPort: String(taken.port) },
      terminal,
      () => Promise.reject(new Error('not to be started')),
      places,
    )
    await taken.close()
    expect(code).toBe(1)
    expect(terminal.printed.err).toContain(`127.0.0.10:${taken.port}`)
    expect(terminal.printed.err.trimEnd().split('\n')).toHaveLength(1)
    expect(await ask({ host: '127.0.0.11', port: taken.port }, '/')).toBe('ECONNREFUSED')
  })

  it('closes the web servers if the server cannot start', async () => {
    const terminal = createTerminal()
    const free = await openListener({ host: '127.0.0.10', port: 0 }, (_, response) => response.end())
    await free.close()
    const seen: unknown[] = []
    const refuse = async () => {
      seen.push(await ask({ host: '127.0.0.11', port: free.port }, '/healthz'))
      throw Object.assign(new Error('cannot listen'), { name: 'StartError' })
    }
    expect(await runDemo({ backendsPort: String(free.port) }, terminal, refuse, places)).toBe(1)
    expect(seen).toMatchObject([{ status: 200 }])
    expect(await ask({ host: '127.0.0.11', port: free.port }, '/healthz')).toBe('ECONNREFUSED')
  })

  it('names addresses and ports as they are', () => {
    const text = renderBanner(
      [],
      [
        { via: 'udp', host: '::', port: 53 },
        { via: 'admin', host: '127.0.0.9', port: 9 },
      ],
      { command: 'robin', port: 9000 },
    )
    expect(text).toContain('dig @::1 -p 53 ')
    expect(text).toContain('robin states --admin http://127.0.0.9:9')
    expect(text).toContain('robin demo fail 2 --backends-port 9000')
  })
})
