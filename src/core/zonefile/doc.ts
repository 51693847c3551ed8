/**
 * A zone file as read but not yet judged: plain values, and for every one of them the place it was written at. It is
 * the only thing that reading yields and the only thing that judging takes, so nothing unchecked can be served.
 * Maps are objects without a prototype, keys are text as written (`1.10` stays `1.10`), lists are arrays.
 */
import type { ErrorCode, Problem, Span, WarningCode } from '../base/problem.ts'
import type { GeoDesk } from './geo-desk.ts'

export type Path = readonly (string | number)[]

export interface Doc {
  readonly file: string
  readonly tree: unknown
  /** Where the key of the last step stands; for a list entry, the entry. */
  keySpan(path: Path): Span
  /** Where the value stands (its first line); for an empty one, its key. A path that ends early: where it ends. */
  valueSpan(path: Path): Span
  /** A plain value as it is written, of which `1.10` and `0x10` keep more than the number; null for any other. */
  written(path: Path): string | null
}

/** What judging carries along: the file, and the problems found in it so far. */
export interface Reader {
  readonly doc: Doc
  readonly problems: Problem[]
  /** Where places are; absent: nobody knows. */
  readonly geo?: GeoDesk
}

export function refuse(reader: Reader, code: ErrorCode, span: Span, text: string, hint: string | null = null): void {
  reader.problems.push({ code, severity: 'error', span, text, hint })
}

export function warn(reader: Reader, code: WarningCode, span: Span, text: string, hint: string | null = null): void {
  reader.problems.push({ code, severity: 'warning', span, text, hint })
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(problem => problem.severity === 'error')
}

/** A map of the file, as opposed to a list, a scalar or nothing. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const shownCharactersMax = 60

/** A value from the file as it may stand in a sentence: short, on one line, nothing that a terminal would obey. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (isMap(value)) return 'a map'
  if (value === null || value === undefined) return 'nothing'
  const text = String(value)
  const short = text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text
  return `\`${printable(short)}\``
}

/** The same text with control characters made visible. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, character => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
