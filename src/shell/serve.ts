/**
 * Joins everything into a running server. The order is the content of this file: addresses looked at, files read, one
 * round of probes, then the listeners, reloads, and the way down. Nothing answers before every check has spoken once or
 * its time is up, and what fails on the way leaves nothing open.
 */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Millis, millis } from '../core/base/units.ts'
import type { Clock, Draw, Journal, SocketAddress, ZoneSource } from '../core/ports.ts'
import { createRoster, firstRoundDone, longestTimeoutMs, type Roster, rotationOf } from '../core/roster/index.ts'
import type { RecordedEvent } from '../core/view/events.ts'
import type { StatusView } from '../core/view/status.ts'
import { type Admin, createAdmin } from '../edge/admin/http.ts'
import { createClock } from '../edge/clock.ts'
import { createDraw } from '../edge/draw.ts'
import { createProbes, type Probes } from '../edge/probe/table.ts'
import { explainListenError } from '../edge/transport/listen.ts'
import { createBrokenWatch } from './broken.ts'
import { withLook } from './catalog-pulls.ts'
import { catalogOptionsOf, reservedZones, withCatalogs } from './catalog-source.ts'
import { type Control, createControl } from './control.ts'
import { type Crew, openCrew } from './crew.ts'
import { takeFirst } from './first-generation.ts'
import { type ChangeGuard, createGenerations, type Generations } from './generations.ts'
import { ListenError, NoEngineError } from './hand.ts'
import { createHistory, type History } from './history.ts'
import { keepBooks } from './ledger.ts'
import { drawCached, type OrdersDesk, openOrders } from './orders-desk.ts'
import { takeUpPast } from './past.ts'
import { findPlaces, settleAs } from './places.ts'
import { createPulling, type Pulling } from './pulling.ts'
import { type BeatEars, type Pulse, startPulse, tickMs } from './pulse.ts'
import { createReaders } from './readers.ts'
import type { ReadProgress } from './reading-words.ts'
import { createReloader } from './reloader.ts'
import { readCookieSecrets } from './secrets.ts'
import { keepSentinels } from './sentinels.ts'
import { keepSets } from './set-keeper.ts'
import type { ServeSettings } from './settings.ts'
import { StartError } from './start-error.ts'
import { drawSelfView, drawStatus, drawStatusInSteps, type Listening, type Stage } from './status.ts'
import { createSupervisor, type Supervision, unsupervised } from './supervisor.ts'
import {
  type CookieSecrets,
  drawCookieSecrets,
  orderTerms,
  type TermsOrder,
  withNotify,
  withReserved,
} from './terms.ts'
import { createThrift } from './thrift.ts'
import { createTotals } from './totals.ts'
import { createTransfers, type Transfers } from './transfers.ts'
import { readVersion } from './version.ts'
import { createZoneSource } from './zone-source.ts'

/** What a server is made of. Everything but the journal is the system's own unless given. */
export interface ServeDeps {
  readonly clock: Clock
  readonly draw: Draw
  readonly journal: Journal
  readonly source: ZoneSource
  readonly probes: Probes
  /** What a service manager said; nothing unless given. */
  readonly supervision: Supervision
}

/** What the server is given of it. `progress` is told of the first reading of the files, which can take long. */
export type GivenDeps = Partial<ServeDeps> & Pick<ServeDeps, 'journal'> & { readonly progress?: ReadProgress }

export interface RunningServer {
  readonly listening: readonly Listening[]
  /** Resolves with the exit code once everything is closed. */
  readonly stopped: Promise<number>
  status(): StatusView
  events(): readonly RecordedEvent[]
  /** Looks at the files now; resolves when that is done, whatever came of it. */
  reload(force?: boolean): Promise<void>
  /** Begins the way down; a second call changes nothing. */
  stop(signal: string): void
}

/** The page as it was built: beside the program in the package, in dist/ of a checkout. */
const pageFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/page' : '../page', import.meta.url),
)

/** `auto` leaves a core to control; beyond eight threads the socket queues gain nothing. */
const workersAutoMax = 8

/** What the first round may take beyond the longest timeout before the listeners open regardless. */
const firstRoundGraceMs = 1_000

