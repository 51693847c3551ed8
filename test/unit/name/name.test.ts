import { describe, expect, it } from 'vitest'
import {
  equalNames,
  formatName,
  isNameFault,
  isUnder,
  isWildcard,
  labelCount,
  lowerName,
  type Name,
  nameKey,
  parentOf,
  parseName,
  root,
  wildcardOf,
} from '../../../src/core/name/name.ts'

function name(text: string): Name {
  const parsed = parseName(text, null)
  if (isNameFault(parsed)) throw new Error(`${text}: ${parsed}`)
  return parsed
}

describe('parseName', () => {
  it('reads absolute names into wire form', () => {
    expect([...name('a.bc.')]).toEqual([1, 0x61, 2, 0x62, 0x63, 0])
    expect(name('.')).toEqual(root)
  })

  it('completes relative names with the origin', () => {
    expect(parseName('www', name('ref.test.'))).toEqual(name('www.ref.test.'))
    expect(parseName('@', name('ref.test.'))).toEqual(name('ref.test.'))
    expect(parseName('www', null)).toBe('relative')
    expect(parseName('@', null)).toBe('relative')
  })

  it('reads escapes (RFC 1035 5.1)', () => {
    expect([...name('a\\.b.')]).toEqual([3, 0x61, 0x2e, 0x62, 0])
    expect([...name('\\000\\255.')]).toEqual([2, 0, 255, 0])
    for (const text of ['a\\', 'a\\25', 'a\\256.', 'a\\1x2.']) expect(parseName(text, root), text).toBe('bad-escape')
  })

  it('holds the limits: labels of 63, names of 255 octets', () => {
    expect(parseName(`${'a'.repeat(63)}.`, null)).toHaveLength(65)
    expect(parseName(`${'a'.repeat(64)}.`, null)).toBe('label-too-long')
    const full = `${`${'a'.repeat(63)}.`.repeat(3)}${'a'.repeat(61)}.`
    expect(parseName(full, null)).toHaveLength(255)
    expect(parseName(`a${full}`, null)).toBe('label-too-long')
    expect(parseName(`${`${'a'.repeat(63)}.`.repeat(3)}${'a'.repeat(62)}.`, null)).toBe('name-too-long')
    expect(parseName('a'.repeat(60), name(`${`${'a'.repeat(63)}.`.repeat(3)}`))).toHaveLength(254)
    expect(parseName('a'.repeat(62), name(`${`${'a'.repeat(63)}.`.repeat(3)}`))).toBe('name-too-long')
    expect(parseName('x.'.repeat(200), null)).toBe('name-too-long')
  })

  it('refuses empty labels', () => {
    for (const text of ['', '..', 'a..b.', '.a.']) expect(parseName(text, root), text).toBe('empty-label')
  })
})

describe('names', () => {
  it('format and parse are inverse', () => {
    for (const text of ['.', 'a.', 'www.Ref.test.', 'a\\.b.c.', '\\000\\255\\032.x.', '_srv._tcp.\\@.']) {
      expect(formatName(name(text))).toBe(text)
    }
  })

  it('compare without regard to ASCII case and to nothing else', () => {
    expect(equalNames(name('A.b.'), name('a.B.'))).toBe(true)
    expect(equalNames(name('\\196.'), name('\\228.'))).toBe(false)
    expect(nameKey(name('WwW.'))).toBe(nameKey(name('www.')))
    expect(lowerName(name('A1.Z.'))).toEqual(name('a1.z.'))
  })

  it('know their ancestors by labels, not by letters', () => {
    expect(isUnder(name('www.ref.test.'), name('REF.test.'))).toBe(true)
    expect(isUnder(name('ref.test.'), name('ref.test.'))).toBe(true)
    expect(isUnder(name('xref.test.'), name('ref.test.'))).toBe(false)
    expect(isUnder(name('test.'), name('ref.test.'))).toBe(false)
    expect(isUnder(name('a.'), root)).toBe(true)
    expect(formatName(parentOf(name('www.ref.test.'))!)).toBe('ref.test.')
    expect(parentOf(root)).toBeNull()
    expect(labelCount(name('a.b.c.'))).toBe(3)
  })

  it('know wildcards', () => {
    expect(isWildcard(name('*.a.'))).toBe(true)
    expect(isWildcard(name('**.a.'))).toBe(false)
    expect(formatName(wildcardOf(name('a.'))!)).toBe('*.a.')
    expect(wildcardOf(name(`${`${'a'.repeat(63)}.`.repeat(3)}${'a'.repeat(61)}.`))).toBeNull()
  })
})
