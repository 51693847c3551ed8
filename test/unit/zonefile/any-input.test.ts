/**
 * Whatever is in the files: reading them ends, does not throw, and yields a Model or errors with places inside the
 * file; and what yields a Model can be compiled, so that no zone passes `robin check` and then fails to load.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proveSnapshot } from '../../../src/core/zone/prove.ts'
import { compile, decodeZoneFile, formatProblem, readZones } from '../../../src/core/zonefile/index.ts'

const seed = 20_240_611
const example = readFileSync(fileURLToPath(new URL('../../../zones/example.test.yaml', import.meta.url)), 'utf8')
const tokens = [...new Set(example.match(/[\w./%:-]+|\n +|[^\w\s]/g))]

/** True if there is a Model. */
function survives(text: string): boolean {
  const { model, problems } = readZones([{ file: 'a.test.yaml', text }])
  const lines = text.split(/\r?\n/)
  const errors = problems.filter(problem => problem.severity === 'error')
  expect(errors.length > 0).toBe(model === null)
  for (const problem of problems) {
    const { line, column, endColumn } = problem.span
    expect(line).toBeGreaterThanOrEqual(1)
    expect(line).toBeLessThanOrEqual(lines.length)
    expect(column).toBeGreaterThanOrEqual(1)
    expect(endColumn).toBeGreaterThan(column)
    expect(formatProblem(problem, lines[line - 1] ?? null).split('\n').length).toBeLessThanOrEqual(4)
  }
  if (model !== null) proveSnapshot(compile(model, 1, () => 1).snapshot)
  return model !== null
}

const scalar = fc.oneof(
  fc.constantFrom(...tokens),
  fc.constantFrom('192.0.2.1', '::1', 'ns1.a.test.', '@', '', '*', 'none', '\\# 1 00', 'HTTP', 'a'.repeat(64), '0%'),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.string({ maxLength: 8 }),
)
const key = fc.oneof(
  fc.constantFrom(
    ...'zone soa defaults checks records type ttl value values check policy dynamic pools rules'.split(' '),
  ),
  fc.constantFrom(
    ...'fallback pool octodns healthcheck protocol path port expect status mname rname @ ns1 www'.split(' '),
  ),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'length', ''),
  fc.string({ maxLength: 5 }),
)
const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('tree')), { maxLength: 6 }).map(entries => Object.fromEntries(entries)),
  ),
}))

/** One record in the frame of a zone that is otherwise right. */
const frame = (record: unknown) => `{zone: a.test, soa: {mname: ns.example.net., rname: h.example.net.},
  checks: {c: {protocol: TCP, port: 1}, d: {protocol: HTTPS}},
  records: {'@': {type: NS, value: ns.example.net.}, x: ${JSON.stringify(record)}}}`

/** Records that are right, of which some keys are then something else. */
const sound: readonly Readonly<Record<string, unknown>>[] = [
  { type: 'A', values: ['192.0.2.1', '192.0.2.2', { value: '192.0.2.3', status: 'up' }], check: { any: ['c', 'd'] } },
  { type: 'AAAA', values: ['::1', '::2'], check: 'd', policy: { on_all_down: 'values', min_healthy: '50%' } },
  {
    type: 'A',
    dynamic: { pools: { p: { values: [{ value: '192.0.2.9' }] } }, rules: [{ pool: 'p' }] },
    values: ['::1'],
  },
  { type: 'A', value: '192.0.2.1', octodns: { healthcheck: { protocol: 'TCP', port: 1 } } },
  { type: 'MX', value: { preference: 1, exchange: 'mx.a.test.' } },
  { type: 'SRV', values: [{ priority: 1, weight: 2, port: 3, target: '.' }] },
  { type: 'CAA', values: [{ tag: 'issue', value: ';' }] },
  { type: 'NS', values: ['ns.x.a.test.', 'ns.example.net.'] },
  { type: 'CNAME', value: 'a.test.' },
  { type: 'TXT', values: ['', 'x'.repeat(300)], ttl: '1h' },
  { type: 'TYPE65280', value: '\\# 2 00ff' },
  { type: 'DNAME', value: 'b.test.' },
  { type: 'NAPTR', value: { order: 1, preference: 2, flags: 'U', service: 'S', regexp: '!a!\\1!', replacement: '.' } },
  { type: 'DS', value: { key_tag: 1, algorithm: 13, digest_type: 9, digest: 'ab' } },
  {
    type: 'TLSA',
    value: { certificate_usage: 3, selector: 1, matching_type: 0, certificate_association_data: 'ab cd' },
  },
  { type: 'SSHFP', values: [{ algorithm: 4, fingerprint_type: 9, fingerprint: 'ab' }] },
  {
    type: 'HTTPS',
    value: { svcpriority: 1, targetname: '.', svcparams: { alpn: ['h2'], port: 443, key9999: '\\000' } },
  },
  {
    type: 'AAAA',
    dynamic: {
      pools: {
        p: { fallback: 'q', values: [{ value: '::1', weight: 3 }, { value: '::2' }] },
        q: { values: [{ value: '::3', status: 'down' }] },
      },
      rules: [{ subnets: ['10.0.0.0/8', '::/1'], pool: 'q' }, { subnets: ['10.8.0.0/16'], pool: 'p' }, { pool: 'p' }],
    },
    policy: { answer: 'sticky', sticky: { v4: 20 }, slow_start: '5s', failback: 'manual' },
  },
  {
    type: 'CNAME',
    dynamic: { pools: { p: { values: [{ value: 'a.test.' }, { value: 'x.a.test.' }] } }, rules: [{ pool: 'p' }] },
  },
  { type: 'ALIAS', value: 'x.a.test.' },
  { type: 'ALIAS', value: 'ns1.a.test.' },
]
const params = fc.dictionary(
  fc.oneof(
    fc.constantFrom('mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv6hint', 'ech', 'key7', '__proto__'),
    key,
  ),
  fc.oneof(scalar, fc.array(fc.constantFrom('alpn', 'port', '::1', 'h2', '', '\\', ',', 'key7'), { maxLength: 3 })),
  { maxKeys: 3 },
)
const changed = (name: string, ...likely: readonly unknown[]) =>
  fc.tuple(fc.constant(name), fc.oneof(fc.constantFrom(...likely), tree))
