/**
 * `tests:` → rehearsals. What cannot be meant is an error like any other in the file; a member that is no longer there
 * is a warning, since an edit that takes a server away must not be refused for what is only asked of it in rehearsals:
 * those fail by themselves.
 */
import { formatName, isNameFault, lowerName, type Name, parseName } from '../name/name.ts'
import { isMetaType, parseType } from '../rdata/table.ts'
import { canonicalOwner, formatTarget, memberKey, parseTarget } from '../roster/target.ts'
import type { MemberModel } from '../roster/types.ts'
import { type Path, type Reader, refuse, shown, warn } from './doc.ts'
import { judge } from './issues.ts'
import type { RRsetModel } from './model.ts'
import { readOwner } from './names.ts'
import { type ZoneTestInput, zoneTest } from './schema/tests.ts'
import { readSubnet } from './subnets.ts'
import { readExpected } from './test-values.ts'
import { readTtl } from './times.ts'
import { type GivenMember, isVerdictWord, type TestClient, type VerdictWord, type ZoneTest } from './zone-test.ts'

/** Tests of one zone. */
const testsMax = 10_000

/** Those that are right; what is wrong with the others is reported. */
export function readTests(reader: Reader, value: unknown, zone: Name, path: Path): readonly ZoneTest[] {
  const span = reader.doc.valueSpan(path)
  if (!Array.isArray(value)) {
    const hint = 'write `- {given: {10.0.0.1: down}, ask: www A, expect: [10.0.0.2]}`'
    refuse(reader, 'wrong-type', span, '`tests` must be a list', hint)
    return []
  }
  if (value.length > testsMax) {
    const text = `${value.length} tests are more than the ${testsMax} that a zone may have`
    refuse(reader, 'bad-value', span, text, 'remove some')
    return []
  }
  return value.flatMap((entry: unknown, i) => {
    const at = [...path, i]
    const input = judge(reader, zoneTest, entry, at)
    const test = input === null ? null : readTest(reader, input, zone, at)
    return test === null ? [] : [test]
  })
}

function readTest(reader: Reader, input: ZoneTestInput, zone: Name, path: Path): ZoneTest | null {
  const before = reader.problems.length
  const question = readQuestion(reader, input.ask, zone, [...path, 'ask'])
  const given = Object.entries(input.given ?? {}).filter(([text]) => text !== everyMember)
  const members = given.map(([text, word]) => readGiven(reader, text, word, zone, [...path, 'given', text]))
  const others = readOthers(reader, input.given?.[everyMember], [...path, 'given', everyMember])
  const from = input.from === undefined ? null : readClient(reader, input.from, [...path, 'from'])
  const ttl = input.ttl === undefined ? null : readTtl(reader, input.ttl, [...path, 'ttl'])
  requireAim(reader, input, path)
  if (question === null) return null
  const expect = input.expect?.map((text, i) =>
    readExpected(reader, question.qtype, text, zone, [...path, 'expect', i]),
  )
  if (reader.problems.length > before) return null
  return {
    span: reader.doc.valueSpan(path),
    name: input.name ?? null,
    given: members.filter(member => member !== null),
    others,
    from,
    ...question,
    expect: expect?.filter(text => text !== null) ?? null,
    rcode: input.rcode ?? 'NOERROR',
    ttl,
    count: input.count ?? null,
    order: input.order ?? null,
    within: input.within ?? null,
  }
}

const everyMember = '*'

function readQuestion(reader: Reader, text: string, zone: Name, path: Path): Pick<ZoneTest, 'qname' | 'qtype'> | null {
  const span = reader.doc.valueSpan(path)
  const [name = '', type = 'A', ...rest] = text.trim().split(/\s+/)
  if (name === '' || rest.length > 0) {
    refuse(reader, 'bad-value', span, `${shown(text)} is not a name and a type`, 'write `www A`')
    return null
  }
  const qtype = parseType(type)
  if (qtype === null || isMetaType(qtype)) {
    refuse(reader, 'unknown-record-type', span, `${shown(type)} is not a type of records`, 'write `www A`')
    return null
  }
  const qname = readOwner(reader, name, zone, span)
  return qname === null ? null : { qname, qtype }
}

