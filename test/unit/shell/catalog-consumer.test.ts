/** Catalogs as they stand in generations: what is wanted of those who pull zones, and what is told. */
import { describe, expect, it } from 'vitest'
import { type Memberships, planMembers } from '../../../src/core/catalog/plan.ts'
import { formatName, nameKey } from '../../../src/core/name/name.ts'
import type { JournalEvent } from '../../../src/core/view/events.ts'
import { judgedOf } from '../../../src/core/zonefile/judged.ts'
import { joinImages } from '../../../src/core/zonefile/snapshot.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'
import { createCatalogConsumer, type Installed } from '../../../src/shell/catalog-consumer.ts'
import { catalogOf, nameOf } from '../catalog/zones.ts'

interface ZoneText {
  readonly name: string
  readonly serial: number
  /** Lines below the head. */
  readonly text?: string
  readonly pulled?: boolean
  readonly withheld?: boolean
}

const catalog = (serial: number, text: string, name = 'cat.test'): ZoneText => ({
  name,
  serial,
  text: `version TXT "2"\n${text}`,
  pulled: true,
})

function installed(...zones: readonly ZoneText[]): Installed {
  const judged = zones.map(({ name, serial, text = '' }) => {
    const head = `$TTL 0\n@ SOA invalid. invalid. ${serial} 60 60 6000 0\n@ NS invalid.\n`
    return judgedOf(readZone({ file: `${name}.zone`, text: head + text }))
  })
  const { snapshot } = joinImages(
    judged.map(({ image }) => image!),
    1,
  )
  return {
    snapshot,
    zones: zones.map(({ name, serial, pulled = false, withheld = false }) => {
      return { apex: nameOf(`${name}.`), serial, pulled, withheld }
    }),
  }
}

function start(before: Memberships = new Map(), ...own: readonly string[]) {
  const events: JournalEvent[] = []
  const wishes: { readonly wanted: readonly string[]; readonly reset: readonly string[] }[] = []
  const saved: Memberships[] = []
  let fault: string | null = null
  const consumer = createCatalogConsumer(
    {
      journal: { record: event => events.push(event) },
      file: {
        name: 'catalogs.json',
        read: async () => ({ memberships: before, aside: null }),
        write: async memberships => {
          saved.push(memberships)
          return fault
        },
      },
      want: (memberships, reset) => {
        const wanted = [...memberships.values()].map(
          ({ zone, catalog: from }) => `${formatName(zone)} ${formatName(from)}`,
        )
        wishes.push({ wanted: wanted.sort(), reset: reset.map(({ zone }) => formatName(zone)) })
      },
    },
    {
      catalogs: ['cat.test.', 'cat2.test.'].map(nameOf),
      own: new Set(own.map(name => nameKey(nameOf(name)))),
      before,
    },
  )
  const fail = (text: string): void => {
    fault = text
  }
  return { consumer, events, wishes, saved, fail }
}

const kindsOf = (events: readonly JournalEvent[]) => events.map(({ kind }) => kind)

describe('a consumer of catalogs', () => {
  it('wants what they list, and says so once', async () => {
    const { consumer, events, wishes, saved } = start()
    const first = installed(catalog(1, 'x1.zones PTR a.\nx2.zones PTR b.\n'))
    consumer.look(first)
    consumer.look(first)
    expect(wishes).toEqual([{ wanted: ['a. cat.test.', 'b. cat.test.'], reset: [] }])
    expect(events).toMatchObject([{ kind: 'catalog-members', catalog: 'cat.test.', added: 2, dropped: 0, reset: 0 }])
    consumer.look(installed(catalog(2, 'x1.zones PTR a.\nx3.zones PTR b.\n')))
    expect(wishes.at(-1)).toEqual({ wanted: ['a. cat.test.', 'b. cat.test.'], reset: ['b.'] })
    await consumer.close()
    expect(saved.at(-1)).toEqual(consumer.memberships)
  })

  it('goes by no catalog that is broken, gone, or not to be answered from', () => {
    const { consumer, events, wishes } = start()
    consumer.look(installed(catalog(1, 'x1.zones PTR a.\n')))
    const broken = catalog(2, 'x1.zones PTR a.\nx2.zones PTR a.\n')
    consumer.look(installed(broken))
    consumer.look(installed(broken, { name: 'other', serial: 1 }))
    consumer.look(installed({ name: 'other', serial: 1 }))
    consumer.look(installed({ ...catalog(0, ''), withheld: true }))
    expect(wishes).toHaveLength(1)
    expect(kindsOf(events)).toEqual(['catalog-members', 'catalog-broken'])
    expect(events[1]).toMatchObject({ fault: 'twice' })
    consumer.look(installed(catalog(3, 'x1.zones PTR a.\n')))
    expect(kindsOf(events)).toEqual(['catalog-members', 'catalog-broken', 'catalog-mended'])
    expect(consumer.memberships.size).toBe(1)
  })

  it('goes on from what an earlier run left, label by label', () => {
    const left = [{ name: nameOf('cat.test.'), members: catalogOf('a. x1', 'b. x2', 'c. x3') }]
    const { consumer, wishes } = start(planMembers(new Map(), left, new Set()).after)
    consumer.look(installed({ ...catalog(0, ''), withheld: true }))
    expect(wishes).toEqual([])
    consumer.look(installed(catalog(1, 'x1.zones PTR a.\ny2.zones PTR b.\n')))
    expect(wishes).toEqual([{ wanted: ['a. cat.test.', 'b. cat.test.'], reset: ['b.'] }])
  })

  it('leaves alone what the server has from elsewhere, and tells of it for as long as it lasts only once', () => {
    const { consumer, events, wishes } = start(new Map(), 'mine.')
    const text = 'x1.zones PTR local.\nx2.zones PTR mine.\nx3.zones PTR cat2.test.\nx4.zones PTR a.\n'
    const local = { name: 'local', serial: 1 }
    const pulled = { name: 'a', serial: 1, pulled: true }
    consumer.look(installed(catalog(1, text), local))
    consumer.look(installed(catalog(1, text), catalog(1, 'y.zones PTR a.\n', 'cat2.test'), local, pulled))
    expect(wishes.map(({ wanted }) => wanted)).toEqual([['a. cat.test.', 'cat2.test. cat.test.']])
    const clashes = events.flatMap(event => (event.kind === 'catalog-clash' ? [[event.zone, event.holder]] : []))
    expect(clashes).toEqual([
      ['mine.', null],
      ['local.', null],
      ['a.', 'cat.test.'],
    ])
    consumer.look(installed(catalog(2, 'x4.zones PTR a.\n'), pulled))
    consumer.look(installed(catalog(3, text), local, pulled))
    expect(kindsOf(events).filter(kind => kind === 'catalog-clash')).toHaveLength(5)
  })

  it('tells that it cannot keep what it knows, once for each reason', async () => {
    const { consumer, events, fail } = start()
    fail('no space left')
    for (const serial of [1, 2, 3]) {
      consumer.look(installed(catalog(serial, `x1.zones PTR a${serial}.\n`)))
      await consumer.close()
    }
    expect(events.filter(({ kind }) => kind === 'catalog-not-kept')).toEqual([
      { kind: 'catalog-not-kept', text: 'no space left' },
    ])
  })
})
