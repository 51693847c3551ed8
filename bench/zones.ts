/** Zones made for benchmarks: many owners, each with a pool, on addresses of the loopback net. */

export interface BenchZone {
  readonly text: string
  readonly names: readonly string[]
  /** Endpoint addresses by the kind of check that probes them. */
  readonly endpoints: Readonly<Record<'ICMP' | 'TCP' | 'HTTP', readonly string[]>>
}

export const benchZoneName = 'bench.test'

const kinds = ['ICMP', 'TCP', 'HTTP'] as const

/** `owners` names with four addresses each; a third of the names is probed by each kind of check, or none is. */
export function makeZone(owners: number, ports: { readonly tcp: number; readonly http: number } | null): BenchZone {
  const endpoints: Record<(typeof kinds)[number], string[]> = { ICMP: [], TCP: [], HTTP: [] }
  const names: string[] = []
  const lines = [...headLines(benchZoneName), ...(ports === null ? [] : checkLines(ports)), ...apexLines(benchZoneName)]
  for (let i = 0; i < owners; i++) {
    const kind = kinds[i % kinds.length]!
    const addresses = [0, 1, 2, 3].map(member => addressOf(i * 4 + member))
    endpoints[kind].push(...addresses)
    names.push(`svc${i}.${benchZoneName}`)
    const check = ports === null ? '' : `, check: ${kind.toLowerCase()}`
    lines.push(`  svc${i}: {type: A${check}, values: [${addresses.join(', ')}]}`)
  }
  return { text: `${lines.join('\n')}\n`, names, endpoints }
}

export interface FolderOptions {
  readonly zones: number
  readonly ownersPerZone: number
  /** How many addresses they share. */
  readonly endpoints: number
  /** The keys of the check that every address has, or null for none. */
  readonly check: string | null
  /** Of every record; another one makes another file of the same meaning. */
  readonly ttl?: number
}

/** Files by name. Owner `i` of zone `z` is `svc<i>.z<z>.test`. */
export function makeFolder(options: FolderOptions): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: options.zones }, (_, zone) => [`z${zone}.test.yaml`, makeFolderZone(options, zone)]),
  )
}

export function makeFolderZone(options: FolderOptions, zone: number): string {
  const { ownersPerZone, endpoints, check, ttl = 10 } = options
  const name = `z${zone}.test`
  const lines = [
    ...headLines(name),
    `defaults: {ttl: ${ttl}}`,
    ...(check === null ? [] : [`checks: {it: {${check}}}`]),
    ...apexLines(name),
  ]
  const checked = check === null ? '' : ', check: it'
  for (let i = 0; i < ownersPerZone; i++) {
    const first = (zone * ownersPerZone + i) * 4
    const addresses = [0, 1, 2, 3].map(member => addressOf((first + member) % endpoints))
    lines.push(`  svc${i}: {type: A${checked}, values: [${addresses.join(', ')}]}`)
  }
  return `${lines.join('\n')}\n`
}

/** dnsperf's query file. */
export function queryLines(names: readonly string[]): string {
  return `${names.map(name => `${name} A`).join('\n')}\n`
}

/** 127.64.0.1 and on, leaving out .0 and .255. */
export function addressOf(i: number): string {
  return `127.${64 + Math.floor(i / 64_516)}.${Math.floor(i / 254) % 254}.${1 + (i % 254)}`
}

function headLines(name: string): readonly string[] {
  return [`zone: ${name}`, `soa: {mname: ns1.${name}., rname: hostmaster.${name}., serial: auto}`]
}

function apexLines(name: string): readonly string[] {
  return ['records:', `  '@': {type: NS, value: ns1.${name}.}`, '  ns1: {type: A, value: 127.0.0.1}']
}

function checkLines(ports: { readonly tcp: number; readonly http: number }): readonly string[] {
  return [
    'checks:',
    '  icmp: {protocol: ICMP, interval: 5s, timeout: 2s}',
    `  tcp: {protocol: TCP, port: ${ports.tcp}, interval: 5s, timeout: 2s}`,
    `  http: {protocol: HTTP, port: ${ports.http}, path: /healthz, interval: 5s, timeout: 2s}`,
  ]
}
