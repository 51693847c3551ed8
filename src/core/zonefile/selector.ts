/**
 * Which numbers of a page are meant: `metric`, `metric{label="x", other!="y"}`, `rate(…)` of either, in the notation of
 * Prometheus, or a JSON pointer (RFC 6901). Only what the probe can look for while a page streams by is taken: a name
 * and labels that are or are not something; no expressions, no patterns.
 */
import { parsePointer } from '../health/pointer.ts'
import type { LabelMatch, Reading } from '../health/types.ts'

/** A sentence and a remedy. */
export interface SelectorFault {
  readonly text: string
  readonly hint: string
}

const selectorCharactersMax = 1000
const selector = /^([a-zA-Z_:][a-zA-Z0-9_:]{0,199})\s*(?:\{(.*)\})?$/s
const matcher = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\\n]|\\[\\"n])*)"\s*(,|$)/

export function isSelectorFault(found: Reading | SelectorFault): found is SelectorFault {
  return 'hint' in found
}

export function parsePlace(text: string): Reading | SelectorFault {
  if (parsePointer(text) !== null) return { kind: 'pointer', pointer: text }
  return {
    text: 'this is not a JSON pointer',
    hint: 'write the keys and indexes on the way, each after a slash: `/measurements/0/value`; `~1` is a slash',
  }
}

export function parseSelector(text: string): Reading | SelectorFault {
  const whole = text.trim()
  const inner = /^rate\s*\((.*)\)$/s.exec(whole)
  const found = whole.length > selectorCharactersMax ? null : selector.exec((inner?.[1] ?? whole).trim())
  if (found === null) {
    return {
      text: 'this does not select a metric',
      hint: 'write `metric`, `metric{label="x"}` or `rate(metric{label="x"})`',
    }
  }
  const labels = parseLabels(found[2] ?? '')
  return 'hint' in labels ? labels : { kind: 'series', metric: found[1]!, labels: labels.list, rate: inner !== null }
}

function parseLabels(text: string): { readonly list: readonly LabelMatch[] } | SelectorFault {
  const list: LabelMatch[] = []
  let rest = text
  while (rest.trim() !== '') {
    const found = matcher.exec(rest)
    if (found === null) {
      return { text: 'the labels cannot be read', hint: 'write them as `{label="x", other!="y"}`, in double quotes' }
    }
    const [all, name, operator, value] = found
    if (operator === '=~' || operator === '!~') {
      return { text: 'labels cannot be matched by a pattern here', hint: 'write `=` or `!=` with the whole value' }
    }
    list.push({ name: name!, value: unescapeLabel(value!), equal: operator === '=' })
    rest = rest.slice(all.length)
  }
  return { list }
}

/** A label's value between its quotes as text: `\\`, `\"` and `\n` are the escapes of the exposition format. */
function unescapeLabel(text: string): string {
  return text.replace(/\\([\\"n])/g, (_all, sign: string) => (sign === 'n' ? '\n' : sign))
}
