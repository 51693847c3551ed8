/**
 * The page in a real Chromium before a real server: what an operator sees and does, with the mouse, with the keyboard
 * alone, and with a screen reader, in both colour schemes and on a phone.
 */
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeQuery, runPace } from '../../bench/pace.ts'
import { axNodes, contrastOffences, nameOffences, sizeOffences, structureOffences } from './page-audit.ts'
import { type Browsing, type Look, type Looks, openBrowser, openStage, type Stage } from './page-stage.ts'
import { layWire } from './page-wire.ts'
import { needs } from './program.ts'

const chromium = '/usr/bin/chromium'
const here = needs('chromium')

let stage: Stage
let browser: Browsing
const looks: Look[] = []

beforeAll(async () => {
  if (!here) return
  stage = await openStage()
  browser = await openBrowser(chromium)
})
afterEach(async () => {
  for (const look of looks.splice(0)) await look.context.close()
})
afterAll(async () => {
  await browser?.close()
  await stage?.close()
})

async function look(how: Looks = {}, url = stage.server.adminUrl): Promise<Look> {
  const opened = await browser.look(url, how)
  looks.push(opened)
  return opened
}

/** The service as it stands on the page. */
const service = (page: Page, key: string): Locator => page.locator(`article[data-key="${key}"]`)
const head = (page: Page, key: string): Locator =>
  service(page, key).getByRole('button', { expanded: undefined }).first()
const member = (page: Page, key: string, address: string): Locator =>
  service(page, key).locator(`li[data-address="${address}"]`)
const www = 'www.shop.test. A'

async function open(page: Page, key: string): Promise<void> {
  const button = head(page, key)
  if ((await button.getAttribute('aria-expanded')) === 'false') await button.click()
}

async function until(locator: Locator): Promise<void> {
  await locator.first().waitFor({ timeout: 15_000 })
}

