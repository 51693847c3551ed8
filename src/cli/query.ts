/**
 * `robin query NAME [TYPE] [@HOST[:PORT]]`: one question, asked without wish for recursion, and its answer. UDP
 * first, TCP where the answer was truncated (RFC 7766 section 5) or was wished for. Exit code 0 for every answer
 * that can be read, whatever its rcode; 1 for one that cannot.
 */
import { performance } from 'node:perf_hooks'
import { isNameFault, parseName, root } from '../core/name/name.ts'
import type { SocketAddress } from '../core/ports.ts'
import { rrType } from '../core/rdata/table.ts'
import { createQuestion, type Question } from '../edge/probe/dns-message.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'
import { parseQueryType } from './query-message.ts'
import { askTcp, askUdp, type ExchangeFault, findAddress } from './query-transport.ts'
import { describeResponse, renderResponse } from './render-query.ts'

export interface QueryOptions {
  readonly json: boolean
  readonly tcp: boolean
}

/** What the words after `query` mean. */
export interface Wish {
  readonly question: Question
  readonly server: SocketAddress
}

export const queryServerDefault: SocketAddress = { host: '127.0.0.1', port: 5300 }
const deadlineMs = 2000

export async function runQuery(words: readonly string[], options: QueryOptions, io: Io): Promise<number> {
  const { question, server } = parseWish(words)
  const label = formatServer(server)
  const found = await findAddress(server.host, deadlineMs)
  if (!('address' in found)) return explain(found, label, io)
  const at = { host: found.address, port: server.port }
  const startMs = performance.now()
  let via: 'udp' | 'tcp' = options.tcp ? 'tcp' : 'udp'
  let exchange = await (options.tcp ? askTcp : askUdp)(question, at, deadlineMs)
  if (via === 'udp' && exchange.kind === 'response' && exchange.message.header.tc === 1) {
    if (!options.json) io.err(';; truncated over udp, asking again over tcp\n')
    via = 'tcp'
    exchange = await askTcp(question, at, deadlineMs)
  }
  if (exchange.kind !== 'response') return explain(exchange, `${label} over ${via}`, io)
  const journey = { server: label, via, elapsedMs: performance.now() - startMs, octets: exchange.octets }
  const { message } = exchange
  io.out(
    options.json
      ? `${JSON.stringify(describeResponse(message, journey), null, 2)}\n`
      : renderResponse(message, journey),
  )
  return exitCodes.ok
}

/** A name, a type and a server in any order that keeps the name before the type; throws `UsageFault`. */
export function parseWish(words: readonly string[]): Wish {
  const servers = words.filter(word => word.startsWith('@'))
  const [nameText, typeText = 'A', ...more] = words.filter(word => !word.startsWith('@'))
  if (nameText === undefined) throw new UsageFault('which name? robin query NAME [TYPE] [@HOST[:PORT]]')
  if (more.length > 0) throw new UsageFault(`one name and one type at a time; what is ${JSON.stringify(more[0])}?`)
  if (servers.length > 1) throw new UsageFault('one server at a time')
  const name = parseName(nameText, root)
  if (isNameFault(name)) throw new UsageFault(`${JSON.stringify(nameText)} is not a domain name (${name})`)
  const type = parseQueryType(typeText)
  if (type === null) throw new UsageFault(`${JSON.stringify(typeText)} is not a record type`)
  if (type === rrType.AXFR || type === rrType.IXFR || type === rrType.OPT) {
    throw new UsageFault(`type ${typeText} is not a question that this verb can ask`)
  }
  const server = servers[0] === undefined ? queryServerDefault : parseServer(servers[0].slice(1))
  return { question: createQuestion(name, type, false), server }
}

/** `host`, `host:port`, `[v6]:port` or a bare IPv6 address; the port is Robin's own where none is given. */
function parseServer(text: string): SocketAddress {
  const bracketed = /^\[([^\]]+)\](?::([0-9]+))?$/.exec(text)
  const plain = bracketed ?? /^([^:]+)(?::([0-9]+))?$/.exec(text) ?? /^([0-9a-fA-F:.]+:[0-9a-fA-F:.]*)$/.exec(text)
  if (plain === null) throw new UsageFault(`${JSON.stringify(`@${text}`)} is not @HOST or @HOST:PORT`)
  const port = plain[2] === undefined ? queryServerDefault.port : Number(plain[2])
  if (port < 1 || port > 65_535) throw new UsageFault(`there is no port ${plain[2]}`)
  return { host: plain[1]!, port }
}

function formatServer({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function explain(exchange: ExchangeFault, from: string, io: Io): number {
  io.err(`robin: no usable answer from ${from}: ${exchange.text}\n`)
  switch (exchange.kind) {
    case 'unreachable':
      return exitCodes.unreachable
    case 'timeout':
      return exitCodes.timeout
    case 'malformed':
      return exitCodes.failed
  }
}
