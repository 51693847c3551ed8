/**
 * What the schema library objects to → Problems: a code, the very place, a sentence and what to write instead.
 * The library knows kinds of values; which keys are known at a place, and which words are refused there for a reason of
 * their own, is looked up in the schema by walking the same path.
 */
import { z } from 'zod'
import { isMap, type Path, printable, type Reader, refuse, shown } from './doc.ts'
import { nearest } from './nearest.ts'
import { isConcealed } from './schema/concealed.ts'
import { refusalOfKey, refusalOfValue } from './schema/later.ts'

type Issue = z.core.$ZodIssue

/** Words that a hint lists. */
const listedWordsMax = 16

/** The value as its schema types it, or null after having reported what is wrong with it. */
export function judge<S extends z.ZodType>(reader: Reader, schema: S, value: unknown, path: Path): z.output<S> | null {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues) reportIssue(reader, schema, issue, value, path)
  return null
}

function reportIssue(reader: Reader, schema: z.ZodType, issue: Issue, root: unknown, rootPath: Path): void {
  const steps = issue.path as Path
  const at = stepInto(schema, root, steps)
  const path = [...rootPath, ...steps]
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) reportUnknownKey(reader, at.schema, key, path)
      return
    case 'invalid_union':
      reportUnion(reader, at.schema, issue, at.value, path)
      return
    case 'invalid_type':
      if (at.value === undefined) reportMissing(reader, path)
      else reportType(reader, at.schema, path, expected(issue.expected), at.value)
      return
    case 'invalid_value':
      if (at.value === undefined) reportMissing(reader, path)
      else reportWord(reader, at.schema, issue.values.map(String), at.value, path)
      return
    case 'too_small':
    case 'too_big':
    case 'custom':
      reportBounds(reader, at.schema, at.value, path)
      return
    default:
      refuse(reader, 'bad-value', reader.doc.valueSpan(path), `${label(path)} cannot be ${shown(at.value)}`)
  }
}

function reportUnknownKey(reader: Reader, schema: z.ZodType | null, key: string, path: Path): void {
  const span = reader.doc.keySpan([...path, key])
  const refusal = refusalOfKey(schema, key)
  if (refusal !== null) {
    refuse(reader, refusal.code, span, refusal.text, refusal.hint)
    return
  }
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  refuse(reader, 'unknown-key', span, `the key ${shown(key)} is not known here`, suggest(key, known))
}

/** Reports the branch that the writer had in mind: the one whose kind of value is right. */
function reportUnion(
  reader: Reader,
  schema: z.ZodType | null,
  issue: Extract<Issue, { code: 'invalid_union' }>,
  value: unknown,
  path: Path,
): void {
  const isOfOtherKind = (inner: Issue) => inner.path.length === 0 && inner.code === 'invalid_type'
  const meant = issue.errors.findIndex(issues => !issues.some(isOfOtherKind))
  const branch = schema instanceof z.ZodUnion ? (schema.options[meant] as z.ZodType | undefined) : undefined
  if (meant === -1 || branch === undefined) {
    if (value === undefined) reportMissing(reader, path)
    else reportType(reader, null, path, issue.message, value)
    return
  }
  for (const inner of issue.errors[meant]!) reportIssue(reader, branch, inner, value, path)
}

function reportMissing(reader: Reader, path: Path): void {
  const key = String(path[path.length - 1] ?? '')
  const owner = path.slice(0, -1)
  refuse(reader, 'missing-key', reader.doc.keySpan(owner), `${label(owner)} has no \`${key}\``, `add \`${key}: …\``)
}

function reportType(reader: Reader, schema: z.ZodType | null, path: Path, wanted: string, value: unknown): void {
  const span = reader.doc.valueSpan(path)
  const written = writtenAs(reader, path, value)
  const kind = written === null ? kindOf(value) : shown(written)
  const text = `${label(path)} must be ${wanted}, not ${isConcealed(schema) ? kindOfConcealed(value) : kind}`
  const isListOfValues = Array.isArray(value) && path[path.length - 1] === 'value'
  const hint = isListOfValues ? 'write it as `values`' : typeHint(schema, wanted, value, written)
  refuse(reader, 'wrong-type', span, text, hint)
}

/** What was meant is what was written: of `1.10` or `0x10` the number knows less. Null for what is no number. */
function writtenAs({ doc }: Reader, path: Path, value: unknown): string | null {
  return typeof value === 'number' ? doc.written(path) : null
}

/** Quotes alone are of no use where the text has a form that this one has not. */
function textHint(schema: z.ZodType | null, value: string): string {
  const { pattern, examples } = (schema?.meta() ?? {}) as { pattern?: string; examples?: readonly string[] }
  const isOfForm = pattern === undefined || new RegExp(pattern).test(value)
  const example = examples?.[0]
  return isOfForm || example === undefined ? `put it in quotes: '${value}'` : `write a text such as '${example}'`
}

/** Not what is taken only because it was written so before. */
function newerKeys({ shape }: z.ZodObject): readonly string[] {
  return Object.keys(shape).filter(key => !(shape[key] as z.ZodType).description?.startsWith('Older spelling'))
}

