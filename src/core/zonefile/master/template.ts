/**
 * The two sides of `$GENERATE`, as BIND reads them: `$` is the number, `$$` a dollar sign, `\` keeps the next character
 * from meaning anything, and `${offset,width,base}` says how the number is written (base d, o, x, X, or n and N for
 * hexadecimal digits in reverse, parted by dots, as ip6.arpa wants them).
 */
type Part = string | Placeholder

interface Placeholder {
  readonly offset: number
  readonly width: number
  readonly base: string
}

export type Template = readonly Part[]

const widthMax = 255
const numberMax = 0x7fffffff
const placeholder = /^\{([+-]?[0-9]{1,10})(?:,([0-9]{1,3})(?:,([doxXnN]))?)?\}/

/** Null if a `${` does not go on as it must. */
export function parseTemplate(text: string): Template | null {
  const parts: Part[] = []
  let literal = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '\\') {
      literal += text.slice(at, at + 2)
      at++
    } else if (character !== '$') {
      literal += character
    } else if (text[at + 1] === '$') {
      literal += '$'
      at++
    } else {
      const isBraced = text[at + 1] === '{'
      const match = isBraced ? placeholder.exec(text.slice(at + 1, at + 1 + placeholderCharactersMax)) : null
      if (isBraced && match === null) return null
      const width = Number(match?.[2] ?? 0)
      if (width > widthMax) return null
      parts.push(literal, { offset: Number(match?.[1] ?? 0), width, base: match?.[3] ?? 'd' })
      literal = ''
      at += match === null ? 0 : match[0].length
    }
  }
  parts.push(literal)
  return parts
}

const placeholderCharactersMax = 24

/** The text for one number; null if an offset leads beyond 32 bits. */
export function fillTemplate(template: Template, number: number): string | null {
  let text = ''
  for (const part of template) {
    if (typeof part === 'string') {
      text += part
      continue
    }
    const value = number + part.offset
    if (value > numberMax || value < -numberMax) return null
    text += formatNumber(value, part)
  }
  return text
}

function formatNumber(value: number, { width, base }: Placeholder): string {
  switch (base) {
    case 'o':
      return (value >>> 0).toString(8).padStart(width, '0')
    case 'x':
      return (value >>> 0).toString(16).padStart(width, '0')
    case 'X':
      return (value >>> 0).toString(16).toUpperCase().padStart(width, '0')
    case 'n':
      return formatNibbles(value, width)
    case 'N':
      return formatNibbles(value, width).toUpperCase()
    default:
      return value < 0 ? `-${String(-value).padStart(width - 1, '0')}` : String(value).padStart(width, '0')
  }
}

/** Lowest digit first. The width counts digits and dots; an odd end of it is a dot, which another label follows. */
function formatNibbles(value: number, width: number): string {
  let rest = value >>> 0
  let text = ''
  do {
    text += (rest & 15).toString(16)
    rest >>>= 4
    if (rest !== 0 || text.length < width) text += '.'
  } while (rest !== 0 || text.length < width)
  return text
}
