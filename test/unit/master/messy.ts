/**
 * Zones that are right but written by many hands: generated records, each in one of the many ways that RFC 1035 section
 * 5.1 lets it be written. The TTL follows from the type, so that no set has two.
 */
import fc from 'fast-check'

export const messySeed = 20_261_101

interface RecordText {
  readonly owner: string
  readonly type: string
  readonly words: readonly string[]
}

const label = fc.constantFrom(
  ...[
    'www',
    'Mail',
    'a-b',
    '_tcp',
    'x1',
    'ENT',
    'deep',
    'a\\.b',
    'q\\032r',
    'n\\000l',
    '\\255',
    '\\$d',
    'p\\(q',
    '\\065bc',
  ],
)
const relative = fc.array(label, { minLength: 1, maxLength: 3 }).map(labels => labels.join('.'))
const owner = fc.oneof(
  { weight: 6, arbitrary: relative },
  { weight: 2, arbitrary: relative.map(name => `${name}.Ex.Test.`) },
  { weight: 1, arbitrary: relative.map(name => `*.${name}`) },
  { weight: 1, arbitrary: fc.constantFrom('@', 'EX.TEST.', '*') },
)
const target = fc.oneof(relative, fc.constantFrom('@', '.', 'ns1', 'Host.Example.NET.', 'a\\.b.example.org.'))
const u16 = fc.integer({ min: 0, max: 0xffff }).map(String)
const u8 = fc.integer({ min: 0, max: 0xff }).map(String)
const hex = (octets: number) =>
  fc.uint8Array({ minLength: octets, maxLength: octets }).map(bytes => Buffer.from(bytes).toString('hex'))
const someHex = fc.integer({ min: 1, max: 40 }).chain(hex)
const v4 = fc.ipV4().map(address => address.split('.').map(Number).join('.'))
const v6 = fc.oneof(fc.ipV6(), fc.constantFrom('::', '::1', '2001:DB8::', '2001:db8::192.0.2.1', '::ffff:192.0.2.1'))

/** A text as one word, in quotes or with escapes. */
const string = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 20 }), fc.boolean(), fc.boolean())
  .map(([octets, quoted, byNumber]) => {
    const text = octets.map(octet => escapeOctet(octet, quoted, byNumber)).join('')
    return quoted || text === '' ? `"${text}"` : text
  })

