/** The real process around the command line: arguments in, exit code out, and a reader that goes away. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

interface End {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function start(argv: readonly string[], env: Record<string, string> = {}, deaf = false): Promise<End> {
  const child = spawn(process.execPath, [main, ...argv], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  if (deaf) child.stdout.destroy()
  return new Promise(resolve => child.once('close', code => resolve({ code, out, err })))
}

it('hands over arguments and exit code', async () => {
  expect(await start(['--version'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    err: '',
  })
  expect(await start(['bogus'])).toMatchObject({ code: 2, out: '' })
})

it('reads $ROBIN_ADMIN', async () => {
  const { code, err } = await start(['status'], { ROBIN_ADMIN: 'ftp://nowhere' })
  expect(code).toBe(2)
  expect(err).toContain('ftp://nowhere')
})

it('says nothing when nobody reads any more', async () => {
  expect(await start(['--help'], {}, true)).toEqual({ code: 0, out: '', err: '' })
})
