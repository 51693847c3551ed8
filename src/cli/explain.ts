/**
 * `robin explain NAME [TYPE] [--from IP]`: why the name is answered as it is, and what it is answered with at this
 * moment, asked of the server itself. Where the answer leads on by a CNAME, the names that it leads to are explained as
 * well. Exit code 1 for a name in none of our zones.
 */
import { isNameFault, parseName, root } from '../core/name/name.ts'
import type { SocketAddress } from '../core/ports.ts'
import { rrType } from '../core/rdata/table.ts'
import { type Explanation, explain, isClientAddress } from '../core/view/explain.ts'
import type { StatusView } from '../core/view/status.ts'
import { createQuestion, type Message } from '../edge/probe/dns-message.ts'
import { formatDns2Rdata } from '../edge/probe/dns-rdata.ts'
import { parseListen } from '../edge/transport/listen.ts'
import { fetchStatus } from './client.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'
import { parseQueryType } from './query-message.ts'
import { askUdp } from './query-transport.ts'
import { renderExplanations } from './render-explain.ts'
import { describeAnswers, formatRcode } from './render-query.ts'
import { createPaint } from './render-text.ts'

export interface ExplainOptions {
  readonly admin: string
  readonly from?: string
  readonly json: boolean
}

const deadlineMs = 2000
/** Names that one answer may lead through. */
const namesMax = 16

export async function runExplain(name: string, type: string | null, options: ExplainOptions, io: Io): Promise<number> {
  const { from = null } = options
  if (from !== null && !isClientAddress(from)) {
    throw new UsageFault(`--from takes an address, not ${JSON.stringify(from)}`)
  }
  if (type !== null && parseQueryType(type) === null) {
    throw new UsageFault(`${JSON.stringify(type)} is not a record type`)
  }
  const parsed = parseName(name, root)
  if (isNameFault(parsed)) throw new UsageFault(`${JSON.stringify(name)} is not a domain name (${parsed})`)
  const view = await fetchStatus(options.admin, io, true)
  if (typeof view === 'number') return view
  const answers = from === null ? await askServer(view, name, type) : []
  const names = [name, ...targetsOf(answers)].slice(0, namesMax)
  const explanations = names.map(each => explain(view, each, type, from))
  const lines = answers.flatMap(describeAnswers)
  if (options.json) io.out(`${JSON.stringify({ explanations, answer: lines }, null, 2)}\n`)
  else io.out(renderExplanations(explanations, describeAnswer(answers, lines), createPaint(io.color)))
  return leadsNowhere(explanations) ? exitCodes.failed : exitCodes.ok
}

function leadsNowhere([first]: readonly Explanation[]): boolean {
  return first === undefined || first.zone === null
}

/** The records, else how the server says that there are none. */
function describeAnswer(answers: readonly Message[], lines: readonly string[]): readonly string[] {
  if (lines.length > 0) return lines
  const codes = answers.map(({ header }) => header.rcode)
  return [...new Set(codes)].map(rcode => `${formatRcode(rcode)}${rcode === 0 ? ', no such records' : ''}`)
}

/** What the server says now, of the type asked, else of both address types. Silence is an empty list. */
async function askServer(view: StatusView, name: string, type: string | null): Promise<readonly Message[]> {
  const server = addressOf(view)
  const parsed = parseName(name, root)
  if (server === null || isNameFault(parsed)) return []
  const messages: Message[] = []
  for (const each of type === null ? ['A', 'AAAA'] : [type]) {
    const exchange = await askUdp(createQuestion(parsed, parseQueryType(each)!, false), server, deadlineMs)
    if (exchange.kind === 'response') messages.push(exchange.message)
  }
  return messages
}

/** Where the server answers over UDP; a wildcard is asked on loopback. */
function addressOf({ server }: StatusView): SocketAddress | null {
  const text = server.listening.find(each => each.startsWith('udp '))?.slice(4)
  const address = text === undefined ? null : parseListen(text)
  if (address === null) return null
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host
  return { ...address, host }
}

/** Names that CNAMEs in the answers lead to. */
function targetsOf(messages: readonly Message[]): readonly string[] {
  const targets = messages.flatMap(({ answers }) =>
    answers.filter(({ type }) => type === rrType.CNAME).map(record => formatDns2Rdata(record)),
  )
  return [...new Set(targets)]
}
