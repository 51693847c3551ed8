/**
 * The tokens, imports and functions that the house rules stand on, read from samples that are easy to misread.
 */
import { describe, expect, it } from 'vitest'
import { findFunctions } from './functions.ts'
import { lex } from './lexer.ts'
import { parseSource } from './source.ts'

const texts = (source: string) => lex(source).tokens.map(token => token.text)
const kinds = (source: string) => lex(source).tokens.map(token => token.kind)

describe('lex', () => {
  it('keeps comments out of the tokens and counts lines through them', () => {
    const { tokens, comments } = lex('a // b\n/* c\n d */ e')
    expect(tokens.map(token => [token.text, token.line])).toEqual([
      ['a', 1],
      ['e', 3],
    ])
    expect(comments.map(comment => [comment.line, comment.before])).toEqual([
      [1, 1],
      [2, 1],
    ])
  })

  it('takes strings whole, with escapes', () => {
    expect(texts(`'it\\'s // no' + "a\\"b"`)).toEqual(["'it\\'s // no'", '+', '"a\\"b"'])
  })

  it('reads the code in the holes of a template, nested', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the sample is a template
    const source = '`a ${ { b: `c ${d} }` } } e` + f'
    expect(texts(source).filter(text => /^\w$/.test(text))).toEqual(['b', 'd', 'f'])
    expect(kinds(source).at(-3)).toBe('template')
  })

  it.each([
    ['a / b / c', ['word', 'sign', 'word', 'sign', 'word']],
    ["x = /['/]/g", ['word', 'sign', 'regex']],
    ['return /{/', ['word', 'regex']],
    ['if (a) /}/.test(b)', ['word', 'sign', 'word', 'sign', 'regex', 'sign', 'word', 'sign', 'word', 'sign']],
    ['(a) / 2', ['sign', 'word', 'sign', 'sign', 'number']],
    ['a! / 2', ['word', 'sign', 'sign', 'number']],
    ['!/a/.test(b)', ['sign', 'regex', 'sign', 'word', 'sign', 'word', 'sign']],
    ['i++ / 2', ['word', 'sign', 'sign', 'number']],
    ['1_000 / 0xff', ['number', 'sign', 'number']],
  ])('tells a division from a regular expression in %s', (source, expected) => {
    expect(kinds(source)).toEqual(expected)
  })
})

describe('the imports of a file', () => {
  it.each([
    ["import a from './b.ts'", 'src/x/b.ts', false, ['a']],
    ["import type { A, B as C } from '../b.ts'", 'src/b.ts', true, ['A', 'B']],
    ["import { type A, b } from './b.ts'", 'src/x/b.ts', false, ['A', 'b']],
    ["import type from './b.ts'", 'src/x/b.ts', false, []],
    ["export * from './b.ts'", 'src/x/b.ts', false, ['*']],
    ["export type { A } from './b.ts'", 'src/x/b.ts', true, ['A']],
    ["import './b.ts'", 'src/x/b.ts', false, []],
    ["const b = await import('./b.ts')", 'src/x/b.ts', false, ['*']],
    ["import { readFileSync } from 'node:fs'", null, false, ['readFileSync']],
  ])('reads %s', (source, target, typesOnly, names) => {
    expect(parseSource('src/x/a.ts', source).imports).toMatchObject([{ target, typesOnly, names }])
  })

  it.each([
    'const here = import.meta.url',
    "export const from = 'a'",
    "export interface A {}\nconst x = ['from', 'a']",
    "const text = `import a from 'b'`",
  ])('sees none in %s', source => {
    expect(parseSource('src/x/a.ts', source).imports).toEqual([])
  })
})

describe('findFunctions', () => {
  it.each([
    ['function plain(a: number) {\n}', 'plain', 2],
    ['function typed<T>(a: T): { x: T } | null {\n}', 'typed', 2],
    ['function guard(a: unknown): a is string {\n}', 'guard', 2],
    ['const arrow = (a: A): Promise<Map<string, B>> => {\n}', 'arrow', 2],
    ['const annotated: Record<string, F> = async a => {\n}', 'annotated', 2],
    ['const value = (a: A) => ({\n})', 'value', 2],
    ['const o = {\n  method(a: A): void {\n  },\n}', 'method', 2],
    ['const o = {\n  key: (a) => {\n  },\n}', 'key', 2],
    ['function maker(): (a: A) => void {\n}', 'maker', 2],
    ["it('x', () => {\n})", '(unnamed)', 2],
  ])('finds the one in %s', (source, name, lines) => {
    expect(findFunctions(lex(source).tokens)).toMatchObject([{ name, lines }])
  })

  it.each([
    'if (a) {\n}',
    'for (const a of b) {\n}',
    'while (a) {\n}',
    'switch (f(a)) {\n  case g(b): {\n  }\n}',
    'try {\n} catch (error) {\n}',
    'interface A {\n  method(a: A): B\n  other(): { c: D }\n}',
    'type F = (a: A) => void',
    'const a = b ? f(c) : { d: e }',
    'const short = (a: A) => a.b',
  ])('finds none in %s', source => {
    expect(findFunctions(lex(source).tokens)).toEqual([])
  })
})
