/** The way to a running server: each way in which it can fail has its own exit code. */
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { parseAdminUrl } from '../../../src/cli/admin-url.ts'
import { fetchJson } from '../../../src/cli/client.ts'
import { UsageFault } from '../../../src/cli/io.ts'
import { run } from '../../../src/cli/program.ts'
import { createTerminal } from './terminal.ts'
import { poolView, statusView, upMember } from './views.ts'

const open: Server[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(server => new Promise(resolve => server.close(resolve))))
})

async function listen(server: Server): Promise<string> {
  open.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answering = (answer: RequestListener) => listen(createHttpServer({ keepAlive: false }, answer))
const json = (value: unknown) => answering((_, response) => response.end(JSON.stringify(value)))

/** A port of loopback on which nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer()
  const url = await listen(server)
  open.pop()
  await new Promise(resolve => server.close(resolve))
  return url
}

describe('parseAdminUrl', () => {
  it.each(['127.0.0.1:5380', 'https://127.0.0.1', 'ftp://a/', '', 'http://'])('refuses %j', text => {
    expect(() => parseAdminUrl(text)).toThrow(UsageFault)
  })

  it('keeps a path in front of ours', () => {
    expect(new URL('api/v1/status', parseAdminUrl('http://h/robin')).href).toBe('http://h/robin/api/v1/status')
  })
})

describe('robin status', () => {
  it('prints the server’s own picture as JSON', async () => {
    const terminal = createTerminal()
    const view = statusView()
    expect(await run(['status', '--json', '--admin', await json(view)], terminal)).toBe(0)
    expect(JSON.parse(terminal.printed.out)).toEqual(view)
    expect(terminal.printed.err).toBe('')
  })

  it('takes the address from $ROBIN_ADMIN, and the flag before it', async () => {
    const terminal = createTerminal({ adminUrl: await json(statusView()) })
    expect(await run(['status'], terminal)).toBe(0)
    expect(await run(['status', '--admin', await deadUrl()], terminal)).toBe(3)
  })

  it('exits 3 if nobody listens', async () => {
    const terminal = createTerminal({ adminUrl: await deadUrl() })
    expect(await run(['status'], terminal)).toBe(3)
    expect(terminal.printed.out).toBe('')
    expect(terminal.printed.err.split('\n')).toHaveLength(2)
  })

  it('exits 3 if the connection ends before an answer', async () => {
    const terminal = createTerminal({ adminUrl: await listen(createServer(socket => socket.destroy())) })
    expect(await run(['status'], terminal)).toBe(3)
  })

  it.each([
    ['something else than JSON', (): Promise<string> => answering((_, response) => response.end('<html>'))],
    ['something else than HTTP', () => listen(createServer(socket => socket.resume().end('220 mail ready\r\n')))],
    ['another JSON', () => json({ hello: 1 })],
    ['JSON null', () => json(null)],
    ['an error', () => answering((_, response) => response.writeHead(500).end('{}'))],
  ])('exits 1 if %s answers', async (_, start) => {
    const terminal = createTerminal({ adminUrl: await start() })
    expect(await run(['status'], terminal)).toBe(1)
    expect(terminal.printed.out).toBe('')
  })

  it('exits 2 for an address that is none', async () => {
    const terminal = createTerminal({ adminUrl: 'nonsense' })
    expect(await run(['status'], terminal)).toBe(2)
  })
})

describe('robin states', () => {
  const pools = [poolView('www.demo.test.'), poolView('api.demo.test.', { members: [upMember('127.0.0.21')] })]

  it('filters by pattern, in JSON too', async () => {
    const terminal = createTerminal({ adminUrl: await json(statusView({ pools })) })
    expect(await run(['states', 'api.*', '--json'], terminal)).toBe(0)
    expect(JSON.parse(terminal.printed.out)).toEqual({ pools: [pools[1]] })
  })

  it('exits 1 if nothing matches', async () => {
    const terminal = createTerminal({ adminUrl: await json(statusView({ pools })) })
    expect(await run(['states', 'nope', '--json'], terminal)).toBe(1)
    expect(JSON.parse(terminal.printed.out)).toEqual({ pools: [] })
  })

  it('exits 0 on a server that has no pools', async () => {
    const terminal = createTerminal({ adminUrl: await json(statusView({ pools: [] })) })
    expect(await run(['states'], terminal)).toBe(0)
  })
})

it('ends within the deadline if the answer never comes', async () => {
  const url = await answering(() => undefined)
  expect(await fetchJson(new URL(url), 'GET', 30)).toMatchObject({ kind: 'timeout' })
})
