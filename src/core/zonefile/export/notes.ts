/**
 * What a format could not carry of a zone, for whoever exports it: a closed list of losses, each with the RRset that it
 * befell. Exporting goes on; what is left out is said.
 */
import { never } from '../../base/assert.ts'
import { formatName, type Name } from '../../name/name.ts'
import { formatType } from '../../rdata/table.ts'
import { aliasType } from '../../zone/layout.ts'

export const lossCodes = [
  'soa',
  'checks',
  'check-details',
  'several-checks',
  'unchecked',
  'policy',
  'fallback',
  'weights',
  'rules',
  'status',
  'alias',
  'alias-below-apex',
  'one-name',
  'type',
  'owner',
  'text',
  'strings',
] as const
export type LossCode = (typeof lossCodes)[number]

export interface Loss {
  readonly code: LossCode
  readonly owner: Name
  /** Null where it is about the zone. */
  readonly type: number | null
}

export type Tell = (code: LossCode, owner: Name, type: number | null) => void

/** One sentence for all losses of a kind, with the first few RRsets; `total` as there are. */
export function formatLosses(code: LossCode, losses: readonly Loss[], total: number): string {
  const named = losses.map(({ owner, type }) =>
    type === null ? formatName(owner) : `${formatName(owner)} ${word(type)}`,
  )
  const more = total > losses.length ? ` and ${total - losses.length} more` : ''
  return `${sentence(code)}: ${named.join(', ')}${more}`
}

function word(type: number): string {
  return type === aliasType ? 'ALIAS' : formatType(type)
}

function sentence(code: LossCode): string {
  switch (code) {
    case 'soa':
      return 'the SOA has no place in this format and is left out'
    case 'checks':
      return 'checks are left out: every address counts as up'
    case 'check-details':
      return 'of a check only protocol, port, path and host are carried'
    case 'several-checks':
      return 'checks that this format does not know, or that are joined, are left out: members are marked as up'
    case 'unchecked':
      return 'pools without a check are marked as up, since this format would check them'
    case 'policy':
      return 'the policy is left out'
    case 'fallback':
      return 'of several pools only the first is written'
    case 'weights':
      return 'weights are left out'
    case 'rules':
      return 'rules by client network are left out: everyone gets the pool of the last one'
    case 'status':
      return 'members that are down by their status are left out'
    case 'alias':
      return 'an ALIAS is written as the addresses that its target has in this zone'
    case 'alias-below-apex':
      return 'an ALIAS is possible only at the zone itself and is left out'
    case 'one-name':
      return 'of a CNAME with several names only the first is written'
    case 'type':
      return 'records of a type that this format does not know are left out'
    case 'owner':
      return 'names with characters that this format cannot write are left out'
    case 'text':
      return 'texts that this format cannot write are left out'
    case 'strings':
      return 'texts in several strings are written as one'
    default:
      return never(code)
  }
}
