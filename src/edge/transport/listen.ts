/**
 * Where to listen: reading `--listen`, spreading a wildcard over the machine's addresses, making sure that nobody else
 * has the place, and saying in one line why it could not be had.
 * Invariant: hosts are IP literals in canonical form; no name is ever looked up to decide where to listen.
 */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { SocketAddress } from '../../core/ports.ts'
import { formatIpv4, parseIpv4 } from '../../core/rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../../core/rdata/aaaa.ts'

export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

/** Ports tried until one is free for both UDP and TCP. */
const portAttemptsMax = 16
const portMax = 0xffff
/** Below it a port needs a privilege, unless the system says otherwise. */
const unprivilegedPortMin = 1024

/**
 * Reads `HOST:PORT` or `[IPV6]:PORT`; null if it is neither. HOST is an IP literal, `localhost` for 127.0.0.1 or `*`
 * for 0.0.0.0; port 0 lets the system choose. Zone indexes (`%eth0`) are refused, see `expandWildcard`.
 */
export function parseListen(text: string): SocketAddress | null {
  const parts = /^(?:\[([^\]]*)\]|([^[\]:]*)):(0|[1-9][0-9]{0,4})$/.exec(text)
  if (parts === null) return null
  const port = Number(parts[3])
  if (port > portMax) return null
  const host = parts[1] === undefined ? readHost(parts[2] ?? '') : readIpv6(parts[1])
  return host === null ? null : { host, port }
}

/** `127.0.0.1:5300` or `[::1]:5300`. */
export function formatListen({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * For UDP: one address for each that this machine has now, in place of 0.0.0.0 or `::`, since a socket bound to a
 * wildcard lets the kernel choose the source of an answer and clients drop what comes from elsewhere. Addresses that
 * come later (a VIP that moves here) must be named. Link-local IPv6 is left out: it means nothing without its
 * interface, no zone can name it as a server, and DNS clients reach us by routed addresses.
 */
export function expandWildcard(address: SocketAddress, interfaces: Interfaces = networkInterfaces()): SocketAddress[] {
  if (!isWildcard(address.host)) return [address]
  const family = address.host === '::' ? 'IPv6' : 'IPv4'
  const hosts = new Set<string>()
  for (const entries of Object.values(interfaces)) {
    for (const entry of entries ?? []) {
      if (entry.family === family && !isLinkLocal(entry.address)) hosts.add(entry.address)
    }
  }
  return [...hosts].map(host => ({ host, port: address.port }))
}

/**
 * Makes sure that no other program has the address and settles port 0 on one that is free for UDP and TCP alike.
 * Needed because our sockets share their port: a second server's would join in silence and take half the queries.
 * It is a look, not a lock: what is free now can be taken before the listeners open, and those then fail. So port 0 is
 * a port that the system gives to nobody by itself, as long as there is one: clients of this machine cannot take it.
 * Rejects with the system's error, `code` kept.
 */
export async function reservePort(host: string, port: number): Promise<SocketAddress> {
  if (port !== 0) {
    await tryUdp(host, port)
    return { host, port }
  }
  for (let attempt = 1; ; attempt++) {
    try {
      // The last attempts are the system's own choice.
      const free = await tryUdp(host, attempt <= portAttemptsMax / 2 ? drawPort() : 0)
      await tryTcp(host, free)
      return { host, port: free }
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE' || attempt === portAttemptsMax) throw error
    }
  }
}

/** A port that the system does not choose for those who have no wish; 0 where that is not known. */
function drawPort(): number {
  try {
    // Where the system's own begin, and with which they end.
    const first = Number(readFileSync(portRangeFile, 'ascii').split(/\s+/, 1)[0])
    return first > quietPortMin ? randomInt(quietPortMin, first) : 0
  } catch {
    // Another system than Linux, or one that does not tell.
    return 0
  }
}

const portRangeFile = '/proc/sys/net/ipv4/ip_local_port_range'
/** Below it are most ports that programs have for their own. */
const quietPortMin = 16_384

/** One line: what could not be had, why, and what to do about it. */
export function explainListenError(error: unknown, address: SocketAddress): string {
  const place = formatListen(address)
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return `cannot listen on ${place}: no permission; ${permissionRemedy(address.port)}`
    case 'EADDRINUSE':
      return `cannot listen on ${place}: ${rivalPlace(address)}; see which with: ss -lntup 'sport = :${address.port}'`
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${place}: this machine has no such address; see those it has with: ip address`
    case 'EAFNOSUPPORT':
      return `cannot listen on ${place}: this machine has no ${address.host.includes(':') ? 'IPv6' : 'IPv4'}`
    default:
      return `cannot listen on ${place}: ${error instanceof Error ? error.message : String(error)}`
  }
}

function permissionRemedy(port: number): string {
  if (port >= unprivilegedPortMin) return 'a security policy of this machine (SELinux, AppArmor, seccomp) forbids it'
  return (
    `a port below ${unprivilegedPortMin} needs the capability CAP_NET_BIND_SERVICE ` +
    `(systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE) or: sysctl -w net.ipv4.ip_unprivileged_port_start=${port}`
  )
}

/** A wildcard is refused for a rival on any single address: often a resolver on 127.0.0.53. */
function rivalPlace({ host, port }: SocketAddress): string {
  if (!isWildcard(host)) return 'another program has this address and port'
  return `another program has port ${port} on an address of this machine; listen on the addresses that clients use`
}

function readHost(text: string): string | null {
  if (text === 'localhost') return '127.0.0.1'
  if (text === '*') return '0.0.0.0'
  const octets = parseIpv4(text)
  return octets === null ? null : formatIpv4(octets)
}

function readIpv6(text: string): string | null {
  const octets = parseIpv6(text)
  return octets === null ? null : formatIpv6(octets)
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** fe80::/10 (RFC 4291 section 2.5.6). */
function isLinkLocal(host: string): boolean {
  return /^fe[89ab]/i.test(host)
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** Binds without sharing and lets go again; resolves with the port. */
function tryUdp(host: string, port: number): Promise<number> {
  const ipv6 = host.includes(':')
  const socket = createSocket({ type: ipv6 ? 'udp6' : 'udp4', ipv6Only: ipv6 })
  return new Promise((resolve, reject) => {
    socket.once('error', error => socket.close(() => reject(error)))
    socket.bind({ address: host, port, exclusive: true }, () => {
      const bound = socket.address().port
      socket.close(() => resolve(bound))
    })
  })
}

function tryTcp(host: string, port: number): Promise<void> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: host.includes(':'), exclusive: true }, () => server.close(() => resolve()))
  })
}
