/**
 * What each service may have been answered with at any time, worked out from the journal by rules of its own, which are
 * few: who is up and not taken out may be answered, and where there is nobody, everyone. While an edit is on its way
 * both versions may be. Where the journal does not say how a member stands, both are possible.
 */
import type { JournalEvent, RecordedEvent } from '../../src/core/view/events.ts'
import { type Census, membersOf, type Town } from './town.ts'

/** An edit that was accepted. Instants are Unix milliseconds. */
export interface Edit {
  readonly writtenAt: number
  readonly generation: number
  readonly census: Census
}

/** From `from` on a service may be answered with these members. */
export interface Piece {
  readonly from: number
  readonly allowed: number
}

type Step =
  | { readonly at: number; readonly kind: 'written'; readonly edit: Edit }
  | { readonly at: number; readonly kind: 'event'; readonly event: JournalEvent }

interface State {
  readonly verdicts: Map<string, 'up' | 'down'>
  readonly taken: Set<string>
  /** Versions that may be served. */
  served: readonly Census[]
}

/** By service; the first piece begins before everything. */
export function workOut(
  town: Town,
  first: Census,
  edits: readonly Edit[],
  history: readonly RecordedEvent[],
): readonly (readonly Piece[])[] {
  const state: State = { verdicts: new Map(), taken: new Set(), served: [first] }
  const pieces: Piece[][] = town.services.map(() => [])
  const look = (at: number): void => {
    pieces.forEach((own, service) => {
      const allowed = allowedOf(town, state, service)
      if (own.at(-1)?.allowed !== allowed) own.push({ from: at, allowed })
    })
  }
  for (const step of inOrder(edits, history)) {
    if (step.kind === 'written') state.served = [...state.served, step.edit.census]
    else takeIn(town, state, step.event, edits)
    look(step.at)
  }
  for (const own of pieces) if (own[0] !== undefined) own[0] = { ...own[0], from: 0 }
  return pieces
}

function inOrder(edits: readonly Edit[], history: readonly RecordedEvent[]): readonly Step[] {
  const steps: Step[] = [
    ...edits.map((edit): Step => ({ at: edit.writtenAt, kind: 'written', edit })),
    ...history.map(({ at, event }): Step => ({ at, kind: 'event', event })),
  ]
  return steps.sort((a, b) => a.at - b.at)
}

function takeIn(town: Town, state: State, event: JournalEvent, edits: readonly Edit[]): void {
  switch (event.kind) {
    case 'transition':
      if (event.to !== 'unknown') state.verdicts.set(hostOf(event.target), event.to)
      return
    case 'override':
      if (event.action === 'set') state.taken.add(event.target)
      else state.taken.delete(event.target)
      return
    case 'installed': {
      const edit = edits.find(({ generation }) => generation === event.generation)
      // Those written meanwhile are on their way still.
      if (edit === undefined) return
      state.served = [edit.census, ...state.served.slice(state.served.indexOf(edit.census) + 1)]
      forget(town, state)
      return
    }
    default:
  }
}

/** Who is in no version is not looked after, and begins anew when it comes back. */
function forget({ services }: Town, { verdicts, served }: State): void {
  services.forEach(({ addresses }, service) => {
    addresses.forEach((address, member) => {
      if (served.every(census => (census[service]! & (1 << member)) === 0)) verdicts.delete(address)
    })
  })
}

function allowedOf({ services }: Town, { verdicts, taken, served }: State, service: number): number {
  const { addresses } = services[service]!
  let allowed = 0
  for (const census of served) {
    let sure = 0
    let maybe = 0
    let rest = 0
    for (const member of membersOf(census[service]!)) {
      const address = addresses[member]!
      const bit = 1 << member
      if (taken.has(address)) continue
      rest |= bit
      const verdict = verdicts.get(address)
      if (verdict === 'up') sure |= bit
      else if (verdict === undefined) maybe |= bit
    }
    const open = rest === 0 ? census[service]! : rest
    allowed |= sure === 0 ? open : sure | maybe
  }
  return allowed
}

/** The address of `address:port`. */
export function hostOf(target: string): string {
  return target.replace(/:\d+$/, '')
}

/** Members that may have been answered at any time of a span. */
export function allowedWithin(pieces: readonly Piece[], from: number, to: number): number {
  let low = 0
  let high = pieces.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (pieces[middle]!.from <= from) low = middle
    else high = middle - 1
  }
  let allowed = 0
  for (let at = low; at < pieces.length && (at === low || pieces[at]!.from <= to); at++) allowed |= pieces[at]!.allowed
  return allowed
}
