/** Lines and numbers as the benchmarks print them: a label, then figures in columns. */
import type { PaceReport } from './pace.ts'
import type { Percentiles } from './support.ts'

const labelWidth = 46

export function print(label: string, text = ''): void {
  process.stdout.write(`  ${label.padEnd(labelWidth)}${text}`.trimEnd())
  process.stdout.write('\n')
}

/** One line of a table: each cell in its column. */
export function printCells(label: string, cells: readonly string[], widths: readonly number[]): void {
  print(label, cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(''))
}

export function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}

export function mebibytes(octets: number): string {
  return `${Math.round(octets / 2 ** 20)} MiB`
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

export function describeTimes(times: Percentiles): string {
  return `p50 ${ms(times.p50Ms)}, p99 ${ms(times.p99Ms)}, p99.9 ${ms(times.p999Ms)}, longest ${ms(times.maxMs)}`
}

export function describePace(pace: PaceReport): string {
  return `${pace.answered} of ${pace.sent}, ${describeTimes(pace)}`
}
