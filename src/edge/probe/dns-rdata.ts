/**
 * What dns2 made of a record, put back into presentation form. dns2 gives labels as Latin-1 with dots between them, so
 * a dot inside a label cannot be told from one between two; the rest comes back as it was.
 */
import type { Resource } from 'dns2'
import { quote } from '../../core/rdata/txt.ts'
import { formatGeneric } from '../../core/rdata/unknown.ts'
import { loadDns2 } from './late.ts'

/** dns2 gives labels as Latin-1 with dots between them; what could not stand in a zone file is escaped. */
export function formatDns2Name(name: string): string {
  const escaped = Array.from(name, character => {
    const code = character.charCodeAt(0)
    if (code < 0x21 || code > 0x7e) return `\\${String(code).padStart(3, '0')}`
    return '\\"();@$'.includes(character) ? `\\${character}` : character
  })
  return `${escaped.join('')}.`
}

/** Presentation form of what dns2 made of the rdata. */
export function formatDns2Rdata(record: Resource): string {
  const { TYPE } = loadDns2().Packet
  switch (record.type) {
    case TYPE.A:
    case TYPE.AAAA:
      return String(record.address)
    case TYPE.NS:
      return formatDns2Name(record.ns ?? '')
    case TYPE.CNAME:
    case TYPE.PTR:
      return formatDns2Name(record.domain ?? '')
    case TYPE.MX:
      return `${record.priority} ${formatDns2Name(record.exchange ?? '')}`
    case TYPE.SRV:
      return `${record.priority} ${record.weight} ${record.port} ${formatDns2Name(record.target ?? '')}`
    case TYPE.SOA: {
      const { serial, refresh, retry, expiration, minimum } = record
      const names = `${formatDns2Name(record.primary ?? '')} ${formatDns2Name(record.admin ?? '')}`
      return `${names} ${serial} ${refresh} ${retry} ${expiration} ${minimum}`
    }
    case TYPE.CAA:
      return `${record.flags} ${record.tag} ${quote(Buffer.from(record.value ?? ''))}`
    case TYPE.TXT:
    case TYPE.SPF:
      return [record.data ?? []]
        .flat()
        .map(text => quote(Buffer.from(text)))
        .join(' ')
    case TYPE.DNSKEY:
      return `${record.flags} ${record.protocol} ${record.algorithm} ${record.key}`
    default:
      return formatGeneric(Buffer.isBuffer(record.data) ? record.data : Buffer.alloc(0))
  }
}
