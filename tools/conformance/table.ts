/** The verdict as people read it: a table by phenomenon, the explanations that were needed, and every open case. */
import type { Heard } from './compare.ts'
import type { Dispute } from './dispute.ts'
import { explanations } from './explained.ts'
import type { Row, Verdict } from './run.ts'

const columns = ['queries', 'unanimous', 'withOne', 'explained', 'unexplained'] as const
const headings: Readonly<Record<(typeof columns)[number], string>> = {
  queries: 'queries',
  unanimous: 'all agree',
  withOne: 'with one of two',
  explained: 'explained',
  unexplained: 'unexplained',
}
const shownMax = 20

export function formatVerdict(verdict: Verdict): string {
  const { rows, explained, unexplained, faults } = verdict
  const lines = [...formatTable([...rows, sumRows(rows)]), '']
  for (const explanation of explanations) {
    const count = explained.get(explanation) ?? 0
    lines.push(`${String(count).padStart(7)}  ${explanation.name} (${explanation.rests}): ${explanation.reason}`)
  }
  for (const dispute of unexplained.slice(0, shownMax)) lines.push('', ...formatDispute(dispute))
  for (const { one, text } of faults.slice(0, shownMax)) {
    lines.push('', `fault: ${text}`, `  ${one.via} ${hex(one.packet)}`)
  }
  return lines.join('\n')
}

export function formatDispute({ one, robin, knot, nsd, withKnot, withNsd }: Dispute): readonly string[] {
  const aspects = [...new Set([...withKnot, ...withNsd])]
  const said = (name: string, heard: Heard): string[] => [
    `  ${name}${heard.message === null ? `: ${heard.fault}` : ''}`,
    ...(heard.message === null ? [] : aspects.map(aspect => `    ${aspect}: ${oneLine(heard.said[aspect])}`)),
  ]
  return [
    `unexplained: ${one.phenomenon}, ${one.via}`,
    `  packet ${hex(one.packet)}`,
    ...said('robin', robin),
    ...said('knot', knot),
    ...said('nsd', nsd),
  ]
}

export function sumRows(rows: readonly Row[]): Row {
  const sum: Row = { phenomenon: 'in all', queries: 0, unanimous: 0, withOne: 0, explained: 0, unexplained: 0 }
  for (const row of rows) for (const column of columns) sum[column] += row[column]
  return sum
}

function formatTable(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(({ phenomenon }) => phenomenon.length))
  const head = ['phenomenon'.padEnd(width), ...columns.map(column => headings[column])].join('  ')
  return [
    head,
    '-'.repeat(head.length),
    ...rows.map(row => {
      const cells = columns.map(column => String(row[column]).padStart(headings[column].length))
      return `${row.phenomenon.padEnd(width)}  ${cells.join('  ')}`
    }),
  ]
}

const lineMax = 400

function oneLine(text: string): string {
  const line = text.replaceAll('\n', ' | ')
  return line.length > lineMax ? `${line.slice(0, lineMax)}...` : line
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}
