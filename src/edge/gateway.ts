/**
 * The default gateways of this host, as Linux tells them in /proc/self/net: the first hop of everything that leaves the
 * local network. The cheapest default route of each family counts. An IPv6 gateway is mostly a link-local address and
 * then carries its interface (`fe80::1%eth0`, RFC 4007 section 11). Other systems have no such files, and no gateways.
 */
import { readFile } from 'node:fs/promises'
import { formatIpv4 } from '../core/rdata/a.ts'
import { formatIpv6 } from '../core/rdata/aaaa.ts'

/** Octets of a routing table that are looked at: some thousands of routes. */
const tableOctetsMax = 1_048_576

/** Route flags (linux/route.h): usable, and by way of a gateway. */
const flagsWanted = 0x1 | 0x2

interface DefaultRoute {
  readonly gateway: string
  readonly metric: number
}

/** Addresses, IPv4 first. Empty where there is no default route. */
export async function readGateways(folder = '/proc/self/net'): Promise<readonly string[]> {
  const [v4, v6] = await Promise.all([readTable(`${folder}/route`), readTable(`${folder}/ipv6_route`)])
  return [gatewayV4(v4), gatewayV6(v6)].filter(gateway => gateway !== null)
}

/** Columns: interface, destination, gateway, flags, references, uses, metric, mask; addresses in host order. */
export function gatewayV4(table: string): string | null {
  return cheapest(
    rowsOf(table).flatMap(row => {
      const [, destination, gateway = '', flags = '', , , metric = '', mask] = row
      const isDefault = destination === '00000000' && mask === '00000000'
      if (!isDefault || !isByGateway(flags) || !/^[0-9A-F]{8}$/i.test(gateway)) return []
      // The kernel prints the word as it lies in memory: the last octet first, on the machines that Node runs on.
      const octets = Uint8Array.from(Buffer.from(gateway, 'hex').reverse())
      return [{ gateway: formatIpv4(octets), metric: Number(metric) }]
    }),
  )
}

/** Columns: destination, its length, source, its length, next hop, metric, references, uses, flags, interface. */
export function gatewayV6(table: string): string | null {
  return cheapest(
    rowsOf(table).flatMap(row => {
      const [destination, length, , , hop = '', metric = '', , , flags = '', device = ''] = row
      const isDefault = destination === '0'.repeat(32) && length === '00'
      if (!isDefault || !isByGateway(flags) || !/^[0-9a-f]{32}$/i.test(hop)) return []
      const octets = Uint8Array.from(Buffer.from(hop, 'hex'))
      const isLinkLocal = octets[0] === 0xfe && (octets[1]! & 0xc0) === 0x80
      const gateway = `${formatIpv6(octets)}${isLinkLocal ? `%${device}` : ''}`
      return [{ gateway, metric: Number.parseInt(metric, 16) }]
    }),
  )
}

function cheapest(routes: readonly DefaultRoute[]): string | null {
  return routes.toSorted((a, b) => a.metric - b.metric)[0]?.gateway ?? null
}

function isByGateway(flags: string): boolean {
  return (Number.parseInt(flags, 16) & flagsWanted) === flagsWanted
}

function rowsOf(table: string): readonly (readonly string[])[] {
  return table.split('\n').map(line => line.trim().split(/\s+/))
}

/** Empty where the system has no such table. */
async function readTable(path: string): Promise<string> {
  try {
    return (await readFile(path, 'latin1')).slice(0, tableOctetsMax)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}