export async function startServer(settings: ServeSettings, given: GivenDeps): Promise<RunningServer> {
  const frame = await assemble(settings, given)
  try {
    return await open(frame, await prepare(frame))
  } catch (error) {
    await closeAll(frame.opened)
    throw explainStart(error)
  }
}

/** What holds the server together before anything was looked at. */
async function assemble(settings: ServeSettings, given: GivenDeps) {
  const pulling = createPulling(settings)
  const deps = completeDeps(settings, given, pulling)
  const { clock, draw, probes } = deps
  const thrift = await createThrift()
  const totals = createTotals()
  const supervisor = await createSupervisor(deps.supervision)
  const history = createHistory(clock, [deps.journal, thrift, totals, supervisor])
  const startedMs = clock.now()
  const roster = rosterOf(settings, startedMs)
  const transfers = createTransfers({ clock, journal: history }, settings)
  const control = createControl({ clock, draw, journal: history, roster, transfers })
  const workers = settings.workers === 'auto' ? workersAuto() : settings.workers
  const stage = beginStage(settings, clock, startedMs, workers)
  const sources = { clock, control, roster, probes, pulling, version: readVersion() }
  const status = (evidence = false): StatusView => drawStatus(sources, stage, evidence)
  const opened: (() => Promise<void> | void)[] = [() => thrift.stop(), () => deps.source.close(), () => probes.close()]
  const statusInSteps = (evidence = false) => drawStatusInSteps(sources, stage, evidence)
  const parts = { settings, pulling, deps, totals, supervisor, history, roster, transfers, control, stage, status }
  return { ...parts, statusInSteps, startedMs, workers, opened }
}

type Frame = Awaited<ReturnType<typeof assemble>>

/** Who the server is, what it knew before, and the first generation: nothing is opened to anybody yet. */
async function prepare(frame: Frame) {
  const { settings, pulling, deps, history, roster, transfers, control, stage, opened } = frame
  const { clock, draw } = deps
  await settleAs(settings.account, history)
  const { listen, own, handed } = await findPlaces(settings, deps.supervision.handed)
  // Drawn once: a reload must not make strangers of all clients.
  const drawn = drawCookieSecrets()
  const reserved = reservedZones(settings.catalogs, settings.transfer)
  const termsNow = async (): Promise<TermsOrder> => {
    const secrets = await readSecrets(settings, drawn)
    const order = orderTerms(settings.terms, own, secrets, settings.limits.tcpIdleMs, settings.keys)
    return withReserved(withNotify(order, pulling), reserved)
  }
  const past = await takeUpPast(settings.stateFolder, { clock, journal: history, roster })
  stage.keeper = past.keeper
  const { kept, stop } = keepSets({ clock, history }, settings.zonesFolder, settings.stateFolder)
  opened.push(() => past.keeper?.close(), stop)
  transfers.recall(past.saved, past.keeper?.flush ?? null)
  await pulling.open({ clock, draw, journal: history }, own)
  opened.push(pulling.stop)
  const terms = await termsNow()
  const made = createGenerations(deps.source, { ...past, change: guardOf(settings, control, roster), transfers })
  const generations = withLook(made, pulling.look)
  opened.push((await keepSentinels({ journal: history, control }, settings.sentinels)).stop)
  const files = { kept, pulled: pulling.zones, geoip: settings.geoipFile }
  const deciding = { clock, journal: history, control, generations, roster, transfers }
  const first = await takeFirst({ ...deciding, ...files }, past.generation)
  return { listen, handed, termsNow, terms, past, generations, first }
}

