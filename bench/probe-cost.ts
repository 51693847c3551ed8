/**
 * What one probe costs, beside gdnsd: the same endpoints at the same pace, checked by TCP, then by HTTP. The server has
 * one core with all its threads, the probed process the other. Servers take turns, each started anew and warmed up;
 * the figure is the processor time of the whole process over a while, divided by the probes that arrived meanwhile, and
 * the middle of the turns counts.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { besideServer, findFreePort, isInstalled, pin, programFolders, readTree, serverCore } from './machine.ts'
import { print } from './print.ts'
import { startRobin } from './robin.ts'
import { type Child, cpuBetween, median, startChild } from './support.ts'
import { addressOf } from './zones.ts'

export const probeKinds = ['tcp', 'http'] as const
export type ProbeKind = (typeof probeKinds)[number]

/** Microseconds of processor time for a probe, the middle of the turns. */
export interface ProbeCost {
  readonly kind: ProbeKind
  readonly robinMicros: number
  /** Null where it is not installed. */
  readonly gdnsdMicros: number | null
  readonly ratio: number | null
  readonly turns: readonly ProbeTurn[]
}

export interface ProbeTurn {
  readonly server: 'robin' | 'gdnsd'
  readonly micros: number
  readonly userMicros: number
  readonly perSecond: number
}

export interface ProbeTargets {
  readonly child: Child
  readonly ports: Readonly<Record<ProbeKind | 'desk', number>>
  /** How many probes have come. */
  count(): Promise<Readonly<Record<ProbeKind, number>>>
}

const endpoints = 4000
const intervalSeconds = 2
const rounds = 3
/** Robin gives back what its start needed ten seconds after it, and compiles anew what it threw away. */
const warmSeconds = { robin: 14, gdnsd: 4 } as const
const windowSeconds = 8
/** gdnsd bears no more in one resource. */
const addressesPerResource = 50
const readyMs = 60_000
const stopMs = 10_000

export async function openProbeTargets(): Promise<ProbeTargets> {
  const file = new URL('./probe-targets.ts', import.meta.url).pathname
  const isReady = (line: string): boolean => line.startsWith('{')
  const child = await startChild(process.execPath, [file], { readyMs, isReady })
  const ports = JSON.parse(child.lines().find(isReady)!) as ProbeTargets['ports']
  return {
    child,
    ports,
    count: async () => JSON.parse(await hear(ports.desk)) as Record<ProbeKind, number>,
  }
}

