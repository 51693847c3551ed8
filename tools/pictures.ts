/**
 * `npm run pictures`: docs/page-{light,dark,phone}.png, taken of a real server in a real Chromium ($CHROMIUM, or
 * /usr/bin/chromium) after a backend died, one came back and one was drained. Times in them are those of the run.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Looks, openBrowser, openStage } from '../test/live/page-stage.ts'
import { shrinkPng } from './pictures/shrink.ts'

const pictures: readonly (readonly [name: string, looks: Looks])[] = [
  ['page-light', { scheme: 'light', width: 1360, height: 860 }],
  ['page-dark', { scheme: 'dark', width: 1360, height: 860 }],
  ['page-phone', { scheme: 'light', width: 360, height: 1500 }],
]
const octetsMax = 150_000
/** Long enough for lines to be seen. */
const probesMs = 15_000

const stage = await openStage('700ms')
const browser = await openBrowser(process.env['CHROMIUM'] ?? '/usr/bin/chromium')
try {
  const url = stage.server.adminUrl
  const looks = await Promise.all(pictures.map(async ([name, look]) => ({ name, ...(await browser.look(url, look)) })))
  const first = looks[0]!.page
  const turned = (target: string, to: string, from: number) =>
    stage.server.until(line => line.event === 'transition' && line['target'] === target && line['to'] === to, from)
  const { port } = stage.backends
  await first.waitForTimeout(probesMs / 3)
  await stage.backends.fail(3)
  await turned(`127.0.0.24:${port}`, 'down', 0)
  await stage.backends.heal(3)
  await turned(`127.0.0.24:${port}`, 'up', stage.server.lines.length - 1)
  await stage.backends.fail(1)
  await turned(`127.0.0.22:${port}`, 'down', 0)
  const headers = { authorization: `Bearer ${stage.token}`, 'content-type': 'application/json' }
  const order = {
    target: 'api.shop.test=127.0.0.21',
    override: 'drained',
    reason: 'new kernel',
    author: 'kim',
    forMs: 1_800_000,
    force: true,
  }
  await fetch(`${url}/api/v1/overrides`, { method: 'POST', headers, body: JSON.stringify(order) })
  await first.waitForTimeout(probesMs)
  const taken: [name: string, png: Buffer][] = []
  for (const { name, page } of looks) {
    const input = page.getByRole('textbox', { name: 'Name', exact: true })
    if (name !== 'page-phone') {
      await input.fill('www.shop.test')
      await input.press('Enter')
      await page.getByText('its checks say down').waitFor()
    }
    taken.push([name, await page.screenshot()])
  }
  // All of them first: the backends answer on this thread.
  for (const [name, png] of taken) {
    const small = shrinkPng(png)
    console.log(`${name}.png ${small.length} octets`)
    if (small.length > octetsMax) throw new Error(`${name}.png is larger than ${octetsMax} octets`)
    writeFileSync(fileURLToPath(new URL(`../docs/${name}.png`, import.meta.url)), small)
  }
} finally {
  await browser.close()
  await stage.close()
}
