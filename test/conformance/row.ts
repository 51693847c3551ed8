/**
 * What one row of the conformance table is: questions, put by the real dig or as octets, and patterns on what comes
 * back. A dig answer is its output with blanks squeezed; an answer to octets is one line, as `sender.ts` writes it.
 */
export interface Row {
  readonly id: string
  /** `must` and `should` are the protocol's; `choice` is where it leaves us one, and then the row says which we took. */
  readonly level: 'must' | 'should' | 'choice'
  /** The RFC and its section. */
  readonly rests: string
  readonly what: string
  readonly asks: readonly Ask[]
  /** Each must be found in the answers of all asks, one after the other. */
  readonly expect: readonly RegExp[]
  /** None may be found. */
  readonly never?: readonly RegExp[]
}

export type Ask =
  /** Words of dig's command line, after the server and `+norec +noad +nocookie`. */
  | { readonly dig: string }
  /** Messages in hex, where `n:name` stands for a name in wire form. */
  | { readonly raw: string; readonly how: How }

/**
 * `udp` and `tcp`: as one datagram or segment. `tcp-octets`: octet by octet. `tcp-half`: our side is closed behind it.
 * `tcp-bare`: without lengths in front, so that what is sent is no frame.
 */
export type How = 'udp' | 'tcp' | 'tcp-octets' | 'tcp-half' | 'tcp-bare'

export function dig(...lines: readonly string[]): readonly Ask[] {
  return lines.map(line => ({ dig: line }))
}

export function raw(how: How, ...messages: readonly string[]): readonly Ask[] {
  return how === 'udp' ? messages.map(message => ({ raw: message, how })) : [{ raw: messages.join(' / '), how }]
}
