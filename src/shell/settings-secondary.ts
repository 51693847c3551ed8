/**
 * The part of the config file that says which zones are pulled from primaries: `secondary`. Shapes and reading only.
 */
import { z } from 'zod'
import { parseAccess } from '../core/guard/access.ts'
import { formatName, isNameFault, lowerName, type Name, nameKey, parseName } from '../core/name/name.ts'
import type { SocketAddress } from '../core/ports.ts'
import { signedPolicies } from '../core/secondary/signed.ts'
import { readKeyName } from '../core/wire/tsig-key.ts'
import { type Path, type Reader, refuse, shown } from '../core/zonefile/doc.ts'
import { familyOf, noSources, readSources, type Sources } from '../core/zonefile/route.ts'
import { listOf, someText } from '../core/zonefile/schema/scalars.ts'
import { readKey, readPlace } from '../core/zonefile/transfer.ts'
import type { PullTerms, SecondaryPlan } from './secondary-plans.ts'
import { sourcesShape } from './settings-keys.ts'
import { sayUndefinedKey } from './undefined-key.ts'

const primariesCeiling = 16
const prefixesCeiling = 1000

/** How a zone is pulled. */
export const secondaryShape = z.strictObject({
  primaries: listOf(someText.meta({ examples: ['192.0.2.1', '[2001:db8::1]:53'] }), primariesCeiling).describe(
    'Where the zone is pulled from, ADDRESS or ADDRESS:PORT, in the order in which they are asked.',
  ),
  key: someText.optional().describe('Signs what is asked; what comes back, NOTIFY too, must be signed with it.'),
  source: sourcesShape
    .optional()
    .describe('Local address that primaries are asked from, or one of each family (default: `source` of `transfer`).'),
  notify_from: listOf(someText, prefixesCeiling)
    .optional()
    .describe('Addresses and prefixes beside the primaries that may say that the zone has changed.'),
  signed: z
    .enum(signedPolicies)
    .optional()
    .describe('A zone with DNSSEC signatures is not taken, or taken without them (default refuse).'),
})

export const secondariesShape = z
  .record(z.string(), secondaryShape)
  .describe('Zones that are pulled from primaries and kept in `state`, by name.')

/** What is wrong is reported, and left out. `keys` as they were given. */
export function readSecondaries(
  reader: Reader,
  input: z.infer<typeof secondariesShape>,
  keys: Readonly<Record<string, unknown>> = {},
): readonly SecondaryPlan[] {
  const known = Object.keys(keys).flatMap(text => {
    const name = readKeyName(text)
    return name === null ? [] : [formatName(name)]
  })
  const plans = new Map<string, SecondaryPlan>()
  for (const [text, given] of Object.entries(input)) {
    const path = ['secondary', text]
    const apex = readZoneName(reader, text, path)
    const terms = readPullTerms(reader, given, path, known)
    if (apex === null || terms === null) continue
    if (plans.has(nameKey(apex))) {
      const sentence = `the zone ${shown(text)} is here twice: case and a closing dot make no difference`
      refuse(reader, 'duplicate-key', reader.doc.keySpan(path), sentence, 'leave one of the two')
    }
    plans.set(nameKey(apex), { apex, ...terms })
  }
  return [...plans.values()]
}

/** How zones are pulled, whatever their names. Null after having reported what is wrong. */
export function readPullTerms(
  reader: Reader,
  given: z.infer<typeof secondaryShape>,
  path: Path,
  known: readonly string[],
): PullTerms | null {
  const primaries = readPrimaries(reader, given.primaries, [...path, 'primaries'])
  const key = given.key === undefined ? null : readKey(reader, given.key, [...path, 'key'], 'value')
  if (key !== null && !known.includes(key.name)) {
    refuse(reader, 'undefined-key', key.span, ...sayUndefinedKey(key.name, known))
  }
  const hosts = primaries.map(({ host }) => host)
  const notifyFrom = readPrefixes(reader, given.notify_from ?? [], [...path, 'notify_from'], hosts)
  const sources = given.source === undefined ? noSources : readPullSources(reader, given.source, path, hosts)
  if (primaries.length === 0) return null
  const signed = given.signed ?? 'refuse'
  return { primaries, key: key?.name ?? null, sources, notifyFrom, signed, span: reader.doc.keySpan(path) }
}

/** None of a family that no primary has: it would be of no use, and something else was meant. */
function readPullSources(
  reader: Reader,
  given: string | readonly string[],
  path: Path,
  hosts: readonly string[],
): Sources {
  const at = [...path, 'source']
  const sources = readSources(reader, given, at) ?? noSources
  for (const source of [sources.v4, sources.v6]) {
    if (source === null || hosts.length === 0 || hosts.some(host => familyOf(host) === familyOf(source))) continue
    const [has, lacks] = familyOf(source) === 'v4' ? ['IPv4', 'IPv6'] : ['IPv6', 'IPv4']
    const sentence = `the source ${shown(source)} is an ${has} address, but every primary has an ${lacks} address`
    const hint = `write an ${lacks} address of this machine, or leave \`source\` out`
    refuse(reader, 'wrong-family', reader.doc.valueSpan(at), sentence, hint)
  }
  return sources
}

/** Null after having reported that it is none. */
function readZoneName(reader: Reader, text: string, path: Path): Name | null {
  const name = parseName(text.endsWith('.') ? text : `${text}.`, null)
  if (!isNameFault(name) && name.length > 1 && !/[^\x21-\x7e]|\*/.test(text)) return lowerName(name)
  const hint = 'write the name of a zone, such as svc.example.com'
  refuse(reader, 'bad-zone-name', reader.doc.keySpan(path), `${shown(text)} is not the name of a zone`, hint)
  return null
}

function readPrimaries(reader: Reader, texts: readonly string[], path: Path): readonly SocketAddress[] {
  if (texts.length === 0) {
    refuse(reader, 'missing-key', reader.doc.keySpan(path), 'there is no primary', 'write `primaries: [192.0.2.1]`')
  }
  const seen = new Set<string>()
  return texts.flatMap((text, i) => {
    const span = reader.doc.valueSpan([...path, i])
    const place = readPlace(text)
    if (place === null) {
      const hint = 'write 192.0.2.1, 192.0.2.1:5300 or [2001:db8::1]:53'
      refuse(reader, 'bad-address', span, `${shown(text)} is no address of a server`, hint)
      return []
    }
    const where = `${place.host} ${place.port}`
    if (seen.has(where)) refuse(reader, 'duplicate-value', span, `${shown(text)} is here twice`, 'leave one of the two')
    seen.add(where)
    return [place]
  })
}

/** `hosts` are in the same list: none of them may be refused by it. */
function readPrefixes(
  reader: Reader,
  texts: readonly string[],
  path: Path,
  hosts: readonly string[],
): readonly string[] {
  for (const { index, text, fault } of parseAccess([...hosts, ...texts]).faults) {
    const hint = 'write prefixes like 10.0.0.0/8 or 2001:db8::/32, or single addresses'
    const span = reader.doc.valueSpan([...path, index - hosts.length])
    refuse(reader, 'bad-address', span, `${shown(text)}: ${fault}`, hint)
  }
  return texts
}
