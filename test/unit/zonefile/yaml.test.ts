/** Text → Doc: values, places, and that whatever the library would throw or let pass is a Problem. */
import { describe, expect, it } from 'vitest'
import { parse } from '../../../src/core/zonefile/index.ts'
import { placesOf } from './zones.ts'

const treeOf = (text: string): unknown => {
  const { doc, problems } = parse('x.yaml', text)
  expect(placesOf(problems)).toEqual([])
  return JSON.parse(JSON.stringify(doc!.tree))
}
const faultsOf = (text: string) => {
  const { doc, problems } = parse('x.yaml', text)
  expect(doc).toBeNull()
  return placesOf(problems)
}

describe('values', () => {
  it('keeps keys as they are written', () => {
    expect(treeOf('1.10: a\n1.1: b\n012: c\nno: d\nnull: e\n"": f')).toEqual({
      '1.10': 'a',
      '1.1': 'b',
      '012': 'c',
      no: 'd',
      null: 'e',
      '': 'f',
    })
  })

  it('reads YAML 1.2: yes is text, IPv6 is text, 0x10 is a number', () => {
    expect(treeOf('a: yes\nb: 2001:db8::1\nc: [::1]\nd: 0x10\ne: ~')).toEqual({
      a: 'yes',
      b: '2001:db8::1',
      c: ['::1'],
      d: 16,
      e: null,
    })
  })

  it('follows aliases and merge keys; own keys win, then the first source', () => {
    const text = 'a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 5}\nd: *a'
    expect(treeOf(text)).toMatchObject({ c: { x: 5, y: 2, z: 4 }, d: { x: 1, y: 2 } })
  })

  it('takes __proto__ for a key like any other', () => {
    const { doc } = parse('x.yaml', '__proto__: {polluted: 1}')
    expect(Object.keys(doc!.tree as object)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('places', () => {
  const { doc } = parse('x.yaml', 'a: &a {p: 1, q: [x, yy]}\nb: {<<: *a, r: 3}\nc:\nd: |\n  two\n  lines\nö: {k: v}\n')
  const at = (kind: 'key' | 'value', ...path: (string | number)[]) => {
    const { line, column, endColumn } = kind === 'key' ? doc!.keySpan(path) : doc!.valueSpan(path)
    return [line, column, endColumn]
  }

  it('finds keys and values', () => {
    expect(at('key', 'a', 'q')).toEqual([1, 14, 15])
    expect(at('value', 'a', 'q', 1)).toEqual([1, 21, 23])
    expect(at('key', 'a', 'q', 1)).toEqual([1, 21, 23])
    expect(at('value', 'ö', 'k')).toEqual([7, 8, 9])
  })

  it('finds what was merged where it is written', () => {
    expect(at('value', 'b', 'p')).toEqual([1, 11, 12])
    expect(at('value', 'b', 'r')).toEqual([2, 16, 17])
  })

  it('shows the key for an empty value and the first line of a long one', () => {
    expect(at('value', 'c')).toEqual([3, 1, 2])
    expect(at('value', 'd')).toEqual([4, 4, 5])
  })

  it('goes as far as the path leads', () => {
    expect(at('value', 'a', 'q', 9)).toEqual(at('value', 'a', 'q'))
    expect(at('value', 'a', 'nothing', 'there')).toEqual(at('value', 'a'))
  })

  it('finds keys of a large map', () => {
    const text = Array.from({ length: 50 }, (_, i) => `k${i}: v${i}`).join('\n')
    expect(parse('x.yaml', text).doc!.keySpan(['k49']).line).toBe(50)
  })

  it('counts columns in UTF-16 units and ignores CR', () => {
    const crlf = parse('x.yaml', 'a: 1\r\n"😀": bb\r\n').doc!
    expect(crlf.valueSpan(['😀'])).toEqual({ file: 'x.yaml', line: 2, column: 7, endColumn: 9 })
  })
})

describe('faults', () => {
  it.each([
    ['an apex without quotes', '@: 1', 'yaml-syntax 1:1'],
    ['a wildcard without quotes', 'a: 1\n*: 1', 'yaml-syntax 2:1'],
    ['a wildcard in a list of owners', 'r:\n  *.preview: {type: CNAME}', 'yaml-syntax 2:3'],
    ['a tab', 'a:\n\t- b', 'yaml-syntax 2:1'],
    ['two keys on one line', 'a: b: c', 'yaml-syntax 1:4'],
    ['an open bracket', 'a: {', 'yaml-syntax 1:5'],
    ['a second document', 'a: 1\n---\nb: 2', 'yaml-syntax 2:1'],
    ['an alias without an anchor', 'a: *x', 'yaml-syntax 1:4'],
    ['an alias inside its anchor', 'a: &x [*x]', 'yaml-syntax 1:8'],
    ['an alias to what comes later', 'a: *x\nb: &x 1', 'yaml-syntax 1:4'],
    ['a tag', 'a: !include other.yaml', 'not-supported 1:13'],
    ['a key that is a list', '? [a]\n: b', 'wrong-type 1:3'],
    ['an empty key', ': x', 'wrong-type 1:1'],
    ['a merge of what is no map', 'a: {<<: 1}', 'wrong-type 1:5'],
    ['a key written twice', 'a: 1\nb: 2\na: 3', 'duplicate-key 3:1'],
    ['the same key in two spellings', "a: 1\n'a': 2", 'duplicate-key 2:1'],
  ])('%s', (_, text, place) => {
    expect(faultsOf(text)).toEqual([place])
  })

  it('reports every key that is written twice', () => {
    expect(faultsOf('a: 1\na: 2\nb: 1\nb: 2')).toEqual(['duplicate-key 2:1', 'duplicate-key 4:1'])
  })

  it.each([
    ['brackets', '['.repeat(50_000)],
    ['dashes', '- '.repeat(20_000)],
    ['closed brackets', `${'['.repeat(200)}${']'.repeat(200)}`],
  ])('refuses deep nesting of %s', (_, text) => {
    expect(parse('x.yaml', text).problems.map(problem => problem.code)).toEqual(['yaml-syntax'])
  })

  it('refuses aliases that unfold into too much, once', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 10; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      )
    const faults = faultsOf(bomb.join('\n'))
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(/^yaml-syntax 5:/)
  })
})
