/**
 * One large object as JSON, a little at a time, for whoever must not be held up by it: its lists are what grows with
 * what is served. The pieces joined are `{`, the plain keys, the lists, `}`.
 */

/** A fraction of a millisecond's work. Much smaller pieces would cost more to pass on than to make. */
export const pieceCharacters = 16_384

/** Yields pieces of about `pieceCharacters`: one is at most one element longer. */
export function* jsonPieces(
  plain: object,
  lists: Readonly<Record<string, readonly unknown[]>>,
): Generator<string, void> {
  let piece = JSON.stringify(plain).slice(0, -1)
  let separator = piece === '{' ? '' : ','
  for (const [name, elements] of Object.entries(lists)) {
    piece += `${separator}${JSON.stringify(name)}:[`
    separator = ''
    for (const element of elements) {
      piece += separator + JSON.stringify(element)
      separator = ','
      if (piece.length < pieceCharacters) continue
      yield piece
      piece = ''
    }
    piece += ']'
    separator = ','
  }
  yield `${piece}}`
}
