/**
 * `robin probe NAME|ADDRESS`: runs the checks of the members it names, now and from here, with the very probes that the
 * server runs; the zone files are read from disk and no server is needed. Nothing is remembered: one outcome is not a
 * verdict, which takes `fall` or `rise` of them in a row. Equal checks of one endpoint are probed once.
 * Exit codes: 0 every probe passed, 1 one did not, or the members have no check, 2 nobody is named.
 */
import { dutyKey } from '../core/health/identity.ts'
import type { Outcome } from '../core/health/types.ts'
import type { Probe } from '../core/ports.ts'
import type { DutyModel } from '../core/roster/types.ts'
import { createClock } from '../edge/clock.ts'
import { createProbes, type Probes } from '../edge/probe/table.ts'
import { createStop, type Stop } from '../shell/stop.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'
import { findMembers, type NamedMember, ofCheck } from './probe-members.ts'
import { countOutcomes, describeProbed, type Probed, renderProbed } from './render-probe.ts'
import { createPaint } from './render-text.ts'

export interface ProbeOptions {
  readonly zones: string
  readonly geoip?: string
  readonly check?: string
  readonly count: string
  readonly json: boolean
}

/** Probes of one check that one call may ask for. */
const timesMax = 1000
/** Checks under way at once; the others wait for their turn. */
const inFlightMax = 64

export async function runProbe(target: string, options: ProbeOptions, io: Io): Promise<number> {
  const times = readTimes(options.count)
  const found = await findMembers(target, options, io)
  if (typeof found === 'string') throw new UsageFault(found)
  const members = options.check === undefined ? found : ofCheck(found, options.check)
  if (typeof members === 'string') throw new UsageFault(members)
  const probes = createProbes({ clock: createClock(), execInFlightMax: inFlightMax })
  try {
    const outcomes = await probeAll(probes.probe, dutiesOf(members), times, io)
    if (outcomes === null) return exitCodes.failed
    const probed = members.map(member => joinOutcomes(member, outcomes))
    tell(target, probed, probes, options.json, io)
    const { pass, fail, inconclusive } = countOutcomes(probed)
    if (pass + fail + inconclusive === 0) io.err(`robin: what ${target} names has no check\n`)
    return pass > 0 && fail + inconclusive === 0 ? exitCodes.ok : exitCodes.failed
  } finally {
    probes.close()
  }
}

/** By key, each once. */
function dutiesOf(members: readonly NamedMember[]): ReadonlyMap<string, DutyModel> {
  return new Map(members.flatMap(({ duties }) => duties.map(duty => [dutyKey(duty.endpoint, duty.check), duty])))
}

type Outcomes = ReadonlyMap<string, readonly Outcome[]>

/** Null if a signal ended it. */
async function probeAll(
  probe: Probe,
  duties: ReadonlyMap<string, DutyModel>,
  times: number,
  io: Io,
): Promise<Outcomes | null> {
  const outcomes = new Map<string, Outcome[]>([...duties.keys()].map(key => [key, []]))
  const waiting = [...duties]
  const underWay = new Set<Stop>()
  let stopped = false
  let done = 0
  const onSignal = (): void => {
    stopped = true
    for (const stop of underWay) stop.abort('stopping')
  }
  const deafen = [io.hear('SIGINT', onSignal), io.hear('SIGTERM', onSignal)]
  const total = duties.size * times
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [key, duty] = next
      for (let time = 0; time < times && !stopped; time++) {
        if (time > 0) await rest(duty.check.fastIntervalMs, underWay)
        outcomes.get(key)!.push(await probeOnce(probe, duty, underWay))
        if (io.terminal) io.err(`\r\u001b[Kprobed ${++done} of ${total}`)
      }
    }
  }
  if (io.terminal) io.err(`probing ${total === 1 ? 'once' : `${total} times`}`)
  try {
    await Promise.all(Array.from({ length: Math.min(inFlightMax, duties.size) }, lane))
  } finally {
    for (const end of deafen) end()
    if (io.terminal) io.err('\r\u001b[K')
  }
  return stopped ? null : outcomes
}

/** Under the deadline of its check, as the server does it. */
async function probeOnce(probe: Probe, { endpoint, check }: DutyModel, underWay: Set<Stop>): Promise<Outcome> {
  const stop = createStop()
  const deadline = setTimeout(() => stop.abort('timeout'), check.timeoutMs)
  underWay.add(stop)
  try {
    return await probe(endpoint, check, stop)
  } finally {
    clearTimeout(deadline)
    underWay.delete(stop)
  }
}

/** Between two probes of one check; a signal cuts it short. */
function rest(restMs: number, underWay: Set<Stop>): Promise<void> {
  return new Promise(resolve => {
    const stop = createStop()
    const end = (): void => {
      clearTimeout(timer)
      underWay.delete(stop)
      resolve()
    }
    const timer = setTimeout(end, restMs)
    stop.addEventListener('abort', end)
    underWay.add(stop)
  })
}

function joinOutcomes({ owner, type, address, duties }: NamedMember, outcomes: Outcomes): Probed {
  return {
    owner,
    type,
    address,
    checks: duties.map(({ endpoint, check }) => {
      return { endpoint, name: check.name, protocol: check.protocol, outcomes: outcomes.get(dutyKey(endpoint, check))! }
    }),
  }
}

function tell(target: string, probed: readonly Probed[], probes: Probes, json: boolean, io: Io): void {
  if (json) io.out(`${JSON.stringify(describeProbed(target, probed), null, 2)}\n`)
  else io.out(renderProbed(probed, createPaint(io.color)))
  const asked = new Set(probed.flatMap(({ checks }) => checks.map(({ protocol }) => protocol)))
  for (const { protocol, reason, remedy } of probes.broken()) {
    if (asked.has(protocol)) io.err(`robin: ${protocol} probes cannot be run here (${reason}): ${remedy}\n`)
  }
}

function readTimes(text: string): number {
  const times = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (times >= 1 && times <= timesMax) return times
  throw new UsageFault(`--count takes a number from 1 to ${timesMax}, not ${JSON.stringify(text)}`)
}
