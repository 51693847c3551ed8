/**
 * The DNS part of a check: the question in words, and what a good answer is. The name goes into a query as it is, so it
 * is read by the same rules as a name of a zone.
 */
import type { Cadence, DnsCheck } from '../health/types.ts'
import { formatName, isNameFault, lowerName, parseName } from '../name/name.ts'
import { comparableRdata, isComparable } from '../rdata/comparable.ts'
import { formatType, isMetaType, parseType } from '../rdata/table.ts'
import type { CheckDraft } from './check-plan.ts'
import { hasErrors, type Path, type Reader, refuse, shown } from './doc.ts'
import { suggest } from './issues.ts'
import type { DnsInput } from './schema/check-dns.ts'

type Question = Pick<DnsCheck, 'qname' | 'qtype'>

const dnsPort = 53

/** RFC 1035 section 4.1.1, RFC 2136 section 2.2, RFC 6891 section 9. */
const rcodes: Readonly<Record<string, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
}

export function readDns(
  reader: Reader,
  name: string,
  input: DnsInput,
  cadence: Cadence,
  path: Path,
): CheckDraft | null {
  const problemsBefore = reader.problems.length
  const question = readQuestion(reader, input.question, [...path, 'question'])
  const { rcode = 'NOERROR', data = [] } = input.expect ?? {}
  const codes = readRcodes(reader, rcode, [...path, 'expect', 'rcode'])
  const rdatas = question === null ? [] : readAnswers(reader, question.qtype, data, [...path, 'expect', 'data'])
  if (data.length > 0 && !codes.includes(rcodes['NOERROR']!)) {
    const text = '`data` can only be in an answer with NOERROR, which `rcode` does not let pass'
    refuse(reader, 'bad-value', reader.doc.keySpan([...path, 'expect', 'data']), text, 'remove `data`')
  }
  if (question === null || hasErrors(reader.problems.slice(problemsBefore))) return null
  const { port = dnsPort } = input
  const spec: DnsCheck = {
    protocol: 'DNS',
    name,
    ...cadence,
    port,
    ...question,
    expect: { rcodes: codes, rdatas },
  }
  return { spec, hostFromOwner: false }
}

/** Null after having reported what is wrong. */
function readQuestion(reader: Reader, text: string, path: Path): Question | null {
  const span = reader.doc.valueSpan(path)
  const [nameText, typeText, ...rest] = text.split(/[ \t]+/).filter(word => word !== '')
  if (nameText === undefined || typeText === undefined || rest.length > 0) {
    const hint = 'write a name and a type: `question: example.com A`'
    refuse(reader, 'bad-value', span, `${shown(text)} is not a question`, hint)
    return null
  }
  const name = parseName(nameText.endsWith('.') ? nameText : `${nameText}.`, null)
  if (isNameFault(name) || /[^\x21-\x7e]/.test(nameText)) {
    refuse(reader, 'bad-name', span, `${shown(nameText)} is not a domain name`, 'write it in full, as `example.com`')
    return null
  }
  const qtype = parseType(typeText)
  if (qtype === null || isMetaType(qtype)) {
    const hint = 'write A, AAAA, NS, SOA or the like'
    refuse(reader, 'bad-value', span, `${shown(typeText)} is not a record type that can be asked for`, hint)
    return null
  }
  return { qname: formatName(lowerName(name)), qtype }
}

function readRcodes(reader: Reader, given: string | readonly string[], path: Path): readonly number[] {
  return (typeof given === 'string' ? [given] : given).flatMap((word, i) => {
    const code = Object.hasOwn(rcodes, word.toUpperCase()) ? rcodes[word.toUpperCase()] : undefined
    if (code !== undefined) return [code]
    const span = reader.doc.valueSpan(typeof given === 'string' ? path : [...path, i])
    const hint = suggest(word.toUpperCase(), Object.keys(rcodes))
    refuse(reader, 'bad-value', span, `${shown(word)} is not a response code`, hint)
    return []
  })
}

function readAnswers(reader: Reader, qtype: number, given: string | readonly string[], path: Path): readonly string[] {
  const texts = typeof given === 'string' ? [given] : given
  if (texts.length > 0 && !isComparable(qtype)) {
    const text = `the data of ${formatType(qtype)} records is not compared by this version`
    refuse(reader, 'not-supported', reader.doc.keySpan(path), text, 'remove `data`; `rcode` can be expected')
    return []
  }
  return texts.flatMap((text, i) => {
    const rdata = comparableRdata(qtype, text)
    if (typeof rdata === 'string') return [rdata]
    refuse(
      reader,
      rdata.code,
      reader.doc.valueSpan(typeof given === 'string' ? path : [...path, i]),
      rdata.text,
      rdata.hint,
    )
    return []
  })
}
