/**
 * Who was answered how often: books the answers of each pool by what its cursor moved on and the rotation that held
 * meanwhile (core/rotation/reckon), before a rotation changes, when someone asks, and often enough that no cursor can
 * go once around unseen. Counts go over to the pool that continues one, by address.
 * Invariant: each answer is booked once: what threads answer from an older board is booked when they have left it.
 * An answer under way in a thread while a rotation changes may be booked by the one before it.
 */
import { type Board, cursorOf, notedOf } from '../board/board.ts'
import { createServed, isNoted, reckon, type Served } from '../core/rotation/reckon.ts'
import type { Rotation } from '../core/rotation/types.ts'
import type { PoolSlot } from '../core/zonefile/image.ts'
import type { Borrower } from '../core/zonefile/link.ts'

export interface Ledger {
  /** To be called before the pool's rotation is replaced on the board. */
  turn(pool: number, to: Rotation): void
  /** Another board; `earlier` says which pool of the last one each of its pools continues, -1 for none. */
  take(layout: Layout, rotations: readonly Rotation[], earlier: Int32Array): void
  /** Every thread has left the boards before the newest. */
  leave(): void
  /** What was answered so far; null: nothing. */
  served(pool: number): Served | null
  /** Books what was answered since the last look. */
  book(): void
}

/** A board, what lies where on it, and whose cursors stand for answers of another pool. */
export interface Layout {
  readonly board: Board
  readonly pools: readonly PoolSlot[]
  readonly borrowers: readonly Borrower[]
}

/** One board with what of its answers is booked. */
interface Page extends Layout {
  readonly rotations: Rotation[]
  /** Up to where each cursor is booked: those of the pools, then those of the borrowers. */
  readonly cursors: Uint32Array
  /** The borrowers of each pool that has any, by number. */
  readonly borrowed: ReadonlyMap<number, readonly number[]>
  readonly served: (Served | null)[]
  /** Of pools whose board notes who came first: the notes that are booked, firsts before carried. */
  readonly notes: Map<number, Uint32Array>
}

/** The last board, and where its pools went to. */
interface PageBefore {
  readonly page: Page
  readonly heirs: Int32Array
}

/** A cursor goes around once in 2^32 answers: one pool would have to give seven millions a second. */
const bookEveryMs = 600_000

export function createLedger(): Ledger {
  let page: Page | null = null
  let before: PageBefore | null = null

  const leave = (): void => {
    if (before === null || page === null) return
    bookAll(before.page)
    for (const [pool, served] of before.page.served.entries()) {
      const heir = before.heirs[pool]!
      if (served === null || heir < 0 || page.served[heir] === served) continue
      page.served[heir] = addServed(page.served[heir] ?? null, served, before.page.pools[pool]!, page.pools[heir]!)
    }
    before = null
  }
  return {
    turn: (pool, to) => {
      if (page === null) return
      bookPool(page, pool)
      for (const borrower of page.borrowed.get(pool) ?? []) bookBorrower(page, borrower)
      page.rotations[pool] = to
    },
    take: (layout, rotations, earlier) => {
      leave()
      if (page !== null) bookAll(page)
      const next = openPage(layout, rotations)
      if (page !== null) before = handOver(page, next, earlier)
      page = next
    },
    leave,
    served: pool => page?.served[pool] ?? null,
    book: () => {
      if (before !== null) bookAll(before.page)
      if (page !== null) bookAll(page)
    },
  }
}

