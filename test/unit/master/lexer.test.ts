import { describe, expect, it } from 'vitest'
import { createLexer, type Entry, readEntry } from '../../../src/core/zonefile/master/lexer.ts'

function entriesOf(text: string): readonly Entry[] {
  const lexer = createLexer(text)
  const entries: Entry[] = []
  for (let entry = readEntry(lexer); entry !== null; entry = readEntry(lexer)) entries.push(entry)
  return entries
}

/** Words of each entry; `_` in front of a blank owner, quotes around quoted words, `+` before glued ones. */
function wordsOf(text: string): readonly string[] {
  return entriesOf(text).map(({ blank, tokens, fault }) => {
    const words = tokens.map(token => `${token.glued ? '+' : ''}${token.quoted ? `"${token.text}"` : token.text}`)
    return [...(blank ? ['_'] : []), ...words, ...(fault === null ? [] : [`!${fault.line}:${fault.column}`])].join(' ')
  })
}

describe('the lexer', () => {
  it.each([
    ['a A 1\nb A 2', ['a A 1', 'b A 2']],
    ['a\tA\t 1 \n', ['a A 1']],
    ['a A 1\r\n\r\nb A 2\r\n', ['a A 1', 'b A 2']],
    [' A 1\n\tA 2', ['_ A 1', '_ A 2']],
    ['\n  \n;x\n ;x\na', ['a']],
    ['a;x\nb ;"(\nc', ['a', 'b', 'c']],
    ['a A ( 1 ; one (\n 2\n\n) 3\nb', ['a A 1 2 3', 'b']],
    ['( a\nA ) 1', ['a A 1']],
    ['a ((1)2)3', ['a 1 2 3']],
    ['a(1)b', ['a 1 b']],
    ['(\n) \n x', ['_ x']],
    ['a "b c" ""', ['a "b c" ""']],
    ['a b="c d"e"f"', ['a b= +"c d" +e +"f"']],
    ['a "b;(" "c\\"d" e\\"f', ['a "b;(" "c\\"d" e\\"f']],
    ['a\\ b c\\;d \\( \\\\', ['a\\ b c\\;d \\( \\\\']],
    ['a b\\\nc', ['a b\\', 'c']],
    ['a b\\\r\nc\\\r', ['a b\\', 'c\\\r']],
    ['a b\\', ['a b\\']],
    ['$TTL 5', ['$TTL 5']],
    ['', []],
  ])('%j', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })

  it.each([
    ['a "b\nc', ['a !1:3', 'c']],
    ['a "b\\\nc', ['a !1:3', 'c']],
    ['a "b', ['a !1:3']],
    ['a ) b\nc', ['a !1:3', 'c']],
    ['a ( b\nc (d', ['a b c d !2:3']],
    ['a ( b\nc', ['a b c !1:3']],
    [`a ${'('.repeat(65)}\nb`, ['a !1:67', 'b']],
  ])('finds the fault in %j and goes on behind it', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })

  it('knows where each word stands, in UTF-16 units', () => {
    const [first, second] = entriesOf('é😀 "x y"\n\t( a\n  b )')
    const placeOf = ({ line, column, endColumn }: Entry['tokens'][number]) => [line, column, endColumn]
    expect(first!.tokens.map(placeOf)).toEqual([
      [1, 1, 4],
      [1, 5, 10],
    ])
    expect(second!.tokens.map(placeOf)).toEqual([
      [2, 4, 5],
      [3, 3, 4],
    ])
  })

  it('ends a record that could never end', () => {
    const [first, second] = entriesOf(`a ( ${'x '.repeat(131_100)}\nb`)
    expect([first!.fault?.line, first!.tokens.length]).toEqual([1, 131_086])
    expect(second!.tokens.map(token => token.text)).toEqual(['b'])
  })
})