describe.runIf(here)('an operator', () => {
  it('sees an address leave and return without a reload, with the evidence, and hears it', async () => {
    const { page, complaints } = await look()
    await until(head(page, www).getByText('3 of 3'))
    await page.evaluate(() => document.body.setAttribute('data-same', 'yes'))
    await stage.backends.fail(1)
    await until(head(page, www).getByText('2 of 3'))
    await until(head(page, www).getByText('degraded'))
    // It came into trouble, so it opened by itself.
    await until(member(page, www, '127.0.0.22').getByText('failed, refused'))
    await until(member(page, www, '127.0.0.22').getByText('not answered'))
    await until(member(page, www, '127.0.0.21').getByText('50 %'))
    const log = page.getByRole('log', { name: 'Transitions' })
    await until(log.getByText('127.0.0.22', { exact: false }))
    await until(page.getByRole('listitem').filter({ hasText: 'up → down by web' }))
    await stage.backends.heal(1)
    await until(head(page, www).getByText('3 of 3'))
    await until(head(page, www).getByText('healthy'))
    // What failed is told of after it passed again.
    const failures = member(page, www, '127.0.0.22').getByRole('group')
    await failures.getByText('failed last').click()
    await until(failures.getByRole('listitem').getByText('refused'))
    expect(await contrastOffences(page)).toEqual([])
    expect(await page.evaluate(() => document.body.getAttribute('data-same'))).toBe('yes')
    expect(complaints).toEqual([])
  })

  it('sees which part of the answers begins with each address, as it was counted', async () => {
    const { page, complaints } = await look()
    await open(page, www)
    const shares = service(page, www).locator('[data-counted="true"]')
    await until(member(page, www, '127.0.0.21').getByText('expected'))
    const queries = [makeQuery('www.shop.test')]
    await runPace({ port: stage.server.port, queries, perSecond: 300, runSeconds: 1, judge: () => true })
    await until(shares)
    expect(await shares.allTextContents()).toEqual(['33 %', '33 %', '33 %'])
    expect(complaints).toEqual([])
  })

  it('drains with a token asked for once, is refused, insists, and releases', async () => {
    const { page, asked, complaints } = await look()
    await open(page, www)
    const dialog = page.getByRole('dialog')
    await member(page, www, '127.0.0.23').getByRole('button', { name: 'Drain' }).click()
    await dialog.getByRole('radio', { name: 'only in www.shop.test' }).check()
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('new disk')
    await dialog.getByRole('textbox', { name: 'Your name' }).fill('tess')
    await dialog.getByLabel('Admin token').fill('not-the-token-at-all')
    await dialog.getByRole('button', { name: 'Drain', exact: true }).click()
    await until(dialog.getByRole('alert').getByText('did not accept'))
    await dialog.getByLabel('Admin token').fill(stage.token)
    await dialog.getByRole('button', { name: 'Drain', exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
    await until(member(page, www, '127.0.0.23').getByText('drained'))
    await until(member(page, www, '127.0.0.23').getByText('new disk'))
    await until(page.getByText('www.shop.test=127.0.0.23').filter({ hasText: 'cache' }))

    // The floor is two, so the next one is refused, with the name; the token is known by now.
    await member(page, www, '127.0.0.22').getByRole('button', { name: 'Drain' }).click()
    expect(await dialog.getByLabel('Admin token').count()).toBe(0)
    await dialog.getByRole('radio', { name: 'only in www.shop.test' }).check()
    await dialog.getByRole('button', { name: 'Drain', exact: true }).click()
    await until(dialog.getByRole('alert').getByText('www.shop.test. A'))
    expect(await contrastOffences(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Drain anyway' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await until(member(page, www, '127.0.0.22').getByText('drained'))

    // Kept for the tab, also over a reload; never in an address.
    await page.reload()
    for (const address of ['127.0.0.22', '127.0.0.23']) {
      await until(member(page, www, address).getByText('drained'))
      await member(page, www, address).getByRole('button', { name: 'Release' }).click()
      await dialog.getByRole('button', { name: 'Release', exact: true }).click()
      await dialog.waitFor({ state: 'hidden' })
    }
    await until(head(page, www).getByText('healthy'))
    expect(asked.filter(url => url.includes(stage.token))).toEqual([])
    expect(await page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, ''])
    // A refusal is an answer with 401 or 409, which the browser notes as a failed load.
    expect(complaints.filter(text => !/40[19]/.test(text))).toEqual([])
    const said = stage.server.lines.filter(line => line.event === 'override')
    expect(said.map(line => line['author'])).toEqual(['tess', 'tess', 'tess', 'tess'])
  })

  it('asks why a name is answered as it is', async () => {
    const { page } = await look()
    const section = page.getByRole('region', { name: 'Explain' })
    await section.getByRole('textbox', { name: 'Name' }).fill('db.shop.test')
    await section.getByRole('textbox', { name: 'Name' }).press('Enter')
    await until(section.getByText('healthy, waiting for the tier before it to fail'))
    await until(section.getByRole('listitem').filter({ hasText: '127.0.0.23' }).getByText('answered'))
    await section.getByRole('textbox', { name: 'Name' }).fill('www.elsewhere.test')
    await section.getByRole('button', { name: 'Explain' }).click()
    await until(section.getByText('REFUSED'))
    await section.getByRole('textbox', { name: 'Client' }).fill('here')
    await section.getByRole('button', { name: 'Explain' }).click()
    await until(section.getByText('from is an address'))
  })

  it('is told that the connection is lost, and sees it come back by itself', async () => {
    const wire = await layWire(stage.server.adminUrl)
    try {
      const { page } = await look({}, wire.url)
      await wire.cut()
      await until(page.getByText('not connected', { exact: true }))
      await until(page.getByText('what is below was true at'))
      await until(page.getByRole('status').getByText('Not connected'))
      await wire.join()
      await until(page.getByText('live', { exact: true }))
      await page.getByText('what is below was true at').waitFor({ state: 'detached' })
    } finally {
      for (const opened of looks.splice(0)) await opened.context.close()
      await wire.close()
    }
  })

  it('asks nobody but the server', async () => {
    const { asked, page } = await look()
    await until(head(page, www))
    expect(asked.length).toBeGreaterThan(3)
    const { origin } = new URL(stage.server.adminUrl)
    expect(asked.filter(url => new URL(url).origin !== origin)).toEqual([])
  })
})

describe.runIf(here)('with the keyboard alone', () => {
  const focused = (page: Page): Promise<string> =>
    page.evaluate(() => document.activeElement?.textContent?.trim().replace(/\s+/g, ' ') ?? '')
  const tabTo = async (page: Page, text: string, key = 'Tab'): Promise<void> => {
    for (let presses = 0; presses < 60; presses++) {
      if ((await focused(page)).startsWith(text)) return
      await page.keyboard.press(key)
    }
    throw new Error(`no way to ${text} by ${key}; the focus is on ${await focused(page)}`)
  }

  it('one skips to the services, opens one, drains in a dialog and comes back to where one was', async () => {
    const { page } = await look()
    await until(head(page, www))
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to services')
    await page.keyboard.press('Enter')
    expect(await focused(page)).toBe('Services')
    await tabTo(page, 'www')
    await page.keyboard.press('Enter')
    expect(await head(page, www).getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('Space')
    expect(await head(page, www).getAttribute('aria-expanded')).toBe('false')
    await page.keyboard.press('Space')
    await tabTo(page, 'Drain 127.0.0.22')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Order on 127.0.0.22' })
    await dialog.waitFor()
    expect(await dialog.evaluate(box => box.contains(document.activeElement))).toBe(true)
    // The focus does not leave the dialog for the page behind it.
    for (let presses = 0; presses < 12; presses++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.querySelector('main')!.contains(document.activeElement))).toBe(false)
    }
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await focused(page)).toMatch(/^Drain 127\.0\.0\.22/)
  })

  it('the focus is seen, and stays where it is while services change their places', async () => {
    const { page } = await look()
    await until(head(page, www).getByText('3 of 3'))
    await tabTo(page, 'www')
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)
    expect(outline).toBe('solid')
    await stage.backends.fail(0)
    await until(head(page, www).getByText('2 of 3'))
    expect(await focused(page)).toMatch(/^www/)
    await stage.backends.heal(0)
    await until(head(page, www).getByText('3 of 3'))
    expect(await focused(page)).toMatch(/^www/)
  })
})

