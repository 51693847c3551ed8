/**
 * Named checks, and octoDNS healthchecks, → CheckPlan. What one value must be is judged here; what only HTTP has, in
 * http.ts. A definition with a fault stays known by its name, so that records which use it are not blamed as well.
 */
import { type Millis, millis } from '../base/units.ts'
import type { Cadence } from '../health/types.ts'
import type { CheckDraft, CheckPlan } from './check-plan.ts'
import { readDns } from './dns.ts'
import { isMap, type Path, type Reader, refuse, shown, warn } from './doc.ts'
import { readExec } from './exec.ts'
import { readGrpc } from './grpc.ts'
import { readHttp } from './http.ts'
import { judge, suggest } from './issues.ts'
import { readLeak } from './leak.ts'
import { readMetrics } from './metrics.ts'
import { readRoute } from './route.ts'
import { type CheckInput, checkSchemas, type HealthcheckInput, protocol as protocolSchema } from './schema/check.ts'
import { readTcp } from './tcp.ts'
import { readMillis } from './times.ts'

/** Null for a check whose definition is faulty: references to it are no further fault. */
export type Checks = ReadonlyMap<string, CheckPlan | null>

const cadenceDefaults = {
  intervalMs: millis(5000),
  timeoutMs: millis(2000),
  fastIntervalMs: millis(1000),
  fall: 3,
  rise: 2,
}

/** What the name of a check may be: it becomes part of keys, metrics and command lines. */
const checkName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/
/** Instead of a name: this record is not checked, whatever the defaults say. */
export const noCheck = 'none'

const intervalBounds = { minMs: 100, maxMs: 86_400_000 }
const timeoutBounds = { minMs: 50, maxMs: 60_000 }

export function readChecks(reader: Reader, value: unknown, path: Path): Checks {
  const checks = new Map<string, CheckPlan | null>()
  if (!isMap(value)) {
    refuse(
      reader,
      'wrong-type',
      reader.doc.valueSpan(path),
      '`checks` must be a map of names',
      'write `checks: {web: …}`',
    )
    return checks
  }
  for (const [name, definition] of Object.entries(value)) {
    const at = [...path, name]
    if (!checkName.test(name) || name === noCheck) {
      const hint = 'use letters, digits, `_`, `-` and `.`, at most 63 of them, and not the word `none`'
      refuse(reader, 'bad-value', reader.doc.keySpan(at), `${shown(name)} cannot be the name of a check`, hint)
      checks.set(name, null)
      continue
    }
    checks.set(name, readCheck(reader, name, definition, at))
  }
  return checks
}

/** octoDNS `healthcheck`: HTTPS to /_dns on port 443, asked for by the record's name, unless it says otherwise. */
export function readHealthcheck(reader: Reader, input: HealthcheckInput, path: Path): CheckPlan | null {
  const protocol = input.protocol ?? 'HTTPS'
  const port = input.port ?? 443
  const isHttp = protocol === 'HTTP' || protocol === 'HTTPS'
  for (const key of ['path', 'host'] as const) {
    if (isHttp || input[key] === undefined) continue
    const span = reader.doc.keySpan([...path, key])
    refuse(reader, 'bad-value', span, `\`${key}\` has no meaning for ${protocol}`, `remove \`${key}\``)
  }
  if (protocol === 'ICMP') return planCheck(reader, 'healthcheck', { protocol }, path)
  if (protocol === 'TCP') return planCheck(reader, 'healthcheck', { protocol, port }, path)
  const { host } = input
  const plan = planCheck(
    reader,
    'healthcheck',
    { protocol, port, path: input.path ?? '/_dns', ...(typeof host === 'string' && { host }) },
    path,
  )
  return plan === null ? null : { ...plan, hostFromOwner: host === undefined }
}

