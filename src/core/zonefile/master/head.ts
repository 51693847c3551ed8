/**
 * What stands between owner and rdata: TTL and class in any order, each at most once, then the type (RFC 1035 section
 * 5.1). A word that begins with a digit is a TTL, since no type does.
 */
import { type Seconds, ttlMax } from '../../base/units.ts'
import { parseSeconds } from '../../rdata/seconds.ts'
import { isMetaType, parseType, rrType } from '../../rdata/table.ts'
import { shown } from '../doc.ts'
import { type Findings, refuseAt, spanOf } from './findings.ts'
import type { Token } from './lexer.ts'

export interface Head {
  readonly ttl: Seconds | null
  readonly type: number
  readonly typeToken: Token
  /** Index of the first token of the rdata. */
  readonly rdataAt: number
}

/** Reads from token `at` on; null after having reported what is wrong. */
export function readHead(findings: Findings, file: string, tokens: readonly Token[], at: number): Head | null {
  let ttl: Seconds | null = null
  let hasClass = false
  for (; ; at++) {
    const token = tokens[at]
    if (token === undefined) {
      const span = spanOf(file, tokens[tokens.length - 1]!)
      refuseAt(findings, 'master-syntax', span, 'the record has no type', 'write OWNER TYPE VALUE')
      return null
    }
    if (ttl === null && isDigit(token.text)) {
      ttl = readTtl(findings, file, token)
      if (ttl === null) return null
      continue
    }
    const isClass = !hasClass && !token.quoted && judgeClass(findings, file, token)
    if (isClass === 'refused') return null
    if (!isClass) return readType(findings, file, token, ttl, at + 1)
    hasClass = true
  }
}

/** RFC 2181 section 8: 0 to 2^31 - 1 seconds. Null after having reported another. */
export function readTtl(findings: Findings, file: string, token: Token): Seconds | null {
  const ttl = token.quoted ? null : parseSeconds(token.text)
  if (ttl !== null && ttl <= ttlMax) return ttl
  const hint = `write a number of seconds, or 30s, 5m, 1h30m; at most ${ttlMax}`
  refuseAt(findings, 'bad-ttl', spanOf(file, token), `${shown(token.text)} is not a TTL`, hint)
  return null
}

/** True for the class IN, false for what is no class at all. */
function judgeClass(findings: Findings, file: string, token: Token): boolean | 'refused' {
  const { text } = token
  if (text === 'IN' || text === 'in') return true
  if (!/^(?:in|ch|hs|cs|none|any|class[0-9]+)$/i.test(text)) return false
  if (/^(?:in|class0*1)$/i.test(text)) return true
  refuseAt(
    findings,
    'not-supported',
    spanOf(file, token),
    `the class ${shown(text)} is not served, only IN`,
    'remove the record',
  )
  return 'refused'
}

function readType(findings: Findings, file: string, token: Token, ttl: Seconds | null, rdataAt: number): Head | null {
  const type = token.quoted ? null : parseType(token.text)
  if (type !== null && !isMetaType(type)) return { ttl, type, typeToken: token, rdataAt }
  const span = spanOf(file, token)
  if (type === null) {
    const hint = 'write a known type, or its number as in TYPE65280 with the value as `\\# LENGTH HEX`'
    refuseAt(findings, 'unknown-record-type', span, `there is no record type ${shown(token.text)}`, hint)
    return null
  }
  const what = type === rrType.OPT ? 'a part of messages' : 'a type for questions and transactions'
  refuseAt(findings, 'bad-value', span, `${shown(token.text)} is ${what}, never stored in a zone`, 'remove the record')
  return null
}

function isDigit(text: string): boolean {
  const code = text.charCodeAt(0)
  return code >= 0x30 && code <= 0x39
}
