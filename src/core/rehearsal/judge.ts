/**
 * Compares what was answered with what a test expects. Everything that differs is told at once, each thing once however
 * many answers show it.
 */
import { rcode as rcodes } from '../wire/header.ts'
import type { ZoneTest } from '../zonefile/zone-test.ts'
import type { Answered } from './message.ts'
import type { TestFault } from './report.ts'

/** None if all is as expected. There is at least one answer. */
export function judge(test: ZoneTest, answers: readonly Answered[]): readonly TestFault[] {
  const wrongCode = answers.find(({ rcode }) => rcode !== rcodes[test.rcode])
  const faults: TestFault[] = []
  if (wrongCode !== undefined) {
    faults.push({ kind: 'rcode', expected: test.rcode, got: nameOf(wrongCode.rcode) })
  }
  if (test.expect !== null) faults.push(...judgeSet(test.expect, answers))
  if (test.within !== null) faults.push(...judgeWithin(test.expect ?? [], test.within, answers))
  if (test.ttl !== null) faults.push(...judgeTtl(test.ttl, answers))
  if (test.count !== null) {
    const other = answers.find(({ values }) => values.length !== test.count)
    if (other !== undefined) faults.push({ kind: 'count', expected: test.count, got: other.values.length })
  }
  if (test.order !== null) faults.push(...judgeOrder(test.order, test.expect ?? [], answers))
  return faults
}

/** True if the value is what was expected, or a record that points at it. */
function isMeant(expected: string, value: string): boolean {
  return value === expected || value.endsWith(` ${expected}`)
}

function judgeSet(expect: readonly string[], answers: readonly Answered[]): readonly TestFault[] {
  const values = [...new Set(answers.flatMap(answer => answer.values))]
  const missing = expect.filter(expected => !values.some(value => isMeant(expected, value)))
  const unexpected = values.filter(value => !expect.some(expected => isMeant(expected, value)))
  return [
    ...missing.map((value): TestFault => ({ kind: 'missing', value })),
    ...unexpected.map((value): TestFault => ({ kind: 'unexpected', value })),
  ]
}

/** What was never answered is missing, which is told already. */
function judgeWithin(expect: readonly string[], within: number, answers: readonly Answered[]): readonly TestFault[] {
  return expect.flatMap((expected): readonly TestFault[] => {
    const got = answers.findIndex(({ values }) => values.some(value => isMeant(expected, value))) + 1
    return got > within ? [{ kind: 'late', value: expected, within, got }] : []
  })
}

function judgeTtl(expected: number, answers: readonly Answered[]): readonly TestFault[] {
  const ttls = answers.flatMap(({ ttls, denialTtl }) =>
    ttls.length > 0 ? ttls : denialTtl === null ? [] : [denialTtl],
  )
  const got = ttls.find(ttl => ttl !== expected)
  return got === undefined ? [] : [{ kind: 'ttl', expected, got }]
}

function judgeOrder(
  order: NonNullable<ZoneTest['order']>,
  expect: readonly string[],
  answers: readonly Answered[],
): readonly TestFault[] {
  if (order === 'as-listed') {
    const isInOrder = ({ values }: Answered) => values.every((value, i) => isMeant(expect[i] ?? '', value))
    const other = answers.find(answer => !isInOrder(answer))
    return other === undefined ? [] : [{ kind: 'order', got: other.values }]
  }
  const firsts = new Set(answers.map(({ values }) => values[0]))
  return expect
    .filter(expected => ![...firsts].some(first => first !== undefined && isMeant(expected, first)))
    .map(value => ({ kind: 'never-first', value }))
}

function nameOf(code: number): string {
  const found = Object.entries(rcodes).find(([, each]) => each === code)
  return found?.[0] ?? `RCODE${code}`
}
