/**
 * What a person with a screen reader, a keyboard or weak eyes would trip over, found in the rendered page: contrast by
 * computed styles, names by the browser's own accessibility tree, headings, targets too small, content too wide. Each
 * function yields offences as text; an empty list is a good page.
 */
import type { BrowserContext, Page } from 'playwright-core'

/** WCAG 2.2: 1.4.3 for text (4.5, large 3), 1.4.11 for the edges of controls (3). */
export function contrastOffences(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number]
    const parse = (text: string): Colour => {
      const parts = (text.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number)
      const scale = text.startsWith('color(') ? 255 : 1
      const [red = 0, green = 0, blue = 0, alpha = 1] = parts
      return [red * scale, green * scale, blue * scale, alpha]
    }
    const over = (top: Colour, below: Colour): Colour => {
      const mix = (at: 0 | 1 | 2): number => top[at] * top[3] + below[at] * (1 - top[3])
      return [mix(0), mix(1), mix(2), 1]
    }
    const groundOf = (element: Element | null): Colour => {
      if (element === null) return [255, 255, 255, 1]
      const own = parse(getComputedStyle(element).backgroundColor)
      return own[3] === 1 ? own : over(own, groundOf(element.parentElement))
    }
    const luminance = (colour: Colour): number => {
      const [red, green, blue] = [colour[0], colour[1], colour[2]].map(value => {
        const part = value / 255
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
    }
    const ratio = (a: Colour, b: Colour): number => {
      const [high, low] = [luminance(a), luminance(b)].sort((one, other) => other - one)
      return (high! + 0.05) / (low! + 0.05)
    }
    const isSeen = (element: Element): boolean =>
      element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 1
    const judge = (element: Element, colour: Colour, least: number, what: string): string[] => {
      const ground = groundOf(element)
      const found = ratio(over(colour, ground), ground)
      return found >= least ? [] : [`${found.toFixed(2)} < ${least}: ${what}`]
    }
    const offences: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent!.trim()
      const element = node.parentElement!
      if (text === '' || !isSeen(element)) continue
      const { color, fontSize, fontWeight } = getComputedStyle(element)
      const size = Number.parseFloat(fontSize)
      const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700)
      offences.push(...judge(element, parse(color), large ? 3 : 4.5, text.slice(0, 40)))
    }
    for (const input of document.querySelectorAll('input')) {
      if (!isSeen(input) || input.placeholder === '') continue
      offences.push(...judge(input, parse(getComputedStyle(input, '::placeholder').color), 4.5, input.placeholder))
    }
    for (const control of document.querySelectorAll('input:not([type=radio]), select, button')) {
      const { borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(control)
      if (!isSeen(control) || borderTopWidth === '0px') continue
      const around = groundOf(control.parentElement)
      const best = Math.max(ratio(parse(borderTopColor), around), ratio(over(parse(backgroundColor), around), around))
      if (best < 3) offences.push(`${best.toFixed(2)} < 3: the edge of ${control.outerHTML.slice(0, 60)}`)
    }
    for (const mark of document.querySelectorAll('.mark')) {
      if (isSeen(mark)) offences.push(...judge(mark, parse(getComputedStyle(mark).fill), 3, 'a mark'))
    }
    return offences
  })
}

interface AxValue {
  readonly value?: unknown
}
interface AxNode {
  readonly ignored: boolean
  readonly role?: AxValue
  readonly name?: AxValue
}

const namedRoles: ReadonlySet<string> = new Set(
  'button link textbox searchbox combobox radio checkbox dialog form region complementary img article list'.split(' '),
)

/** Roles and names as the browser gives them to a screen reader. */
export async function axNodes(context: BrowserContext, page: Page): Promise<readonly { role: string; name: string }[]> {
  const session = await context.newCDPSession(page)
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as unknown as { nodes: readonly AxNode[] }
  await session.detach()
  return nodes
    .filter(node => !node.ignored)
    .map(({ role, name }) => ({ role: String(role?.value ?? ''), name: String(name?.value ?? '').trim() }))
}

/** Controls and landmarks without a name, and lists of nothing that anyone would know. */
export function nameOffences(nodes: readonly { role: string; name: string }[]): readonly string[] {
  const nameless = nodes.filter(({ role, name }) => namedRoles.has(role) && role !== 'list' && name === '')
  const doubled = nodes
    .filter(({ role }) => role === 'button')
    .map(({ name }) => name)
    .filter((name, at, names) => names.indexOf(name) !== at)
  return [...nameless.map(({ role }) => `${role} without a name`), ...doubled.map(name => `two buttons named ${name}`)]
}

/** One h1, no level left out, ids that are unique and found, nothing in the document that a strict policy forbids. */
export function structureOffences(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const offences: string[] = []
    const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')]
      .filter(heading => heading.checkVisibility())
      .map(heading => Number(heading.tagName[1]))
    if (levels.filter(level => level === 1).length !== 1) offences.push('not one h1')
    levels.forEach((level, at) => {
      if (at > 0 && level > levels[at - 1]! + 1) offences.push(`h${level} after h${levels[at - 1]}`)
    })
    const ids = [...document.querySelectorAll('[id]')].map(element => element.id)
    for (const id of ids.filter((one, at) => ids.indexOf(one) !== at)) offences.push(`two elements of id ${id}`)
    for (const attribute of ['aria-labelledby', 'aria-controls', 'aria-describedby']) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) {
        const id = element.getAttribute(attribute)!
        if (document.getElementById(id) === null) offences.push(`${attribute} of nothing: ${id}`)
      }
    }
    if (document.documentElement.lang === '') offences.push('no language')
    for (const element of document.querySelectorAll('*')) {
      for (const name of element.getAttributeNames()) if (name.startsWith('on')) offences.push(`inline ${name}`)
    }
    return offences
  })
}

/** WCAG 2.2 2.5.8 (24 px), and nothing wider than the screen (1.4.10). */
export function sizeOffences(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const offences: string[] = []
    const { scrollWidth } = document.documentElement
    if (scrollWidth > innerWidth) offences.push(`${scrollWidth} px wide, of ${innerWidth}`)
    for (const control of document.querySelectorAll('button, input:not([type=radio]), select')) {
      if (!control.checkVisibility()) continue
      const { width, height, left, right } = control.getBoundingClientRect()
      const name = control.outerHTML.slice(0, 60)
      if (width < 24 || height < 23.9) offences.push(`${width} x ${height}: ${name}`)
      if (left < 0 || right > innerWidth + 0.5) offences.push(`outside the screen: ${name}`)
    }
    // A state is never a colour alone: beside each mark that is not a mere repetition stands its word.
    for (const stated of document.querySelectorAll('.stated')) {
      if (stated.textContent!.trim() === '' || stated.querySelector('.mark') === null)
        offences.push('a state without a word')
    }
    return offences
  })
}