describe.runIf(here)('for everyone', () => {
  const views: readonly Looks[] = [
    { scheme: 'light' },
    { scheme: 'dark' },
    { scheme: 'light', width: 360, height: 740 },
    { scheme: 'dark', width: 360, height: 740 },
  ]

  it.each(views)('%o: contrast, names, headings, sizes, in trouble and in the dialog', async how => {
    await stage.backends.fail(3)
    try {
      const { page, context, complaints } = await look(how)
      await until(member(page, 'gw.corp.test. A', '127.0.0.24').getByText('failed, refused'))
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('api.shop.test')
      await page.keyboard.press('Enter')
      await until(page.getByText('its checks say down'))
      const audit = async (): Promise<readonly string[]> => [
        ...(await contrastOffences(page)),
        ...(await structureOffences(page)),
        ...(await sizeOffences(page)),
        ...nameOffences(await axNodes(context, page)),
      ]
      expect(await audit()).toEqual([])
      const roles = (await axNodes(context, page)).map(node => node.role)
      for (const landmark of ['banner', 'main', 'complementary', 'contentinfo']) {
        expect(roles.filter(role => role === landmark)).toEqual([landmark])
      }
      await member(page, 'gw.corp.test. A', '127.0.0.22').getByRole('button', { name: 'Drain' }).click()
      await page.getByRole('dialog').waitFor()
      expect(await audit()).toEqual([])
      expect(complaints).toEqual([])
    } finally {
      await stage.backends.heal(3)
    }
  })

  it('the audit finds what is wrong', async () => {
    const { page, context } = await look()
    await page.evaluate(() => {
      const main = document.querySelector('main')!
      main.insertAdjacentHTML('beforeend', '<h1>x</h1><button></button><p id="p">pale</p><div id="w">wide</div>')
      document.getElementById('p')!.style.color = '#aaa'
      document.getElementById('w')!.style.width = '3000px'
    })
    expect((await contrastOffences(page)).some(text => text.includes('pale'))).toBe(true)
    expect(await structureOffences(page)).toContain('not one h1')
    expect((await sizeOffences(page)).some(text => text.includes('px wide'))).toBe(true)
    expect(nameOffences(await axNodes(context, page))).toContain('button without a name')
  })
})