const change = fc.oneof(
  changed('type', 'A', 'AAAA', 'TXT', 'NS', 'PTR', 'TYPE1', 'TYPE255', 'SOA', 'HTTPS', 'DS', 'TYPE39', 'SVCB'),
  changed('ttl', 0, 5, '1h', -1),
  fc.tuple(
    fc.constant('value'),
    fc.record({ svcpriority: fc.nat(2), targetname: fc.constant('.'), svcparams: params }),
  ),
  changed('values', ['192.0.2.1'], ['192.0.2.1', '192.0.2.2'], ['::1'], ['a.test.'], []),
  changed('check', 'c', 'd', 'none', { all: ['c', 'd'] }),
  changed('policy', { max_answers: 1 }, { min_healthy: 2 }, { answer: 'failover' }, { answer: 'random', sticky: 1 }),
  changed('octodns', {}, { healthcheck: {} }),
  changed('dynamic', { pools: { p: { values: [{ value: '192.0.2.9' }] } }, rules: [{ pool: 'p' }] }),
  fc.tuple(
    fc.constant('dynamic'),
    fc.record({
      pools: fc.constant({ p: { values: [{ value: '::1', weight: 100 }] }, q: { values: [{ value: '::2' }] } }),
      rules: fc.array(
        fc.record(
          {
            subnets: fc.array(
              fc.oneof(fc.constantFrom('10.0.0.0/8', '10.0.0.0', '::/0', '::1/64', '/', '1/2/3'), fc.string()),
              { maxLength: 3 },
            ),
            pool: fc.constantFrom('p', 'q', 'r'),
          },
          { requiredKeys: ['pool'] },
        ),
        { maxLength: 3 },
      ),
    }),
  ),
)
const record = fc
  .tuple(fc.constantFrom(...sound), fc.array(change, { maxLength: 3 }))
  .map(([given, changes]) => ({ ...given, ...Object.fromEntries(changes) }))

describe('any input', () => {
  it('octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), octets => {
        const decoded = decodeZoneFile('a.test.yaml', octets)
        if ('text' in decoded) survives(decoded.text)
        else expect(decoded.problem.code).toBe('unreadable')
      }),
      { seed, numRuns: 500 },
    )
  })

  it('words of zone files in any order', () => {
    const text = fc.array(fc.constantFrom(...tokens, ' ', ': ', '\n', '- ', '{', '}', '&a ', '*a ', "'"), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(text, words => void survives(words.join(''))),
      { seed, numRuns: 500 },
    )
  })

  it('trees of known keys and strange values', () => {
    fc.assert(
      fc.property(tree, value => void survives(JSON.stringify(value) ?? '')),
      { seed, numRuns: 500 },
    )
  })

  it('records of every type', () => {
    let served = 0
    fc.assert(
      fc.property(record, value => {
        if (survives(frame(value))) served++
      }),
      { seed, numRuns: 1500 },
    )
    expect(served).toBeGreaterThan(100)
  })

  it('the example with lines lost, doubled, moved and bent', () => {
    const lines = example.split('\n')
    const edit = fc.record({
      at: fc.nat(lines.length - 1),
      kind: fc.constantFrom('lose', 'double', 'move', 'cut', 'bend'),
      to: fc.nat(lines.length - 1),
      word: fc.constantFrom(...tokens),
    })
    let served = 0
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), edits => {
        const bent = [...lines]
        for (const { at, kind, to, word } of edits) {
          const line = bent[at] ?? ''
          if (kind === 'lose') bent.splice(at, 1)
          else if (kind === 'double') bent.splice(at, 0, line)
          else if (kind === 'move') bent.splice(to, 0, ...bent.splice(at, 1))
          else if (kind === 'cut') bent[at] = line.slice(0, to % (line.length + 1))
          else bent[at] = line.replace(/[\w./]+/, word)
        }
        if (survives(bent.join('\n'))) served++
      }),
      { seed, numRuns: 300 },
    )
    expect(served).toBeGreaterThan(20)
  })
})
