/** Reading threads: what comes back, what a file that ends its thread does to the others, and that none is left over. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { displayPath } from '../../../src/edge/disk/lone-file.ts'
import { createReaders, type ReadersOptions, readConfigApart } from '../../../src/shell/readers.ts'
import type { FileReport } from '../../../src/shell/reading-words.ts'

const folder = mkdtempSync(join(tmpdir(), 'robin-readers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const troubledReader = new URL('./troubled-reader.ts', import.meta.url)

function zone(name: string, owners = 1): string {
  const lines = Array.from({ length: owners }, (_, i) => `  svc${i}: {type: A, values: [192.0.2.1, 192.0.2.2]}`)
  return [
    `zone: ${name}`,
    `soa: {mname: ns1.${name}., rname: h.${name}., serial: 7}`,
    'records:',
    `  '@': {type: NS, value: ns1.${name}.}`,
    '  ns1: {type: A, value: 192.0.2.53}',
    ...lines,
    '',
  ].join('\n')
}

function order(file: string, text: string, digest: string | null = null) {
  const path = join(folder, file)
  writeFileSync(path, text)
  return { path, octets: text.length, digest }
}

async function read(orders: Parameters<ReturnType<typeof createReaders>['read']>[0], options: ReadersOptions = {}) {
  const readers = createReaders(options)
  const steps: [number, number][] = []
  const progress = (done: number, total: number) => steps.push([done, total])
  const reports = await readers.read(orders, { yielding: false, progress })
  await readers.stop()
  return { reports, steps }
}

function imagesOf(reports: readonly FileReport[]) {
  return reports.map(report => (report.kind === 'judged' ? (report.zone.image?.rrsets ?? null) : report.kind))
}

describe('reading threads', () => {
  it('tell of a large file how far it is while it is read', async () => {
    const head = '$TTL 60\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n'
    const told: { done: number; total: number; files: number }[] = []
    const readers = createReaders()
    const records = Array.from({ length: 20_000 }, (_, i) => `t${i} TXT "${'-'.repeat(200)}"\n`)
    const large = order('big.test.zone', `${head}${records.join('')}`)
    await readers.read([order('a.test.yaml', zone('a.test', 3)), large], {
      yielding: false,
      progress: (files, _, within) => {
        if (within !== null) told.push({ done: within.done, total: within.total, files })
      },
    })
    await readers.stop()
    expect(told.length).toBeGreaterThan(2)
    expect(told.every(({ done }, i) => i === 0 || done > told[i - 1]!.done)).toBe(true)
    expect(told.at(-1)!.total).toBe(large.octets)
  })

  it('judge each file and tell how far they are', async () => {
    const { reports, steps } = await read([
      order('a.test.yaml', zone('a.test', 3)),
      order('b.test.yaml', 'zone: b.test\nsoa: [\n'),
      order('c.test.zone', '$TTL 60\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n$INCLUDE inc\n'),
      { path: join(folder, 'none.yaml'), octets: 0, digest: null },
    ])
    expect(imagesOf(reports)).toEqual([6, null, null, 'fault'])
    expect(reports[1]).toMatchObject({ zone: { problems: [{ code: 'yaml-syntax', span: { line: 3 } }] } })
    expect(reports[2]).toMatchObject({ zone: { problems: [{ code: 'unreadable' }] } })
    expect(reports[2]).toMatchObject({ wanted: expect.arrayContaining([join(folder, 'inc')]) })
    expect(steps).toEqual([1, 2, 3, 4].map(done => [done, 4]))
  })

  it('judge nothing whose digest is known', async () => {
    const first = order('same.test.yaml', zone('same.test'))
    const { reports } = await read([first])
    const digest = reports[0]?.kind === 'judged' ? reports[0].digest : null
    expect((await read([{ ...first, digest }])).reports).toEqual([{ kind: 'same', wanted: [] }])
  })

  it('send equal policies of pools once', async () => {
    const { reports } = await read([order('shared.test.yaml', zone('shared.test', 2))])
    const report = reports[0]
    const pools = report?.kind === 'judged' ? (report.zone.image?.pools ?? []) : []
    expect(pools.map(({ plan }) => plan.key)).toEqual(['svc0.shared.test. A', 'svc1.shared.test. A'])
    expect(pools[0]!.plan.pool.spec).toBe(pools[1]!.plan.pool.spec)
  })

  it.each([
    ['crashes', 'reader broke: of some bug'],
    ['exits', 'its reader ended'],
    ['hangs', 'takes too long'],
    ['rejects', 'reader broke: later'],
  ])('lose a file whose reader %s, and no other', async (trouble, text) => {
    const orders = ['one', trouble, 'two', 'three'].map(path => ({ path, octets: 0, digest: null }))
    const options = { readerFile: troubledReader, patienceMs: 2_000, threadsMax: 1 }
    const { reports } = await read(orders, options)
    expect(reports.map(({ kind }) => kind)).toEqual(['same', 'fault', 'same', 'same'])
    const report = reports[1]
    const fault = report?.kind === 'fault' ? report.fault : null
    expect(fault).toMatchObject({ code: 'unreadable', severity: 'error', span: { file: displayPath(trouble) } })
    expect(fault?.text).toContain(text)
  })

  it('lose a file for which there is not enough memory', { timeout: 60_000 }, async () => {
    const orders = [order('large.test.yaml', zone('large.test', 30_000)), order('small.test.yaml', zone('small.test'))]
    const { reports } = await read(orders, { heapMegabytesMax: 48, threadsMax: 1 })
    expect(imagesOf(reports)).toEqual(['fault', 4])
    expect(reports[0]).toMatchObject({ fault: { code: 'unreadable' } })
  })

  describe('that has read an edit', () => {
    const order = (path: string) => ({ path, octets: 0, digest: null })

    async function whoReads(readers: ReturnType<typeof createReaders>, path = 'who', yielding = true) {
      const [report] = await readers.read([order(path)], { yielding })
      return report?.kind === 'same' ? (report.wanted[0] ?? null) : null
    }

    it('rests for a while and reads the next one, but nothing that is waited for', async () => {
      const readers = createReaders({ readerFile: troubledReader })
      const first = await whoReads(readers)
      expect(first).not.toBeNull()
      expect(await whoReads(readers)).toBe(first)
      expect(await whoReads(readers, 'who', false)).not.toBe(first)
      expect(await whoReads(readers)).toBe(first)
      await readers.stop()
    })

    it('ends when there was nothing to read for some time', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      try {
        const readers = createReaders({ readerFile: troubledReader })
        const first = await whoReads(readers)
        await vi.advanceTimersByTimeAsync(4_900)
        expect(await whoReads(readers)).toBe(first)
        await vi.advanceTimersByTimeAsync(4_900)
        expect(await whoReads(readers)).toBe(first)
        await vi.advanceTimersByTimeAsync(5_100)
        expect(await whoReads(readers)).not.toBe(first)
        await readers.stop()
      } finally {
        vi.useRealTimers()
      }
    })

    it('is not waited for if it ended while it rested', async () => {
      const readers = createReaders({ readerFile: troubledReader })
      const first = await whoReads(readers)
      await whoReads(readers, 'leaves')
      await expect.poll(() => whoReads(readers)).not.toBe(first)
      expect(await whoReads(readers)).not.toBeNull()
      await readers.stop()
    })
  })

  it('are ended by stop, and the reading rejects', async () => {
    const readers = createReaders({ readerFile: troubledReader })
    const reading = readers.read([{ path: 'hangs', octets: 0, digest: null }], { yielding: true })
    const outcome = expect(reading).rejects.toThrow('stopped')
    await readers.stop()
    await outcome
  })
})

describe('a config file', () => {
  it('is read apart, with its problems', async () => {
    const { config, problems } = await readConfigApart('robin.yaml', 'workers: 2\nlisten: 127.0.0.1:53\n')
    expect(problems).toEqual([])
    expect(config).toMatchObject({ workers: 2, listen: [{ host: '127.0.0.1', port: 53 }] })
    const bad = await readConfigApart('robin.yaml', 'workers: many\n')
    expect(bad.config).toBeNull()
    expect(bad.problems).toMatchObject([{ span: { file: 'robin.yaml', line: 1 } }])
  })
})
