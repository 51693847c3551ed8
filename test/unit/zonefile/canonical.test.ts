/** The canonical form of zone files: order, quotes, line breaks, comments. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatZoneFile } from '../../../src/core/zonefile/canonical/document.ts'
import { compareNaturally } from '../../../src/core/zonefile/canonical/order.ts'
import { sameModels, sameReadings } from '../../../src/core/zonefile/canonical/same.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'

function format(text: string, file = 'a.test.yaml'): string {
  const formatted = formatZoneFile(file, text)
  if ('problems' in formatted) throw new Error(formatted.problems[0]!.text)
  const again = formatZoneFile(file, formatted.text)
  expect(again).toEqual(formatted)
  return formatted.text
}

const soa = 'soa: {mname: ns1.a.test., rname: hostmaster.a.test.}\n'
const records = (text: string) => format(`${soa}records:\n${text}`).slice(soa.length + 'records:\n'.length)

describe('order', () => {
  test('of the sections and of known keys is that of the shapes, of names that of the file', () => {
    const text = format(`records:
  www: {check: web, values: [10.0.0.2, 10.0.0.1], type: A}
  api: {type: A, value: 10.0.0.3}
checks:
  web: {timeout: 1s, path: /x, protocol: HTTP}
${soa}`)
    expect(text).toBe(`${soa}checks:
  web: {protocol: HTTP, path: /x, timeout: 1s}
records:
  www: {type: A, values: [10.0.0.2, 10.0.0.1], check: web}
  api: {type: A, value: 10.0.0.3}
`)
  })

  test('of a pure octoDNS zone is natural everywhere', () => {
    expect(
      format(`h10: {type: A, value: 10.0.0.1}
h2: {value: 10.0.0.1, ttl: 60, type: A}
'': {type: NS, values: [ns2.a.test., ns1.a.test.]}
`),
    ).toBe(`'': {type: NS, values: [ns2.a.test., ns1.a.test.]}
h2: {ttl: 60, type: A, value: 10.0.0.1}
h10: {type: A, value: 10.0.0.1}
`)
  })

  test('stays where there are anchors', () => {
    const text = `records:\n  www: &one {value: 10.0.0.1, type: A}\n  api: *one\n${soa}`
    expect(format(text)).toBe(text)
  })

  test('compares numbers in texts by their value', () => {
    const words = ['h10', 'h9', '10', '9', '', 'h', 'H', 'h9a', 'h09', '*', '_x']
    const sorted = [...words].sort(compareNaturally)
    expect(sorted).toEqual(['', '9', '10', '*', 'H', '_x', 'h', 'h9', 'h09', 'h9a', 'h10'])
  })
})

describe('comments', () => {
  test('go with the key that they stand at', () => {
    expect(
      format(`# the line for editors, and more
records:
  # about www
  www:
    # of its values
    values: [10.0.0.1] # behind
    # of its type
    type: A
# the header
${soa}# at the end
`),
    ).toBe(`# the header
${soa}# the line for editors, and more
records:
  # about www
  www:
    # of its type
    type: A
    # of its values
    values: [10.0.0.1] # behind

# at the end
`)
  })

  test('the line for editors stays at the top', () => {
    const text = format(
      `# yaml-language-server: $schema=x.json\n# zone\nrecords:\n  www: {type: A, value: 10.0.0.1}\n${soa}`,
    )
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=x.json')
    expect(text).toContain('# zone\nrecords:')
  })

  test('inside a list or a map on one line break it, and none is lost', () => {
    expect(records('  www: {type: A, # one\n    values: [10.0.0.1, # two\n      10.0.0.2]} # three\n')).toBe(
      `  www:
    type: A # one
    values:
      - 10.0.0.1 # two
      - 10.0.0.2
    # three
`,
    )
  })
})

describe('layout', () => {
  test('what does not fit 120 columns is broken, level by level, and nothing is joined', () => {
    const values = Array.from({ length: 6 }, (_, i) => `10.100.200.${100 + i}`)
    expect(records(`  www: {type: A, values: [${values.join(', ')}], policy: {max_answers: 8}}\n`)).toBe(
      `  www:
    type: A
    values: [${values.join(', ')}]
    policy: {max_answers: 8}
`,
    )
    expect(records('  www:\n      type: A\n      values:\n      -   10.0.0.1\n')).toBe(
      '  www:\n    type: A\n    values:\n      - 10.0.0.1\n',
    )
  })

  test('blank lines stay, as one', () => {
    expect(records('  a: {type: A, value: 10.0.0.1}\n\n\n\n  b: {type: A, value: 10.0.0.2}\n')).toBe(
      '  a: {type: A, value: 10.0.0.1}\n\n  b: {type: A, value: 10.0.0.2}\n',
    )
  })

  test('only plain words are without quotes', () => {
    expect(records(`  "www": {type: TXT, values: ["word", a word, '10', yes, 'a:b', "it's", "tab\\t", ~x]}\n`)).toBe(
      `  www: {type: TXT, values: [word, 'a word', '10', 'yes', 'a:b', 'it''s', "tab\\t", '~x']}\n`,
    )
  })

  test('owners that look like numbers keep what was written', () => {
    expect(records('  1.10: {type: A, value: 10.0.0.1}\n  012: {type: A, value: 10.0.0.2}\n')).toBe(
      "  '1.10': {type: A, value: 10.0.0.1}\n  '012': {type: A, value: 10.0.0.2}\n",
    )
  })

  test('block texts stay', () => {
    const text = '  k:\n    type: TXT\n    value: |-\n      v=DKIM1; k=rsa;\n      p=abc\n'
    expect(records(text)).toBe(text)
    const folded = records(text.replace('|-', '>-'))
    expect(folded).toBe('  k:\n    type: TXT\n    value: >-\n      v=DKIM1; k=rsa; p=abc\n')
  })
})

test('what is no YAML is told, with its place', () => {
  const formatted = formatZoneFile('a.test.yaml', 'records:\n  *.x: {}\n')
  expect(formatted).toMatchObject({ problems: [{ code: 'yaml-syntax', span: { line: 2 } }] })
})

test('every zone file of this tree that is YAML means the same when it is formatted, faulty ones too', () => {
  const folders = ['zones', 'test/bad-zones', 'test/conformance/zones']
  let formatted = 0
  for (const folder of folders) {
    for (const name of readdirSync(folder).filter(entry => entry.endsWith('.yaml'))) {
      const file = `${folder}/${name}`
      const text = readFileSync(file, 'utf8')
      const found = formatZoneFile(file, text)
      if ('problems' in found) continue
      formatted++
      expect(sameReadings(readZone({ file, text }), readZone({ file, text: found.text })), file).toBe(true)
      expect(formatZoneFile(file, found.text), file).toEqual(found)
    }
  }
  expect(formatted).toBeGreaterThan(40)
})

test('models differ by anything but spans and files', () => {
  const read = (value: string) =>
    readZone({ file: 'a.test.yaml', text: `${soa}records:\n  '@': {type: NS, values: [${value}]}\n` })
  expect(sameReadings(read('ns.example.'), read('  ns.example. '))).toBe(true)
  expect(sameReadings(read('ns.example.'), read('ns2.example.'))).toBe(false)
  expect(sameModels({ span: 1, a: [1] }, { span: 2, a: [1] })).toBe(true)
  expect(sameModels({ a: [1] }, { a: [1, 2] })).toBe(false)
  expect(sameModels({ a: 1 }, { a: 1, b: 2 })).toBe(false)
  expect(sameModels(new Uint8Array([1]), new Uint8Array([2]))).toBe(false)
})
