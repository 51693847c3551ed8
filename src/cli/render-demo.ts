/**
 * What the demo says: the lines to try in another terminal, with the addresses and ports that are really served, and
 * how its web servers are. Pure.
 */
import { never } from '../core/base/assert.ts'
import type { Ailment, BackendState } from '../edge/demo/backend.ts'
import { count, type Paint, renderTable } from './render-text.ts'

export interface DemoPlace {
  /** How to call this program from another terminal. */
  readonly command: string
  readonly port: number
}

interface Listening {
  readonly via: 'udp' | 'tcp' | 'admin'
  readonly host: string
  readonly port: number
}

const usualPort = 8053

export function renderBanner(
  backends: readonly BackendState[],
  listening: readonly Listening[],
  { command, port }: DemoPlace,
): string {
  const dns = listening.find(({ via }) => via === 'udp')
  const at = dns === undefined ? '@127.0.0.1' : `@${reachable(dns.host)} -p ${dns.port}`
  const admin = listening.find(({ via }) => via === 'admin')
  const adminFlag = admin === undefined || admin.port === 5380 ? '' : ` --admin http://${bracket(admin)}:${admin.port}`
  const portFlag = port === usualPort ? '' : ` --backends-port ${port}`
  const lines = [
    [`dig ${at} www.demo.test +noall +answer`, 'ask a few times: each time another address stands first'],
    [`${command} demo fail 2${portFlag}`, 'let the second web server refuse connections'],
    [`dig ${at} www.demo.test +noall +answer`, 'soon its address is gone from the answer'],
    ...(admin === undefined ? [] : [[`${command} states${adminFlag}`, 'who is up, who is not, and why']]),
    [`${command} demo heal 2${portFlag}`, 'and back it comes'],
    [`${command} demo fail 2 --how status${portFlag}`, 'now www (HTTP) notices, but tcp.demo.test does not'],
  ]
  const addresses = backends.map(({ host, port: backendPort }) => `${host}:${backendPort}`).join(', ')
  return [
    `\n${count(backends.length, 'small web server')} run on ${addresses}.`,
    'Try this in another terminal:\n',
    renderTable(lines, '  '),
    'Ctrl-C ends everything.\n\n',
  ].join('\n')
}

export function renderBackends(backends: readonly BackendState[], paint: Paint): string {
  const rows = backends.map(({ number, host, port, ailment, requests }) => [
    String(number),
    `${host}:${port}`,
    { text: describeAilment(ailment), paint: ailment === null ? paint.good : paint.bad },
    count(requests, 'request'),
  ])
  return renderTable(rows, '')
}

function describeAilment(ailment: Ailment | null): string {
  switch (ailment) {
    case null:
      return 'well'
    case 'refuse':
      return 'refuses connections'
    case 'status':
      return 'answers with status 503'
    case 'hang':
      return 'accepts and never answers'
    case 'slow':
      return 'answers after five seconds'
    default:
      return never(ailment)
  }
}

/** An address to ask when the server listens on all of them. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

function bracket({ host }: Listening): string {
  const address = reachable(host)
  return address.includes(':') ? `[${address}]` : address
}
