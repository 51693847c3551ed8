/** Parsers of METRICS under any input: pieces, escapes, garbage, words in any order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LabelMatch, Watermark } from '../../src/core/health/types.ts'
import { parseSelector } from '../../src/core/zonefile/selector.ts'
import { createReader, readOctets, responseOf } from '../../src/edge/probe/http-reader.ts'
import { judgeAgent } from '../../src/edge/probe/metrics/agent.ts'
import { judgeMarks, shareOf } from '../../src/edge/probe/metrics/judge.ts'
import { evaluate, measureOf } from '../../src/edge/probe/metrics/measures.ts'
import { createSamples, gapMaxMs, gapMinMs, samplesMax } from '../../src/edge/probe/metrics/samples.ts'
import { createSeriesReader, lineOctetsMax, planSeries } from '../../src/edge/probe/metrics/series.ts'
import { createStillClock } from '../contract/probe-targets.ts'

const runs = { seed: 9100, numRuns: 500 }

const metricName = fc.constantFrom(
  'up',
  'node_load1',
  'node_load15',
  'node_load',
  'n',
  'x:y_z',
  'node_memory_MemTotal_bytes',
)
const labelName = fc.constantFrom('cpu', 'mode', 'device', 'a_b')
const labelValue = fc.oneof(
  fc.constantFrom('idle', 'user', 'eth0', '', '}', '"', '\\', 'a,b="c"', '한글', '\n'),
  fc.string(),
)
const sample = fc.record({
  metric: metricName,
  labels: fc.dictionary(labelName, labelValue, { maxKeys: 3 }),
  value: fc.oneof(fc.integer({ min: -1000, max: 1_000_000 }), fc.double({ min: 0, max: 1e12, noNaN: true })),
  stamp: fc.boolean(),
  noise: fc.constantFrom(
    '',
    '# HELP node_load1 x\n',
    '\n',
    'node_load1\n',
    'node_load1{ 5\n',
    '# node_load1 7\n',
    ' node_load1 3\n',
  ),
})
type Sample = typeof sample extends fc.Arbitrary<infer S> ? S : never

function lineOf({ metric, labels, value, stamp, noise }: Sample): string {
  const list = Object.entries(labels).map(([name, text]) => {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    return `${name}="${escaped}"`
  })
  return `${noise}${metric}${list.length === 0 ? '' : `{${list.join(',')}}`} ${value}${stamp ? ' 1700000000000' : ''}\n`
}

/** Reads a page in pieces cut at these places. */
function sumsOf(page: Buffer, metric: string, labels: readonly LabelMatch[], cuts: readonly number[]) {
  const { wishes } = measureOf({ kind: 'series', metric, labels, rate: false })
  const reader = createSeriesReader(planSeries(wishes))
  const places = [0, ...cuts.map(cut => cut % (page.length + 1)).sort((a, b) => a - b), page.length]
  for (let i = 1; i < places.length; i++) {
    // A piece lies somewhere in a buffer that holds other octets before and behind it.
    const piece = Buffer.concat([
      Buffer.from('\nnode_load1 9\n'),
      page.subarray(places[i - 1], places[i]),
      Buffer.from('5\nup 4\n'),
    ])
    reader.push(piece, 14, 14 + places[i]! - places[i - 1]!)
  }
  reader.end()
  return reader.sums[0]!
}