/** Books now and then, whether anybody asks or not; the returned function ends it. */
export function keepBooks({ book }: Pick<Ledger, 'book'>): () => void {
  const timer = setInterval(book, bookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** A pool that is the same shares its counts with the page before; another gets a copy, and the rest in the end. */
function handOver(page: Page, next: Page, earlier: Int32Array): PageBefore {
  const heirs = new Int32Array(page.pools.length).fill(-1)
  earlier.forEach((from, pool) => {
    if (from < 0) return
    heirs[from] = pool
    const served = page.served[from]!
    if (served === null) return
    if (page.pools[from]!.plan === next.pools[pool]!.plan) {
      next.served[pool] = served
      return
    }
    next.served[pool] = addServed(null, served, page.pools[from]!, next.pools[pool]!)
    page.served[from] = null
  })
  return { page, heirs }
}

function openPage(layout: Layout, rotations: readonly Rotation[]): Page {
  const { board, pools, borrowers } = layout
  const numbers = [...borrowers.keys()].filter(number => !isNoted(rotations[borrowers[number]!.pool]!.answer))
  return {
    ...layout,
    rotations: [...rotations],
    cursors: Uint32Array.from([...pools, ...borrowers], ({ slot }) => cursorOf(board, slot)),
    borrowed: Map.groupBy(numbers, number => borrowers[number]!.pool),
    served: new Array<Served | null>(pools.length).fill(null),
    notes: new Map(),
  }
}

function bookAll(page: Page): void {
  for (let pool = 0; pool < page.pools.length; pool++) bookPool(page, pool)
  for (const numbers of page.borrowed.values()) for (const number of numbers) bookBorrower(page, number)
}

function bookPool(page: Page, pool: number): void {
  const place = page.pools[pool]!
  if (!bookCursor(page, pool, place.slot, pool)) return
  if (place.weighed && isNoted(page.rotations[pool]!.answer)) bookNotes(page, pool, page.served[pool]!)
}

/** Answers of an ALIAS are those of the pool that it leads to, at a cursor of its own. */
function bookBorrower(page: Page, number: number): void {
  const { slot, pool } = page.borrowers[number]!
  bookCursor(page, page.pools.length + number, slot, pool)
}

/** False if the cursor has not moved. */
function bookCursor(page: Page, at: number, slot: number, pool: number): boolean {
  const cursor = page.cursors[at]!
  const now = cursorOf(page.board, slot)
  if (now === cursor) return false
  page.cursors[at] = now
  const served = page.served[pool] ?? createServed(page.pools[pool]!.ordersMax)
  page.served[pool] = served
  reckon(page.rotations[pool]!, cursor, (now - cursor) >>> 0, served)
  return true
}

function bookNotes({ board, pools, notes }: Page, pool: number, { first, carried }: Served): void {
  const place = pools[pool]!
  const { ordersMax } = place
  const booked = notes.get(pool) ?? new Uint32Array(2 * ordersMax)
  notes.set(pool, booked)
  for (let rr = 0; rr < ordersMax; rr++) {
    const now = notedOf(board, place, rr)
    first[rr] = first[rr]! + ((now.first - booked[rr]!) >>> 0)
    carried[rr] = carried[rr]! + ((now.carried - booked[ordersMax + rr]!) >>> 0)
    booked[rr] = now.first
    booked[ordersMax + rr] = now.carried
  }
}

/** What `more` counts of addresses that the other pool has as well, added to `to`. */
function addServed(to: Served | null, more: Served, from: PoolSlot, into: PoolSlot): Served {
  const sum = to ?? createServed(into.ordersMax)
  sum.answers += more.answers
  const rrOf = new Map(rrsByAddress(into).map(({ address, rr }) => [address, rr]))
  const added = new Set<number>()
  for (const { address, rr } of rrsByAddress(from)) {
    const at = rrOf.get(address)
    // An address may stand in several tiers.
    if (at === undefined || added.has(at)) continue
    added.add(at)
    sum.first[at] = sum.first[at]! + more.first[rr]!
    sum.carried[at] = sum.carried[at]! + more.carried[rr]!
  }
  return sum
}

function rrsByAddress({ plan }: PoolSlot): readonly { readonly address: string; readonly rr: number }[] {
  const { spec, members } = plan.pool
  return members.map(({ address }, at) => ({ address, rr: spec.members[at]!.rr }))
}
