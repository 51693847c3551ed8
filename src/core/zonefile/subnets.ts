/**
 * `subnets` of a rule → prefixes (RFC 4632, RFC 4291 section 2.3), each at most once in a record: with the longest
 * match deciding over all rules, the same network in two of them could mean either.
 */
import { parseIpv4 } from '../rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../rdata/aaaa.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import type { Subnet } from './model.ts'

/** Subnets of one record; more would make a table of megabytes for a single name. */
const subnetsMax = 20_000

/** Those that are right; what is wrong with the others is reported. `seen` are the ones of the record so far. */
export function readSubnets(
  reader: Reader,
  texts: readonly string[],
  seen: Set<string>,
  path: Path,
): readonly Subnet[] {
  const subnets: Subnet[] = []
  texts.forEach((text, i) => {
    const at = [...path, i]
    const subnet = readSubnet(reader, text, at)
    if (subnet === null) return
    const key = formatSubnet(subnet)
    if (seen.has(key)) {
      const span = reader.doc.valueSpan(at)
      refuse(reader, 'duplicate-value', span, `the network ${shown(text)} stands in the rules twice`, 'remove one')
      return
    }
    seen.add(key)
    if (seen.size === subnetsMax + 1) {
      const text = `the rules name more than ${subnetsMax} networks`
      refuse(reader, 'rrset-too-large', reader.doc.valueSpan(at), text, 'join networks that get the same pool')
    }
    subnets.push(subnet)
  })
  return subnets
}

/** `10.8.0.0/16`, in canonical form. */
export function formatSubnet({ octets, bits }: Subnet): string {
  return `${octets.length === 4 ? octets.join('.') : formatIpv6(octets)}/${bits}`
}

/** An address alone is a network of one. */
export function readSubnet(reader: Reader, text: string, path: Path): Subnet | null {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const octets = parseIpv4(address) ?? parseIpv6(address)
  const span = reader.doc.valueSpan(path)
  if (octets === null) {
    const hint = 'write it as 10.8.0.0/16 or 2001:db8::/32'
    refuse(reader, 'bad-address', span, `${shown(text)} is not a network`, hint)
    return null
  }
  const bitsMax = octets.length * 8
  const digits = slash < 0 ? String(bitsMax) : text.slice(slash + 1)
  const bits = /^(0|[1-9][0-9]{0,2})$/.test(digits) ? Number(digits) : Number.POSITIVE_INFINITY
  if (bits > bitsMax) {
    refuse(reader, 'bad-address', span, `${shown(text)} has no prefix length`, `write a number from 0 to ${bitsMax}`)
    return null
  }
  const network = masked(octets, bits)
  if (network.some((octet, i) => octet !== octets[i])) {
    const hint = `write \`${formatSubnet({ octets: network, bits })}\``
    refuse(reader, 'bad-address', span, `${shown(text)} has bits set behind its prefix length`, hint)
    return null
  }
  return { octets, bits }
}

function masked(octets: Uint8Array, bits: number): Uint8Array {
  return octets.map((octet, i) => octet & ~(0xff >>> Math.min(8, Math.max(0, bits - i * 8))))
}
