/**
 * The words and shapes that every verb prints with: colours, tables, durations. Pure: text in, text out.
 * Invariant: nothing that came over a network reaches a terminal with control characters in it.
 */
export interface Paint {
  good(text: string): string
  bad(text: string): string
  doubtful(text: string): string
  dim(text: string): string
  strong(text: string): string
}

/** Colours on a terminal, plain text elsewhere. */
export function createPaint(color: boolean): Paint {
  const wrap = (code: number) => (text: string) => (color && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text)
  return { good: wrap(32), bad: wrap(31), doubtful: wrap(33), dim: wrap(2), strong: wrap(1) }
}

/** One cell: what is measured is `text`; `paint` is applied after padding, so that colours never shift a column. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** Columns two spaces apart, each as wide as its widest cell; the last one is not padded. */
export function renderTable(rows: readonly (readonly (Cell | string)[])[], indent: string): string {
  const cells = rows.map(row => row.map(cell => (typeof cell === 'string' ? { text: cell } : cell)))
  const widths: number[] = []
  for (const row of cells) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, printable(cell.text).length)
    })
  }
  return cells.map(row => `${indent}${renderRow(row, widths)}\n`).join('')
}

function renderRow(row: readonly Cell[], widths: readonly number[]): string {
  const last = row.length - 1
  return row
    .map((cell, i) => {
      const text = i === last ? printable(cell.text) : printable(cell.text).padEnd(widths[i]!)
      return cell.paint === undefined ? text : cell.paint(text)
    })
    .join('  ')
}

/** An instant as people compare it with a log, to the second: `2026-01-02T03:04:05Z`. */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Two units at most: `0.4s`, `12s`, `3m 20s`, `2h 5m`, `4d 1h`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs)
  if (ms < 9950) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')}s`
  const wholeSeconds = Math.round(ms / 1000)
  for (const [unitSeconds, unit, lowerSeconds, lower] of units) {
    if (wholeSeconds < unitSeconds) continue
    const rest = Math.floor((wholeSeconds % unitSeconds) / lowerSeconds)
    const head = `${Math.floor(wholeSeconds / unitSeconds)}${unit}`
    return rest === 0 ? head : `${head} ${rest}${lower}`
  }
  return `${wholeSeconds}s`
}

const units = [
  [86_400, 'd', 3600, 'h'],
  [3600, 'h', 60, 'm'],
  [60, 'm', 1, 's'],
] as const

/** `1 check`, `2 checks`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`
}

/** What could move a terminal's cursor, turn text around or forge a line is written as an escape. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, character => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`
  })
}