/** The same value as the kind that it should be, where there is one way to write it. */
function typeHint(schema: z.ZodType | null, wanted: string, value: unknown, written: string | null): string | null {
  const isScalar = typeof value !== 'object' || value === null
  const keys = schema instanceof z.ZodObject ? newerKeys(schema) : []
  if (wanted === 'a map' && keys.length > 0) return `write \`{${keys.map(key => `${key}: …`).join(', ')}}\``
  if (!isScalar || value === null) return null
  if (wanted === 'text') return textHint(schema, written ?? String(value))
  if (wanted === 'a list') return `write \`[${printable(written ?? String(value))}]\``
  const isNumber = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
  return isNumber && wanted.endsWith('number') ? `write ${Number(value)} without quotes` : null
}

function reportWord(
  reader: Reader,
  schema: z.ZodType | null,
  words: readonly string[],
  value: unknown,
  path: Path,
): void {
  const span = reader.doc.valueSpan(path)
  const refusal = refusalOfValue(schema, value)
  if (refusal !== null) {
    refuse(reader, refusal.code, span, refusal.text, refusal.hint)
    return
  }
  if (typeof value === 'object' && value !== null) {
    reportType(reader, null, path, `one of ${words.join(', ')}`, value)
    return
  }
  const text = isConcealed(schema) ? `${label(path)} is none of these` : `${label(path)} cannot be ${shown(value)}`
  refuse(reader, 'bad-value', span, text, suggest(String(value), words))
}

function reportBounds(reader: Reader, schema: z.ZodType | null, value: unknown, path: Path): void {
  const span = reader.doc.valueSpan(path)
  if (schema instanceof z.ZodNumber) {
    const { minValue: low, maxValue: high } = schema
    const bounds =
      (high ?? Number.MAX_SAFE_INTEGER) < Number.MAX_SAFE_INTEGER ? `from ${low} to ${high}` : `at least ${low}`
    refuse(
      reader,
      'bad-value',
      span,
      `${label(path)} is ${shown(value)}, which is out of range`,
      `write a number ${bounds}`,
    )
    return
  }
  const size = Array.isArray(value) ? value.length : String(value).length
  const sentence = size === 0 ? `${label(path)} is empty` : `${label(path)} has too many entries (${size})`
  refuse(reader, 'bad-value', span, sentence, size === 0 ? 'write at least one, or remove the key' : null)
}

/** The schema and the value at the end of a path. Null where the schema has no single answer. */
function stepInto(schema: z.ZodType, value: unknown, path: Path): { schema: z.ZodType | null; value: unknown } {
  let at: z.ZodType | null = unwrap(schema)
  let reached = value
  for (const step of path) {
    at = at === null ? null : stepOnce(at, reached, step)
    const within = typeof reached === 'object' && reached !== null
    reached = within ? (reached as Record<string | number, unknown>)[step] : undefined
  }
  return { schema: at, value: reached }
}

function stepOnce(schema: z.ZodType, value: unknown, step: string | number): z.ZodType | null {
  if (schema instanceof z.ZodObject) return unwrapped(schema.shape[step])
  if (schema instanceof z.ZodArray) return unwrapped(schema.element)
  if (schema instanceof z.ZodRecord) return unwrapped(schema.valueType)
  if (schema instanceof z.ZodUnion) {
    const options = schema.options.map(option => unwrap(option as z.ZodType))
    const fits = options.find(option =>
      Array.isArray(value) ? option instanceof z.ZodArray : option instanceof z.ZodObject,
    )
    return fits === undefined ? null : stepOnce(fits, value, step)
  }
  return null
}

function unwrapped(schema: unknown): z.ZodType | null {
  return schema instanceof z.ZodType ? unwrap(schema) : null
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap() as z.ZodType) : schema
}

/** What the hint says about a word that is not known. */
export function suggest(word: string, known: readonly string[]): string | null {
  const meant = nearest(word, known)
  if (meant !== null) return `did you mean \`${meant}\`?`
  if (known.length === 0) return null
  const listed = known.slice(0, listedWordsMax).map(printable).join(', ')
  return `known here: ${listed}${known.length > listedWordsMax ? ', …' : ''}`
}

/** The key that a path ends with, as it is called in sentences. */
export function label(path: Path): string {
  const key = path.findLast(step => typeof step === 'string')
  if (key === undefined) return 'the file'
  const entry = path[path.length - 1]
  return typeof entry === 'number' ? `entry ${entry + 1} of ${shown(key)}` : shown(key)
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isMap(value)) return 'a map'
  if (typeof value === 'string') return `the text ${shown(value)}`
  return shown(value)
}

/** Without the value. */
function kindOfConcealed(value: unknown): string {
  return typeof value === 'object' ? kindOf(value) : 'a single value'
}

function expected(kind: string): string {
  switch (kind) {
    case 'string':
      return 'text'
    case 'number':
      return 'a number'
    case 'int':
      return 'a whole number'
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'left empty (`~`)'
    case 'array':
      return 'a list'
    case 'object':
    case 'record':
      return 'a map'
    default:
      return kind
  }
}
