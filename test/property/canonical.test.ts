/** YAML of any layout: formatted once it means the same, keeps its comments, and is formatted for good. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Document, isCollection, isScalar, visit } from 'yaml'
import { formatZoneFile } from '../../src/core/zonefile/canonical/document.ts'
import { sameReadings } from '../../src/core/zonefile/canonical/same.ts'
import { readZone } from '../../src/core/zonefile/validate.ts'

const word = fc.oneof(
  fc.constantFrom(
    'www',
    'api',
    'yes',
    'null',
    '10',
    '1.10',
    '0x1f',
    '1:30',
    '@',
    '*',
    '',
    'a b',
    '# x',
    "it's",
    'é',
    '~',
  ),
  fc.string({ maxLength: 8 }),
)
const address = fc.integer({ min: 1, max: 250 }).map(i => `10.0.0.${i}`)
const record = fc.oneof(
  fc.record({
    type: fc.constant('A'),
    values: fc.uniqueArray(address, { minLength: 1, maxLength: 12 }),
    ttl: fc.constantFrom(5, '30s', '1h'),
    policy: fc.constantFrom({ max_answers: 2 }, { answer: 'failover', min_healthy: '50%' }),
  }),
  fc.record({ type: fc.constant('TXT'), values: fc.uniqueArray(word, { minLength: 1, maxLength: 4 }) }),
  fc.record({ type: fc.constant('A'), value: address, nonsense: word }),
)
const zone = fc.record({
  records: fc.dictionary(word, fc.oneof(record, fc.array(record, { maxLength: 3 })), { maxKeys: 5 }),
  soa: fc.constant({ rname: 'h.a.test.', mname: 'ns1.a.test.' }),
  checks: fc.dictionary(fc.constantFrom('web', 'tcp'), fc.constant({ port: 80, protocol: 'TCP' })),
})
const octodnsZone = fc.dictionary(word, record, { minKeys: 1, maxKeys: 5 })

/** Spoils the layout: block or flow, quotes, comments, blank lines, by a stream of choices. */
function written(tree: unknown, choices: readonly number[]): { text: string; comments: number } {
  let at = 0
  let comments = 0
  const choose = (ways: number) => (choices[at++ % choices.length] ?? 0) % ways
  const document = new Document(tree)
  visit(document, {
    Collection: (_, node, path) => {
      const inFlow = path.some(parent => isCollection(parent) && parent.flow === true)
      if (path.length > 2 && !inFlow && choose(2) === 0) node.flow = true
    },
    Scalar: (_, node) => {
      if (typeof node.value === 'string') node.type = (['PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'] as const)[choose(3)]!
    },
    Pair: (_, pair, path) => {
      const inFlow = path.some(parent => isCollection(parent) && parent.flow === true)
      if (inFlow || !isScalar(pair.key)) return
      if (choose(4) === 0) pair.key.spaceBefore = true
      if (choose(3) !== 0) return
      pair.key.commentBefore = ` note ${comments++}`
    },
  })
  const indent = 1 + choose(4)
  return { text: document.toString({ indent, lineWidth: 20 + choose(100), indentSeq: choose(2) === 0 }), comments }
}

test.each([
  ['our own form', zone],
  ['pure octoDNS', octodnsZone],
] as const)('%s', (_, trees) => {
  fc.assert(
    fc.property(
      trees as fc.Arbitrary<unknown>,
      fc.array(fc.nat(100), { minLength: 5, maxLength: 40 }),
      (tree, choices) => {
        const file = 'a.test.yaml'
        const { text, comments } = written(tree, choices)
        const formatted = formatZoneFile(file, text)
        if ('problems' in formatted) return
        expect(formatZoneFile(file, formatted.text)).toEqual(formatted)
        expect(sameReadings(readZone({ file, text }), readZone({ file, text: formatted.text }))).toBe(true)
        for (let i = 0; i < comments; i++) expect(formatted.text).toMatch(new RegExp(`# note ${i}$`, 'm'))
        for (const line of formatted.text.split('\n')) expect(line).not.toMatch(/\s$/)
      },
    ),
    { seed: 1202, numRuns: 150 },
  )
})

test('the generator yields what it is for', () => {
  const { text, comments } = written({ records: { a: { type: 'A', value: '10.0.0.1' } } }, [0])
  expect(comments).toBeGreaterThan(0)
  expect(text).toContain('# note 0')
})
