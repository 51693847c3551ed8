/**
 * The log: one JSON line for each event, or for people at a terminal one readable line. Never called for a query.
 * Invariant: what came from backends, files or the network cannot move a terminal's cursor, turn text around or forge
 * a line: control and format characters are written as escapes.
 */
import { type Logger, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { never } from '../core/base/assert.ts'
import type { Problem } from '../core/base/problem.ts'
import type { Journal } from '../core/ports.ts'
import type { Rotation } from '../core/rotation/types.ts'
import { stateFreshMs } from '../core/state/saved.ts'
import type { JournalEvent } from '../core/view/events.ts'
import { describeExchange, isExchange } from '../core/view/exchange.ts'

export type Log = Logger
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface LogOptions {
  readonly level: LogLevel
  /** For people: a readable line each. Otherwise JSON. */
  readonly pretty: boolean
  /** Only for people: levels and text in colours. */
  readonly color: boolean
  readonly destination: LogDestination
}

/** Takes whole lines, each with its newline. */
export interface LogDestination {
  write(line: string): void
}

/** Problems named in one line; the status and `robin check` have them all. */
const problemsShownMax = 50

export function createLog(options: LogOptions): Log {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(settings, options.pretty ? createPretty(options.destination, options.color) : options.destination)
}

/** A destination whose reader may be slow (edge/outlet). */
export interface LogOutlet extends LogDestination {
  isCrowded(): boolean
  lose(): void
  onLost(tell: (lines: number) => void): void
}

/** Of which one moment may bring as many as there are members or pools. */
const numerous: ReadonlySet<JournalEvent['kind']> = new Set(['transition', 'rotation'])

export function createLogJournal(log: Log, outlet?: LogOutlet): Journal {
  outlet?.onLost(lines => {
    log.warn({ event: 'log-lost', lines }, `${lines} lines of this log were lost: whoever reads it is too slow`)
  })
  return {
    record: event => {
      if (outlet?.isCrowded() === true && numerous.has(event.kind)) return outlet.lose()
      const { level, text, fields } = describe(event)
      log[level]({ event: event.kind, ...printableFields(fields) }, printable(text))
    },
  }
}

/** A function call instead of pino's worker or stream: those write later, or never if the process ends first. */
function createPretty(destination: LogDestination, color: boolean): LogDestination {
  const look = { colorize: color, translateTime: 'SYS:HH:MM:ss.l' }
  const whole = prettyFactory(look)
  // The sentence of an event says what its fields say.
  const terse = prettyFactory({ ...look, hideObject: true })
  return {
    write: line => {
      const entry: Record<string, unknown> = JSON.parse(line)
      if (!('event' in entry)) return destination.write(whole(entry))
      const problems = Array.isArray(entry['problems']) ? entry['problems'] : []
      destination.write(terse({ ...entry, msg: [entry['msg'], ...problems].join('\n    ') }))
    },
  }
}

interface Line {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

function describe(event: JournalEvent): Line {
  const { kind, ...fields } = event
  if (isExchange(event)) return { ...describeExchange(event), fields }
  switch (event.kind) {
    case 'listening': {
      const host = event.host.includes(':') ? `[${event.host}]` : event.host
      return { level: 'info', text: `listening on ${host}:${event.port} (${event.via})`, fields }
    }
    case 'engine':
      return describeEngine(event.io, event.reason)
    case 'installed':
      return describeInstalled(event, fields)
    case 'refused':
      return describeRefused(event.generation, event.problems)
    case 'transition':
      return describeTransition(event)
    case 'rotation':
      return describeRotation(event)
    case 'override':
      return describeOverride(event)
    case 'failback':
      return { level: 'info', text: `${event.pools.join(', ')} released to the first tier by ${event.author}`, fields }
    case 'freeze':
      return { level: 'error', text: describeFreeze(event), fields }
    case 'thaw':
      return { level: 'warn', text: describeThaw(event), fields }
    case 'sentinels':
      return describeSentinels(event.targets, event.missing)
    case 'inconclusive':
    case 'late':
    case 'state-restored':
    case 'state-aside':
    case 'state-lost':
    case 'state-kept':
    case 'last-good':
      return describeState(event)
    case 'check-broken':
      return {
        level: 'error',
        text: `${event.protocol} checks cannot run: ${event.reason}; verdicts stay as they are; ${event.remedy}`,
        fields,
      }
    case 'check-mended':
      return { level: 'info', text: `${event.protocol} checks run again`, fields }
    case 'ready':
      return { level: 'info', text: describeReady(event), fields }
    case 'worker-lost':
      return { level: 'error', text: `answering thread ${event.worker} was lost: ${event.text}`, fields }
    case 'fault':
      return { level: 'error', text: `fault in ${event.where}: ${event.text}`, fields }
    case 'account':
      return describeAccount(event, fields)
    case 'stopping':
      return { level: 'info', text: `stopping on ${event.signal}`, fields }
    default:
      return never(event)
  }
}

function describeReady({ firstRoundMs, worstRemovalMs }: Extract<JournalEvent, { kind: 'ready' }>): string {
  const lead = `ready after ${inSeconds(firstRoundMs)}`
  if (worstRemovalMs === 0) return `${lead}; no address is checked`
  return `${lead}; a dead member is out of the answers within ${inSeconds(worstRemovalMs)} plus the TTL`
}

function describeInstalled(event: Extract<JournalEvent, { kind: 'installed' }>, fields: Line['fields']): Line {
  const { generation, zones, rrsets, checks } = event
  if (zones === 0)
    return { level: 'warn', text: `generation ${generation} has no zones: no zone file was found`, fields }
  const sizes = [counted(zones, 'zone'), counted(rrsets, 'RRset'), counted(checks, 'check')]
  return { level: 'info', text: `serving generation ${generation}: ${sizes.join(', ')}`, fields }
}

function describeAccount({ user, kept }: Extract<JournalEvent, { kind: 'account' }>, fields: Line['fields']): Line {
  return { level: 'info', text: `running as ${user}, with ${kept.join(' and ') || 'no capability'}`, fields }
}

function describeEngine(io: 'batch' | 'dgram', reason: string | null): Line {
  const fields = { io, reason }
  if (io === 'batch') return { level: 'info', text: 'UDP is read in batches', fields }
  if (reason === null) return { level: 'info', text: 'UDP is read one by one (io: dgram)', fields }
  return { level: 'warn', text: `UDP is read one by one, at about twice the cost: ${reason}`, fields }
}

function describeRefused(generation: number, problems: readonly Problem[]): Line {
  const errors = problems.filter(problem => problem.severity === 'error').length
  const shown = problems.slice(0, problemsShownMax).map(({ span, code, text }) => {
    return `${span.file}:${span.line}:${span.column}: ${code}: ${text}`
  })
  return {
    level: 'error',
    text: `zone files refused (${counted(errors, 'error')}), nothing changes in what is served`,
    fields: { generation, errors, problemsTotal: problems.length, problems: shown },
  }
}

function describeTransition(event: Extract<JournalEvent, { kind: 'transition' }>): Line {
  const { target, check, from, to, cause, leak, outcome } = event
  const detail = outcome.detail === null ? '' : ` (${outcome.detail})`
  const leaked = leak === null ? '' : `, ${leak.failures} failures among the newest ${leak.window} probes`
  return {
    level: to === 'down' ? 'warn' : 'info',
    text: `${target} is ${to} by check ${check}, was ${from}: ${outcome.reason}${detail}${leaked}`,
    fields: {
      target,
      check,
      from,
      to,
      cause,
      ...(leak === null ? {} : { leak: `${leak.failures}/${leak.window}` }),
      reason: outcome.reason,
      latencyMs: Math.round(outcome.latencyMs * 10) / 10,
      detail: outcome.detail,
    },
  }
}

function describeRotation(event: Extract<JournalEvent, { kind: 'rotation' }>): Line {
  const { owner, type, from, to } = event
  const name = `${owner} ${type}`
  const share = `${to.eligible} of ${to.members} members`
  const fields = {
    owner,
    type,
    mode: to.mode,
    wasMode: from?.mode ?? null,
    eligible: to.eligible,
    wasEligible: from?.eligible ?? null,
    members: to.members,
    ttl: to.ttl,
    tier: to.tier,
  }
  if (to.mode === 'normal') {
    const tier = to.tier === null || to.tier === 0 ? '' : ` from fallback tier ${to.tier}`
    const back = from === null || from.mode === 'normal' ? '' : ' again'
    return { level: 'info', text: `${name} answers with ${share}${back}${tier}, TTL ${to.ttl}`, fields }
  }
  const trouble =
    to.eligible === 0
      ? `all ${to.members} members of ${name} are down or taken out`
      : `too few members of ${name} are up: ${share}`
  return { level: 'error', text: `${trouble}; answering ${substituteOf(to)}`, fields }
}

function describeOverride(event: Extract<JournalEvent, { kind: 'override' }>): Line {
  const { kind, ...fields } = event
  const { action, target, override, reason, author, untilAt } = event
  const end = untilAt === null ? 'until released' : `until ${new Date(untilAt).toISOString()}`
  const text =
    action === 'set'
      ? `${target} is ${override} by ${author} ${end}: ${reason}`
      : `${target} is no longer ${override}: ${action === 'released' ? `released by ${author}` : 'its time is up'}`
  return { level: 'warn', text, fields }
}

function describeFreeze({ cause, endpoints, down }: Extract<JournalEvent, { kind: 'freeze' }>): string {
  const why =
    cause === 'sentinels' ? 'all sentinels are down' : `${down} of ${endpoints} endpoints are down, most fell together`
  return `${why}: the fault may be ours, so nothing that was answered is taken out of the answers`
}

function describeThaw({ cause, frozenMs }: Extract<JournalEvent, { kind: 'thaw' }>): string {
  const lasted = `removals take their course again after ${inSeconds(frozenMs)}`
  switch (cause) {
    case 'sentinels-back':
      return `${lasted}: a sentinel is back`
    case 'recovered':
      return `${lasted}: no more than half of the endpoints are down`
    case 'believed':
      return `${lasted}: a sentinel answers, so those that are down are down`
    case 'too-long':
      return `${lasted}: with no sentinel to judge by, those that are down are taken to be down`
    default:
      return never(cause)
  }
}

function describeSentinels(targets: readonly string[], missing: readonly string[]): Line {
  const fields = { targets, missing }
  const whom = targets.length === 0 ? 'there is no sentinel' : `sentinels are ${targets.join(', ')}`
  if (missing.length === 0) return { level: 'info', text: whom, fields }
  return { level: 'warn', text: `${whom}: this host has no default ${missing.join(', ')} now`, fields }
}

function describeRestored(event: Extract<JournalEvent, { kind: 'state-restored' }>): Line {
  const { kind, ...fields } = event
  const { ageMs, verdicts, overrides, generation } = event
  const taken =
    verdicts === 0 && ageMs > stateFreshMs
      ? 'too old to trust its verdicts, so one round of probes comes first'
      : counted(verdicts, 'verdict')
  const from = `state of generation ${generation} from ${inSeconds(ageMs)} ago`
  return { level: 'info', text: `${from}: ${taken}, ${counted(overrides, 'override')}`, fields }
}

type StateEvent = Extract<
  JournalEvent,
  { kind: 'inconclusive' | 'late' | 'state-restored' | 'state-aside' | 'state-lost' | 'state-kept' | 'last-good' }
>

/** How the server itself does: what it lost time on, and what it keeps over a restart. */
function describeState(event: StateEvent): Line {
  const { kind, ...fields } = event
  switch (event.kind) {
    case 'inconclusive': {
      const { protocol, reason, count, target, detail } = event
      const what = `${counted(count, `${protocol} probe`)} could not judge (${reason}), ${target} among them`
      const text = `${what}${detail === null ? '' : `: ${detail}`}; verdicts stay as they are`
      return { level: 'error', text, fields }
    }
    case 'late': {
      const { voided, worstMs } = event
      const text = `${counted(voided, 'timeout')} did not count: this server itself stood still for ${worstMs} ms`
      return { level: 'error', text, fields }
    }
    case 'state-restored':
      return describeRestored(event)
    case 'state-aside': {
      const where = event.to === null ? 'and could not be put aside' : `and lies as ${event.to} now`
      return { level: 'error', text: `${event.file} is ${event.fault}, is not used, ${where}`, fields }
    }
    case 'state-lost':
      return { level: 'error', text: `state cannot be kept in ${event.folder}: ${event.reason}`, fields }
    case 'state-kept':
      return { level: 'info', text: `state is kept in ${event.folder} again`, fields }
    case 'last-good': {
      const from = `generation ${event.generation}, kept ${new Date(event.keptAt).toISOString()}`
      return {
        level: 'error',
        text: `serving the last good copy of the zone files (${from}) until they are mended`,
        fields,
      }
    }
    default:
      return never(event)
  }
}

/** What is answered in place of the eligible members. */
function substituteOf({ mode, members }: Rotation): string {
  switch (mode) {
    case 'normal':
      return 'as usual'
    case 'fail-open':
      return `all ${members} anyway (on_all_down: all)`
    case 'last-resort':
      return 'the last resort (on_all_down: values)'
    case 'last-healthy':
      return 'those that were healthy last (on_all_down: last_healthy)'
    case 'nodata':
      return 'no address, NODATA (on_all_down: nodata)'
    case 'servfail':
      return 'SERVFAIL (on_all_down: servfail)'
    case 'refused':
      return 'REFUSED (on_all_down: refused)'
    default:
      return never(mode)
  }
}

function inSeconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`
}

function printableFields(fields: Line['fields']): Record<string, unknown> {
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return printable(value)
    return Array.isArray(value) ? value.map(clean) : value
  }
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, clean(value)]))
}

/** Escapes controls, line and paragraph separators, and characters that turn or hide text. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, character => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
