/** The real `robin selfcheck` beside the real server: fit, starting, hung, dead. */
import { execFile } from 'node:child_process'
import { afterEach, expect, it } from 'vitest'
import { type LiveServer, startLiveServer } from './server.ts'

const mainFile = new URL('../../src/main.ts', import.meta.url).pathname
const zone = `
soa: {mname: ns1.self.test., rname: hostmaster.self.test.}
records:
  '@': {type: NS, value: ns1.self.test.}
  ns1: {type: A, value: 127.0.0.1}
`

let server: LiveServer | null = null

afterEach(async () => {
  await server?.close()
  server = null
})

function selfcheck(...words: readonly string[]): Promise<{ code: number; report: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [mainFile, 'selfcheck', '--json', ...words], (error, stdout) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ code: error === null ? 0 : Number(error.code), report: JSON.parse(stdout) })
    })
  })
}

it.each(['batch', 'dgram'])('says yes to a server that answers (io: %s), and no to a hung or dead one', async io => {
  server = await startLiveServer({ 'self.test.yaml': zone }, ['--io', io])
  const { adminUrl, port, signal, ended } = server
  const dnsOnly = ['--admin', 'none', '--server', `127.0.0.1:${port}`, '--zone', 'self.test', '--timeout', '500ms']
  expect(await selfcheck('--admin', adminUrl)).toMatchObject({
    code: 0,
    report: {
      readiness: 'ready',
      asked: [
        { via: 'udp', fault: null },
        { via: 'tcp', fault: null },
      ],
    },
  })
  expect(await selfcheck(...dnsOnly)).toMatchObject({ code: 0 })

  signal('SIGSTOP')
  expect(await selfcheck('--admin', adminUrl, '--timeout', '500ms')).toMatchObject({ code: 4 })
  expect(await selfcheck(...dnsOnly)).toMatchObject({ code: 4 })
  signal('SIGCONT')
  expect(await selfcheck('--admin', adminUrl)).toMatchObject({ code: 0 })

  signal('SIGKILL')
  await ended
  expect(await selfcheck('--admin', adminUrl)).toMatchObject({ code: 3 })
  expect(await selfcheck(...dnsOnly)).toMatchObject({ code: 3 })
})
