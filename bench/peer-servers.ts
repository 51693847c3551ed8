/**
 * The servers that Robin is measured against, each with one answering thread on one core and the same zone: owners with
 * four addresses each. gdnsd rotates and probes as Robin does; NSD and BIND rotate; Knot answers in one order, always.
 * A server that is not installed is left out by name.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { programFolders } from './machine.ts'
import { type Child, startChild } from './support.ts'

export interface PeerZone {
  readonly origin: string
  /** First labels. */
  readonly owners: readonly string[]
  readonly addresses: readonly string[]
  /** Where each address is probed by TCP. */
  readonly probePort: number
}

export interface PeerServer {
  readonly name: string
  readonly port: number
  readonly child: Child
  stop(): Promise<void>
}

export interface Recipe {
  readonly name: string
  readonly program: string
  /** Text in the output of a server that answers. */
  readonly readyMark: string
  readonly files: (folder: string, port: number, zone: PeerZone) => Readonly<Record<string, string>>
  readonly args: (folder: string) => readonly string[]
}

const readyMs = 20_000
const stopMs = 10_000

export const recipes: readonly Recipe[] = [
  gdnsdWith(1),
  {
    name: 'knot',
    program: 'knotd',
    readyMark: 'server started',
    files: (folder, port, zone) => ({
      'knot.conf': `
server:
  rundir: ${folder}
  listen: 127.0.0.1@${port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: info
database:
  storage: ${folder}
zone:
  - domain: ${zone.origin}
    storage: ${folder}
    file: zone
    zonefile-sync: -1
    journal-content: none
`,
      zone: plainZone(zone),
    }),
    args: folder => ['-c', join(folder, 'knot.conf')],
  },
  {
    name: 'nsd',
    program: 'nsd',
    readyMark: 'nsd started',
    files: (folder, port, zone) => ({
      'nsd.conf': `
server:
  server-count: 1
  ip-address: 127.0.0.1@${port}
  username: ""
  zonesdir: ${folder}
  zonelistfile: ${folder}/zone.list
  xfrdfile: ${folder}/xfrd.state
  xfrdir: ${folder}
  pidfile: ""
  database: ""
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  round-robin: yes
remote-control:
  control-enable: no
zone:
  name: ${zone.origin}
  zonefile: zone
`,
      zone: plainZone(zone),
    }),
    args: folder => ['-d', '-c', join(folder, 'nsd.conf')],
  },
  {
    name: 'bind',
    program: 'named',
    readyMark: 'running',
    files: (folder, port, zone) => ({
      'named.conf': `
options {
  directory "${folder}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  pid-file none;
  session-keyfile none;
  rrset-order { order cyclic; };
};
controls {};
zone "${zone.origin}" { type primary; file "zone"; };
`,
      zone: plainZone(zone),
    }),
    args: folder => ['-g', '-n', '1', '-U', '1', '-c', join(folder, 'named.conf')],
  },
]

/** gdnsd with so many threads that answer by UDP. */
export function gdnsdWith(udpThreads: number): Recipe {
  return {
    name: 'gdnsd',
    program: 'gdnsd',
    readyMark: 'DNS listeners started',
    files: (folder, port, zone) => ({
      config: `
options => { listen => { 127.0.0.1:${port} => { udp_threads => ${udpThreads}, tcp_threads => 1 } },
  run_dir => ${folder}/run, state_dir => ${folder}/state, zones_default_ttl => 5 }
service_types => { port => { plugin => tcp_connect, port => ${zone.probePort}, interval => 5 } }
plugins => { multifo => { web => { service_types => port, up_thresh => 0.1,
  ${zone.addresses.map((address, i) => `a${i} => ${address}`).join(', ')} } } }
`,
      [`zones/${zone.origin}`]: `${head(zone)}${zone.owners.map(owner => `${owner} 5 DYNA multifo!web\n`).join('')}`,
      'run/.keep': '',
      'state/.keep': '',
    }),
    args: folder => ['-c', folder, 'start'],
  }
}

/** Starts the server on some cores, written as taskset wants them; resolves when it says that it serves. */
export async function startPeer(recipe: Recipe, zone: PeerZone, port: number, where: string): Promise<PeerServer> {
  const folder = await mkdtemp(join(tmpdir(), `robin-bench-${recipe.name}-`))
  for (const [file, text] of Object.entries(recipe.files(folder, port, zone))) {
    await mkdir(join(folder, file, '..'), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  const PATH = [process.env['PATH'] ?? '', ...programFolders].join(delimiter)
  const args = ['-c', where, recipe.program, ...recipe.args(folder)]
  const child = await startChild('taskset', args, {
    cwd: folder,
    env: { ...process.env, PATH },
    readyMs,
    isReady: line => line.includes(recipe.readyMark),
  })
  return {
    name: recipe.name,
    port,
    child,
    stop: async () => {
      await child.stop(stopMs)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function head({ origin }: PeerZone): string {
  return `$TTL 5
@ SOA ns1.${origin}. hostmaster.${origin}. 1 60 15 86400 5
@ NS ns1.${origin}.
ns1 A 127.0.0.1
`
}

function plainZone(zone: PeerZone): string {
  const records = zone.owners.flatMap(owner => zone.addresses.map(address => `${owner} A ${address}\n`))
  return `$ORIGIN ${zone.origin}.\n${head(zone)}${records.join('')}`
}
