/**
 * A METRICS check → what is asked for, what is looked for in the reply, and the marks it is held against. A probe never
 * asks a resolver, so the host in the URL is the member itself or an address.
 */
import {
  type Cadence,
  type MetricsCheck,
  type NamedMetric,
  namedMetrics,
  type Reading,
  type Watermark,
} from '../health/types.ts'
import { parseIpv4 } from '../rdata/a.ts'
import { parseIpv6 } from '../rdata/aaaa.ts'
import type { CheckDraft } from './check-plan.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { suggest } from './issues.ts'
import type { MetricsInput } from './schema/check-metrics.ts'
import { isSelectorFault, parsePlace, parseSelector } from './selector.ts'
import { readTls } from './tls.ts'

type Format = MetricsCheck['format']
type Scheme = MetricsCheck['page']['scheme']
type Page = Pick<MetricsCheck, 'page' | 'port'>

const targetCharactersMax = 2048
const defaultPorts: Readonly<Record<Scheme, number | null>> = { http: 80, https: 443, tcp: null }
const limitsMax = 32
const metricName = /^[A-Za-z_][A-Za-z0-9_.:-]{0,62}$/
const url = /^(https?|tcp):\/\/(\{address\}|\[[^\]]*\]|[^/?#:@[\]{}]+)(?::([0-9]{1,5}|\{port\}))?([/?].*)?$/s

export function readMetrics(
  reader: Reader,
  name: string,
  input: MetricsInput,
  cadence: Cadence,
  path: Path,
): CheckDraft | null {
  const problemsBefore = reader.problems.length
  const page = readUrl(reader, input, path)
  const isTcp = input.url.startsWith('tcp:')
  const format = input.format ?? (isTcp ? 'agent' : 'prometheus')
  if (isTcp && format !== 'agent') {
    const text = `a \`tcp:\` URL leads to an agent, not to ${format}`
    refuse(reader, 'bad-value', reader.doc.valueSpan([...path, 'format']), text, 'write an `http:` URL')
    return null
  }
  if (page !== null && !isTcp && input.send !== undefined) {
    const text = '`send` is for agents over TCP'
    refuse(reader, 'bad-value', reader.doc.keySpan([...path, 'send']), text, 'write a `tcp:` URL, or remove `send`')
  }
  const isSecure = page?.page.scheme === 'https'
  if (page !== null && !isSecure && input.tls !== undefined) {
    const text = `\`tls\` has no meaning for a \`${page.page.scheme}:\` URL`
    refuse(reader, 'bad-value', reader.doc.keySpan([...path, 'tls']), text, 'write an `https:` URL, or remove `tls`')
  }
  const tls = isSecure ? readTls(reader, input.tls ?? {}, [...path, 'tls']) : null
  const limits = format === 'agent' ? refuseLimits(reader, input, path) : readLimits(reader, input, format, path)
  if (page === null || reader.problems.length > problemsBefore) return null
  const spec: MetricsCheck = {
    protocol: 'METRICS',
    name,
    ...cadence,
    ...page,
    format,
    limits,
    send: input.send ?? null,
    tls,
  }
  return { spec, hostFromOwner: tls !== null && tls.serverName === null }
}

/** Null after having reported what is wrong. */
function readUrl(reader: Reader, input: MetricsInput, path: Path): Page | null {
  const span = reader.doc.valueSpan([...path, 'url'])
  const wrong = (text: string, hint: string): null => {
    refuse(reader, 'bad-value', span, text, hint)
    return null
  }
  const found = url.exec(input.url)
  if (found === null) {
    const hint = 'write `http://{address}:9100/metrics`, or `tcp://{address}:9777` for an agent'
    return wrong(`${shown(input.url)} is not a URL that a probe can ask`, hint)
  }
  const [, scheme, host, portText, target = ''] = found
  const address = host === '{address}' ? null : literalOf(host!)
  if (address === undefined) {
    return wrong(`${shown(host)} is not an address, and a probe asks no resolver`, 'write `{address}` or an address')
  }
  const port = readPort(reader, input, portText, defaultPorts[scheme as Scheme], path)
  if (port === null) return null
  if (scheme === 'tcp' && target !== '') return wrong('a `tcp:` URL ends with its port', 'remove what follows the port')
  const unfilled = target.replaceAll('{address}', '').replaceAll('{port}', '')
  if (!/^[\x21\x22\x24-\x7a\x7e]*$/.test(unfilled) || target.length > targetCharactersMax) {
    return wrong('the path of the URL holds signs that a request cannot have', 'write them as %7B and the like')
  }
  return { port, page: { scheme: scheme as Scheme, address, target: scheme === 'tcp' ? '' : rooted(target) } }
}

/** A target begins with a slash even if the URL has nothing before its query. */
function rooted(target: string): string {
  return target.startsWith('/') ? target : `/${target}`
}

/** Undefined if it is no address. */
function literalOf(host: string): string | undefined {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host
  return (host.startsWith('[') ? parseIpv6(bare) : parseIpv4(bare)) === null ? undefined : bare
}

function readPort(
  reader: Reader,
  input: MetricsInput,
  text: string | undefined,
  fallback: number | null,
  path: Path,
): number | null {
  const span = reader.doc.valueSpan([...path, 'url'])
  const usesKey = input.url.includes('{port}')
  if (input.port !== undefined && !usesKey) {
    const hint = 'write `{port}` in the URL, or remove `port`'
    refuse(reader, 'bad-value', reader.doc.keySpan([...path, 'port']), 'nothing in the URL uses `port`', hint)
    return null
  }
  if (usesKey && input.port === undefined) {
    refuse(reader, 'bad-value', span, '`{port}` is not filled, as the check has no port', 'add `port: …` to the check')
    return null
  }
  const port = text === undefined ? fallback : text === '{port}' ? input.port! : Number(text)
  if (port !== null && port >= 1 && port <= 65535) return port
  const what = port === null ? 'a `tcp:` URL needs a port' : `there is no port ${port}`
  refuse(reader, 'bad-value', span, what, 'write a port from 1 to 65535 behind the address: `tcp://{address}:9777`')
  return null
}

/** An agent judges its host itself. */
function refuseLimits(reader: Reader, input: MetricsInput, path: Path): readonly Watermark[] {
  for (const key of ['limits', 'values'] as const) {
    if (input[key] === undefined) continue
    const text = `an agent says by itself how its host does, so \`${key}\` has no meaning`
    refuse(reader, 'bad-value', reader.doc.keySpan([...path, key]), text, `remove \`${key}\``)
  }
  return []
}

function readLimits(reader: Reader, input: MetricsInput, format: Format, path: Path): readonly Watermark[] {
  const values = readValues(reader, input, format, path)
  const entries = Object.entries(input.limits ?? {})
  if (entries.length === 0 || entries.length > limitsMax) {
    const span = input.limits === undefined ? reader.doc.keySpan(path) : reader.doc.valueSpan([...path, 'limits'])
    const text =
      entries.length === 0 ? 'the check has no `limits`' : `${entries.length} limits are more than ${limitsMax}`
    const hint = entries.length === 0 ? 'add `limits: {load1_per_cpu: {low: 0.8, high: 1.5}}`' : 'remove some'
    refuse(reader, entries.length === 0 ? 'missing-key' : 'bad-value', span, text, hint)
  }
  for (const name of values.keys()) {
    if (entries.some(([limited]) => limited === name)) continue
    const span = reader.doc.keySpan([...path, 'values', name])
    refuse(reader, 'bad-value', span, `nothing limits ${shown(name)}`, 'give it a `high` under `limits`, or remove it')
  }
  return entries.flatMap(([name, { low, high }]) => {
    if (low !== undefined && low >= high) {
      const text = `\`low\` of ${shown(name)} is ${low}, which is not below \`high\` (${high})`
      const span = reader.doc.valueSpan([...path, 'limits', name, 'low'])
      refuse(reader, 'bad-value', span, text, 'make it smaller, or leave it out')
    }
    const reading = values.has(name) ? values.get(name)! : knownReading(reader, name, format, values, path)
    return reading === null ? [] : [{ name, reading, low: low ?? null, high }]
  })
}

/** Null for a value that has a fault: a limit on it is no further one. */
function readValues(
  reader: Reader,
  input: MetricsInput,
  format: Format,
  path: Path,
): ReadonlyMap<string, Reading | null> {
  const values = new Map<string, Reading | null>()
  for (const [name, text] of Object.entries(input.values ?? {})) {
    const at = [...path, 'values', name]
    if (!metricName.test(name)) {
      const hint = 'begin with a letter; use letters, digits, `_`, `-`, `.` and `:`, at most 63'
      refuse(reader, 'bad-value', reader.doc.keySpan(at), `${shown(name)} cannot be the name of a metric`, hint)
    }
    const found = format === 'json' ? parsePlace(text) : parseSelector(text)
    if (isSelectorFault(found)) {
      const hint = format !== 'json' && text.startsWith('/') ? 'write `format: json` for a JSON pointer' : found.hint
      refuse(reader, 'bad-selector', reader.doc.valueSpan(at), `${shown(text)}: ${found.text}`, hint)
      values.set(name, null)
    } else values.set(name, found)
  }
  return values
}

/** What is known by this name without `values`; null after having reported that nothing is. */
function knownReading(
  reader: Reader,
  name: string,
  format: Format,
  values: ReadonlyMap<string, unknown>,
  path: Path,
): Reading | null {
  if (format === 'prometheus' && isNamed(name)) return { kind: 'named', metric: name }
  const span = reader.doc.keySpan([...path, 'limits', name])
  const text = `there is no metric ${shown(name)}`
  const hint =
    format === 'json'
      ? `say where it stands: \`values: {${name}: '/path/to/the/number'}\``
      : suggest(name, [...values.keys(), ...namedMetrics])
  refuse(reader, 'undefined-metric', span, text, hint)
  return null
}

function isNamed(name: string): name is NamedMetric {
  return (namedMetrics as readonly string[]).includes(name)
}
