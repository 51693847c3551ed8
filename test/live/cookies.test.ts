/** DNS cookies with the real dig: learnt, known again, known through a rollover of the secret, and forgotten after it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dig } from './dig.ts'
import { needs } from './program.ts'
import { type LiveServer, startLiveServer } from './server.ts'

const zone = `
soa: {mname: ns.example.net., rname: hostmaster.example.net.}
records:
  '@': {type: NS, value: ns.example.net.}
  www: {type: A, value: 127.0.0.9}
`
const first = '000102030405060708090a0b0c0d0e0f'
const second = 'f0e0d0c0b0a090807060504030201000'

let server: LiveServer | null = null
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robin-cookies-'))
  await writeFile(join(folder, 'robin.yaml'), 'cookies: {secret_file: c.secret}\n')
  await writeFile(join(folder, 'c.secret'), `${first}\n`)
  server = await startLiveServer({ 'live.test.yaml': zone }, ['--config', join(folder, 'robin.yaml')])
})

afterEach(async () => {
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The cookie that comes back when `shown` is shown, in hex. */
async function cookieFor(shown: string): Promise<string> {
  const { text } = await dig(server!.port, 'www.live.test', `+cookie=${shown}`)
  return /COOKIE: ([0-9a-f]+)/.exec(text)?.[1] ?? ''
}

const triesMax = 200

/** Puts these secrets into the file, and asks until the server has read it: `learnt` then gets another cookie. */
async function rollOver(lines: string, learnt: string): Promise<string> {
  await writeFile(join(folder, 'c.secret'), lines)
  server!.signal('SIGHUP')
  for (let tries = 0; tries < triesMax; tries++) {
    const now = await cookieFor(learnt)
    if (now !== learnt) return now
  }
  throw new Error('the secrets were not read again')
}

async function cookiesGood(): Promise<number> {
  const response = await fetch(`${server!.adminUrl}/api/v1/status`)
  return ((await response.json()) as { counters: { cookiesGood: number } }).counters.cookiesGood
}

/** True if the server takes this cookie for its own. */
async function isKnown(cookie: string): Promise<boolean> {
  const before = await cookiesGood()
  await cookieFor(cookie)
  return (await cookiesGood()) > before
}

describe.runIf(needs('dig'))('cookies', () => {
  it('are known through a rollover of the secret file, and strangers after it', async () => {
    const learnt = await cookieFor('0102030405060708')
    expect(learnt).toMatch(/^010203040506070801000000/)
    expect(await cookieFor(learnt)).toBe(learnt)
    const renewed = await rollOver(`${second}\n${first}\n`, learnt)
    expect(await isKnown(learnt)).toBe(true)
    expect(await isKnown(renewed)).toBe(true)
    await writeFile(join(folder, 'c.secret'), 'not a secret\n')
    server!.signal('SIGHUP')
    await server!.until(line => line.event === 'fault' && JSON.stringify(line).includes('c.secret'))
    expect(await isKnown(learnt)).toBe(true)
    await rollOver(`${first.replace('0', 'f')}\n${second}\n`, renewed)
    expect(await isKnown(renewed)).toBe(true)
    expect(await isKnown(learnt)).toBe(false)
  })
})
