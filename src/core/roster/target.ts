/**
 * Whom an operator means. A target names members wherever they are, today and after the next edit:
 *
 *   10.0.0.1                   every member with this address; a member that goes by a name is named the same way
 *   10.0.0.1:8080 [::1]:8080   those of them that some check probes at this port
 *   www.example.com=10.0.0.1   the one in the pools of this owner
 *
 * Each has one form that it is written in, whatever way it was given: addresses canonical, names lowered.
 */
import { formatIpv4, parseIpv4 } from '../rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../rdata/aaaa.ts'
import type { MemberModel, PoolPlan } from './types.ts'

export interface Target {
  /** Address or name of the member. */
  readonly member: string
  readonly port: number | null
  /** With its closing dot, lowered; null for any. */
  readonly owner: string | null
}

const targetCharactersMax = 600

/** Null if the text names nobody. */
export function parseTarget(text: string): Target | null {
  if (text.length > targetCharactersMax) return null
  const equals = text.lastIndexOf('=')
  const owner = equals < 0 ? null : canonicalOwner(text.slice(0, equals))
  const rest = text.slice(equals + 1)
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(rest) ?? []
  const member = canonicalMember(bracketed ?? plain ?? rest)
  const port = digits === undefined ? null : Number(digits)
  if (member === null || owner === '.' || (port !== null && (port < 1 || port > 65_535))) return null
  return { member, port, owner }
}

export function formatTarget({ member, port, owner }: Target): string {
  const host = port !== null && member.includes(':') ? `[${member}]` : member
  return `${owner === null ? '' : `${owner}=`}${host}${port === null ? '' : `:${port}`}`
}

/** What `owner` is called in plans. */
export function canonicalOwner(text: string): string {
  const lowered = text.toLowerCase()
  return lowered.endsWith('.') ? lowered : `${lowered}.`
}

/** What a member is called, for looking it up. */
export function memberKey(text: string): string {
  return text.toLowerCase().replace(/\.$/, '')
}

export function matchesTarget(target: Target, plan: PoolPlan, { address, duties }: MemberModel): boolean {
  if (memberKey(address) !== target.member) return false
  if (target.owner !== null && target.owner !== plan.owner) return false
  return target.port === null || duties.some(({ endpoint }) => endpoint.port === target.port)
}

function canonicalMember(text: string): string | null {
  const v4 = parseIpv4(text)
  if (v4 !== null) return formatIpv4(v4)
  const v6 = parseIpv6(text)
  if (v6 !== null) return formatIpv6(v6)
  return /^[!-9;<>-Z\\^-~]+$/.test(text) ? memberKey(text) : null
}