describe('series', () => {
  it('are summed as a slow and obvious reader sums them, however the page is cut', () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 30 }),
        metricName,
        fc.array(fc.record({ name: labelName, value: labelValue, equal: fc.boolean() }), { maxLength: 2 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (samples, metric, labels, cuts) => {
          const wanted = samples.filter(
            each =>
              each.metric === metric &&
              labels.every(({ name, value, equal }) => ((each.labels[name] ?? '') === value) === equal),
          )
          const found = sumsOf(Buffer.from(samples.map(lineOf).join('')), metric, labels, cuts)
          expect(found.count).toBe(wanted.length)
          expect(found.sum).toBe(wanted.reduce((sum, { value }) => sum + value, 0))
        },
      ),
      runs,
    )
  })

  it('never throw, whatever the page', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom('node_load1{', 'node_load1 ', ''),
        (octets, head) => {
          const page = Buffer.concat([Buffer.from(head), Buffer.from(octets)])
          const { sum, count } = sumsOf(page, 'node_load1', [], [3, 17, 200])
          expect(count === 0 ? sum === 0 : typeof sum === 'number').toBe(true)
        },
      ),
      runs,
    )
  })

  it('on a line without end are lost alone, and cost no memory', () => {
    const long = Buffer.from(`node_load1{a="${'x'.repeat(lineOctetsMax * 3)}"} 1\nnode_load1 2\n`)
    expect(sumsOf(long, 'node_load1', [], [1000, 70_000, 140_000])).toEqual({ sum: 2, count: 1 })
    expect(sumsOf(long, 'node_load1', [], [long.length - 20])).toEqual({ sum: 2, count: 1 })
  })

  it('that were written by the grammar are selected by it', () => {
    fc.assert(
      fc.property(
        metricName,
        fc.dictionary(labelName, labelValue, { maxKeys: 3 }),
        fc.boolean(),
        (metric, labels, rate) => {
          const series = lineOf({ metric, labels, value: 0, stamp: false, noise: '' }).slice(0, -3)
          const found = parseSelector(rate ? `rate( ${series} )` : series)
          const list = Object.entries(labels).map(([name, value]) => ({ name, value, equal: true }))
          expect(found).toEqual({ kind: 'series', metric, labels: list, rate })
        },
      ),
      runs,
    )
  })
})

describe('agents', () => {
  const word = fc.constantFrom(
    'up',
    'DOWN',
    'fail',
    'stopped',
    'ready',
    'Drain',
    'maint',
    '75%',
    '0%',
    '100%',
    '250%',
    'maxconn:5',
    'hello',
  )

  it('mean the last word of each kind, in any order and case', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.constantFrom(' ', ',', '\t', ', ')), { maxLength: 6 }), words => {
        const said = words.map(([each]) => each.toLowerCase())
        const last = (kind: RegExp): string | undefined => said.filter(each => kind.test(each)).at(-1)
        const health = last(/^(up|down|fail|stopped)$/)
        const wish = last(/^(ready|drain|maint)$/)
        const weight = Math.min(100, Number(last(/%$/)?.slice(0, -1) ?? 100)) / 100
        const judged = judgeAgent(`${words.map(([each, gap]) => each + gap).join('')}\r\nup 3%`)
        if (said.every(each => each === 'hello')) expect(judged.kind).toBe('inconclusive')
        else if (health !== undefined && health !== 'up')
          expect(judged).toMatchObject({ kind: 'fail', reason: 'agent' })
        else expect(judged).toMatchObject({ kind: 'pass', share: wish === 'drain' || wish === 'maint' ? 0 : weight })
      }),
      runs,
    )
  })

  it('never throw, and never leave a share that is none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const { share } = judgeAgent(text)
        expect(share >= 0 && share <= 1).toBe(true)
      }),
      runs,
    )
  })

  it.each([
    ['down#disk full', 'down: disk full'],
    ['down # disk full, up', 'down: disk full, up'],
    ['fail', 'fail'],
    ['stopped #', 'stopped'],
  ])('%o fails with the reason %o', (text, detail) => {
    expect(judgeAgent(text)).toMatchObject({ kind: 'fail', detail })
  })
})

