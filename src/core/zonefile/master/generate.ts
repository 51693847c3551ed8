/**
 * `$GENERATE range lhs [ttl] [class] type rhs`: BIND's loop over records. A range is `start-stop` or `start-stop/step`;
 * both sides are templates (template.ts). An rhs in quotes is unquoted once and then read like any value.
 */
import { shown } from '../doc.ts'
import { refuseAt, spanOf } from './findings.ts'
import { type Head, readHead } from './head.ts'
import { createLexer, readEntry, type Token } from './lexer.ts'
import { enterRecord, type Frame, type Reading, readOwner } from './record.ts'
import { fillTemplate, parseTemplate, type Template } from './template.ts'

/** Records from one directive at most. */
const generateMax = 65_536
/** Records from all directives of a zone at most. */
export const generatedMax = 1_048_576

const rangeHint = 'write $GENERATE START-STOP[/STEP] OWNER TYPE VALUE'

export function readGenerate(reading: Reading, frame: Frame, tokens: readonly Token[]): void {
  const { findings } = reading
  const { file } = frame
  const [directive, range, lhs] = tokens
  if (range === undefined || lhs === undefined) {
    const span = spanOf(file, tokens[tokens.length - 1] ?? directive!)
    refuseAt(findings, 'master-syntax', span, 'the directive lacks a range or an owner', rangeHint)
    return
  }
  const numbers = readRange(reading, frame, range)
  const owners = readTemplate(reading, frame, lhs, lhs.text)
  if (numbers === null || owners === null) return
  const head = readHead(findings, file, tokens, 3)
  if (head === null) return
  const rhs = tokens[head.rdataAt]
  if (rhs === undefined) {
    refuseAt(findings, 'master-syntax', spanOf(file, head.typeToken), 'the directive lacks a value', rangeHint)
    return
  }
  const values = readTemplate(reading, frame, rhs, textOf(tokens.slice(head.rdataAt)))
  if (values !== null) generate(reading, frame, numbers, { lhs, owners, head, rhs, values })
}

interface Numbers {
  readonly start: number
  readonly stop: number
  readonly step: number
}

interface Sides {
  readonly lhs: Token
  readonly owners: Template
  readonly head: Head
  readonly rhs: Token
  readonly values: Template
}

function generate(reading: Reading, frame: Frame, { start, stop, step }: Numbers, sides: Sides): void {
  const { findings } = reading
  const lhsSpan = spanOf(frame.file, sides.lhs)
  const rhsSpan = spanOf(frame.file, sides.rhs)
  const errorsBefore = findings.errors
  for (let number = start; number <= stop && findings.errors === errorsBefore; number += step) {
    const ownerText = fillTemplate(sides.owners, number)
    const valueText = fillTemplate(sides.values, number)
    const entry = valueText === null ? null : readEntry(createLexer(valueText))
    if (ownerText === null || valueText === null) {
      const span = ownerText === null ? lhsSpan : rhsSpan
      refuseAt(
        findings,
        'master-syntax',
        span,
        `for ${number} the offset leads beyond 32 bits`,
        'take a smaller offset',
      )
      return
    }
    if (entry !== null && entry.fault !== null) {
      refuseAt(findings, 'master-syntax', rhsSpan, `for ${number}: ${entry.fault.text}`, entry.fault.hint)
      return
    }
    const owner = readOwner(reading, frame, ownerText, lhsSpan)
    if (owner !== 'faulty') enterRecord(reading, frame, owner, sides.head, entry?.tokens ?? [], () => rhsSpan)
  }
}

function readRange(reading: Reading, frame: Frame, token: Token): Numbers | null {
  const { findings } = reading
  const span = spanOf(frame.file, token)
  const match = /^([0-9]{1,10})-([0-9]{1,10})(?:\/([0-9]{1,10}))?$/.exec(token.text)
  const start = Number(match?.[1] ?? 0)
  const stop = Number(match?.[2] ?? 0)
  const step = Number(match?.[3] ?? 1)
  if (match === null || start > stop || step === 0 || stop > numberMax) {
    refuseAt(findings, 'master-syntax', span, `${shown(token.text)} is not a range`, rangeHint)
    return null
  }
  const count = Math.floor((stop - start) / step) + 1
  const allowed = Math.min(generateMax, reading.generatedLeft)
  if (count > allowed) {
    const text = `${count} records are more than the ${allowed} that may be generated here`
    refuseAt(findings, 'master-syntax', span, text, 'take a smaller range')
    return null
  }
  reading.generatedLeft -= count
  return { start, stop, step }
}

const numberMax = 0x7fffffff

function readTemplate(reading: Reading, frame: Frame, token: Token, text: string): Template | null {
  const template = parseTemplate(text)
  if (template !== null) return template
  const hint = 'write $ alone, or behind it {OFFSET}, {OFFSET,WIDTH} or {OFFSET,WIDTH,BASE}'
  refuseAt(reading.findings, 'master-syntax', spanOf(frame.file, token), `${shown(text)} has a bad \`\${\``, hint)
  return null
}

/** The value as one text. One word in quotes loses them, and its `\"` their backslashes; others stay as written. */
function textOf(tokens: readonly Token[]): string {
  const only = tokens.length === 1 ? tokens[0]! : null
  if (only?.quoted) return only.text.replace(/\\([\s\S])/g, (whole, next) => (next === '"' ? '"' : whole))
  return tokens.map(({ text, quoted, glued }) => `${glued ? '' : ' '}${quoted ? `"${text}"` : text}`).join('')
}