function escapeOctet(octet: number, quoted: boolean, byNumber: boolean): string {
  const character = String.fromCharCode(octet)
  if (/[A-Za-z0-9=,:+.-]/.test(character) && !byNumber) return character
  if (quoted && /[ ;()@$]/.test(character)) return character
  if (/[\\"]/.test(character)) return `\\${character}`
  return `\\${String(octet).padStart(3, '0')}`
}

const unique = <T>(arbitrary: fc.Arbitrary<T>) => fc.uniqueArray(arbitrary, { minLength: 1, maxLength: 3 })
const joined = (arbitrary: fc.Arbitrary<string>) => unique(arbitrary).map(items => items.join(','))
const quotedOrNot = (arbitrary: fc.Arbitrary<string>) =>
  fc.tuple(arbitrary, fc.boolean()).map(([value, quoted]) => (quoted ? `"${value}"` : value))
const param = (key: string, value: fc.Arbitrary<string>) => quotedOrNot(value).map(text => `${key}=${text}`)
const optional = (arbitrary: fc.Arbitrary<string>) => fc.option(arbitrary, { nil: '' })
const svcParams = fc
  .tuple(
    optional(param('port', u16)),
    optional(param('alpn', joined(fc.constantFrom('h2', 'h3', 'http/1.1', 'f\\\\\\\\oo\\\\,bar')))),
    optional(param('ipv4hint', joined(v4))),
    optional(param('ipv6hint', joined(fc.constantFrom('2001:db8::1', '::1', '64:ff9b::1')))),
    optional(param('key667', fc.constantFrom('hello', 'hello\\210qoo', 'x'))),
    optional(fc.constant('key668')),
    optional(param('ech', fc.constantFrom('AEn+', 'AA=='))),
  )
  .map(params => params.filter(text => text !== ''))

const words: Readonly<Record<string, fc.Arbitrary<readonly string[]>>> = {
  A: fc.tuple(v4),
  AAAA: fc.tuple(v6),
  PTR: fc.tuple(target),
  MX: fc.tuple(u16, target),
  TXT: fc.array(string, { minLength: 1, maxLength: 4 }),
  SPF: fc.array(string, { minLength: 1, maxLength: 2 }),
  HINFO: fc.tuple(string, string),
  SRV: fc.tuple(u16, u16, u16, target),
  NAPTR: fc.tuple(u16, u16, fc.constantFrom('u', '"S"', '""'), string, fc.constantFrom('""', '"!^.*$!x!"'), target),
  CAA: fc.tuple(u8, fc.constantFrom('issue', 'iodef'), string),
  TLSA: fc
    .tuple(u8, u8, u8, someHex.chain(cut))
    .map(([usage, selector, matching, digits]) => [usage, selector, matching, ...digits]),
  SSHFP: fc.tuple(u8, fc.constant('1'), hex(20)),
  DNSKEY: fc.tuple(u16, fc.constant('3'), fc.constantFrom('13', 'ED25519'), fc.constantFrom('AwEAAQ==', 'AAAA')),
  SVCB: fc
    .tuple(fc.integer({ min: 1, max: 9 }).map(String), target, svcParams)
    .map(([n, name, params]) => [n, name, ...params]),
  HTTPS: fc.oneof(
    fc.tuple(fc.constant('0'), target),
    fc.tuple(u16, target, svcParams).map(([n, name, params]) => [n, name, ...params]),
  ),
  TYPE65280: someHex.chain(digits => cut(digits).map(parts => ['\\#', String(digits.length / 2), ...parts])),
  TYPE1: hex(4).map(digits => ['\\#', '4', digits]),
}

/** Hexadecimal digits with white space somewhere among them. */
function cut(digits: string): fc.Arbitrary<readonly string[]> {
  return fc
    .integer({ min: 1, max: digits.length })
    .map(at => [digits.slice(0, at), digits.slice(at)].filter(part => part !== ''))
}

const plain = fc
  .constantFrom(...Object.keys(words))
  .chain(type => fc.record({ owner, type: fc.constant(type), words: words[type]! }))

/** Types that are alone at a name, or make it another zone's: each gets a name of its own. */
const special = fc.oneof(
  fc.record({ owner: fc.constant('c'), type: fc.constantFrom('CNAME', 'DNAME'), words: fc.tuple(target) }),
  fc.record({ owner: fc.constant('n'), type: fc.constant('NS'), words: fc.tuple(target) }),
  fc.record({
    owner: fc.constant('n'),
    type: fc.constant('DS'),
    words: fc.tuple(u16, fc.constantFrom('13', 'RSASHA256'), fc.constantFrom('1', 'SHA-1'), hex(20)),
  }),
)

interface Style {
  readonly blank: boolean
  readonly head: string
  readonly units: boolean
  readonly lowerType: boolean
  readonly gap: string
  /** Before which word of the value the parentheses open; beyond the last one: none. */
  readonly open: number
  readonly inside: string
  readonly tail: string
  readonly before: string
}

const style: fc.Arbitrary<Style> = fc.record({
  blank: fc.boolean(),
  head: fc.constantFrom('TTL', 'TTL IN', 'in TTL', 'CLASS1 TTL'),
  units: fc.boolean(),
  lowerType: fc.boolean(),
  gap: fc.constantFrom(' ', '\t', '  \t '),
  open: fc.integer({ min: 0, max: 9 }),
  inside: fc.constantFrom(' ', '\n', '\r\n\t', ' ; a "comment" (\n ', '\n\n'),
  tail: fc.constantFrom('', ' ', ' ; comment', ';"', '\t;)('),
  before: fc.constantFrom('', '', '', '; a comment\n', '\n \t\n', '\r\n'),
})

const ttls: Readonly<Record<string, readonly [string, string]>> = {
  A: ['60', '1m'],
  TYPE1: ['60', '60s'],
  MX: ['5400', '1h30m'],
}

function write({ owner, type, words }: RecordText, how: Style, lastOwner: string): string {
  const ttl = (ttls[type] ?? ['300', '5M'])[how.units ? 1 : 0]
  const head = [...how.head.replace('TTL', ttl).split(' '), how.lowerType ? type.toLowerCase() : type]
  const name = how.blank && owner === lastOwner ? '' : owner
  const openAt = how.open < words.length ? how.open : -1
  const value = words.map((word, i) => {
    const gap = openAt >= 0 && i > openAt ? how.inside : how.gap
    return i === openAt ? `${gap}(${how.inside}${word}` : `${gap}${word}`
  })
  const close = openAt >= 0 ? `${how.inside})` : ''
  return `${how.before}${[name, ...head].join(how.gap)}${value.join('')}${close}${how.tail}\n`
}

/** The text of a zone `ex.test` that every server loads. */
export const messyZone: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.oneof({ weight: 9, arbitrary: plain }, { weight: 1, arbitrary: special }), style), {
    minLength: 1,
    maxLength: 40,
  })
  .map(entries => {
    let lastOwner = ''
    const lines = entries.map(([record, how], i) => {
      const isSpecial = ['CNAME', 'DNAME', 'NS', 'DS'].includes(record.type)
      const owner = isSpecial ? `${record.owner}${i}.solo` : record.owner
      const text = write({ ...record, owner }, how, lastOwner)
      lastOwner = owner
      return text
    })
    return `$TTL 300\n@ SOA ns1 hostmaster 7 1h 900 1w 60\n@ NS ns1\nns1 A 192.0.2.1\n${lines.join('')}`
  })