describe('marks', () => {
  const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true })

  it('take weight away linearly and only between low and high', () => {
    fc.assert(
      fc.property(finite, fc.double({ min: 0.001, max: 1e6, noNaN: true }), finite, (low, span, value) => {
        const mark: Watermark = { name: 'x', reading: { kind: 'named', metric: 'load1' }, low, high: low + span }
        const share = shareOf(mark, value)
        if (value <= low) expect(share).toBe(1)
        else if (value >= mark.high) expect(share).toBe(0)
        else expect(share).toBeCloseTo(1 - (value - low) / (mark.high - low), 9)
        const judged = judgeMarks([mark], [value])
        expect(judged.kind).toBe(value >= mark.high ? 'fail' : 'pass')
      }),
      runs,
    )
  })

  it('never judge by what is not a number', () => {
    const measure = measureOf({ kind: 'named', metric: 'memory_used_percent' })
    expect(
      evaluate(
        measure,
        [
          { sum: 0, count: 1 },
          { sum: 0, count: 1 },
        ],
        null,
      ),
    ).toBe('missing')
    expect(
      evaluate(
        measure,
        [
          { sum: Number.NaN, count: 1 },
          { sum: 1, count: 1 },
        ],
        null,
      ),
    ).toBe('missing')
    expect(
      evaluate(
        measureOf({ kind: 'named', metric: 'cpu_percent' }),
        [
          { sum: 1, count: 1 },
          { sum: 2, count: 1 },
        ],
        [0, 0],
      ),
    ).toBe('first')
  })
})

describe('samples', () => {
  it('give the growth a second, and nothing where there is none to give', () => {
    const clock = createStillClock()
    const samples = createSamples({ clock })
    expect(samples.grow('a', [10, 5])).toEqual([null, null])
    clock.advance(2000)
    expect(samples.grow('a', [30, 1])).toEqual([10, null])
    clock.advance(gapMinMs - 1)
    expect(samples.grow('a', [99, 99])).toEqual([10, null])
    clock.advance(1001)
    expect(samples.grow('a', [30 + 22, 1 + 11])).toEqual([20, 10])
    clock.advance(gapMaxMs + 1)
    expect(samples.grow('a', [1000, 1000])).toEqual([null, null])
    clock.advance(1000)
    expect(samples.grow('a', [Number.NaN, 1001])).toEqual([null, 1])
  })

  it('are bounded: the one not touched for longest makes room', () => {
    const clock = createStillClock()
    const samples = createSamples({ clock })
    samples.grow('first', [0])
    samples.grow('second', [0])
    for (let i = 2; i < samplesMax; i++) samples.grow(`n${i}`, [0])
    clock.advance(1000)
    expect(samples.grow('first', [7])).toEqual([7])
    samples.grow('one more', [0])
    expect(samples.size()).toBe(samplesMax)
    clock.advance(1000)
    expect(samples.grow('first', [8])).toEqual([1])
    expect(samples.grow('second', [8])).toEqual([null])
  })
})

describe('a body that is handed over', () => {
  it('is what would have been held, however it is framed and cut, up to the limit', () => {
    const framed = fc.tuple(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }), fc.boolean())
    fc.assert(
      fc.property(
        framed,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.integer({ min: 1, max: 120 }),
        (body, cuts, octetsMax) => {
          const [parts, isChunked] = body
          const whole = Buffer.concat(parts)
          const head = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${whole.length}`
          const chunks = parts.flatMap(part => [
            Buffer.from(`${part.length.toString(16)}\r\n`),
            part,
            Buffer.from('\r\n'),
          ])
          const text = isChunked ? Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]) : whole
          const message = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`), text])
          const taken: Buffer[] = []
          const handing = createReader(false, octetsMax, (piece, from, to) =>
            taken.push(Buffer.from(piece.subarray(from, to))),
          )
          const holding = createReader(false, octetsMax)
          const places = [0, ...cuts.map(cut => cut % message.length).sort((a, b) => a - b), message.length]
          for (const reader of [handing, holding]) {
            for (let i = 1; i < places.length; i++) {
              readOctets(reader, message.subarray(places[i - 1], places[i]), places[i]! - places[i - 1]!)
            }
          }
          expect([handing.phase, handing.whole]).toEqual([holding.phase, holding.whole])
          expect(Buffer.concat(taken)).toEqual(Buffer.from(responseOf(holding).body))
          expect(responseOf(handing).body).toHaveLength(0)
        },
      ),
      runs,
    )
  })
})
