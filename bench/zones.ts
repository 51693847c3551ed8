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
  const lines = [
    `zone: ${benchZoneName}`,
    `soa: {mname: ns1.${benchZoneName}., rname: hostmaster.${benchZoneName}., serial: auto}`,
    ...(ports === null ? [] : checkLines(ports)),
    'records:',
    `  '@': {type: NS, value: ns1.${benchZoneName}.}`,
    '  ns1: {type: A, value: 127.0.0.1}',
  ]
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

/** dnsperf's query file. */
export function queryLines(names: readonly string[]): string {
  return `${names.map(name => `${name} A`).join('\n')}\n`
}

function checkLines(ports: { readonly tcp: number; readonly http: number }): string[] {
  return [
    'checks:',
    '  icmp: {protocol: ICMP, interval: 5s, timeout: 2s}',
    `  tcp: {protocol: TCP, port: ${ports.tcp}, interval: 5s, timeout: 2s}`,
    `  http: {protocol: HTTP, port: ${ports.http}, path: /healthz, interval: 5s, timeout: 2s}`,
  ]
}

/** 127.64.0.1 and on, leaving out .0 and .255. */
function addressOf(i: number): string {
  return `127.${64 + Math.floor(i / 64_516)}.${Math.floor(i / 254) % 254}.${1 + (i % 254)}`
}
