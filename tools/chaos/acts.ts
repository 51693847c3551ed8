/**
 * What happens to the server and its backends, each act on its own beat and drawn from a seed: backends die and come
 * back, files are edited well and badly, operators drain and release, reloads are asked for in every way, and answering
 * threads are struck down. Each act that must leave a mark in the journal says so at once, before anything is known.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalEvent } from '../../src/core/view/events.ts'
import type { Backends } from '../../test/live/backends.ts'
import type { LiveServer, LogLine } from '../../test/live/server.ts'
import { createDraw, type Draw } from '../conformance/draw.ts'
import type { Edit } from './oracle.ts'
import { type Census, fileOf, membersOf, mistakes, noticeMs, type Town, zoneText } from './town.ts'

/** What the journal must say between two instants (Unix milliseconds). */
export interface Expectation {
  readonly what: string
  readonly from: number
  readonly until: number
  readonly fits: (event: JournalEvent) => boolean
}

export interface Deeds {
  readonly expectations: Expectation[]
  readonly edits: Edit[]
  /** How often each act was done, by name. */
  readonly counts: Map<string, number>
}

export interface Stage {
  readonly town: Town
  readonly server: LiveServer
  readonly stateFolder: string
  readonly backends: Backends
  readonly census: Census
  readonly seed: number
  /** Answering threads that may be struck down, that for TCP included. */
  readonly threads: number
}

export interface Acts {
  readonly deeds: Deeds
  /** Every act has ended: what was broken is mended, backends are up, orders are released. */
  stop(): Promise<void>
}

/** At most this part of the backends is down at a time: more would be a network that is gone. */
const downShare = 0.25
/** How soon does not matter here: a machine with other work takes its time over zone files. */
const obeyedMs = 20_000
/** The server takes more losses in ten minutes for a fault of its own, and replaces no more. */
const strikesMax = 16
const pauses = { kill: 150, edit: 500, order: 350, reload: 450, strike: 4_000 } as const

interface Play extends Stage {
  readonly deeds: Deeds
  readonly draw: Draw
  /** Backends whose last change was not noticed yet; they stay in the zone files. */
  readonly pinned: Set<number>
  isOver(): boolean
}

export async function beginActs(stage: Stage): Promise<Acts> {
  const deeds: Deeds = { expectations: [], edits: [], counts: new Map() }
  let over = false
  const play = (number: number): Play => ({
    ...stage,
    deeds,
    pinned,
    draw: createDraw(stage.seed + number),
    isOver: () => over,
  })
  const pinned = new Set<number>()
  const token = (await readFile(join(stage.stateFolder, 'admin.token'), 'utf8')).trim()
  const census = { current: stage.census }
  const running = [
    killBackends(play(1), census),
    editFiles(play(2), census),
    giveOrders(play(3), token),
    askForReloads(play(4), token),
    ...(stage.threads === 0 ? [] : [strikeThreads(play(5))]),
  ]
  return {
    deeds,
    stop: async () => {
      over = true
      await Promise.all(running)
    },
  }
}

function note({ deeds }: Play, act: string): void {
  deeds.counts.set(act, (deeds.counts.get(act) ?? 0) + 1)
}

function expect({ deeds }: Play, what: string, withinMs: number, fits: Expectation['fits']): void {
  const from = Date.now()
  deeds.expectations.push({ what, from, until: from + withinMs, fits })
}

/** Drawn around the middle, so that acts fall together in every way. */
function pause({ draw }: Play, middleMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, Math.floor(middleMs / 2) + draw.int(middleMs)))
}

/** False if the line does not come; that the journal lacks it is told at the end. */
async function sees(server: LiveServer, from: number, fits: (line: LogLine) => boolean): Promise<LogLine | null> {
  try {
    return await server.until(fits, from)
  } catch {
    return null
  }
}

async function killBackends(play: Play, census: { current: Census }): Promise<void> {
  const { town, backends, pinned, server, draw } = play
  const width = town.services[0]!.addresses.length
  const all = town.services.length * width
  const down = new Set<number>()
  const change = async (at: number, dies: boolean): Promise<void> => {
    const { addresses } = town.services[Math.floor(at / width)]!
    const target = `${addresses[at % width]}:${backends.port}`
    const to = dies ? 'down' : 'up'
    const from = server.lines.length
    pinned.add(at)
    note(play, dies ? 'backend killed' : 'backend revived')
    expect(
      play,
      `${target} turns ${to}`,
      noticeMs,
      event => event.kind === 'transition' && event.target === target && event.to === to,
    )
    if (dies) await backends.fail(at)
    else await backends.heal(at)
    await sees(server, from, line => line.event === 'transition' && line['target'] === target && line['to'] === to)
    pinned.delete(at)
  }
  const changing: Promise<void>[] = []
  const isServed = (at: number): boolean => (census.current[Math.floor(at / width)]! & (1 << (at % width))) !== 0
  const begin = (at: number): void => {
    const dies = !down.has(at)
    if (dies) down.add(at)
    else down.delete(at)
    changing.push(change(at, dies))
  }
  while (!play.isOver()) {
    await pause(play, pauses.kill)
    const at = draw.int(all)
    if (pinned.has(at) || !isServed(at) || (!down.has(at) && down.size >= all * downShare)) continue
    begin(at)
  }
  await Promise.all(changing)
  for (const at of [...down]) {
    if (isServed(at)) begin(at)
    else await backends.heal(at)
  }
  await Promise.all(changing)
}