/** From the first round of probes to the first answer. */
async function open(frame: Frame, prepared: Awaited<ReturnType<typeof prepare>>): Promise<RunningServer> {
  const { settings, pulling, deps, totals, supervisor, history, roster, transfers, control, stage, opened } = frame
  const { clock, draw, probes } = deps
  const { listen, handed, termsNow, terms, past, generations, first } = prepared
  const orders = await openDesk(settings, control)
  stage.tokenFile = orders?.file ?? null
  const admin = await openAdmin(settings.admin, history, {
    statusInSteps: frame.statusInSteps,
    self: () => drawSelfView({ clock, control, roster, pulling }, stage),
    totals: totals.read,
    cached: target => drawCached(control.cached(target), clock.now()),
    desk: orders,
  })
  opened.push(() => admin?.close())
  const pulse = startPulse({ clock, draw, probe: probes.probe, roster, ...listeners(control, history) })
  opened.push(() => pulse.stop(), keepBooks(control.ledger))
  await firstRound(pulse, roster, clock)
  past.begin(control, transfers)
  await transfers.secure()
  const options = { listen, workers: frame.workers, io: settings.io, terms, handed, ...settings.limits }
  const { notified } = pulling
  const crew = await openCrew({ journal: history, notified, transferred: transfers.transferred }, options, first)
  stage.crew = crew
  opened.push(() => crew.stop(), supervisor.watch({ beats: pulse.beats, silent: crew.silent }))
  transfers.open({ ...crew, publishSerial: control.publishSerial })
  opened.push(transfers.stop)
  stage.listening = [...crew.bound, ...(admin === null ? [] : [{ via: 'admin' as const, ...addressOf(admin) }])]
  announce(stage, control, history, Math.round(clock.now() - frame.startedMs))
  const broken = createBrokenWatch(probes, history)
  opened.push(() => broken.stop())
  const begun = run({ ...frame, generations, crew, termsNow })
  const reload = (force?: boolean) => supervisor.reloading(() => begun.reload(force))
  const running = { ...begun, reload }
  orders?.open(running.reload)
  return running
}

function rosterOf({ limits }: ServeSettings, startedMs: Millis): Roster {
  const { probesInFlight: probesInFlightMax, freezeLongestMs } = limits
  return createRoster({ probesInFlightMax, startedMs, freezeLongestMs: millis(freezeLongestMs) })
}

/** How much a reload may take away, measured by what is answered at that moment. */
function guardOf({ limits }: ServeSettings, control: Control, roster: Roster): ChangeGuard {
  const orderOf = (pool: number) => rotationOf(roster, pool)?.order ?? []
  return { shareMax: limits.maxChange, served: () => ({ pools: control.pools, orderOf }) }
}

function beginStage(settings: ServeSettings, clock: Clock, startedMs: number, workers: number): Stage {
  const { zonesFolder, limits } = settings
  const nothing = { crew: null, ready: false, listening: [], keeper: null, tokenFile: null }
  return { ...nothing, startedMs, startedAt: clock.wall(), workers, zonesFolder, maxChange: limits.maxChange }
}

interface RunDeps {
  readonly deps: ServeDeps
  readonly pulling: Pulling
  readonly history: ReturnType<typeof createHistory>
  readonly control: Control
  readonly generations: Generations
  readonly roster: Roster
  readonly crew: Crew
  readonly transfers: Transfers
  readonly stage: Stage
  readonly status: () => StatusView
  /** What to close, in the order it was opened. */
  readonly opened: (() => Promise<void> | void)[]
  /** The terms as settings and secret file have them now. */
  readonly termsNow: () => Promise<TermsOrder>
}

/** From ready to stopped: reloads on request and on a change of the folder, and the way down. */
function run(parts: RunDeps): RunningServer {
  const { deps, history, control, generations, roster, crew, transfers, stage, status, opened } = parts
  const reloader = createReloader({
    clock: deps.clock,
    journal: history,
    control,
    generations,
    roster,
    crew,
    transfers,
  })
  const unwatch = deps.source.watch(() => void reloader.request())
  parts.pulling.begin(
    () => void reloader.request(),
    () => void renewTerms(parts),
  )
  let stopping: Promise<number> | null = null
  let tellStopped: (code: Promise<number>) => void = () => undefined
  const stopped = new Promise<number>(resolve => {
    tellStopped = resolve
  })
  const goDown = async (signal: string): Promise<number> => {
    history.record({ kind: 'stopping', signal })
    stage.ready = false
    unwatch()
    await Promise.all([reloader.stop(), deps.source.close()])
    await closeAll(opened)
    return 0
  }
  return {
    listening: stage.listening,
    stopped,
    status,
    events: () => history.events(),
    reload: async force => {
      await renewTerms(parts)
      await reloader.request(force)
    },
    stop: signal => {
      stopping ??= goDown(signal)
      tellStopped(stopping)
    },
  }
}

