/** JSON in pieces: joined it is what it says, and no piece is large. */
import { describe, expect, it } from 'vitest'
import { jsonPieces, pieceCharacters } from '../../../src/core/base/json.ts'

describe('pieces', () => {
  it.each([
    [{}, {}],
    [{ a: 1 }, {}],
    [{}, { list: [] }],
    [{}, { list: [1, 'two', null], more: [{ three: [4] }] }],
    [
      { a: '"', b: null },
      { list: [], 'more "': ['}'], last: [] },
    ],
  ])('of %j and %j joined are one object', (plain, lists) => {
    expect(JSON.parse([...jsonPieces(plain, lists)].join(''))).toEqual({ ...plain, ...lists })
  })

  it('are about equally large however long a list is', () => {
    const element = 'x'.repeat(100)
    const pieces = [...jsonPieces({ a: 1 }, { list: Array.from({ length: 10_000 }, () => element) })]
    expect(pieces.length).toBeGreaterThan(50)
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(pieceCharacters + 2 * element.length)
  })
})
