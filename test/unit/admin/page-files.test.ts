/** The page's files: what is given out, with which headers, and what `/` says where nothing was built. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { drawSelf } from '../../../src/core/view/self.ts'
import { createAdmin } from '../../../src/edge/admin/http.ts'
import { statusInSteps, statusView } from '../cli/views.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(files: Readonly<Record<string, string | Uint8Array>> | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-files-'))
  open.push(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files ?? {})) {
    await mkdir(join(folder, 'page/assets'), { recursive: true })
    await writeFile(join(folder, 'page', name), content)
  }
  const sources = {
    statusInSteps: () => statusInSteps(),
    self: () => drawSelf(statusView(), true),
    events: () => [],
    follow: () => () => undefined,
    totals: () => ({ transitions: { up: 0, down: 0 }, refusals: 0 }),
    cached: () => null,
    desk: null,
    pageFolder: join(folder, 'page'),
  }
  const admin = await createAdmin(sources, { host: '127.0.0.1', port: 0 })
  open.push(() => admin.close())
  return `http://127.0.0.1:${admin.port}`
}

const built = {
  'index.html': '<!doctype html>',
  'assets/a.js': '1',
  'assets/a.css': 'a{}',
  'robin.svg': '<svg/>',
  'a.exe': 'no',
}

describe('the page', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/index.html', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/assets/a.js', 'text/javascript; charset=utf-8', '1'],
    ['/assets/a.css?v=1', 'text/css; charset=utf-8', 'a{}'],
    ['/robin.svg', 'image/svg+xml', '<svg/>'],
  ])('%s', async (path, type, body) => {
    const response = await fetch(`${await start(built)}${path}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(await response.text()).toBe(body)
  })

  it('may load and ask this server only, and nothing written into the document', async () => {
    const policy = (await fetch(await start(built))).headers.get('content-security-policy')!
    const parts = policy.split('; ')
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "img-src 'self' data:",
    ])
      expect(parts).toContain(part)
    expect(policy).not.toContain('unsafe')
  })

  it('comes as the octets that it is', async () => {
    const octets = Uint8Array.from([0x3c, 0xc3, 0xa9, 0x00, 0xff])
    const response = await fetch(`${await start({ 'index.html': octets })}/`)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(octets)
  })

  it.each(['/a.exe', '/assets', '/assets/', '/assets/../index.html%00', '/..%2findex.html', '/assets/b.js'])(
    '%s is not there',
    async path => {
      expect((await fetch(`${await start(built)}${path}`)).status).toBe(404)
    },
  )

  it('is not written to', async () => {
    expect((await fetch(await start(built), { method: 'POST', body: 'x' })).status).toBe(405)
  })

  it('says what to do where it was not built', async () => {
    const response = await fetch(await start(null))
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('npm run build:page')
  })
})
