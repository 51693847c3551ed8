/** What the server reads of its zone folder, and when it does not read it again. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createReaders, type Readers } from '../../../src/shell/readers.ts'
import type { FileOrder } from '../../../src/shell/reading-words.ts'
import { createZoneSource } from '../../../src/shell/zone-source.ts'

let folder = ''
let readers: Readers = createReaders()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'robin-source-'))
  readers = createReaders()
})

afterEach(async () => {
  await readers.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Long enough ago for the date of the file to be trusted. */
const longAgo = 1_000_000_000

function write(name: string, text: string, seconds = longAgo): void {
  writeFileSync(join(folder, name), text)
  utimesSync(join(folder, name), seconds, seconds)
}

function zone(name: string, address = '192.0.2.1'): string {
  return [
    `soa: {mname: ns1.${name}., rname: h.${name}., serial: auto}`,
    'records:',
    `  '@': {type: NS, value: ns1.${name}.}`,
    '  ns1: {type: A, value: 192.0.2.53}',
    `  www: {type: A, value: ${address}}`,
    '',
  ].join('\n')
}

/** The source, and the orders of each of its readings. */
function create() {
  const readings: (readonly FileOrder[])[] = []
  const watched: Readers = {
    ...readers,
    read: (orders, options) => {
      readings.push(orders)
      return readers.read(orders, options)
    },
  }
  return { source: createZoneSource(watched, { folder }), readings }
}

const names = (orders: readonly FileOrder[] | undefined) => (orders ?? []).map(({ path }) => path.split('/').at(-1))

describe('the zone folder', () => {
  it('is read whole at first; later a changed file alone is judged, and the others are the same objects', async () => {
    write('a.test.yaml', zone('a.test'))
    write('b.test.yaml', zone('b.test'))
    const { source, readings } = create()
    const first = await source.read()
    expect(first.faults).toEqual([])
    expect(first.files.map(({ zone: { image } }) => image?.rrsets)).toEqual([4, 4])
    expect(first.files.map(({ modified }) => modified)).toEqual([longAgo, longAgo])
    write('b.test.yaml', zone('b.test', '192.0.2.2'), longAgo + 1)
    const second = await source.read()
    expect(second.files[0]).toBe(first.files[0])
    expect(second.files[1]?.digest).not.toBe(first.files[1]?.digest)
    expect(names(readings[0])).toEqual(['a.test.yaml', 'b.test.yaml'])
    expect(names(readings[1])).toContain('b.test.yaml')
  })

  it('opens no file that lies there as before, but one whose date may hide an edit', { timeout: 15_000 }, async () => {
    write('a.test.yaml', zone('a.test'))
    const future = Math.floor(Date.now() / 1000) + 3600
    write('b.test.yaml', zone('b.test'), future)
    const { source, readings } = create()
    const first = await source.read()
    // Until the change time of the first is long enough ago.
    await vi.waitFor(
      async () => {
        await source.read()
        expect(names(readings.at(-1))).toEqual(['b.test.yaml'])
      },
      { timeout: 10_000 },
    )
    expect(readings.at(-1)?.map(({ digest }) => digest)).toEqual([first.files[1]?.digest])
    expect((await source.read()).files[1]).toBe(first.files[1])
  })

  it('does not judge a file again that was only touched', async () => {
    write('a.test.yaml', zone('a.test'))
    const { source } = create()
    const first = await source.read()
    utimesSync(join(folder, 'a.test.yaml'), longAgo + 9, longAgo + 9)
    const second = await source.read()
    expect(second.files[0]).toBe(first.files[0])
  })

  it('reads a faulty file again each time, and forgets one that is gone', async () => {
    write('a.test.yaml', zone('a.test'))
    writeFileSync(join(folder, 'b.test.yaml'), Buffer.of(0xff))
    const { source, readings } = create()
    const first = await source.read()
    expect(first.files).toHaveLength(1)
    expect(first.faults).toMatchObject([{ code: 'unreadable', span: { file: join(folder, 'b.test.yaml') } }])
    await source.read()
    expect(names(readings[1])).toContain('b.test.yaml')
    rmSync(join(folder, 'a.test.yaml'))
    rmSync(join(folder, 'b.test.yaml'))
    expect(await source.read()).toMatchObject({ files: [], faults: [] })
  })

  it('notices that a file which was asked for has come to be there', async () => {
    write('a.test.zone', '$TTL 60\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n$INCLUDE inc\n')
    const { source } = create()
    expect((await source.read()).files[0]?.zone.image).toBeNull()
    write('inc', 'www A 192.0.2.2\n')
    expect((await source.read()).files[0]?.zone.image?.rrsets).toBe(4)
  })

  it('ends a reading that is under way', async () => {
    write('a.test.yaml', zone('a.test'))
    const { source } = create()
    const reading = expect(source.read()).rejects.toThrow('stopped')
    await source.close()
    await reading
  })
})