function readCheck(reader: Reader, name: string, value: unknown, path: Path): CheckPlan | null {
  const given = isMap(value) ? value['protocol'] : undefined
  if (!isMap(value) || given === undefined) {
    const hint = 'write `{protocol: HTTP, path: /healthz}`, with ICMP, TCP, HTTP, DNS or the like'
    const text = isMap(value)
      ? `the check ${shown(name)} has no \`protocol\``
      : `the check ${shown(name)} must be a map`
    refuse(reader, isMap(value) ? 'missing-key' : 'wrong-type', reader.doc.keySpan(path), text, hint)
    return null
  }
  const protocol = judge(reader, protocolSchema, given, [...path, 'protocol'])
  if (protocol === null) return null
  const input = judge(reader, checkSchemas[protocol], value, path)
  return input === null ? null : planCheck(reader, name, input, path)
}

function planCheck(reader: Reader, name: string, input: CheckInput, path: Path): CheckPlan | null {
  const cadence = readCadence(reader, input, path)
  const route = readRoute(reader, input, path)
  const draft = cadence === null ? null : draftCheck(reader, name, input, cadence, path)
  return draft === null || route === null ? null : { ...draft, route }
}

function draftCheck(reader: Reader, name: string, input: CheckInput, cadence: Cadence, path: Path): CheckDraft | null {
  switch (input.protocol) {
    case 'ICMP':
      return { spec: { protocol: 'ICMP', name, ...cadence }, hostFromOwner: false }
    case 'TCP':
      return readTcp(reader, name, input, cadence, path)
    case 'HTTP':
    case 'HTTPS':
      return readHttp(reader, name, input, cadence, path)
    case 'DNS':
      return readDns(reader, name, input, cadence, path)
    case 'GRPC':
      return readGrpc(reader, name, input, cadence, path)
    case 'EXEC':
      return readExec(reader, name, input, cadence, path)
    case 'METRICS':
      return readMetrics(reader, name, input, cadence, path)
  }
}

function readCadence(reader: Reader, input: CheckInput, path: Path): Cadence | null {
  const time = (key: 'interval' | 'timeout' | 'fast_interval', fallback: Millis, bounds: typeof intervalBounds) =>
    input[key] === undefined ? fallback : readMillis(reader, input[key], [...path, key], bounds)
  const intervalMs = time('interval', cadenceDefaults.intervalMs, intervalBounds)
  const timeoutMs = time('timeout', cadenceDefaults.timeoutMs, timeoutBounds)
  const shorter = millis(Math.min(cadenceDefaults.fastIntervalMs, intervalMs ?? cadenceDefaults.intervalMs))
  const fastIntervalMs = time('fast_interval', shorter, intervalBounds)
  if (intervalMs === null || timeoutMs === null || fastIntervalMs === null) return null
  if (fastIntervalMs > intervalMs) {
    const span = reader.doc.valueSpan([...path, 'fast_interval'])
    refuse(reader, 'bad-value', span, '`fast_interval` is longer than `interval`', 'make it shorter, or leave it out')
    return null
  }
  const rise = input.rise ?? cadenceDefaults.rise
  if (rise === 1) {
    const text = 'one good probe brings a member back, so a host that comes and goes will flap'
    warn(reader, 'rise-one', reader.doc.valueSpan([...path, 'rise']), text, 'write `rise: 2` or more')
  }
  const fall = input.fall ?? cadenceDefaults.fall
  const leak = input.leak === undefined ? undefined : readLeak(reader, input.leak, fall, [...path, 'leak'])
  if (leak === null) return null
  return { intervalMs, timeoutMs, fastIntervalMs, fall, rise, ...(leak !== undefined && { leak }) }
}

/** Reports a reference to a check that does not exist. */
export function refuseUnknownCheck(reader: Reader, name: string, checks: Checks, path: Path): void {
  const known = [...checks.keys()]
  const hint = known.length === 0 ? `define it: \`checks: {${name}: {protocol: TCP, port: 80}}\`` : suggest(name, known)
  refuse(reader, 'undefined-check', reader.doc.valueSpan(path), `there is no check ${shown(name)} in this file`, hint)
}
