/**
 * What rehearsals came to, for people and for programs. Of a test that failed it says what was asked, what was expected
 * and what came instead, and why: the state of every member that had a say in it. Pure.
 */
import { never } from '../core/base/assert.ts'
import type { Problem } from '../core/base/problem.ts'
import { formatName } from '../core/name/name.ts'
import { formatType } from '../core/rdata/table.ts'
import type { MemberScene, PoolScene, TestFault, TestReport } from '../core/rehearsal/report.ts'
import { formatSubnet } from '../core/zonefile/subnets.ts'
import type { ZoneTest } from '../core/zonefile/zone-test.ts'
import { type Cell, count, type Paint, printable, renderTable } from './render-text.ts'
import type { TestOutput } from './test-shape.ts'

/** Pools and members that are shown of one failure. */
const poolsShownMax = 8
const membersShownMax = 32

export function drawTests(
  files: number,
  problems: readonly Problem[],
  reports: readonly TestReport[],
  ok: boolean,
): TestOutput {
  return {
    ok,
    files,
    tests: reports.length,
    failed: reports.filter(isFailed).length,
    problems: problems.map(({ code, severity, span, text, hint }) => ({ code, severity, ...span, text, hint })),
    results: reports.map(({ test, faults, answered, rcode, ttl, queries, pools }) => ({
      file: test.span.file,
      line: test.span.line,
      column: test.span.column,
      name: test.name,
      passed: faults.length === 0,
      qname: formatName(test.qname),
      qtype: formatType(test.qtype),
      from: clientOf(test),
      given: test.given.map(({ target, word }) => ({ target, word })),
      expect: test.expect === null ? null : [...test.expect],
      answered: [...answered],
      rcode,
      ttl,
      queries,
      faults: faults.map(fault => (fault.kind === 'order' ? { ...fault, got: [...fault.got] } : fault)),
      pools: pools.map(pool => ({ ...pool, members: [...pool.members] })),
    })),
  }
}

export function renderTests(files: number, reports: readonly TestReport[], paint: Paint): string {
  const failed = reports.filter(isFailed)
  const blocks = failed.map(report => `${renderFailure(report, paint)}\n`)
  const passed = paint.good(`${reports.length - failed.length} passed`)
  const rest = failed.length === 0 ? '' : `, ${paint.bad(`${failed.length} failed`)}`
  return `${blocks.join('')}${count(files, 'file')}, ${count(reports.length, 'test')}: ${passed}${rest}\n`
}

function isFailed({ faults }: TestReport): boolean {
  return faults.length > 0
}

function renderFailure(report: TestReport, paint: Paint): string {
  const { test, faults, pools } = report
  const { file, line } = test.span
  const name = test.name === null ? '' : ` ${paint.strong(printable(test.name))}`
  const differences = faults.map(fault => `  ${paint.bad(renderFault(fault))}\n`)
  const shown = pools.slice(0, poolsShownMax).map(pool => renderPool(pool, test, paint))
  const left = pools.length - shown.length
  return [
    `${paint.bad('FAILED')} ${printable(file)}:${line}${name}\n`,
    renderTable(factsOf(report), '  '),
    ...differences,
    ...shown,
    left > 0 ? `  ${count(left, 'more pool')}\n` : '',
  ].join('')
}

function factsOf({ test, answered, rcode, ttl, queries }: TestReport): readonly (readonly [string, string])[] {
  const from = clientOf(test)
  const given = test.given.map(({ target, word }) => `${target} ${word}`)
  if (test.others !== 'up') given.push(`all others ${test.others}`)
  const asked = `${formatName(test.qname)} ${formatType(test.qtype)}${from === null ? '' : ` from ${from}`}`
  const lifetime = ttl === null ? '' : `, ttl ${ttl}`
  return [
    ['asked', queries === 1 ? asked : `${asked}, ${queries} times`],
    ...(given.length === 0 ? [] : [['given', given.join(', ')] as const]),
    ['expected', expectationOf(test)],
    ['answered', `${listOf(answered)} (${rcode}${lifetime})`],
  ]
}

function expectationOf({ expect, rcode, ttl, count: records, order, within }: ZoneTest): string {
  const terms = [
    ...(rcode === 'NOERROR' ? [] : [rcode]),
    ...(ttl === null ? [] : [`ttl ${ttl}`]),
    ...(records === null ? [] : [`${records} in each answer`]),
    ...(order === null ? [] : [order]),
    ...(within === null ? [] : [`within ${count(within, 'query', 'queries')}`]),
  ]
  if (expect === null) return terms.length === 0 ? rcode : terms.join(', ')
  return `${listOf(expect)}${terms.length === 0 ? '' : ` (${terms.join(', ')})`}`
}

function listOf(values: readonly string[]): string {
  return values.length === 0 ? 'nothing' : values.join(' ')
}

function renderFault(fault: TestFault): string {
  switch (fault.kind) {
    case 'missing':
      return `- ${printable(fault.value)} was not answered`
    case 'unexpected':
      return `+ ${printable(fault.value)} was answered`
    case 'never-first':
      return `~ ${printable(fault.value)} never came first`
    case 'rcode':
      return `~ ${fault.got} instead of ${fault.expected}`
    case 'ttl':
      return `~ ttl ${fault.got} instead of ${fault.expected}`
    case 'count':
      return `~ ${count(fault.got, 'record')} in an answer instead of ${fault.expected}`
    case 'order':
      return `~ an answer in this order: ${printable(listOf(fault.got))}`
    case 'late':
      return `~ ${printable(fault.value)} came with answer ${fault.got}, not within ${fault.within}`
    case 'no-such-member':
      return `! ${printable(fault.target)} is ${fault.word} here, and no record has such a member`
    case 'member-unwatched':
      return `! ${printable(fault.target)} is ${fault.word} here, and no check could find it so`
    default:
      return never(fault)
  }
}

function renderPool({ owner, type, pool, mode, members }: PoolScene, test: ZoneTest, paint: Paint): string {
  const chain = pool === null ? '' : `, pool ${printable(pool)}`
  const manner = mode === 'normal' ? '' : `: ${paint.doubtful(mode)}`
  const expected = new Set(test.expect ?? [])
  const rows = members.slice(0, membersShownMax).map(member => renderMember(member, expected, paint))
  const left = members.length - rows.length
  const more = left > 0 ? `    ${count(left, 'more member')}\n` : ''
  return `  because ${printable(owner)} ${type}${chain}${manner}\n${renderTable(rows, '    ')}${more}`
}

function renderMember(
  { address, pool, verdict, override, answered }: MemberScene,
  expected: ReadonlySet<string>,
  paint: Paint,
): readonly (Cell | string)[] {
  const word = override === 'none' ? verdict : `${override} (${verdict})`
  const isGood = override === 'forced-up' || (override === 'none' && verdict === 'up')
  const isAsExpected = expected.has(address) === answered
  return [
    address,
    ...(pool === null ? [] : [pool]),
    { text: word, paint: isGood ? paint.good : paint.bad },
    { text: answered ? 'answered' : 'not answered', ...(isAsExpected ? {} : { paint: paint.strong }) },
  ]
}

/** Null where nothing is said of who asks. */
function clientOf({ from }: ZoneTest): string | null {
  if (from === null) return null
  const text = formatSubnet(from.subnet)
  return from.kind === 'network' ? text : text.replace(/\/[0-9]+$/, '')
}
