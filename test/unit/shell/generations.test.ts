/** From judged files to generations: all or nothing, images carried over, serials that only grow. */
import { describe, expect, it } from 'vitest'
import { readU32 } from '../../../src/core/base/bytes.ts'
import type { Problem } from '../../../src/core/base/problem.ts'
import type { JudgedFile, ZoneSource } from '../../../src/core/ports.ts'
import { readZone } from '../../../src/core/zonefile/index.ts'
import { judgedOf } from '../../../src/core/zonefile/judged.ts'
import { createGenerations, type Prepared } from '../../../src/shell/generations.ts'

function zoneText(name: string, options: { serial?: string; records?: string } = {}): string {
  const { serial = 'auto', records = '' } = options
  return `zone: ${name}
soa: {mname: ns1.${name}., rname: h.${name}., serial: ${serial}}
records:
  '@': {type: NS, value: ns1.${name}.}
  ns1: {type: A, value: 192.0.2.53}
${records}`
}

function fileOf(name: string, modified: number, text = zoneText(name)): JudgedFile {
  const file = `${name}.yaml`
  return { file, digest: text, modified, zone: judgedOf(readZone({ file, text })) }
}

function create(options: Parameters<typeof createGenerations>[1] = {}) {
  const folder: { files: readonly JudgedFile[]; faults: readonly Problem[] } = { files: [], faults: [] }
  const source: ZoneSource = { read: async () => ({ ...folder }), watch: () => () => {}, close: async () => {} }
  return { folder, generations: createGenerations(source, options) }
}

function ready(prepared: Prepared): Extract<Prepared, { kind: 'ready' }> {
  if (prepared.kind !== 'ready') throw new Error(prepared.kind)
  return prepared
}

const serialsOf = (prepared: Prepared) => ready(prepared).zones.map(({ serial }) => serial)

describe('a generation', () => {
  it('has the images of all zones, and those that stayed lie in the newest snapshot', async () => {
    const { folder, generations } = create()
    const a = fileOf('a.test', 100)
    folder.files = [a, fileOf('b.test', 100)]
    const first = ready(await generations.prepare(1))
    first.commit()
    expect(first.zones).toMatchObject([
      { name: 'a.test.', file: 'a.test.yaml', serial: 100, rrsets: 3 },
      { name: 'b.test.', serial: 100 },
    ])
    expect(a.zone.image?.octets.buffer).toBe(first.compiled.snapshot.memory)
    folder.files = [a, fileOf('b.test', 101, zoneText('b.test', { records: '  www: {type: A, value: 192.0.2.1}' }))]
    const second = ready(await generations.prepare(2))
    expect(second.compiled).toMatchObject({ rrsets: 7, snapshot: { generation: 2, zones: 2 } })
    expect(a.zone.image?.octets.buffer).toBe(second.compiled.snapshot.memory)
  })

  it('is not made where nothing changed since what is served', async () => {
    const { folder, generations } = create()
    folder.files = [fileOf('a.test', 100)]
    const first = ready(await generations.prepare(1))
    expect((await generations.prepare(2)).kind).toBe('ready')
    first.commit()
    expect((await generations.prepare(2)).kind).toBe('unchanged')
  })

  it('is refused for one error in one file, one fault, or one name that leads nowhere in another zone', async () => {
    const { folder, generations } = create()
    const good = fileOf('a.test', 100)
    const bad = fileOf('b.test', 100, 'zone: b.test\nsoa: x\n')
    folder.files = [good, bad]
    expect(await generations.prepare(1)).toMatchObject({ kind: 'refused' })
    folder.files = [good]
    folder.faults = [{ code: 'unreadable', severity: 'error', span: good.zone.nameSpan, text: 'x', hint: null }]
    expect(await generations.prepare(1)).toMatchObject({ kind: 'refused', problems: folder.faults })
    folder.faults = []
    const records = '  sub: {type: NS, value: gone.a.test.}'
    folder.files = [good, fileOf('b.test', 100, zoneText('b.test', { records }))]
    expect(await generations.prepare(1)).toMatchObject({ kind: 'refused', problems: [{ code: 'ns-nowhere' }] })
  })
})

