/**
 * The YAML library says where it stumbled; people want to know what they did. Zone files invite a few mistakes of their
 * own: `@` and `*` begin an owner but not a plain YAML text, tabs come from master files.
 */
export interface SyntaxFault {
  readonly code: string
  readonly message: string
  readonly pos: readonly [number, number]
}

export interface SyntaxAdvice {
  readonly at: number
  readonly end: number
  readonly sentence: string
  readonly hint: string | null
}

export function syntaxHint(text: string, fault: SyntaxFault): SyntaxAdvice {
  const [at, end] = fault.pos
  const lineAt = text.lastIndexOf('\n', Math.max(0, at - 1)) + 1
  const newline = text.indexOf('\n', at)
  const star = /^(\s*)(\*[^\s:]*)\s*:/.exec(text.slice(lineAt, newline === -1 ? text.length : newline))
  if (star !== null) {
    const starAt = lineAt + star[1]!.length
    const sentence = `${star[2]} in front of a colon is read as a YAML alias`
    return { at: starAt, end: starAt + star[2]!.length, sentence, hint: `put the owner in quotes: '${star[2]}':` }
  }
  return { at, end, sentence: sentenceOf(fault), hint: hintOf(text[at], fault) }
}

function sentenceOf(fault: SyntaxFault): string {
  switch (fault.code) {
    case 'MULTIPLE_DOCS':
      return 'a second YAML document begins here, but a file holds one zone'
    case 'RESOURCE_EXHAUSTION':
      return 'this is nested too deeply to be read'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a second `key:` on the same line'
    default:
      return `${fault.message.slice(0, 1).toLowerCase()}${fault.message.slice(1)}`
  }
}

function hintOf(character: string | undefined, fault: SyntaxFault): string | null {
  switch (fault.code) {
    case 'MULTIPLE_DOCS':
      return 'put each zone in a file of its own, and remove this `---`'
    case 'TAB_AS_INDENT':
      return 'indent with spaces'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'put the inner map on the next line or in braces, or the text in quotes'
    case 'BAD_SCALAR_START':
      return character === '@' ? "put the apex in quotes: '@':" : 'put the text in quotes'
    case 'BAD_INDENT':
      return 'check the indentation of this line, and that every bracket is closed'
    default:
      return null
  }
}
