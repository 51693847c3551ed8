/**
 * The TCP part of a check. What it sends are the user's own octets, so any text may be sent, but for one that UTF-8
 * cannot write.
 */
import type { Cadence, TcpCheck, TextMatch } from '../health/types.ts'
import type { CheckDraft } from './check-plan.ts'
import { hasErrors, type Path, type Reader, refuse } from './doc.ts'
import { requireRegex } from './match.ts'
import type { TcpInput } from './schema/check-tcp.ts'
import { readOptionalTls } from './tls.ts'

const sendCharactersMax = 4096

export function readTcp(
  reader: Reader,
  name: string,
  input: TcpInput,
  cadence: Cadence,
  path: Path,
): CheckDraft | null {
  const problemsBefore = reader.problems.length
  const { port, send = null } = input
  if (send !== null) requireSendable(reader, send, [...path, 'send'])
  const expect = readBanner(reader, input.expect, [...path, 'expect'])
  const tls = readOptionalTls(reader, input.tls, [...path, 'tls'])
  if (hasErrors(reader.problems.slice(problemsBefore))) return null
  const spec: TcpCheck = { protocol: 'TCP', name, ...cadence, port, send, expect, tls }
  // Without a name SNI says nothing; a server that is not verified may do without it.
  return { spec, hostFromOwner: tls?.verify === true && tls.serverName === null }
}

function requireSendable(reader: Reader, send: string, path: Path): void {
  const span = reader.doc.valueSpan(path)
  if (send.length > sendCharactersMax) {
    const text = `a text of ${send.length} characters is more than the ${sendCharactersMax} that a probe sends`
    refuse(reader, 'bad-value', span, text, 'shorten it')
  } else if (!send.isWellFormed()) {
    refuse(reader, 'bad-value', span, 'the text has half a character in it', 'write `\\u` escapes in whole pairs')
  }
}

function readBanner(reader: Reader, input: TcpInput['expect'], path: Path): TextMatch | null {
  if (input === undefined) return null
  const { text, regex } = input
  if (text !== undefined && regex === undefined) return { kind: 'text', text }
  if (regex !== undefined && text === undefined) {
    requireRegex(reader, regex, [...path, 'regex'])
    return { kind: 'regex', source: regex }
  }
  const sentence = text === undefined ? '`expect` looks for nothing' : '`expect` has both `text` and `regex`'
  refuse(reader, 'bad-value', reader.doc.valueSpan(path), sentence, 'write one of {text: …} and {regex: …}')
  return null
}