/** Names of owners and members are relative to the zone unless they end with a dot. */
function readGiven(
  reader: Reader,
  text: string,
  word: GivenMember['word'],
  zone: Name,
  path: Path,
): GivenMember | null {
  const span = reader.doc.keySpan(path)
  const equals = text.lastIndexOf('=')
  const owner = equals < 0 ? '' : absolute(text.slice(0, equals), zone)
  const [, name, port = ''] = /^([^:[\]]*[^0-9.:[\]][^:[\]]*)(:[0-9]{1,5})?$/.exec(text.slice(equals + 1)) ?? []
  const full = name === undefined ? '' : absolute(name, zone)
  const member = name === undefined ? text.slice(equals + 1) : `${full}${port}`
  const isFaulty = owner === null || full === null
  const target = isFaulty ? null : parseTarget(`${owner === '' ? '' : `${owner}=`}${member}`)
  if (target !== null) return { target: formatTarget(target), word, span }
  const hint = 'write an address, address:port, owner=address, or the name of a member'
  refuse(reader, 'bad-value', span, `${shown(text)} names no member`, hint)
  return null
}

/** Lowered, with its closing dot; null if it is no name. */
function absolute(text: string, zone: Name): string | null {
  const name = parseName(text, zone)
  return isNameFault(name) ? null : formatName(lowerName(name))
}

function readOthers(reader: Reader, word: GivenMember['word'] | undefined, path: Path): VerdictWord {
  if (word === undefined) return 'up'
  if (isVerdictWord(word)) return word
  const text = `an order stands on one member, not on all: \`*\` cannot be ${shown(word)}`
  refuse(reader, 'bad-value', reader.doc.valueSpan(path), text, 'write up, down or unknown, or name the members')
  return 'up'
}

function readClient(reader: Reader, text: string, path: Path): TestClient | null {
  const subnet = readSubnet(reader, text, path)
  return subnet === null ? null : { kind: text.includes('/') ? 'network' : 'address', subnet }
}

/** A test that looks at nothing passes whatever is answered, and one without a list has no order. */
function requireAim(reader: Reader, input: ZoneTestInput, path: Path): void {
  const { expect, rcode, ttl, count, order, within } = input
  const span = reader.doc.keySpan(path)
  if (expect === undefined && rcode === undefined && ttl === undefined && count === undefined) {
    refuse(reader, 'missing-key', span, 'the test expects nothing', 'add `expect: [ADDRESS, …]`, or [] for no answer')
  } else if ((order !== undefined || within !== undefined) && (expect === undefined || expect.length === 0)) {
    const key = order !== undefined ? 'order' : 'within'
    const text = `\`${key}\` is about what stands under \`expect\``
    refuse(reader, 'missing-key', reader.doc.keySpan([...path, key]), text, 'add `expect: [ADDRESS, …]`')
  }
}

/** Warns of members that are not there or that nothing can find down. `rrsets` are those of the zone. */
export function warnOfGiven(
  reader: Reader,
  tests: readonly ZoneTest[],
  zone: Name,
  rrsets: readonly RRsetModel[],
): void {
  const wanted = new Set(tests.flatMap(({ given }) => given.map(({ target }) => parseTarget(target)!.member)))
  if (wanted.size === 0) return
  const found = membersOf(rrsets, wanted)
  const apex = formatName(lowerName(zone))
  for (const { target: text, word, span } of tests.flatMap(({ given }) => given)) {
    const target = parseTarget(text)!
    const isElsewhere = target.owner !== null && target.owner !== apex && !target.owner.endsWith(`.${apex}`)
    if (isElsewhere) continue
    const meant = (found.get(target.member) ?? []).filter(({ owner, member }) => {
      const isOwner = target.owner === null || target.owner === owner
      return isOwner && (target.port === null || member.duties.some(duty => duty.endpoint.port === target.port))
    })
    if (meant.length === 0) {
      const hint = 'remove it from the test; a member of another zone is written as OWNER.=ADDRESS'
      warn(reader, 'no-such-member', span, `this zone has no member ${shown(text)}`, hint)
    } else if (isVerdictWord(word) && word !== 'up' && meant.every(({ member }) => member.duties.length === 0)) {
      const hint = 'give its record a `check`, or write `drained` or `forced-down`'
      warn(reader, 'member-unwatched', span, `no check judges ${shown(text)}, so none can find it ${word}`, hint)
    }
  }
}

interface Found {
  readonly owner: string
  readonly member: MemberModel
}

/** By what members are called. */
function membersOf(rrsets: readonly RRsetModel[], wanted: ReadonlySet<string>): ReadonlyMap<string, readonly Found[]> {
  const found = new Map<string, Found[]>()
  for (const { owner, pool, rules } of rrsets) {
    if (pool === null) continue
    for (const member of [pool, ...(rules?.pools ?? [])].flatMap(({ members }) => members)) {
      const key = memberKey(member.address)
      if (!wanted.has(key)) continue
      const entry = { owner: canonicalOwner(formatName(lowerName(owner))), member }
      const list = found.get(key)
      if (list === undefined) found.set(key, [entry])
      else list.push(entry)
    }
  }
  return found
}
