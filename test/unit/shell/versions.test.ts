/** The versions thread as control holds it: the order in which a version is given out, and a thread that is lost. */
import { afterEach, expect, test } from 'vitest'
import { createBoard, publish } from '../../../src/board/board.ts'
import { millis } from '../../../src/core/base/units.ts'
import { formatName, nameKey } from '../../../src/core/name/name.ts'
import { decide } from '../../../src/core/rotation/decide.ts'
import type { JournalEvent } from '../../../src/core/view/events.ts'
import { readZone } from '../../../src/core/zonefile/index.ts'
import { judgedOf } from '../../../src/core/zonefile/judged.ts'
import { joinImages } from '../../../src/core/zonefile/snapshot.ts'
import { offerCollector } from '../../../src/shell/reclaim.ts'
import { replacementsMax, replacementsSpanMs } from '../../../src/shell/replacements.ts'
import type { ZoneOrder } from '../../../src/shell/version-orders.ts'
import { createVersions, type Outlet, type Versions } from '../../../src/shell/versions.ts'

const zone = `
zone: a.test
soa: {mname: ns1.a.test., rname: h.a.test.}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.a.test.]}
  ns1: {type: A, value: 192.0.2.53}
  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp}
`
const image = judgedOf(readZone({ file: 'a.test.yaml', text: zone })).image!
const compiled = joinImages([image], 1)
const board = createBoard(compiled.snapshot.boardWords)
const memory = { snapshot: compiled.snapshot.memory, board: board.memory }
const slots = Int32Array.from(compiled.pools, ({ slot }) => slot)
const orders: readonly ZoneOrder[] = [
  {
    apex: image.apex,
    zone: compiled.imagesAt[0]!,
    first: 100,
    resumes: null,
    source: 'digest',
    wanted: { serial: 1, isFixed: false },
    isSame: false,
    access: [],
  },
]

function down(...addresses: string[]): void {
  for (const place of compiled.pools) {
    const standings = place.plan.pool.members.map(({ address }) => {
      const verdict = addresses.includes(address) ? ('down' as const) : ('up' as const)
      return { verdict, pending: false, override: 'none' as const, share: 1 }
    })
    publish(board, place, decide(place.plan.pool.spec, standings, { lastHealthy: [], heldTier: null }))
  }
}

// As a server does before it starts a thread: a thread that asks for it by itself may be ended while it does.
offerCollector()

let nowMs = 0
const clock = { now: () => millis(nowMs) }
let versions: Versions | null = null
afterEach(() => versions?.stop())

/** An outlet that notes its steps, and a promise of the n-th announcement. */
function outletOf(change: Partial<Outlet> = {}) {
  const steps: string[] = []
  const ears: (() => void)[] = []
  const outlet: Outlet = {
    secure: async (_, serial) => void steps.push(`secure ${serial}`),
    offer: async ({ serial }) => void steps.push(`offer ${serial}`),
    withdraw: apex => steps.push(`withdraw ${formatName(apex)}`),
    publish: (key, serial) => steps.push(`publish ${key === nameKey(image.apex) ? '' : key}${serial}`),
    announce: ({ serial }) => {
      steps.push(`announce ${serial}`)
      for (const ear of ears.splice(0)) ear()
    },
    ...change,
  }
  return { outlet, steps, announced: () => new Promise<void>(resolve => ears.push(resolve)) }
}

function journalOf() {
  const events: JournalEvent[] = []
  const ears: (() => void)[] = []
  const record = (event: JournalEvent): void => {
    events.push(event)
    for (const ear of ears.splice(0)) ear()
  }
  return { events, record, recorded: () => new Promise<void>(resolve => ears.push(resolve)) }
}

