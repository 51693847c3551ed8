/**
 * `robin selfcheck`: is the server of this machine fit to be asked? Made for what decides by an exit code: a VRRP
 * script, a container's health check. It judges only ourselves: whether the server says that it is ready, and whether
 * each of its listeners gives an authoritative answer for the SOA of a zone that it serves. Backends have no part in
 * it, nor has an address that another machine holds now: it would be another server that answered there.
 * One deadline bounds all of it. A dead, hung or starting server gets no 0.
 */
import { networkInterfaces } from 'node:os'
import { isNameFault, type Name, parseName, root } from '../core/name/name.ts'
import type { SocketAddress } from '../core/ports.ts'
import type { SelfView } from '../core/view/self.ts'
import { parseListen } from '../edge/transport/listen.ts'
import { adminUrlDefault, parseAdminUrl } from './admin-url.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'
import { askTcp, askUdp, getPage, type Question } from './selfcheck-ask.ts'
import { type Asked, classChaos, classIn, judge, type Readiness, type SelfReport, sumUp } from './selfcheck-report.ts'

export interface SelfcheckOptions {
  readonly server?: string
  readonly admin?: string
  readonly zone?: string
  readonly timeout: string
  readonly json: boolean
}

/** A listener to be asked. */
interface Place extends SocketAddress {
  readonly via: 'udp' | 'tcp'
}

const typeSoa = 6
const typeTxt = 16

/** Listeners asked; a server has seldom more than four. */
const placesMax = 32
const placesDefault: readonly Place[] = [
  { via: 'udp', host: '127.0.0.1', port: 5300 },
  { via: 'tcp', host: '127.0.0.1', port: 5300 },
]

export async function runSelfcheck(options: SelfcheckOptions, io: Io): Promise<number> {
  const deadlineMs = readTimeout(options.timeout)
  const given = options.server === undefined ? null : placesAt(options.server)
  const admin = options.admin ?? io.adminUrl
  const zoneGiven = options.zone === undefined ? null : readZone(options.zone)
  const beganMs = io.now()
  const leftMs = (): number => Math.max(1, Math.round(beganMs + deadlineMs - io.now()))

  const { readiness, view } = await askAdmin(admin, leftMs())
  const places = given ?? (view === null ? placesDefault : ownPlaces(view.listening))
  const zone = zoneGiven ?? (view?.zone == null ? null : readZone(view.zone))
  // What is not ready, or does not answer for itself, is unfit whatever its answers say.
  const worthAsking = readiness === 'ready' || readiness === 'off'
  const asked = worthAsking ? await Promise.all(places.map(place => ask(place, questionFor(zone), leftMs()))) : []
  const report: SelfReport = { readiness, asked, elapsedMs: Math.round(io.now() - beganMs) }
  const { code, text } = sumUp(report)
  const json = { ok: code === exitCodes.ok, exitCode: code, ...report }
  if (options.json) io.out(`${JSON.stringify(json, null, 2)}\n`)
  else if (code === exitCodes.ok) io.out(`${text}\n`)
  else io.err(`robin: ${text}\n`)
  return code
}

/** `admin` is null if nobody named one: then none that listens is as good as switched off. */
async function askAdmin(
  admin: string | null,
  deadlineMs: number,
): Promise<{ readonly readiness: Readiness; readonly view: SelfView | null }> {
  if (admin === 'none') return { readiness: 'off', view: null }
  const url = new URL('api/v1/self', parseAdminUrl(admin ?? adminUrlDefault))
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const page = await getPage({ host, port: Number(url.port || 80) }, url.pathname, url.host, deadlineMs)
  if ('fault' in page) {
    return { readiness: page.fault === 'unreachable' && admin === null ? 'off' : page.fault, view: null }
  }
  const view = page.status === 200 ? readView(page.body) : null
  if (view === null) return { readiness: 'malformed', view }
  return { readiness: view.ready ? 'ready' : 'not-ready', view }
}

function readView(body: string): SelfView | null {
  try {
    const value: unknown = JSON.parse(body)
    return isSelfView(value) ? value : null
  } catch {
    // Not JSON: something else answers there.
    return null
  }
}

async function ask({ via, host, port }: Place, question: Question, deadlineMs: number): Promise<Asked> {
  const outcome = await (via === 'udp' ? askUdp : askTcp)(question, { host, port }, deadlineMs)
  const server = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return { via, server, ...judge(outcome, question) }
}

/** The SOA of a zone that we serve; without one, who we are, which every server answers, if only by a refusal. */
function questionFor(zone: Name | null): Question {
  if (zone !== null) return { name: zone, type: typeSoa, class: classIn }
  return { name: readZone('id.server.'), type: typeTxt, class: classChaos }
}

/** What the server listens on, as far as this machine has the address now. */
function ownPlaces(listening: readonly string[]): readonly Place[] {
  const own = new Set(
    Object.values(networkInterfaces())
      .flatMap(entries => entries ?? [])
      .map(({ address }) => address),
  )
  const places = listening.flatMap((text): readonly Place[] => {
    const [via, at = ''] = text.split(' ')
    const address = via === 'udp' || via === 'tcp' ? parseListen(at) : null
    if (address === null) return []
    const host = throughLoopback(address.host)
    return host.startsWith('127.') || own.has(host) ? [{ via: via as Place['via'], host, port: address.port }] : []
  })
  return places.slice(0, placesMax)
}

function throughLoopback(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

function placesAt(text: string): readonly Place[] {
  const address = parseListen(text)
  if (address === null || address.port === 0) {
    throw new UsageFault(`--server takes an address and a port like 127.0.0.1:5300, not ${JSON.stringify(text)}`)
  }
  const at = { host: throughLoopback(address.host), port: address.port }
  return [
    { via: 'udp', ...at },
    { via: 'tcp', ...at },
  ]
}

function readZone(text: string): Name {
  const name = parseName(text, root)
  if (isNameFault(name)) throw new UsageFault(`${JSON.stringify(text)} is not a domain name (${name})`)
  return name
}

/** `800ms`, `1s`, `1.5s`. */
function readTimeout(text: string): number {
  const [, number = '', unit] = /^([0-9]{1,5}(?:\.[0-9]{1,3})?)(ms|s)$/.exec(text) ?? []
  const ms = Math.round(Number(number) * (unit === 's' ? 1000 : 1))
  if (unit === undefined || ms < 1 || ms > 60_000) {
    throw new UsageFault(`--timeout takes a time up to a minute, like 800ms or 2s, not ${JSON.stringify(text)}`)
  }
  return ms
}

function isSelfView(value: unknown): value is SelfView {
  if (typeof value !== 'object' || value === null) return false
  const { ready, zone, listening } = value as Partial<Record<keyof SelfView, unknown>>
  const isText = (one: unknown): boolean => typeof one === 'string'
  return (
    typeof ready === 'boolean' && (zone === null || isText(zone)) && Array.isArray(listening) && listening.every(isText)
  )
}
