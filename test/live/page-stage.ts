/**
 * The page on a stage: a real server with two zones, small backends that can be killed, and a real Chromium with a new
 * profile that looks at it. What the browser complained of, and whom it asked, is kept for the tests.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { buildPage } from '../../tools/build-page.ts'
import { type Backends, startBackends } from './backends.ts'
import { type LiveServer, startLiveServer } from './server.ts'

export interface Stage {
  readonly server: LiveServer
  readonly backends: Backends
  readonly token: string
  close(): Promise<void>
}

const hosts = ['127.0.0.21', '127.0.0.22', '127.0.0.23', '127.0.0.24']

/** `interval` of the checks as a zone file has it. */
export async function openStage(interval = '500ms'): Promise<Stage> {
  await buildPage(new URL('../../dist/page', import.meta.url).pathname)
  const backends = await startBackends(hosts)
  const state = await mkdtemp(join(tmpdir(), 'robin-page-'))
  const flags = ['--state', join(state, 'state')]
  const server = await startLiveServer(zonesFor(backends.port, interval), flags)
  return {
    server,
    backends,
    token: (await readFile(join(state, 'state/admin.token'), 'utf8')).trim(),
    close: async () => {
      await server.close()
      await backends.close()
      await rm(state, { recursive: true, force: true })
    },
  }
}

/** Three services and a tier in one zone, a gateway in another. */
function zonesFor(port: number, interval: string): Readonly<Record<string, string>> {
  const header = (zone: string): string => `soa: {mname: ns1.${zone}., rname: hostmaster.${zone}., serial: 7}
checks:
  web: {protocol: HTTP, port: ${port}, path: /healthz, interval: ${interval}, timeout: 400ms, fall: 2, rise: 1, fast_interval: 200ms}
  port: {protocol: TCP, port: ${port}, interval: ${interval}, timeout: 400ms, fall: 2, rise: 1, fast_interval: 200ms}
records:
  '@': {type: NS, values: [ns1.${zone}., ns2.${zone}.]}
  ns1: {type: A, value: 127.0.0.1}
  ns2: {type: A, value: 127.0.0.2}
`
  return {
    'shop.test.yaml': `${header('shop.test')}  www: {type: A, ttl: 10, values: [127.0.0.21, 127.0.0.22, 127.0.0.23], check: web, policy: {min_healthy: 2}}
  api:
    type: A
    ttl: 5
    check: {all: [web, port]}
    dynamic: {pools: {main: {values: [{value: 127.0.0.21, weight: 3}, {value: 127.0.0.24}]}}, rules: [{pool: main}]}
    policy: {answer: weighted}
  db:
    type: A
    ttl: 2
    check: port
    dynamic:
      pools: {primary: {fallback: spare, values: [{value: 127.0.0.23}]}, spare: {values: [{value: 127.0.0.24}]}}
      rules: [{pool: primary}]
    policy: {answer: failover, on_all_down: servfail}
`,
    'corp.test.yaml': `${header('corp.test')}  gw: {type: A, ttl: 10, values: [127.0.0.22, 127.0.0.24], check: port}
`,
  }
}

export interface Looks {
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
  /** Pixels of the picture for each of the page. */
  readonly density?: number
}

export interface Look {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors in the console, uncaught ones, and answers that are none. */
  readonly complaints: string[]
  /** Every request's URL. */
  readonly asked: string[]
}

export interface Browsing {
  look(url: string, looks?: Looks): Promise<Look>
  close(): Promise<void>
}

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
]

export async function openBrowser(executablePath: string): Promise<Browsing> {
  const browser = await chromium.launch({ executablePath, args: flags })
  return {
    look: async (url, { width = 1280, height = 900, scheme = 'light', density = 1 } = {}) => {
      const viewport = { width, height }
      const context = await browser.newContext({
        viewport,
        colorScheme: scheme,
        deviceScaleFactor: density,
        locale: 'en-GB',
      })
      const page = await context.newPage()
      const complaints: string[] = []
      const asked: string[] = []
      page.on('console', message => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
      })
      page.on('pageerror', error => complaints.push(error.message))
      context.on('request', request => asked.push(request.url()))
      await page.goto(url)
      await page.getByText('live', { exact: true }).waitFor()
      return { page, context, complaints, asked }
    },
    close: () => browser.close(),
  }
}
