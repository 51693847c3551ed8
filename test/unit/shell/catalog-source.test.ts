/** Catalogs that are made of the zones of a source: what is in them, and when they are made anew. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatName, lowerName, nameKey } from '../../../src/core/name/name.ts'
import type { JudgedFile, ZoneSource } from '../../../src/core/ports.ts'
import { judgeTogether } from '../../../src/core/zonefile/join.ts'
import { judgedOf } from '../../../src/core/zonefile/judged.ts'
import { noTransfer, type TransferPlan } from '../../../src/core/zonefile/transfer-plan.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'
import { withCatalogs } from '../../../src/shell/catalog-source.ts'
import type { ProducedCatalog } from '../../../src/shell/catalogs.ts'
import { createReaders, type Readers } from '../../../src/shell/readers.ts'
import { nameOf, readJudged } from '../catalog/zones.ts'

let readers: Readers = createReaders()
let readings = 0

beforeEach(() => {
  readers = createReaders()
  readings = 0
})

afterEach(() => readers.stop())

const open: TransferPlan = { allow: [{ key: null, from: null }], notify: [] }

function file(name: string, text = ''): JudgedFile {
  const head = `$TTL 60\n@ SOA ns.${name}. h.${name}. 1 60 60 600 5\n@ NS ns\nns A 192.0.2.1\n`
  return {
    file: `${name}.zone`,
    digest: `${name}${text}`,
    modified: 5,
    zone: judgedOf(readZone({ file: `${name}.zone`, text: head + text })),
  }
}

function sourceOf(files: () => readonly JudgedFile[]): ZoneSource {
  return {
    read: async () => ({ files: files(), faults: [] }),
    watch: () => () => undefined,
    close: async () => undefined,
  }
}

const catalog = (name: string, rest: Partial<ProducedCatalog> = {}): ProducedCatalog => ({
  name: lowerName(nameOf(name)),
  choice: { zones: null, groups: [] },
  transfer: null,
  ...rest,
})

function wrap(files: () => readonly JudgedFile[], produced: readonly ProducedCatalog[], transfer = open): ZoneSource {
  const watched: Pick<Readers, 'read'> = {
    read: (orders, options) => {
      readings += orders.length
      return readers.read(orders, options)
    },
  }
  const unlisted = new Set(produced.map(({ name }) => nameKey(name)))
  return withCatalogs(
    sourceOf(files),
    { clock: { wall: () => 9_500 }, readers: watched },
    { produced, unlisted, transfer },
  )
}

/** `zone groups` of each member, as a consumer would read them. */
function listedIn({ zone }: JudgedFile): readonly string[] {
  const reading = readJudged(zone)
  if (reading.kind === 'broken') throw new Error(reading.fault.code)
  return [...reading.members.values()].map(({ zone: name, groups }) => [formatName(name), ...groups].join(' ')).sort()
}

describe('a source with catalogs', () => {
  it('has a zone more, without a problem, that lists the others', async () => {
    const source = wrap(
      () => [file('a.test'), file('b.test')],
      [catalog('Cat.test.', { choice: { zones: null, groups: [{ group: 'gold', zones: [nameOf('b.test.')] }] } })],
    )
    const { files, faults } = await source.read()
    const made = files.at(-1)!
    expect([files.length, faults]).toEqual([3, []])
    expect(made).toMatchObject({ modified: 9, zone: { serial: null, transfer: null } })
    expect(formatName(made.zone.name!)).toBe('cat.test.')
    expect(judgeTogether(files.map(({ zone }) => zone))).toEqual([])
    expect(listedIn(made)).toEqual(['a.test.', 'b.test. gold'])
  })

  it('is made anew when the list is another one, and only then', async () => {
    let files = [file('a.test')]
    const source = wrap(() => files, [catalog('cat.test.')])
    const [, first] = (await source.read()).files
    files = [file('a.test', 'www A 192.0.2.2\n')]
    const [, second] = (await source.read()).files
    expect(second).toBe(first)
    files = [file('a.test'), file('b.test')]
    const third = (await source.read()).files.at(-1)!
    expect(third.digest).not.toBe(first!.digest)
    expect(listedIn(third)).toEqual(['a.test.', 'b.test.'])
    expect(readings).toBe(2)
  })

  it('lists what may be transferred, and no catalog', async () => {
    const given = (name: string, transfer: TransferPlan): JudgedFile => {
      const each = file(name)
      return { ...each, zone: { ...each.zone, transfer } }
    }
    const files = [given('a.test', noTransfer), given('b.test', open), file('c.test')]
    const [one, two] = [catalog('one.test.'), catalog('two.test.', { transfer: open })]
    const closed = (await wrap(() => files, [one, two], noTransfer).read()).files.slice(-2)
    expect(closed.map(listedIn)).toEqual([['b.test.'], ['b.test.']])
    expect(closed[1]!.zone.transfer).toBe(open)
    const all = (await wrap(() => files, [one, two]).read()).files.slice(-2)
    expect(all.map(listedIn)).toEqual([
      ['b.test.', 'c.test.'],
      ['b.test.', 'c.test.'],
    ])
  })

  it('makes nothing of a set that will not be served', async () => {
    const source = wrap(() => [file('a.test'), file('b.test', 'www A nonsense\n')], [catalog('cat.test.')])
    expect((await source.read()).files).toHaveLength(2)
    expect(readings).toBe(0)
  })

  it('is the source itself where there is no catalog', () => {
    const source = sourceOf(() => [])
    expect(
      withCatalogs(
        source,
        { clock: { wall: () => 0 }, readers },
        { produced: [], unlisted: new Set(), transfer: open },
      ),
    ).toBe(source)
  })
})
