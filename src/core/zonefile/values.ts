/**
 * `value: X` and `values: [X, Y]` are two spellings of one thing: a list of values, each with its place.
 */
import { type Path, type Reader, refuse } from './doc.ts'

export interface Valued<V> {
  readonly value?: V | undefined
  readonly values?: readonly V[] | undefined
}

/** Empty after having reported that there is none, or two lists. */
export function valuesOf<V>(
  reader: Reader,
  input: Valued<V>,
  path: Path,
): readonly { readonly value: V; readonly path: Path }[] {
  const { value, values } = input
  if (value !== undefined && values !== undefined) {
    const span = reader.doc.keySpan([...path, 'value'])
    refuse(reader, 'bad-value', span, 'the record has both `value` and `values`', 'write all of them under `values`')
    return []
  }
  if (values !== undefined) return values.map((each, i) => ({ value: each, path: [...path, 'values', i] }))
  if (value !== undefined) return [{ value, path: [...path, 'value'] }]
  const span = reader.doc.valueSpan([...path, 'type'])
  refuse(reader, 'missing-key', span, 'the record has no `value` and no `values`', 'add `value: …` or `values: […]`')
  return []
}
