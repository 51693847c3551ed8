/**
 * `transfer` → a plan, or what is wrong with it. The same words stand in zones, sidecars and settings. A rule that
 * names neither a key nor addresses would give the zone to everybody, which nobody writes by an empty map.
 */
import { parseAccess } from '../guard/access.ts'
import { formatName, lowerName } from '../name/name.ts'
import { formatIpv4, parseIpv4 } from '../rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../rdata/aaaa.ts'
import { readKeyName } from '../wire/tsig-key.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { judge } from './issues.ts'
import { familyOf, readHost as readLocalHost } from './route.ts'
import { transferNone, transferShape } from './schema/transfer.ts'
import { type AllowRule, type KeyUse, type NotifyTarget, noTransfer, type TransferPlan } from './transfer-plan.ts'

/** Null after having reported what is wrong. */
export function readTransfer(reader: Reader, value: unknown, path: Path): TransferPlan | null {
  const before = reader.problems.length
  const given = judge(reader, transferShape, value, path)
  if (given === null) return null
  if (given === transferNone) return noTransfer
  const allow = (given.allow ?? []).map((rule, i) => readRule(reader, rule, [...path, 'allow', i]))
  const notify = (given.notify ?? []).map((target, i) => readNotified(reader, target, [...path, 'notify', i]))
  refuseTwice(reader, notify, [...path, 'notify'])
  if (reader.problems.length > before) return null
  return { allow, notify: notify.filter(target => target !== null) }
}

/** The canonical name of a key; null after having reported that it is none. */
export function readKey(reader: Reader, text: string, path: Path, part: 'key' | 'value'): KeyUse | null {
  const span = part === 'key' ? reader.doc.keySpan(path) : reader.doc.valueSpan(path)
  const name = readKeyName(text)
  if (name !== null) return { name: formatName(lowerName(name)), span }
  refuse(reader, 'bad-name', span, `${shown(text)} is not the name of a key`, 'write a name such as `xfr` or `ns1-ns2`')
  return null
}

interface RuleInput {
  readonly key?: string | undefined
  readonly from?: string | readonly string[] | undefined
}

function readRule(reader: Reader, { key, from }: RuleInput, path: Path): AllowRule {
  if (key === undefined && from === undefined) {
    const hint = 'write `key: NAME`, or `from: [0.0.0.0/0, ::/0]` for everybody'
    refuse(reader, 'missing-key', reader.doc.valueSpan(path), 'this rule says nothing of who is allowed', hint)
  }
  const prefixes = from === undefined ? null : typeof from === 'string' ? [from] : from
  for (const { index, text, fault } of prefixes === null ? [] : parseAccess(prefixes).faults) {
    const at = typeof from === 'string' ? [...path, 'from'] : [...path, 'from', index]
    const hint = 'write prefixes like 10.0.0.0/8 or 2001:db8::/32, or single addresses'
    refuse(reader, 'bad-address', reader.doc.valueSpan(at), `${shown(text)}: ${fault}`, hint)
  }
  return { key: key === undefined ? null : readKey(reader, key, [...path, 'key'], 'value'), from: prefixes }
}

interface NotifiedInput {
  readonly to: string
  readonly key?: string | undefined
  readonly source?: string | undefined
}

function readNotified(reader: Reader, { to: text, key, source }: NotifiedInput, path: Path): NotifyTarget | null {
  const use = key === undefined ? null : readKey(reader, key, [...path, 'key'], 'value')
  const to = readPlace(text)
  const from = source === undefined ? null : readLocalHost(reader, source, [...path, 'source'])
  if (to !== null && from !== null && familyOf(from) !== familyOf(to.host)) {
    const [has, lacks] = familyOf(from) === 'v4' ? ['IPv4', 'IPv6'] : ['IPv6', 'IPv4']
    const sentence = `the source ${shown(from)} is an ${has} address, but an ${lacks} address is told`
    const remedy = `write an ${lacks} address of this machine, or leave \`source\` out`
    refuse(reader, 'wrong-family', reader.doc.valueSpan([...path, 'source']), sentence, remedy)
  }
  if (to !== null) return { to, key: use, source: from }
  const hint = 'write 192.0.2.53, 192.0.2.53:5300 or [2001:db8::53]:53'
  refuse(reader, 'bad-address', reader.doc.valueSpan([...path, 'to']), `${shown(text)} is no place to send to`, hint)
  return null
}

/** The port that a server listens on unless said otherwise. */
const dnsPort = 53
const portMax = 0xffff

/** An address with or without a port: of IPv6 in brackets where there is one. */
export function readPlace(text: string): NotifyTarget['to'] | null {
  const parts = /^(?:\[([^\]]+)\]|([^[\]:]+))(?::([1-9][0-9]{0,4}))?$/.exec(text)
  const host = readHost(parts === null ? text : (parts[1] ?? parts[2] ?? ''))
  const port = Number(parts?.[3] ?? dnsPort)
  if (host === null || port > portMax) return null
  return { host, port }
}

function readHost(text: string): string | null {
  const v4 = parseIpv4(text)
  const v6 = parseIpv6(text)
  const octets = v4 ?? v6
  // Unspecified: no place to send to.
  if (octets === null || octets.every(octet => octet === 0)) return null
  return v4 !== null ? formatIpv4(v4) : formatIpv6(octets)
}

function refuseTwice(reader: Reader, targets: readonly (NotifyTarget | null)[], path: Path): void {
  const seen = new Set<string>()
  targets.forEach((target, i) => {
    if (target === null) return
    const { host, port } = target.to
    const place = `${host} ${port}`
    if (seen.has(place)) {
      const span = reader.doc.valueSpan([...path, i, 'to'])
      refuse(reader, 'duplicate-value', span, `${host} port ${port} is in the list already`, 'leave one of the two')
    }
    seen.add(place)
  })
}