/** A secret file that cannot be read now leaves the secrets as they are. */
async function renewTerms({ crew, history, termsNow }: RunDeps): Promise<void> {
  try {
    crew.agree(await termsNow())
  } catch (error) {
    history.record({
      kind: 'fault',
      where: 'cookie secrets',
      text: error instanceof Error ? error.message : String(error),
    })
  }
}

async function readSecrets({ cookieSecretFile }: ServeSettings, drawn: CookieSecrets): Promise<CookieSecrets> {
  try {
    return cookieSecretFile === null ? drawn : await readCookieSecrets(cookieSecretFile)
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error))
  }
}

/** Trouble with listeners in words for people; anything else as it is. */
function explainStart(error: unknown): unknown {
  if (error instanceof ListenError) return new StartError(explainListenError(error, error.address))
  if (!(error instanceof NoEngineError)) return error
  return new StartError(`cannot read packets in batches: ${error.message}; io: auto goes on without`)
}

async function openDesk(settings: ServeSettings, control: Control): Promise<OrdersDesk | null> {
  try {
    return await openOrders(settings, control)
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error))
  }
}

async function openAdmin(
  address: SocketAddress | null,
  { events, follow }: History,
  sources: Omit<Parameters<typeof createAdmin>[0], 'events' | 'follow' | 'pageFolder'>,
): Promise<Admin | null> {
  if (address === null) return null
  try {
    return await createAdmin({ ...sources, events, follow, pageFolder }, address)
  } catch (error) {
    throw new StartError(explainListenError(error, address))
  }
}

/** Waits until every check has spoken once, at most its longest timeout and a little. */
async function firstRound(pulse: Pulse, roster: Roster, clock: Clock): Promise<void> {
  const untilMs = clock.now() + longestTimeoutMs(roster) + firstRoundGraceMs
  pulse.beat()
  await new Promise<void>(resolve => {
    const timer = setInterval(() => {
      if (!firstRoundDone(roster) && clock.now() < untilMs) return
      clearInterval(timer)
      resolve()
    }, tickMs)
    if (firstRoundDone(roster)) {
      clearInterval(timer)
      resolve()
    }
  })
  pulse.beat()
}

function listeners(control: Control, history: Journal): BeatEars {
  return {
    onTrackChange: control.onTrackChange,
    onPublish: control.onPublish,
    onRotations: control.onRotations,
    onOverridesExpired: control.onOverridesExpired,
    onFreeze: control.onFreeze,
    onObstacle: control.onObstacle,
    onLag: alarm => history.record({ kind: 'late', ...alarm }),
    onExpired: probes => {
      for (const { check } of probes) {
        history.record({ kind: 'fault', where: `probe ${check.name}`, text: 'nobody reported its outcome' })
      }
    },
  }
}

function announce(stage: Stage, control: Control, history: Journal, firstRoundMs: number): void {
  if (stage.crew !== null) history.record({ kind: 'engine', ...stage.crew.engine })
  for (const { via, host, port } of stage.listening) history.record({ kind: 'listening', via, host, port })
  control.speak()
  stage.ready = true
  history.record({ kind: 'ready', firstRoundMs, worstRemovalMs: control.worstRemovalMs })
}

function addressOf({ host, port }: SocketAddress): SocketAddress {
  return { host, port }
}

/** The last opened is closed first. */
async function closeAll(opened: (() => Promise<void> | void)[]): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close()
}

function completeDeps(settings: ServeSettings, given: GivenDeps, { zones: pulled }: Pulling): ServeDeps {
  const { progress } = given
  const reading = { folder: settings.zonesFolder, pulled, ...(progress === undefined ? {} : { progress }) }
  const clock = given.clock ?? createClock()
  const readers = createReaders({ geoip: settings.geoipFile })
  const source = given.source ?? createZoneSource(readers, reading)
  return {
    clock,
    draw: given.draw ?? createDraw(),
    journal: given.journal,
    supervision: given.supervision ?? unsupervised,
    source: withCatalogs(source, { clock, readers }, catalogOptionsOf(settings)),
    probes: given.probes ?? createProbes({ clock, execInFlightMax: settings.limits.execInFlight }),
  }
}

function workersAuto(): number {
  return Math.min(workersAutoMax, Math.max(1, availableParallelism() - 1))
}