describe('serial: auto', () => {
  it('is the date of the file, but never goes back and always differs from one edit to the next', async () => {
    const { folder, generations } = create()
    const serials: number[] = []
    let edits = 0
    for (const modified of [100, 100, 90, 200]) {
      folder.files = [fileOf('a.test', modified, zoneText('a.test', { records: `  # edit ${edits++}` }))]
      const prepared = ready(await generations.prepare(edits))
      prepared.commit()
      serials.push(...serialsOf(prepared))
      const image = folder.files[0]!.zone.image!
      expect(readU32(image.octets, image.serialAt)).toBe(serials.at(-1))
    }
    expect(serials).toEqual([100, 101, 102, 200])
  })

  it('goes on where the run before this one stopped', async () => {
    const cases = [
      [100, 100],
      [150, 150],
      [90, 101],
    ] as const
    for (const [modified, serial] of cases) {
      const { folder, generations } = create({ serialsBefore: new Map([['a.test.', 100]]) })
      folder.files = [fileOf('a.test', modified)]
      expect(serialsOf(await generations.prepare(1))).toEqual([serial])
    }
  })

  it('leaves a serial from the file alone', async () => {
    const { folder, generations } = create({ serialsBefore: new Map([['a.test.', 100]]) })
    folder.files = [fileOf('a.test', 900, zoneText('a.test', { serial: '7' }))]
    expect(serialsOf(await generations.prepare(1))).toEqual([7])
  })
})

describe('an edit that takes much away', () => {
  const hosts = (count: number) =>
    Array.from({ length: count }, (_, i) => `  h${i}: {type: A, value: 10.0.0.${i}}\n`).join('')
  const pooled = (values: readonly number[]) =>
    `  www: {type: A, values: [${values.map(value => `10.1.0.${value}`).join(', ')}], policy: {max_answers: 9}}\n`

  /** With every RR of the live board answered. */
  async function served(files: readonly JudgedFile[], shareMax = 0.5) {
    let live: ReturnType<typeof ready>['compiled']['pools'] = []
    const orderOf = (pool: number) => [...Array(live[pool]!.ordersMax).keys()]
    const { folder, generations } = create({ change: { shareMax, served: () => ({ pools: live, orderOf }) } })
    const install = async (next: readonly JudgedFile[], force = false) => {
      folder.files = next
      const prepared = await generations.prepare(1, { force })
      if (prepared.kind === 'ready') {
        prepared.commit()
        live = prepared.compiled.pools
      }
      return prepared
    }
    expect(await install(files)).toMatchObject({ kind: 'ready' })
    return install
  }
  const edit = (records: string, text = zoneText('a.test', { records })) => fileOf('a.test', 100, text)

  it('is refused until it is forced, and names what would be gone', async () => {
    const install = await served([edit(hosts(20))])
    const refused = await install([edit(hosts(5))])
    expect(refused).toMatchObject({
      kind: 'refused',
      problems: [{ code: 'max-change', span: { file: 'a.test.yaml' } }],
    })
    expect(await install([edit(hosts(5))])).toMatchObject({ kind: 'refused' })
    expect(await install([edit(hosts(19))])).toMatchObject({ kind: 'ready' })
    expect(await install([edit(hosts(5))], true)).toMatchObject({ kind: 'ready' })
    // What is measured is what is served now.
    expect(await install([edit(hosts(4))])).toMatchObject({ kind: 'ready' })
  })

  it('may be a zone that is gone, or addresses that make way for others', async () => {
    const install = await served([edit(hosts(20)), fileOf('b.test', 100)])
    expect(await install([fileOf('b.test', 100)])).toMatchObject({
      kind: 'refused',
      problems: [{ code: 'max-change', span: { file: 'a.test.yaml' } }],
    })
    const all = Array.from({ length: 20 }, (_, i) => i)
    const pools = await served([edit(pooled(all))])
    expect(await pools([edit(pooled(all.map(i => i + 100)))])).toMatchObject({ kind: 'refused' })
    expect(await pools([edit(pooled(all.map(i => i + 8)))])).toMatchObject({ kind: 'ready' })
  })

  it('is taken where the set is small, where all is allowed, and where no one edits', async () => {
    const small = await served([edit(hosts(6))])
    expect(await small([edit(hosts(0))])).toMatchObject({ kind: 'ready' })
    const open = await served([edit(hosts(20))], 1)
    expect(await open([edit(hosts(0))])).toMatchObject({ kind: 'ready' })
    const pulled = { ...edit(hosts(20)), origin: 'secondary' } as const
    const follows = await served([pulled, fileOf('b.test', 100)])
    expect(await follows([fileOf('b.test', 100)])).toMatchObject({ kind: 'ready' })
  })

  it('is measured without the catalogs, which no client asks for', async () => {
    const listed = { ...fileOf('b.test', 100, zoneText('b.test', { records: hosts(100) })), origin: 'catalog' } as const
    const install = await served([edit(hosts(20)), listed])
    expect(await install([edit(hosts(5)), listed])).toMatchObject({ kind: 'refused' })
  })
})