async function editFiles(play: Play, census: { current: Census }): Promise<void> {
  const { town, server, backends, draw, deeds } = play
  const write = (zone: number, text: string): Promise<void> => server.write(fileOf(town, zone), text)
  const editWell = async (zone: number): Promise<void> => {
    const next = drawCensus(play, zone, census.current)
    const before = census.current
    const from = server.lines.length
    const writtenAt = Date.now()
    note(play, 'good edit')
    expect(play, `an edit of ${town.zones[zone]} is installed`, obeyedMs, event => event.kind === 'installed')
    // From here on a member that is leaving is not killed any more; one that comes is not until it is there.
    census.current = before.map((mask, service) => mask & next[service]!)
    await write(zone, zoneText(town, zone, next, backends.port))
    const line = await sees(server, from, ({ event }) => event === 'installed')
    census.current = next
    if (line !== null) deeds.edits.push({ writtenAt, generation: line['generation'] as number, census: next })
  }
  while (!play.isOver()) {
    await pause(play, pauses.edit)
    const zone = draw.int(town.zones.length)
    if (draw.oneIn(4)) {
      const from = server.lines.length
      note(play, 'broken edit')
      expect(play, `a broken ${town.zones[zone]} is refused`, obeyedMs, event => event.kind === 'refused')
      await write(zone, draw.pick(mistakes)(zoneText(town, zone, census.current, backends.port)))
      await sees(server, from, ({ event }) => event === 'refused')
      await pause(play, pauses.edit)
    }
    await editWell(zone)
  }
}

/** One to three members come or go, and at least two stay. */
function drawCensus({ town, draw, pinned }: Play, zone: number, census: Census): Census {
  const next = [...census]
  const own = town.services.flatMap((service, at) => (service.zone === zone ? [at] : []))
  for (let changes = 1 + draw.int(3); changes > 0 || next.every((mask, at) => mask === census[at]); changes--) {
    const service = draw.pick(own)
    const width = town.services[service]!.addresses.length
    const member = draw.int(width)
    const mask = next[service]! ^ (1 << member)
    if (membersOf(mask).length >= 2 && !pinned.has(service * width + member)) next[service] = mask
  }
  return next
}

async function giveOrders(play: Play, token: string): Promise<void> {
  const { town, draw } = play
  const addresses = town.services.flatMap(service => service.addresses)
  const drained: string[] = []
  const release = async (target: string): Promise<void> => {
    note(play, 'release')
    expect(
      play,
      `${target} is released`,
      obeyedMs,
      event => event.kind === 'override' && event.action === 'released' && event.target === target,
    )
    await post(play, token, 'release', { target, author: 'chaos' })
  }
  while (!play.isOver()) {
    await pause(play, pauses.order)
    const target = draw.pick(addresses)
    if (drained.length > 0 && draw.oneIn(2)) {
      await release(drained.splice(draw.int(drained.length), 1)[0]!)
    } else if (!drained.includes(target)) {
      const reply = await post(play, token, 'overrides', { target, override: 'drained', reason: 'chaos', force: true })
      // Nobody has the address at the moment.
      if (reply === 404) continue
      drained.push(target)
      note(play, 'drain')
      play.deeds.expectations.push({
        what: `${target} is drained`,
        from: Date.now() - obeyedMs,
        until: Date.now() + obeyedMs,
        fits: event => event.kind === 'override' && event.action === 'set' && event.target === target,
      })
    }
  }
  for (const target of drained) await release(target)
}

async function askForReloads(play: Play, token: string): Promise<void> {
  const { server, draw } = play
  while (!play.isOver()) {
    await pause(play, pauses.reload)
    if (draw.oneIn(2)) {
      note(play, 'SIGHUP')
      server.signal('SIGHUP')
    } else {
      note(play, 'reload')
      await post(play, token, 'reload', {})
    }
  }
}

async function strikeThreads(play: Play): Promise<void> {
  const { server, threads } = play
  for (let strikes = 0; !play.isOver() && strikes < strikesMax; strikes++) {
    const from = server.lines.length
    const row = strikes % threads
    note(play, 'thread struck')
    expect(play, `thread ${row} is lost`, obeyedMs, event => event.kind === 'worker-lost' && event.worker === row)
    server.signal('SIGUSR2')
    await sees(server, from, ({ event }) => event === 'worker-lost')
    for (let rest = pauses.strike; rest > 0 && !play.isOver(); rest -= 100) await pause(play, 100)
  }
}

/** The status of the reply. */
async function post({ server }: Play, token: string, path: string, value: unknown): Promise<number> {
  const response = await fetch(`${server.adminUrl}/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(value),
  })
  await response.arrayBuffer()
  return response.status
}
