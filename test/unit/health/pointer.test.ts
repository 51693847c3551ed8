/** JSON pointers: the examples of RFC 6901, and what a hostile document cannot make of them. */
import { expect, it } from 'vitest'
import { parsePointer, pointerCharactersMax, resolvePointer } from '../../../src/core/health/pointer.ts'

const document: unknown = JSON.parse(
  '{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\\\j": 5, "k\\"l": 6, " ": 7, "m~n": 8}',
)
const resolve = (pointer: string): unknown => resolvePointer(document, parsePointer(pointer)!)

it.each([
  ['', document],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
])('%o leads to %o', (pointer, value) => {
  expect(resolve(pointer)).toEqual(value)
})

it.each(['/foo/2', '/foo/-', '/foo/01', '/foo/-1', '/foo/1e0', '/foo/length', '/foo/0/0', '/nowhere', '/foo/bar'])(
  '%s leads nowhere',
  pointer => {
    expect(resolve(pointer)).toBeUndefined()
  },
)

it.each(['/__proto__', '/constructor', '/toString', '/foo/__proto__', '/foo/at'])(
  '%s is not reached by inheritance',
  pointer => {
    expect(resolve(pointer)).toBeUndefined()
  },
)

it.each(['foo', '#/foo', '/a~b', '/a~2', '/~', `/${'a'.repeat(pointerCharactersMax)}`])('%o is no pointer', text => {
  expect(parsePointer(text)).toBeNull()
})

it('unescapes in one order: ~01 is ~1', () => {
  expect(parsePointer('/~01')).toEqual(['~1'])
})