function hear(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('data', piece => {
      text += String(piece)
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}

export async function benchProbeCost(): Promise<readonly ProbeCost[]> {
  const targets = await besideServer(openProbeTargets)
  const withPeer = isInstalled('gdnsd')
  const costs: ProbeCost[] = []
  try {
    for (const kind of probeKinds) {
      const turns: ProbeTurn[] = []
      for (let round = 0; round < rounds; round++) {
        turns.push(await besideServer(() => takeTurn('robin', kind, targets, () => startOurs(kind, targets))))
        if (withPeer)
          turns.push(await besideServer(() => takeTurn('gdnsd', kind, targets, () => startPeer(kind, targets))))
      }
      const middle = (server: ProbeTurn['server']): number =>
        median(turns.filter(turn => turn.server === server).map(({ micros }) => micros))
      const robinMicros = middle('robin')
      const gdnsdMicros = withPeer ? middle('gdnsd') : null
      costs.push({ kind, robinMicros, gdnsdMicros, ratio: gdnsdMicros && robinMicros / gdnsdMicros, turns })
    }
  } finally {
    await targets.child.stop(stopMs)
  }
  return costs
}

interface Prober {
  readonly pid: number
  stop(): Promise<void>
}

async function takeTurn(
  server: ProbeTurn['server'],
  kind: ProbeKind,
  targets: ProbeTargets,
  start: () => Promise<Prober>,
): Promise<ProbeTurn> {
  const prober = await start()
  try {
    await pause(warmSeconds[server] * 1000)
    const cpuBefore = readTree(prober.pid)
    const { [kind]: before } = await targets.count()
    const beganMs = performance.now()
    await pause(windowSeconds * 1000)
    const { [kind]: after } = await targets.count()
    const spent = cpuBetween(cpuBefore, readTree(prober.pid))
    const probes = after - before
    const userMs = spent.reduce((sum, thread) => sum + thread.userMs, 0)
    const systemMs = spent.reduce((sum, thread) => sum + thread.systemMs, 0)
    return {
      server,
      micros: ((userMs + systemMs) * 1000) / probes,
      userMicros: (userMs * 1000) / probes,
      perSecond: (probes * 1000) / (performance.now() - beganMs),
    }
  } finally {
    await prober.stop()
  }
}

async function startOurs(kind: ProbeKind, { ports }: ProbeTargets): Promise<Prober> {
  const check = kind === 'tcp' ? 'protocol: TCP' : 'protocol: HTTP, path: /healthz'
  const lines = Array.from({ length: endpoints / 4 }, (_, i) => {
    const addresses = [0, 1, 2, 3].map(member => addressOf(i * 4 + member))
    return `  svc${i}: {type: A, check: it, values: [${addresses.join(', ')}]}`
  })
  const zone = `soa: {mname: ns1.bench.test., rname: hostmaster.bench.test., serial: 1}
checks: {it: {${check}, port: ${ports[kind]}, interval: ${intervalSeconds}s, timeout: 1s}}
records:
  '@': {type: NS, value: ns1.bench.test.}
  ns1: {type: A, value: 127.0.0.1}
${lines.join('\n')}
`
  const server = await startRobin({ 'bench.test.yaml': zone }, ['--workers', '1'])
  pin(server.child.pid, String(serverCore))
  return { pid: server.child.pid, stop: server.stop }
}

async function startPeer(kind: ProbeKind, { ports }: ProbeTargets): Promise<Prober> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-bench-gdnsd-'))
  const port = await findFreePort()
  const plugin = kind === 'tcp' ? 'plugin => tcp_connect' : 'plugin => http_status, url_path => /healthz'
  const resources = Array.from({ length: endpoints / addressesPerResource }, (_, r) => {
    const addresses = Array.from({ length: addressesPerResource }, (_, i) => addressOf(r * addressesPerResource + i))
    return `r${r} => { service_types => it, ${addresses.map((address, i) => `a${i} => ${address}`).join(', ')} }`
  })
  await mkdir(join(folder, 'zones'))
  await writeFile(
    join(folder, 'config'),
    `options => { listen => { 127.0.0.1:${port} => { udp_threads => 1, tcp_threads => 1 } },
  run_dir => ${folder}/run, state_dir => ${folder}/state }
service_types => { it => { ${plugin}, port => ${ports[kind]}, interval => ${intervalSeconds}, timeout => 1 } }
plugins => { multifo => {
${resources.join('\n')}
} }
`,
  )
  const records = Array.from({ length: endpoints / addressesPerResource }, (_, r) => `svc${r} 5 DYNA multifo!r${r}\n`)
  await writeFile(
    join(folder, 'zones', 'bench.test'),
    `$TTL 5\n@ SOA ns1 hostmaster 1 60 15 86400 5\n@ NS ns1\nns1 A 127.0.0.1\n${records.join('')}`,
  )
  const PATH = [process.env['PATH'] ?? '', ...programFolders].join(delimiter)
  const args = ['-c', String(serverCore), 'gdnsd', '-c', folder, 'start']
  const isReady = (line: string): boolean => line.includes('DNS listeners started')
  const child = await startChild('taskset', args, { env: { ...process.env, PATH }, readyMs, isReady })
  return {
    pid: child.pid,
    stop: async () => {
      await child.stop(stopMs)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function pause(inMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, inMs))
}

export function printProbeCost(costs: readonly ProbeCost[]): void {
  for (const { kind, robinMicros, gdnsdMicros, ratio, turns } of costs) {
    print(
      `${kind}, processor time a probe`,
      `${robinMicros.toFixed(1)} us, gdnsd ${gdnsdMicros?.toFixed(1) ?? '-'} us, ratio ${ratio?.toFixed(2) ?? '-'}`,
    )
    for (const turn of turns) {
      print(
        `  ${turn.server}`,
        `${turn.micros.toFixed(1)} us (user ${turn.userMicros.toFixed(1)}) at ${Math.round(turn.perSecond)}/s`,
      )
    }
  }
}