test('a version is secured, offered, published and announced, in this order', async () => {
  down()
  const { outlet, steps, announced } = outletOf()
  versions = createVersions({ clock, journal: journalOf(), outlet })
  const first = announced()
  versions.take(memory, orders)
  await first
  expect(steps.splice(0)).toEqual(['secure 100', 'offer 100', 'publish 100', 'announce 100'])
  const next = announced()
  down('10.0.0.1')
  versions.changed(slots)
  await next
  expect(steps).toEqual(['secure 101', 'offer 101', 'publish 101', 'announce 101'])
})

test('of versions that come while one is given out the newest follows', async () => {
  down()
  let letGo = (): void => undefined
  const held = new Promise<void>(resolve => {
    letGo = resolve
  })
  const { outlet, steps } = outletOf()
  const journal = journalOf()
  let isLast = (): void => undefined
  const last = new Promise<void>(resolve => {
    isLast = resolve
  })
  const offer: Outlet['offer'] = async ({ serial }) => {
    steps.push(`offer ${serial}`)
    if (serial === 102) isLast()
    await held
  }
  const workerFile = new URL('./hasty-versions.ts', import.meta.url)
  versions = createVersions({ clock, journal, outlet: { ...outlet, offer }, workerFile, pauseMs: 60_000 })
  const ended = journal.recorded()
  versions.take(memory, orders)
  // The thread has ended, so all that it made has come.
  await ended
  letGo()
  await last
  expect(steps).toEqual(['secure 100', 'offer 100', 'publish 100', 'announce 100', 'secure 102', 'offer 102'])
})

test('the same zone in another snapshot is offered again and not announced', async () => {
  down()
  const { outlet, steps, announced } = outletOf()
  let offers = 0
  let again = (): void => undefined
  const offered = new Promise<void>(resolve => {
    again = resolve
  })
  const offer: Outlet['offer'] = async memory => {
    steps.push(`offer ${memory.serial}`)
    if (++offers === 2) again()
  }
  versions = createVersions({ clock, journal: journalOf(), outlet: { ...outlet, offer } })
  const first = announced()
  versions.take(memory, orders)
  await first
  steps.splice(0)
  versions.take(
    memory,
    orders.map(order => ({ ...order, isSame: true })),
  )
  await offered
  expect(steps).toEqual(['offer 100'])
})

test('a zone that is transferred no more is withdrawn, and the thread ends with the last', async () => {
  down()
  const { outlet, steps, announced } = outletOf()
  versions = createVersions({ clock, journal: journalOf(), outlet })
  const first = announced()
  versions.take(memory, orders)
  await first
  versions.take(memory, [])
  expect(steps.at(-1)).toBe('withdraw a.test.')
})

test('a lost thread is told, replaced, and goes on above all that was made', async () => {
  down()
  const { outlet, steps, announced } = outletOf()
  const journal = journalOf()
  const workerFile = new URL('./crashing-versions.ts', import.meta.url)
  versions = createVersions({ clock, journal, outlet, workerFile, pauseMs: 10 })
  const first = announced()
  versions.take(memory, orders)
  await first
  const lost = journal.recorded()
  const next = announced()
  versions.changed(slots)
  await Promise.all([lost, next])
  expect(journal.events).toMatchObject([{ kind: 'fault', where: 'versions thread' }])
  expect(steps.filter(step => step.startsWith('announce'))).toEqual(['announce 100', 'announce 101'])
})

test('a thread that is lost now and then, over years, is replaced each time', async () => {
  down()
  const { outlet, announced } = outletOf()
  const journal = journalOf()
  const workerFile = new URL('./crashing-versions.ts', import.meta.url)
  versions = createVersions({ clock, journal, outlet, workerFile, pauseMs: 1 })
  const first = announced()
  versions.take(memory, orders)
  await first
  for (let i = 0; i < replacementsMax + 2; i++) {
    nowMs += replacementsSpanMs
    const next = announced()
    versions.changed(slots)
    await next
  }
  expect(journal.events).toHaveLength(replacementsMax + 2)
}, 60_000)
